package dev.rackplan.json.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.WeightFormats;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Families that differ in traits, and those that list facts per layer, counted by hand.
 *
 * <p>In all: hidden 8, vocabulary 10, 4 query heads and 2 key-value heads of 3, dense width 7, 6
 * experts of width 5, 2 per token. So attention is 288, a gated FFN 168, an ungated one 112, a norm
 * 8, an expert 120, a router 48; embedding 80.
 */
class FamiliesTest {
  private static final String BASE =
      "'hidden_size':8,'vocab_size':10,'num_attention_heads':4,'num_key_value_heads':2,'head_dim':3,'intermediate_size':7,";
  private static final String ONE = BASE + "'num_hidden_layers':1,";
  private static final String MOE =
      "'moe_intermediate_size':5,'num_experts':6,'num_experts_per_tok':2,";

  private static Model read(String text) {
    String json = ("{" + text.replaceFirst(",$", "") + "}").replace('\'', '"');
    return HuggingFaceConfig.read(JsonCursor.parse(json, "test.json"), "test");
  }

  private static InputException refused(String text) {
    return assertThrows(InputException.class, () -> read(text));
  }

  private static List<String> kinds(Model model) {
    return model.layers().stream().map(layer -> layer.attention().kind()).toList();
  }

  private static List<Long> layerParameters(Model model) {
    return model.layers().stream().map(Layer::parameters).toList();
  }

  /** One dense layer: what it adds to attention 288, FFN, norms, and to embedding and head. */
  @ParameterizedTest
  @CsvSource({
    // Biases of q, k, v 24; two norms and the last.
    "qwen2, 288 + 24 + 168 + 24 + 160",
    "qwen3, 288 + 6 + 168 + 24 + 160",
    "mistral, 288 + 168 + 24 + 160",
    "gemma, 288 + 168 + 24 + 80",
    "gemma2, 288 + 168 + 40 + 80",
    // Queries 12 and keys 6 normed together.
    "olmo2, 288 + 18 + 168 + 24 + 160",
    "olmo3, 288 + 18 + 168 + 24 + 160",
    "glm4, 288 + 168 + 40 + 160",
    // Biases 24 + 8 and 7 + 8; layer norms 16; one in the layer, one last; head's bias 10.
    "phi, 288 + 32 + 112 + 15 + 32 + 160 + 10",
    "phi3, 288 + 168 + 24 + 160",
    "cohere, 288 + 168 + 16 + 80",
    "starcoder2, 288 + 32 + 112 + 15 + 48 + 80",
    "nemotron, 288 + 112 + 48 + 160",
    "smollm3, 288 + 168 + 24 + 80",
    "exaone4, 288 + 6 + 168 + 24 + 160",
    "granite, 288 + 168 + 24 + 160",
    "internlm2, 288 + 168 + 24 + 160",
    "baichuan, 288 + 168 + 24 + 160",
    "ernie4_5, 288 + 168 + 24 + 80",
    "hunyuan_v1_dense, 288 + 6 + 168 + 24 + 160",
    "arcee, 288 + 112 + 24 + 160",
    "mimo, 288 + 24 + 168 + 24 + 160"
  })
  void denseFamilies_countTheirTraits(String family, String sum) {
    long expected = 0;
    for (String term : sum.split("\\+")) {
      expected += Long.parseLong(term.strip());
    }
    Model model = read("'model_type':'" + family + "'," + ONE);
    assertEquals(expected, model.parameters(), family);
    assertEquals(family, model.architecture());
  }

