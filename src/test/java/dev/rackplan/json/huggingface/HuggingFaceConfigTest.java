package dev.rackplan.json.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Small configs counted by hand, tensor by tensor.
 *
 * <p>In all: hidden 8, vocabulary 10, 4 query heads and 2 key-value heads of 3, 6 experts of width
 * 5, 2 per token, dense width 7. So attention is 8·12 + 2·8·6 + 12·8 = 288, an expert 3·8·5 = 120,
 * all experts 720, a router 48, a dense FFN 3·8·7 = 168, two norms 16, and embedding, head and
 * final norm 80 + 80 + 8 = 168.
 */
class HuggingFaceConfigTest {
  private static final String BASE =
      "'hidden_size':8,'vocab_size':10,'num_attention_heads':4,'num_key_value_heads':2,'head_dim':3,'unknown_key':null,";
  private static final String LATENT =
      "'hidden_size':8,'vocab_size':10,'num_attention_heads':4,'q_lora_rank':5,'kv_lora_rank':6,'qk_rope_head_dim':2,"
          + "'qk_nope_head_dim':3,'v_head_dim':7,";
  private static final String DEEPSEEK =
      LATENT
          + "'num_hidden_layers':2,'first_k_dense_replace':1,'intermediate_size':7,'moe_intermediate_size':5,'n_routed_experts':6,"
          + "'num_experts_per_tok':2,'n_shared_experts':2,'n_group':3,'topk_group':2,'tie_word_embeddings':false";
  private static final String KIMI_K3 =
      "'model_type':'kimi_k3','tie_word_embeddings':false,'text_config':{'model_type':'kimi_linear',"
          + LATENT
          + "'mla_use_output_gate':true,'num_hidden_layers':4,'attn_res_block_size':2,'first_k_dense_replace':1,'intermediate_size':7,'moe_intermediate_size':5,'num_experts':6,'num_experts_per_token':2,'num_shared_experts':2,'routed_expert_hidden_size':6,'latent_moe_use_norm':true,'linear_attn_config':{'full_attn_layers':[2],'num_heads':3,'head_dim':4,'short_conv_kernel_size':4,'use_full_rank_gate':true}}";
  private static final String DEEPSEEK_V4 =
      "'model_type':'deepseek_v4','hidden_size':8,'vocab_size':10,'num_attention_heads':4,'head_dim':6,'q_lora_rank':5,'o_lora_rank':3,'o_groups':2,'index_topk':9,'index_n_heads':2,'index_head_dim':4,'hc_mult':2,'sliding_window':11,'moe_intermediate_size':5,'n_routed_experts':6,'num_experts_per_tok':2,'n_shared_experts':1,'num_hash_layers':1,'num_hidden_layers':3,'compress_ratios':[0,4,8,0]";
  private static final String MINIMAX_M3 =
      "'model_type':'minimax_m3',"
          + BASE
          + "'num_hidden_layers':2,'moe_layer_freq':[0,1],'dense_intermediate_size':7,'intermediate_size':5,'shared_intermediate_size':9,'n_shared_experts':1,'num_local_experts':6,'num_experts_per_tok':2,'sparse_attention_config':{'use_sparse_attention':true,'sparse_attention_freq':[0,1],'sparse_topk_blocks':3,'sparse_block_size':10,'sparse_num_index_heads':2,'sparse_index_dim':4}";
  private static final String JAMBA =
      "'model_type':'jamba',"
          + BASE
          + "'num_hidden_layers':2,'attn_layer_period':2,'attn_layer_offset':1,'intermediate_size':7,'num_experts':6,'num_experts_per_tok':2,'mamba_expand':2,'mamba_d_state':3,'mamba_dt_rank':5,'mamba_d_conv':4";
  private static final String NEMOTRON_H =
      "'model_type':'nemotron_h',"
          + BASE
          + "'hybrid_override_pattern':'M*E-','intermediate_size':7,'mamba_num_heads':3,'mamba_head_dim':4,'n_groups':2,'ssm_state_size':5,'conv_kernel':4,'moe_latent_size':6,'moe_intermediate_size':5,'moe_shared_expert_intermediate_size':9,'n_routed_experts':6,'num_experts_per_tok':2,'n_shared_experts':1";
  private static final String LLAMA4 =
      "'model_type':'llama4','text_config':{"
          + BASE
          + "'num_hidden_layers':4,'intermediate_size':5,'intermediate_size_mlp':7,'interleave_moe_layer_step':2,'num_local_experts':6,'num_experts_per_tok':1,'attention_chunk_size':9}";
  private static final String ARCTIC =
      "'model_type':'arctic',"
          + BASE
          + "'num_hidden_layers':1,'intermediate_size':5,'num_local_experts':6,'num_experts_per_tok':2,'moe_layer_frequency':1,'parallel_attn_mlp_res':true";
  private static final int ENDS = 168;

