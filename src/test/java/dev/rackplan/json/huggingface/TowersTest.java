package dev.rackplan.json.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ModelNotes;
import dev.rackplan.model.Model;
import org.junit.jupiter.api.Test;

/**
 * Vision and audio parts counted by hand: encoders of hidden 4, width 6, two layers, patches of 2
 * pixels; a language part of hidden 8.
 */
class TowersTest {
  private static final String TEXT =
      "'hidden_size':8,'vocab_size':10,'num_attention_heads':4,'num_key_value_heads':2,'head_dim':3,'intermediate_size':7,'num_hidden_layers':1";
  // Attention 4·16 and biases 16, FFN 2·24 and 6 + 4, two layer norms 16.
  private static final long PLAIN_LAYER = 80 + 58 + 16;

  private static Model read(String type, String textType, String more, String tower) {
    String json =
        "{'model_type':'"
            + type
            + "',"
            + more
            + "'text_config':{'model_type':'"
            + textType
            + "',"
            + TEXT
            + "},"
            + tower
            + "}";
    return HuggingFaceConfig.read(JsonCursor.parse(json.replace('\'', '"'), "test.json"), "test");
  }

  private static String vision(String type, String more) {
    return "'vision_config':{'model_type':'"
        + type
        + "','hidden_size':4,'intermediate_size':6,'num_hidden_layers':2,'patch_size':2,'image_size':6"
        + more
        + "}";
  }

  @Test
  void llava_hasClipAndTwoMatrices() {
    Model model = read("llava", "llama", "", vision("clip_vision_model", ""));
    // Patches 3·4·4, positions 9 + 1, class token, two norms; projector 4·8 + 8 and 8·8 + 8.
    long clip = 2 * PLAIN_LAYER + 48 + 40 + 4 + 16;
    assertEquals(clip + 40 + 72, model.input().towerParameters());
    assertEquals(288 + 168 + 24 + 160 + clip + 112, model.parameters());
    assertEquals(model.languageParameters(), model.activeParameters());
    assertEquals(ModelNotes.TOWERS, model.notes().get(0));
    assertEquals("llava", model.architecture());
  }

  @Test
  void gemma3_hasSiglipAndOneMatrix() {
    Model model =
        read(
            "gemma3", "gemma3_text", "", vision("siglip_vision_model", ",'vision_use_head':false"));
    // Patches 48 and their bias 4, positions 9·4, a norm; projector 32 and its norm 4.
    assertEquals(2 * PLAIN_LAYER + 52 + 36 + 8 + 36, model.input().towerParameters());
  }

  @Test
  void mistral3_mergesPatches() {
    Model model = read("mistral3", "mistral", "'spatial_merge_size':2,", vision("pixtral", ""));
    // Layers without biases, gated: 64 + 72 + 8; norm 4, merger 16·4, matrices 32 + 64.
    assertEquals(2 * 144 + 48 + 4 + 4 + 64 + 32 + 64, model.input().towerParameters());
  }

  @Test
  void qwen3Vl_mergesAndStacks() {
    Model model =
        read(
            "qwen3_vl",
            "qwen3_vl_text",
            "",
            "'vision_config':{'model_type':'qwen3_vl','depth':2,'hidden_size':4,'intermediate_size':6,'patch_size':2,'temporal_patch_size':2,'in_channels':3,'spatial_merge_size':2,'num_position_embeddings':9,'out_hidden_size':8,'deepstack_visual_indexes':[1]}");
    // Patches 96 + 4, positions 36; merger 8 + 16·16 + 16 + 16·8 + 8; one more with a norm of 32.
    long merger = 256 + 16 + 128 + 8;
    assertEquals(
        2 * PLAIN_LAYER + 100 + 36 + 8 + merger + 32 + merger, model.input().towerParameters());
  }

  @Test
  void flatConfig_mayHoldAVisionPartToo() {
    String json =
        "{'model_type':'qwen2_5_vl',"
            + TEXT
            + ",'vision_config':{'depth':1,'hidden_size':4,'intermediate_size':6,'patch_size':2,'out_hidden_size':8,'spatial_merge_size':2}}";
    Model model = HuggingFaceConfig.read(JsonCursor.parse(json.replace('\'', '"'), "t.json"), "t");
    // Gated with biases: 80 + 72 + 16, norms 8; patches 96; merger 4 + 272 + 136.
    assertEquals(176 + 96 + 4 + 272 + 136, model.input().towerParameters());
  }

  @Test
  void omni_readsTheThinker() {
    String json =
        "{'model_type':'qwen3_omni_moe','thinker_config':{'model_type':'qwen3_omni_moe_thinker','text_config':{'model_type':'qwen3_omni_moe_text',"
            + TEXT
            + ",'moe_intermediate_size':5,'num_experts':6,'num_experts_per_tok':2},'audio_config':{'d_model':4,'encoder_layers':1,'encoder_ffn_dim':6,'num_mel_bins':8,'downsample_hidden_size':2,'output_dim':8}}}";
    Model model = HuggingFaceConfig.read(JsonCursor.parse(json.replace('\'', '"'), "t.json"), "t");
    // Layer 154; convolutions 9·2·5 + 6; one column a channel, 2·1·4; norm 8; 20; 40.
    assertEquals(PLAIN_LAYER + 96 + 8 + 8 + 20 + 40, model.input().towerParameters());
    assertEquals(1, model.moeLayers().size());
  }

  @Test
  void unknownVisionPart_isCountedAsAPlainOneAndSaid() {
    Model model = read("llava", "llama", "", vision("eyes", ""));
    assertTrue(
        model.notes().get(0).contains("isn't known: counted as a plain encoder"),
        model.notes().toString());
    assertEquals(2 * PLAIN_LAYER + 52 + 40 + 72, model.input().towerParameters());
  }

  @Test
  void wrappersLanguagePart_takesItsClassesDefaults() {
    String json =
        "{'model_type':'llava','text_config':{'model_type':'llama','vocab_size':10},'tie_word_embeddings':false}";
    Model model = HuggingFaceConfig.read(JsonCursor.parse(json.replace('\'', '"'), "t.json"), "t");
    // LlamaConfig: 4096, 11008, 32 layers of 32 heads.
    assertEquals(32, model.layers().size());
    assertEquals(
        32L * (4L * 4096 * 4096 + 3L * 4096 * 11008 + 8192) + 4096 + 20 * 4096, model.parameters());
    assertTrue(model.notes().get(0).contains("hidden_size 4096"), model.notes().toString());
  }
}