  @ParameterizedTest
  @CsvSource({
    // Experts 720, router 48; shared width 5 = 120, its gate 8; router's bias 6.
    "qwen2_moe, shared_expert_intermediate_size, 288 + 24 + 720 + 48 + 120 + 8 + 24 + 160",
    "dots1, n_shared_experts, 288 + 6 + 720 + 54 + 600 + 24 + 160",
    "bailing_moe, num_shared_experts, 288 + 720 + 48 + 600 + 24 + 160",
    "deepseek, n_shared_experts, 288 + 720 + 48 + 600 + 24 + 160",
    "hunyuan_v1_moe, num_shared_expert, 288 + 6 + 720 + 48 + 600 + 24 + 160"
  })
  void moeFamilies_countSharedExperts(String family, String key, String sum) {
    long expected = 0;
    for (String term : sum.split("\\+")) {
      expected += Long.parseLong(term.strip());
    }
    Model model = read("'model_type':'" + family + "'," + ONE + MOE + "'" + key + "':5,");
    assertEquals(expected, model.parameters(), family);
    assertEquals(List.of(0), model.moeLayers());
  }

  @Test
  void layersWithExperts_areToldByAnyOfTheUsualKeys() {
    String start = "'model_type':'dots1'," + BASE + MOE + "'num_hidden_layers':4,";
    assertEquals(List.of(2, 3), read(start + "'first_k_dense_replace':2").moeLayers());
    assertEquals(List.of(0, 2), read(start + "'moe_layer_freq':[1,0,1,0]").moeLayers());
    assertEquals(List.of(1, 3), read(start + "'decoder_sparse_step':2").moeLayers());
    assertEquals(
        List.of(1),
        read(start + "'mlp_layer_types':['dense','sparse','dense','dense']").moeLayers());
    assertEquals(
        List.of(1, 2),
        read(start + "'moe_layer_start_index':1,'moe_layer_end_index':2").moeLayers());
    assertEquals(List.of(0, 3), read(start + "'moe_layers_enum':'0,3'").moeLayers());
  }

  @Test
  void windows_followTypesPatternsOrHabit() {
    String start = BASE + "'num_hidden_layers':4,'sliding_window':9,";
    assertEquals(
        List.of("sliding", "full", "sliding", "full"),
        kinds(read("'model_type':'gemma2'," + start)));
    assertEquals(
        List.of("sliding", "sliding", "sliding", "full"),
        kinds(read("'model_type':'olmo3'," + start)));
    assertEquals(
        List.of("sliding", "sliding", "full", "sliding"),
        kinds(read("'model_type':'exaone4','sliding_window_pattern':'LLG'," + start)));
    assertEquals(
        List.of("full", "full", "full", "full"), kinds(read("'model_type':'qwen2'," + start)));
    assertEquals(
        List.of("full", "full", "sliding", "sliding"),
        kinds(
            read("'model_type':'qwen2','use_sliding_window':true,'max_window_layers':2," + start)));
    // As long as the context.
    assertEquals(
        List.of("full", "full", "full", "full"),
        kinds(read("'model_type':'mistral','max_position_embeddings':9," + start)));
  }

  @Test
  void glm52_sharesIndexersAcrossLayers() {
    String latent =
        "'model_type':'glm_moe_dsa','hidden_size':8,'vocab_size':10,'num_attention_heads':4,'q_lora_rank':5,'kv_lora_rank':6,'qk_rope_head_dim':2,'qk_nope_head_dim':3,'v_head_dim':7,'intermediate_size':7,'moe_intermediate_size':5,'n_routed_experts':6,'num_experts_per_tok':2,'num_hidden_layers':8,'first_k_dense_replace':8,'index_topk':9,'index_n_heads':2,'index_head_dim':4,";
    Model all = read(latent);
    Model some =
        read(
            latent
                + "'indexer_types':['full','full','full','shared','shared','shared','full','shared']");
    // An indexer: queries 5·8, key 8·4, norm 8, head weights 16.
    assertEquals(4 * (40 + 32 + 8 + 16), all.parameters() - some.parameters());
    assertEquals(8 * 4 * 2, all.indexBytesPerToken(Dtype.BF16));
    assertEquals(4 * 4 * 2, some.indexBytesPerToken(Dtype.BF16));
    assertEquals(all.kvBytesPerToken(Dtype.BF16), some.kvBytesPerToken(Dtype.BF16));
    assertEquals(kinds(all), kinds(some));
    // The same by frequency and offset.
    assertEquals(
        some.layers(), read(latent + "'index_topk_freq':4,'index_skip_topk_offset':3").layers());
    // A layer with another's choice reads as many entries and scores none.
    assertEquals(4 * 2 * (2 * 6 + 2) * 9, some.layers().get(3).attention().scoreFlops(100), 1e-9);
    assertTrue(
        refused(latent + "'indexer_types':['full','f','f','f','f','f','f','f']")
            .path()
            .endsWith("indexer_types[1]"));
  }