  private static Model read(String text) {
    return HuggingFaceConfig.read(
        JsonCursor.parse(("{" + text + "}").replace('\'', '"'), "test.json"), "test");
  }

  private static List<Long> layerParameters(Model model) {
    return model.layers().stream().map(Layer::parameters).toList();
  }

  private static List<String> kinds(Model model) {
    return model.layers().stream().map(layer -> layer.attention().kind()).toList();
  }

  private static InputException refused(String text) {
    return assertThrows(InputException.class, () -> read(text));
  }

  @Test
  void llama_countsEveryMatrix() {
    Model model =
        read(
            "'model_type':'llama',"
                + BASE
                + "'num_hidden_layers':3,'intermediate_size':7,'tie_word_embeddings':false");
    assertEquals(3 * (288 + 168 + 16) + ENDS, model.parameters());
    assertEquals(model.parameters(), model.activeParameters());
    assertEquals("llama", model.architecture());
    assertEquals(3 * 2 * 2 * 3 * 2, model.kvBytesPerToken(Dtype.BF16));
  }

  @Test
  void llama_withoutHeadDimensionDividesHiddenByHeads() {
    Model model =
        read(
            "'model_type':'llama','hidden_size':8,'vocab_size':10,'num_attention_heads':4,'num_hidden_layers':1,'intermediate_size':7");
    assertEquals(4 * 64 + 168 + 16 + ENDS, model.parameters());
  }

  @Test
  void mixtral_intermediateSizeIsTheExpertWidth() {
    Model model =
        read(
            "'model_type':'mixtral',"
                + BASE
                + "'num_hidden_layers':2,'intermediate_size':5,'num_local_experts':6,'num_experts_per_tok':2,'sliding_window':null");
    assertEquals(2 * (288 + 720 + 48 + 16) + ENDS, model.parameters());
    assertEquals(2 * (288 + 240 + 48 + 16) + ENDS, model.activeParameters());
    assertEquals(List.of("full", "full"), kinds(model));
  }

  @Test
  void gptOss_hasBiasesAndSinksAndAlternates() {
    Model model =
        read(
            "'model_type':'gpt_oss',"
                + BASE
                + "'num_hidden_layers':2,'intermediate_size':5,'num_local_experts':6,'num_experts_per_tok':2,'sliding_window':4");
    int attention = 288 + (12 + 6 + 6) + 8 + 4;
    int experts = 6 * (120 + 10 + 8);
    assertEquals(2 * (attention + experts + 48 + 6 + 16) + ENDS, model.parameters());
    assertEquals(List.of("sliding", "full"), kinds(model));
    assertEquals(2 * 2 * 3 * 2, model.kvBytesPerToken(Dtype.BF16));
  }

  @Test
  void olmoe_normsAllHeadsTogether() {
    Model model =
        read(
            "'model_type':'olmoe',"
                + BASE
                + "'num_hidden_layers':1,'intermediate_size':5,'num_experts':6,'num_experts_per_tok':2");
    assertEquals(288 + 12 + 6 + 720 + 48 + 16 + ENDS, model.parameters());
  }

  @Test
  void qwen3Moe_mlpOnlyLayersAreDense() {
    Model model =
        read(
            "'model_type':'qwen3_moe',"
                + BASE
                + "'num_hidden_layers':2,'intermediate_size':7,'moe_intermediate_size':5,'num_experts':6,'num_experts_per_tok':2,'mlp_only_layers':[0]");
    assertEquals(
        List.of(288L + 6 + 168 + 16, 288L + 6 + 720 + 48 + 16 + 8), layerParameters(model));
    assertEquals(List.of(1), model.moeLayers());
  }

  @Test
  void llama4_nestsAndInterleaves() {
    Model model = read(LLAMA4);
    long dense = 288 + 168 + 16;
    long moe = 288 + 720 + 120 + 48 + 16;
    assertEquals(List.of(dense, moe, dense, moe + 8), layerParameters(model));
    assertEquals(List.of("chunked", "chunked", "chunked", "full"), kinds(model));
    assertEquals(2 * dense + 2 * (288 + 120 + 120 + 48 + 16) + ENDS, model.activeParameters());
  }

