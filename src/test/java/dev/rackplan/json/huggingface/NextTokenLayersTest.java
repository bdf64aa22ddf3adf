package dev.rackplan.json.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hidden size 8: projection and norms of a drafting layer are 2·8·8 + 3·8 = 152. */
class NextTokenLayersTest {
  private static final String DEEPSEEK =
      "'model_type':'deepseek_v3','hidden_size':8,'vocab_size':10,'num_attention_heads':4,'q_lora_rank':5,'kv_lora_rank':6,'qk_rope_head_dim':2,'qk_nope_head_dim':3,'v_head_dim':7,"
          + "'num_hidden_layers':2,'first_k_dense_replace':1,'intermediate_size':7,'moe_intermediate_size':5,'n_routed_experts':6,'num_experts_per_tok':2,'n_shared_experts':2,'tie_word_embeddings':false";
  private static final String QWEN3_NEXT =
      "'model_type':'qwen3_next','hidden_size':8,'vocab_size':10,'num_attention_heads':4,'num_key_value_heads':2,'head_dim':3,"
          + "'num_hidden_layers':5,'linear_num_key_heads':2,'linear_key_head_dim':3,'linear_num_value_heads':4,'linear_value_head_dim':5,'num_experts':6,'num_experts_per_tok':2,'moe_intermediate_size':5,'shared_expert_intermediate_size':9,'intermediate_size':7";
  private static final String NEMOTRON_H =
      "'model_type':'nemotron_h','hidden_size':8,'vocab_size':10,'num_attention_heads':4,'num_key_value_heads':2,'head_dim':3,"
          + "'hybrid_override_pattern':'M*E-','intermediate_size':7,'mamba_num_heads':3,'mamba_head_dim':4,'n_groups':2,'ssm_state_size':5,'conv_kernel':4,'moe_latent_size':6,'moe_intermediate_size':5,'moe_shared_expert_intermediate_size':9,'n_routed_experts':6,'num_experts_per_tok':2,'n_shared_experts':1";
  private static final String DEEPSEEK_V4 =
      "'model_type':'deepseek_v4','hidden_size':8,'vocab_size':10,'num_attention_heads':4,'head_dim':6,'q_lora_rank':5,'o_lora_rank':3,'o_groups':2,'index_topk':9,'index_n_heads':2,'index_head_dim':4,'hc_mult':2,'sliding_window':11,'moe_intermediate_size':5,'n_routed_experts':6,'num_experts_per_tok':2,'n_shared_experts':1,'num_hash_layers':1,'num_hidden_layers':3";

  private static Model read(String config) {
    return HuggingFaceConfig.read(
        JsonCursor.parse("{" + config.replace('\'', '"') + "}", "config.json"), "m");
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 1", "3, 3"})
  void layers_areAsManyAsTheConfigSays(int given, int expected) {
    Model model = read(DEEPSEEK + ",'num_nextn_predict_layers':" + given);
    Layer last = read(DEEPSEEK).layers().get(1);
    assertEquals(expected, model.nextTokenLayers().size());
    // The last layer, less the model's last norm, more projection and norms.
    assertEquals(expected * (last.parameters() - 8 + 152), model.nextTokenParameters());
    assertEquals(read(DEEPSEEK).parameters(), model.parameters());
    assertEquals(2, model.layers().size());
  }

  @Test
  void layers_areNoneWhereTheConfigHasNoKey() {
    assertEquals(List.of(), read(DEEPSEEK).nextTokenLayers());
    assertEquals(List.of(), read(DEEPSEEK + ",'num_nextn_predict_layers':null").nextTokenLayers());
  }

  // Layers 0 to 4: linear, linear, linear, full, linear.
  @Test
  void hybrids_draftWithALayerOfFullAttention() {
    Model model = read(QWEN3_NEXT + ",'mtp_num_hidden_layers':1");
    assertTrue(model.layers().get(4).attention() instanceof LinearAttention);
    Layer drafting = model.nextTokenLayers().get(0);
    assertTrue(drafting.attention() instanceof GroupedQueryAttention);
    assertEquals(model.layers().get(3).parameters() + 152, drafting.parameters());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'mtp_hybrid_override_pattern':'*E'",
        "'mtp_layers_block_type':['attention','moe']"
      })
  void nemotron_listsTheBlocksOfItsModule(String blocks) {
    Model model = read(NEMOTRON_H + ",'num_nextn_predict_layers':1," + blocks);
    List<Layer> drafting = model.nextTokenLayers();
    assertEquals(2, drafting.size());
    assertEquals(model.layers().get(1).parameters() + 152, drafting.get(0).parameters());
    assertEquals(model.layers().get(2).parameters(), drafting.get(1).parameters());
    assertTrue(drafting.get(1).ffn() instanceof MoeFfn);
  }

  @ParameterizedTest
  @CsvSource({"'[0,4,8,0]', -1", "'[0,4,8,4]', 4", "'[0,4,8]', -1"})
  void deepSeekV4_listsTheRatioOfItsModuleBehindTheLayers(String ratios, int ratio) {
    Model model = read(DEEPSEEK_V4 + ",'num_nextn_predict_layers':1,'compress_ratios':" + ratios);
    CompressedAttention attention =
        (CompressedAttention) model.nextTokenLayers().get(0).attention();
    assertEquals(ratio, attention.ratio().orElse(-1));
  }

  // 256 experts and a shared one of 3·7,168·2,048, gate with bias 256·7,168 + 256, attention
  // 187,107,328, five norms and the projection 2·7,168².
  @Test
  void deepSeekV3_draftsWithElevenPointSixBillionWeights() {
    Model model = ModelCatalog.read("deepseek-v3");
    assertEquals(
        257L * 44_040_192 + 1_835_264 + 187_107_328 + 5 * 7168 + 102_760_448,
        model.nextTokenParameters());
    assertEquals(11.61e9, model.nextTokenParameters(), 0.01e9);
    assertEquals(671.03e9, model.parameters(), 0.01e9);
  }

  @Test
  void negativeCount_isRefusedWithItsPath() {
    InputException error =
        assertThrows(InputException.class, () -> read(DEEPSEEK + ",'num_nextn_predict_layers':-1"));
    assertTrue(error.getMessage().contains("$.num_nextn_predict_layers"), error.getMessage());
  }
}