  @Test
  void mimoV2_hasOtherHeadsWhereItSlides() {
    Model model =
        read(
            "'model_type':'mimo_v2_flash','hidden_size':8,'vocab_size':10,'num_hidden_layers':2,'intermediate_size':7,'num_attention_heads':4,'num_key_value_heads':1,'head_dim':6,'v_head_dim':4,'swa_num_attention_heads':4,'swa_num_key_value_heads':2,'swa_head_dim':6,'swa_v_head_dim':4,'hybrid_layer_pattern':[0,1],'sliding_window':9,'add_swa_attention_sink_bias':true,'moe_layer_freq':[0,1],'moe_intermediate_size':5,'n_routed_experts':6,'num_experts_per_tok':2");
    // q 8·24, k 8·6, v 8·4, o 16·8; sliding twice the keys and values, and 4 sinks.
    assertEquals(
        List.of(192L + 48 + 32 + 128 + 168 + 16, 192L + 96 + 64 + 128 + 4 + 720 + 54 + 16 + 8),
        layerParameters(model));
    assertEquals((6 + 4) * 2, model.kvBytesPerToken(Dtype.BF16));
    assertEquals(List.of("full", "sliding"), kinds(model));
  }

  @Test
  void gemma4_sharesCachesAndHasTables() {
    Model model =
        read(
            "'model_type':'gemma4_text','hidden_size':8,'vocab_size':10,'vocab_size_per_layer_input':11,'hidden_size_per_layer_input':2,'num_hidden_layers':4,'intermediate_size':7,'num_attention_heads':4,'num_key_value_heads':2,'head_dim':3,'global_head_dim':5,'sliding_window':9,'num_kv_shared_layers':2,'layer_types':['sliding_attention','full_attention','sliding_attention','full_attention']");
    // q and o 2·8·4·d, k and v 2·8·2·d, a norm of d each.
    long sliding = 192 + 3 + 96 + 3;
    long full = 320 + 5 + 160 + 5;
    // Four norms; per-layer input 2·8·2 and its norm.
    long rest = 168 + 32 + 32 + 8;
    long last = 8 * 4 * 2 + 2 + 8;
    assertEquals(
        List.of(sliding + rest, full + rest, 192 + 3 + rest, 320 + 5 + rest + last),
        layerParameters(model));
    assertEquals(11 * 4 * 2, model.input().tableParameters());
    assertEquals(2 * 2 * 5 * 2, model.kvBytesPerToken(Dtype.BF16));
    assertEquals(0, model.layers().get(2).kvSource().getAsInt());
    assertEquals(1, model.layers().get(3).kvSource().getAsInt());
    assertEquals(
        model.layers().stream().mapToLong(Layer::parameters).sum() + 80 + 88, model.parameters());
    assertEquals(model.parameters() - 88, model.activeParameters());
  }

  @Test
  void falconH1_runsBothMixersSideBySide() {
    Model model =
        read(
            "'model_type':'falcon_h1',"
                + ONE
                + "'mamba_n_heads':3,'mamba_d_head':4,'mamba_d_ssm':12,'mamba_n_groups':1,'mamba_d_state':5,'mamba_d_conv':4");
    // Mamba: in 8·(12 + 22 + 3), out 12·8, convolution 22·5, three scalars a head.
    long mamba = 296 + 96 + 110 + 9;
    assertEquals(288 + mamba + 168 + 24 + 160, model.parameters());
    assertEquals(List.of("parallel"), kinds(model));
    assertEquals(2 * 2 * 3 * 2, model.kvBytesPerToken(Dtype.BF16));
    // FP32 state 12·5, BF16 tail 22·3, and 100 tokens.
    assertEquals(240 + 132 + 100 * 24, model.kvCapacityBytes(100, Dtype.BF16));
  }