  @Test
  void gemma3_tiesAndSlides() {
    Model model =
        read(
            "'model_type':'gemma3_text',"
                + BASE
                + "'num_hidden_layers':6,'intermediate_size':7,'sliding_window':9,'sliding_window_pattern':3");
    assertEquals(6 * (288 + 6 + 168 + 32) + 8 + 80, model.parameters());
    assertEquals(List.of("sliding", "sliding", "full", "sliding", "sliding", "full"), kinds(model));
  }

  @Test
  void grok_hasFourNormsAndTies() {
    Model model =
        read(
            "'model_type':'grok-1',"
                + BASE
                + "'num_hidden_layers':1,'intermediate_size':5,'num_experts':6,'num_experts_per_tok':2");
    assertEquals(288 + 720 + 48 + 32 + 8 + 80, model.parameters());
  }

  @Test
  void arctic_addsADenseBranchOfHiddenWidth() {
    Model model = read(ARCTIC);
    assertEquals(288 + 720 + 48 + 3 * 8 * 8 + 24 + ENDS, model.parameters());
    assertEquals(288 + 240 + 48 + 3 * 8 * 8 + 24 + ENDS, model.activeParameters());
  }

  @Test
  void dbrx_readsItsOwnKeys() {
    Model model =
        read(
            "'model_type':'dbrx','d_model':8,'n_heads':4,'n_layers':1,'vocab_size':10,'attn_config':{'kv_n_heads':2},'ffn_config':{'ffn_hidden_size':5,'moe_num_experts':6,'moe_top_k':2}");
    assertEquals(64 + 32 + 32 + 64 + 720 + 48 + 16 + ENDS, model.parameters());
  }

  @Test
  void glm4Moe_hasBiasesNormsAndGroups() {
    Model model =
        read(
            "'model_type':'glm4_moe',"
                + BASE
                + "'attention_bias':true,'use_qk_norm':true,'num_hidden_layers':2,'first_k_dense_replace':1,'intermediate_size':7,'moe_intermediate_size':5,'n_routed_experts':6,'num_experts_per_tok':2,'n_shared_experts':1,'n_group':3,'topk_group':2");
    int attention = 288 + 24 + 6;
    assertEquals(attention + 168 + 16 + attention + 720 + 120 + 54 + 16 + ENDS, model.parameters());
    MoeFfn moe = model.moe(1).orElseThrow();
    assertEquals(3, moe.expertGroups());
    assertEquals(2, moe.groupsPerToken());
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek_v3", "kimi_k2"})
  void latentFamilies_countLowRankProjections(String family) {
    Model model = read("'model_type':'" + family + "'," + DEEPSEEK);
    // q_a 40, norm 5, q_b 5·4·(3+2); kv_a 8·(6+2), norm 6, kv_b 6·4·(3+7); o 28·8.
    long attention = 40 + 5 + 100 + 64 + 6 + 240 + 224;
    assertEquals(
        List.of(attention + 168 + 16, attention + 720 + 2 * 120 + 54 + 16 + 8),
        layerParameters(model));
    assertEquals(2 * (6 + 2) * 2, model.kvBytesPerToken(Dtype.BF16));
    assertEquals(List.of("mla", "mla"), kinds(model));
    assertEquals(3, model.moe(1).orElseThrow().expertGroups());
  }

  @ParameterizedTest
  @ValueSource(strings = {"deepseek_v32", "glm_moe_dsa"})
  void sparseFamilies_addTheIndexer(String family) {
    Model dense = read("'model_type':'deepseek_v3'," + DEEPSEEK);
    Model model =
        read(
            "'model_type':'"
                + family
                + "','index_topk':9,'index_n_heads':2,'index_head_dim':4,"
                + DEEPSEEK);
    assertEquals(dense.parameters() + 2 * (5 * 8 + 8 * 4 + 2 * 4 + 8 * 2), model.parameters());
    assertEquals(2 * (6 + 2) * 2, model.kvBytesPerToken(Dtype.BF16));
    assertEquals(2 * 4 * 2, model.indexBytesPerToken(Dtype.BF16));
    assertEquals(List.of("sparse", "sparse"), kinds(model));
  }

  @Test
  void deepSeekV4_compressesAndWidensTheResidual() {
    Model model = read(DEEPSEEK_V4);
    // q_a 40, norm 5, q_b 120; kv 48, norm 6; o_a 2·12·3, o_b 6·8; sinks 4.
    long attention = 165 + 54 + 72 + 48 + 4;
    long indexed = attention + (96 + 96 + 48 + 6) + (40 + 16) + (64 + 64 + 32 + 4);
    long compressed = attention + (48 + 48 + 48 + 6);
    long other = 16 + 2 * (8 * 16 + 8 + 3);
    long hashed = 720 + 120 + 48;
    assertEquals(
        List.of(
            attention + hashed + other,
            indexed + hashed + 6 + other,
            compressed + hashed + 6 + other + 2 * 16 + 2 + 1 + 8),
        layerParameters(model));
    assertEquals(6 * 2 / 4.0 + 6 * 2 / 8.0, model.kvBytesPerToken(Dtype.BF16));
    assertEquals(4 * 2 / 4.0, model.indexBytesPerToken(Dtype.BF16));
    assertTrue(model.layers().stream().allMatch(layer -> layer.boundaryResiduals() == 2));
  }

  @Test
  void kimiLinear_mixesDeltaAndLatentAndCarriesBlockResiduals() {
    Model model = read(KIMI_K3);
    long latent = 679 + 8 * 28;
    // q, k, v, o 4·96; decay 32 + 48; gate 96; beta 24; convolutions 144; decay bias 12, rate 3,
    // norm 4.
    long delta = 384 + 80 + 96 + 24 + 144 + 12 + 3 + 4;
    long moe = 6 * 90 + 2 * 48 + 6 + 240 + 54;
    long other = 16 + 4 * 8;
    assertEquals(
        List.of(
            delta + 168 + other,
            latent + moe + other,
            delta + moe + other,
            delta + moe + other + 16 + 8),
        layerParameters(model));
    assertEquals(
        List.of(2, 2, 3, 3), model.layers().stream().map(Layer::boundaryResiduals).toList());
    assertEquals(6, model.moe(1).orElseThrow().tokenWidth());
    assertEquals((6 + 2) * 2, model.kvBytesPerToken(Dtype.BF16));
  }

  @ParameterizedTest
  @CsvSource({"qwen3_next", "qwen3_5_moe"})
  void qwenHybrid_countsGatedDeltaNet(String family) {
    Model model =
        read(
            "'model_type':'"
                + family
                + "',"
                + BASE
                + "'num_hidden_layers':2,'full_attention_interval':2,'linear_num_key_heads':2,'linear_key_head_dim':3,'linear_num_value_heads':4,'linear_value_head_dim':5,'moe_intermediate_size':5,'shared_expert_intermediate_size':7,'num_experts':6,'num_experts_per_tok':2");
    // q, k, v, z 8·52; b, a 8·8; convolution 32·4; rates 8; norm 5; o 160.
    long linear = 416 + 64 + 128 + 8 + 5 + 160;
    long full = 288 + 96 + 6;
    long moe = 720 + 48 + 168 + 8;
    assertEquals(List.of(linear + moe + 16, full + moe + 16 + 8), layerParameters(model));
    assertEquals(
        20 * 3 * 4 + 32 * 3 * 2,
        model.layers().get(0).attention().kvCapacityBytes(1000, Dtype.FP8));
  }

  @Test
  void miniMaxM2_normsAllHeadsTogether() {
    Model model =
        read(
            "'model_type':'minimax_m2',"
                + BASE
                + "'num_hidden_layers':1,'intermediate_size':5,'num_local_experts':6,'num_experts_per_tok':2");
    assertEquals(288 + 18 + 720 + 54 + 16 + ENDS, model.parameters());
  }

  @Test
  void miniMaxM3_indexesBlocks() {
    Model model = read(MINIMAX_M3);
    long index = 8 * 8 + 8 * 4 + 8;
    assertEquals(
        List.of(288L + 6 + 168 + 16, 288L + 6 + index + 720 + 3 * 8 * 9 + 54 + 16 + 8),
        layerParameters(model));
    // Reads 30 of 100 tokens and all index keys.
    assertEquals(
        30 * 2 * 2 * 3 * 2 + 100 * 4 * 2,
        model.layers().get(1).attention().kvReadBytes(100, Dtype.BF16));
  }

  @Test
  void miniMaxLightning_countsBothMixers() {
    Model model =
        read(
            "'architectures':['MiniMaxM1ForCausalLM'],"
                + BASE
                + "'num_hidden_layers':2,'attn_type_list':[0,1],'intermediate_size':5,'num_local_experts':6,'num_experts_per_tok':2");
    assertEquals(
        List.of(288L + 96 + 96 + 12 + 768 + 16, 288L + 768 + 16 + 8), layerParameters(model));
    assertEquals(List.of("linear", "full"), kinds(model));
  }

  @Test
  void jamba_countsMamba() {
    Model model = read(JAMBA);
    // in 256, convolution 64 + 16, x 16·11, dt 80 + 16, A 48, D 16, norms 11, out 128.
    long mamba = 256 + 80 + 176 + 96 + 48 + 16 + 11 + 128;
    assertEquals(List.of(mamba + 168 + 16, 288L + 6 * 168 + 48 + 16 + 8), layerParameters(model));
  }

  @Test
  void nemotronH_hasOneHalfPerBlock() {
    Model model = read(NEMOTRON_H);
    // in 8·47, convolution 32·4 + 32, rates 9, norm 12, out 96.
    long mamba = 376 + 160 + 9 + 12 + 96;
    long moe = 6 * 60 + 96 + 144 + 54;
    assertEquals(List.of(mamba + 8, 288L + 8, moe + 8, 2L * 8 * 7 + 8 + 8), layerParameters(model));
    assertEquals(List.of("linear", "full", "none", "none"), kinds(model));
  }

  @Test
  void unknownArchitecture_listsTheKnown() {
    String message = refused("'model_type':'bert','hidden_size':8").getMessage();
    assertTrue(message.contains("$.model_type: unknown architecture \"bert\""), message);
    assertTrue(message.contains("deepseek_v3, deepseek_v32"), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "`num_experts`:0,`num_experts_per_tok`:2 | $.num_experts",
        "`num_experts`:6,`num_experts_per_tok`:7 | $.num_experts_per_tok",
        "`num_experts`:6,`num_experts_per_tok`:0 | $.num_experts_per_tok",
        "`num_experts`:6,`num_experts_per_tok`:-1 | $.num_experts_per_tok",
        "`num_experts`:6.5,`num_experts_per_tok`:2 | $.num_experts",
        "`num_experts`:6 | $"
      })
  void badExperts_areRefusedAtTheirPath(String experts, String path) {
    String rest =
        "'num_hidden_layers':2,'intermediate_size':7,'moe_intermediate_size':5,"
            + experts.replace('`', '\'');
    assertEquals(path, refused("'model_type':'qwen3_moe'," + BASE + rest).path());
  }

  @ParameterizedTest
  @CsvSource({
    "num_hidden_layers,4097",
    "num_hidden_layers,0",
    "intermediate_size,-1",
    "num_attention_heads,3",
    "vocab_size,null"
  })
  void badSizes_areRefused(String key, String value) {
    String good =
        "'num_hidden_layers':2,'intermediate_size':7,'vocab_size':10,'num_attention_heads':4,'hidden_size':8,'model_type':'llama'";
    assertEquals(2, read(good).layers().size());
    refused(good.replaceFirst("'" + key + "':\\d+", "'" + key + "':" + value));
  }

  @Test
  void anyNumberReplaced_isReadOrRefusedButNeverABug() {
    List<String> configs =
        List.of(
            "'model_type':'deepseek_v3'," + DEEPSEEK,
            KIMI_K3,
            DEEPSEEK_V4,
            MINIMAX_M3,
            JAMBA,
            NEMOTRON_H,
            LLAMA4,
            ARCTIC);
    int refused = 0;
    for (String config : configs) {
      Matcher number = Pattern.compile(":(\\d+|true|false|\\[[^\\]]*\\]|'[^']*')").matcher(config);
      while (number.find()) {
        for (String bad :
            List.of(
                "0", "-1", "1000000", "1e300", "0.5", "'x'", "[]", "{}", "true", "null",
                "[7,'x']")) {
          refused +=
              readOrRefused(
                      config.substring(0, number.start(1)) + bad + config.substring(number.end(1)))
                  ? 0
                  : 1;
        }
      }
    }
    assertTrue(refused > 800, "only " + refused + " refused");
  }

  private static boolean readOrRefused(String config) {
    try {
      Model model = read(config);
      assertTrue(model.parameters() > 0, config);
      return true;
    } catch (InputException e) {
      return false;
    } catch (RuntimeException e) {
      throw new AssertionError(config, e);
    }
  }
}