  @Test
  void nemotronNas_readsEachBlock() {
    Model model =
        read(
            "'model_type':'nemotron-nas','hidden_size':768,'vocab_size':10,'num_attention_heads':4,'num_hidden_layers':3,'block_configs':["
                + "{'attention':{'n_heads_in_group':2},'ffn':{'ffn_mult':0.5}},"
                + "{'attention':{'no_op':true},'ffn':{'ffn_mult':1.2}},"
                + "{'attention':{'replace_with_linear':true},'ffn':{'no_op':true}}]");
    // Heads of 192; widths 2/3·0.5·768 = 256 and 2/3·1.2·768 = 614, rounded up to 768.
    long attention = 2L * 768 * 192 * (4 + 2);
    assertEquals(
        List.of(attention + 3L * 768 * 256 + 2 * 768, 3L * 768 * 768 + 768, 768L * 768 + 768 + 768),
        layerParameters(model));
    assertEquals(2 * 2 * 192 * 2, model.kvBytesPerToken(Dtype.BF16));
  }

  @Test
  void step3_hasMoreHeadsWhereItSlidesAndGatesThem() {
    Model model =
        read(
            "'model_type':'step3p7',"
                + BASE
                + MOE
                + "'num_hidden_layers':2,'first_k_dense_replace':1,'layer_types':['full_attention','sliding_attention'],'sliding_window':9,'attention_other_setting':{'num_attention_heads':6,'num_attention_groups':2},'share_expert_dim':5");
    // Head norms 6, a gate of 8 for each head.
    long full = 288 + 6 + 32;
    long sliding = 8 * 18 * 2 + 2 * 8 * 6 + 6 + 48;
    assertEquals(
        List.of(full + 168 + 16, sliding + 720 + 54 + 120 + 16 + 8), layerParameters(model));
  }

  @Test
  void step3_projectsQueriesFromALowRank() {
    Model model =
        read(
            "'model_type':'step3_text',"
                + ONE
                + "'share_q_dim':5,'num_attention_groups':1,'moe_layers_enum':'0','moe_num_experts':6,'moe_top_k':2,'moe_intermediate_size':5,'share_expert_dim':5");
    // Query 8·5, norm 5, 5·12; one key and value head 2·8·3; output 12·8.
    assertEquals(40 + 5 + 60 + 48 + 96 + 720 + 48 + 120 + 24 + 160, model.parameters());
    assertEquals(2 * 3 * 2, model.kvBytesPerToken(Dtype.BF16));
  }

  @Test
  void longcat_isTwoLayersEach() {
    Model model =
        read(
            "'model_type':'longcat_flash','hidden_size':8,'vocab_size':10,'num_attention_heads':4,'q_lora_rank':5,'kv_lora_rank':6,'qk_rope_head_dim':2,'qk_nope_head_dim':3,'v_head_dim':7,'num_layers':1,'ffn_hidden_size':7,'n_routed_experts':6,'moe_topk':3,'expert_ffn_hidden_size':5,'zero_expert_num':3");
    // Latent attention 679; experts 720, router 9·(8 + 1).
    assertEquals(List.of(679L + 168 + 720 + 81 + 16, 679L + 168 + 16 + 8), layerParameters(model));
    assertEquals(2, model.moe(0).orElseThrow().expertsPerToken());
    assertEquals(1, model.notes().size());
  }

  @Test
  void graniteHybrid_sharesAnFfnInEveryLayer() {
    Model model =
        read(
            "'model_type':'granitemoehybrid',"
                + BASE
                + "'num_hidden_layers':2,'layer_types':['mamba','attention'],'shared_intermediate_size':9,'num_local_experts':6,'num_experts_per_tok':2,'mamba_n_heads':3,'mamba_d_head':4,'mamba_n_groups':1,'mamba_d_state':5,'mamba_d_conv':4,'mamba_expand':2");
    // Experts are as wide as intermediate_size: 6·168; the shared FFN 216; Mamba's norm 16.
    long ffn = 6 * 168 + 48 + 216;
    assertEquals("linear", kinds(model).get(0));
    assertEquals(288 + ffn + 16 + 8, model.layers().get(1).parameters());
  }

  @Test
  void grok2_hasADenseBranch() {
    Model model =
        read(
            "'model_type':'git','architectures':['Grok1ForCausalLM'],"
                + ONE
                + "'moe_intermediate_size':5,'num_local_experts':6,'num_experts_per_tok':2");
    assertEquals(288 + 720 + 48 + 168 + 40 + 160, model.parameters());
  }

  @Test
  void referenceNaming_isReadAsTheSameModel() {
    String hf =
        "'model_type':'deepseek_v3','hidden_size':8,'vocab_size':10,'num_attention_heads':4,'q_lora_rank':5,'kv_lora_rank':6,'qk_rope_head_dim':2,'qk_nope_head_dim':3,'v_head_dim':7,'num_hidden_layers':2,'first_k_dense_replace':1,'intermediate_size':7,'moe_intermediate_size':5,'n_routed_experts':6,'num_experts_per_tok':2,'n_shared_experts':1,'n_group':3,'topk_group':2";
    String reference =
        "'vocab_size':10,'dim':8,'inter_dim':7,'moe_inter_dim':5,'n_layers':2,'n_dense_layers':1,'n_heads':4,'n_routed_experts':6,'n_shared_experts':1,'n_activated_experts':2,'n_expert_groups':3,'n_limited_groups':2,'score_func':'sigmoid','q_lora_rank':5,'kv_lora_rank':6,'qk_nope_head_dim':3,'qk_rope_head_dim':2,'v_head_dim':7,'dtype':'fp8'";
    Model named = read(hf);
    Model plain = read(reference);
    // Only the router's load-balancing bias isn't said.
    assertEquals(named.parameters() - 6, plain.parameters());
    assertEquals(named.layers().get(0).attention(), plain.layers().get(0).attention());
    assertEquals(named.layers().get(0).ffn(), plain.layers().get(0).ffn());
    assertEquals(
        new WeightFormats(Dtype.FP8_BLOCK, Dtype.FP8_BLOCK, Dtype.FP8_BLOCK),
        plain.layers().get(1).stored().orElseThrow());
    assertTrue(plain.notes().get(0).contains("read generally"), plain.notes().toString());
  }

  @Test
  void unknownArchitecture_isReadGenerallyOrRefusedWithItsKeys() {
    String plain =
        "'model_type':'newcomer','d_model':8,'vocab_size':10,'n_heads':4,'n_kv_heads':2,'d_head':3,'ffn_dim':7,'n_layers':1,'rope_theta':1e4,'use_qk_norm':true,'bos_token_id':1";
    Model model = read(plain);
    assertEquals(288 + 6 + 168 + 24 + 160, model.parameters());
    assertTrue(model.notes().get(0).contains("\"newcomer\" isn't known: read generally"));
    assertTrue(read(plain + ",'hidden_act':'relu2'").notes().get(0).contains("not gated"));

    String message =
        refused(plain + ",'mamba_d_state':16,'conv_width':4,'tail_layers':0,'extra_bias':false")
            .getMessage();
    assertTrue(
        message.contains("no place in a plain decoder for conv_width, mamba_d_state\n"), message);
    assertTrue(message.contains("docs/formats.md#model-file"), message);
    message = refused("'model_type':'newcomer','d_model':8,'n_layers':1").getMessage();
    assertTrue(message.contains("no num_attention_heads to read it"), message);
  }

  @Test
  void settingsOfAnEngine_areNoModel() {
    String message = refused("'tp_degree':2,'batch_size':1,'torch_dtype':'bfloat16'").getMessage();
    assertTrue(message.contains("isn't the config of a model"), message);
  }
}
