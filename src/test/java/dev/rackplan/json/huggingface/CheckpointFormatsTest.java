package dev.rackplan.json.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ModelReader;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.StoredFormats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Formats of three layers of latent attention, the first with a dense FFN, the others with shared
 * and routed experts; written attention/FFN/experts, layer by layer, then head, then KV cache.
 */
class CheckpointFormatsTest {
  private static final String LATENT =
      "'model_type':'deepseek_v3','hidden_size':8,'vocab_size':10,'num_attention_heads':4,'q_lora_rank':5,'kv_lora_rank':6,"
          + "'qk_rope_head_dim':2,'qk_nope_head_dim':3,'v_head_dim':7,'num_hidden_layers':3,'first_k_dense_replace':1,"
          + "'intermediate_size':7,'moe_intermediate_size':5,'n_routed_experts':6,'num_experts_per_tok':2,'n_shared_experts':1,"
          + "'torch_dtype':'bfloat16'";
  private static final String NVFP4 =
      "'weights':{'num_bits':4,'type':'float','group_size':16},'input_activations':{'num_bits':4,'type':'float','group_size':16}";
  private static final String INT4 =
      "'weights':{'num_bits':4,'type':'int','strategy':'group','symmetric':true,'group_size':32},'input_activations':null";
  private static final String FP8 =
      "'weights':{'num_bits':8,'type':'float','strategy':'channel'},'input_activations':{'num_bits':8,'type':'float'}";

  @TempDir Path folder;

  private static Model model(String keys) {
    String json = "{" + LATENT + (keys.isEmpty() ? "" : "," + keys) + "}";
    return HuggingFaceConfig.read(JsonCursor.parse(json.replace('\'', '"'), "c.json"), "c");
  }

  private static String words(Model model) {
    StoredFormats stored = model.stored().orElseThrow();
    return model.layers().stream()
            .map(
                layer ->
                    layer.stored().orElseThrow().attention().key()
                        + "/"
                        + layer.stored().orElseThrow().ffn().key()
                        + (layer.ffn() instanceof MoeFfn
                            ? "/" + layer.stored().orElseThrow().experts().key()
                            : ""))
            .collect(Collectors.joining(" "))
        + " head "
        + stored.head().key()
        + " kv "
        + stored.kv().map(Dtype::key).orElse("-");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'quant_method':'fp8','weight_block_size':[128,128] "
            + "| fp8_block/fp8_block fp8_block/fp8_block/fp8_block fp8_block/fp8_block/fp8_block head bf16 kv -",
        "'quant_method':'fp8','ignored_layers':['model.layers.0','model.layers.1.mlp.gate','lm_head'] "
            + "| bf16/bf16 fp8_tensor/fp8_tensor/fp8_tensor fp8_tensor/fp8_tensor/fp8_tensor head bf16 kv -",
        "'quant_method':'fp8','kv_cache_scheme':'static','modules_to_not_convert':['shared_experts'] "
            + "| fp8_tensor/fp8_tensor fp8_tensor/bf16/fp8_tensor fp8_tensor/bf16/fp8_tensor head bf16 kv fp8",
        "'quant_method':'fbgemm_fp8','modules_to_not_convert':['model.layers.2.self_attn.q_b_proj','model.layers.2.self_attn.o_proj'] "
            + "| fp8_tensor/fp8_tensor fp8_tensor/fp8_tensor/fp8_tensor bf16/fp8_tensor/fp8_tensor head bf16 kv -",
        "'quant_method':'mxfp4','modules_to_not_convert':['model.layers.*.self_attn','lm_head'] "
            + "| bf16/bf16 bf16/bf16/mxfp4 bf16/bf16/mxfp4 head bf16 kv -",
        "'quant_method':'w4afp8' "
            + "| fp8_block/fp8_block fp8_block/fp8_block/w4a8 fp8_block/fp8_block/w4a8 head bf16 kv -",
        "'quant_method':'gptq','bits':4,'group_size':128,'sym':true,'lm_head':true "
            + "| int4/int4 int4/int4/int4 int4/int4/int4 head int4 kv -",
        "'quant_method':'gptq','bits':8,'group_size':-1,'dynamic':{'-:.*self_attn.*':{},'+:.*layers\\\\.2\\\\.mlp\\\\.experts.*':{'bits':4,'group_size':64}} "
            + "| bf16/w8a16 bf16/w8a16/w8a16 bf16/w8a16/int4_g64 head bf16 kv -",
        "'quant_method':'awq','bits':4,'group_size':128,'zero_point':true,'modules_to_not_convert':['gate','layers.0.mlp'] "
            + "| int4_awq/bf16 int4_awq/int4_awq/int4_awq int4_awq/int4_awq/int4_awq head bf16 kv -",
        "'quant_method':'bitsandbytes','load_in_4bit':true,'bnb_4bit_use_double_quant':false "
            + "| int4_g32/int4_g32 int4_g32/int4_g32/int4_g32 int4_g32/int4_g32/int4_g32 head bf16 kv -",
        "`'quant_method':'compressed-tensors','config_groups':{'group_0':{"
            + INT4
            + ",'targets':['Linear']}},'ignore':['re:.*self_attn.*','re:.*mlp\\\\.(gate|up|down)_proj.*'],'kv_cache_scheme':null` "
            + "| bf16/bf16 bf16/int4_g32/int4_g32 bf16/int4_g32/int4_g32 head bf16 kv -",
        "'quant_method':'compressed-tensors','config_groups':{'a':{"
            + FP8
            + ",'targets':['re:.*self_attn.*']},'b':{"
            + NVFP4
            + ",'targets':['re:.*experts.*']}},'ignore':['model.layers.1.mlp.shared_experts'] "
            + "| fp8_tensor/bf16 fp8_tensor/bf16/nvfp4 fp8_tensor/nvfp4/nvfp4 head bf16 kv -",
        "'quant_method':'modelopt','quant_algo':'NVFP4','config_groups':{'g':{"
            + NVFP4
            + ",'targets':['Linear']}},'ignore':['lm_head','model.layers.0*','model.layers.1.self_attn*','model.layers.1.mlp.shared_experts*'],"
            + "'kv_cache_scheme':{'num_bits':8,'type':'float'} "
            + "| bf16/bf16 bf16/bf16/nvfp4 nvfp4/nvfp4/nvfp4 head bf16 kv fp8",
        "'quant_method':'modelopt','quant_algo':'MIXED_PRECISION','kv_cache_quant_algo':'NVFP4','quantized_layers':{"
            + "'model.layers.1.mlp.experts':{'quant_algo':'W4A16_NVFP4'},'model.layers.2.self_attn.q_b_proj':{'quant_algo':'FP8'},"
            + "'model.layers.2.self_attn.o_proj':{'quant_algo':'FP8'},'lm_head':{'quant_algo':'W4A16_NVFP4'}} "
            + "| bf16/bf16 bf16/bf16/w4a16_nvfp4 fp8_tensor/bf16/bf16 head w4a16_nvfp4 kv nvfp4",
        "'quant_method':'fp8','weight_block_size':[128,128],'quant_algo':'MIXED_PRECISION','ignore':['*.self_attn.*'],"
            + "'quantized_layers':{'layers.1.mlp.experts':{'quant_algo':'NVFP4'},'layers.2.mlp.experts':{'quant_algo':'NVFP4'}} "
            + "| fp8_block/fp8_block fp8_block/fp8_block/nvfp4 fp8_block/fp8_block/nvfp4 head bf16 kv -",
        "'quant_method':'quark','exclude':['lm_head','re:model.layers.0.*'],'global_quant_config':{'weight':{'dtype':'fp4','group_size':32},"
            + "'input_tensors':{'dtype':'fp4','group_size':32}},'layer_quant_config':{'*self_attn*':{'weight':{'dtype':'fp8_e4m3','qscheme':'per_tensor'},"
            + "'input_tensors':{'dtype':'fp8_e4m3'}}},'kv_cache_quant_config':{'*k_proj':{'output_tensors':{'dtype':'fp8_e4m3'}}} "
            + "| bf16/bf16 fp8_tensor/w4a4_mxfp4/w4a4_mxfp4 fp8_tensor/w4a4_mxfp4/w4a4_mxfp4 head bf16 kv fp8",
      })
  void quantizationConfig_saysTheFormatOfEachModule(String config, String expected) {
    assertEquals(expected, words(model("'quantization_config':{" + config.trim() + "}")));
  }

  @Test
  void expertDtype_isOfRoutedExpertsOnly() {
    Model model =
        model(
            "'expert_dtype':'fp4','quantization_config':{'quant_method':'fp8','weight_block_size':[128,128]}");
    assertEquals(
        "fp8_block/fp8_block fp8_block/fp8_block/mxfp4 fp8_block/fp8_block/mxfp4 head bf16 kv -",
        words(model));
    assertEquals(Dtype.FP8_BLOCK, model.stored().orElseThrow().weights());
    assertEquals(Dtype.MXFP4, model.stored().orElseThrow().experts());
  }

  @Test
  void torchDtype_standsWhereNothingIsQuantised() {
    StoredFormats stored = model("").stored().orElseThrow();
    assertEquals("torch_dtype", stored.source());
    assertEquals(Dtype.BF16, stored.weights());
    assertEquals(Optional.empty(), stored.kv());
    // Engines load FP32 checkpoints in 16 bits.
    assertEquals(Dtype.BF16, model("'dtype':'float32'").stored().orElseThrow().weights());
    assertEquals(Dtype.FP16, fp16().stored().orElseThrow().head());
  }

  private static Model fp16() {
    String json = "{" + LATENT.replace("bfloat16", "float16") + "}";
    return HuggingFaceConfig.read(JsonCursor.parse(json.replace('\'', '"'), "c.json"), "c");
  }

  @Test
  void compressionConfig_isReadLikeQuantizationConfig() {
    Model model =
        model("'compression_config':{'config_groups':{'g':{" + FP8 + ",'targets':['Linear']}}}");
    assertEquals("compression_config", model.stored().orElseThrow().source());
    assertEquals(Dtype.FP8_TENSOR, model.stored().orElseThrow().experts());
  }

  @Test
  void unknownMethod_isRemarkedOn() {
    StoredFormats stored =
        model("'quantization_config':{'quant_method':'zip2'}").stored().orElseThrow();
    assertEquals(
        Optional.of("quant_method \"zip2\" is not known: weights taken as bf16"), stored.remark());
    assertEquals(Dtype.BF16, stored.weights());
    StoredFormats threeBits =
        model("'quantization_config':{'quant_method':'gptq','bits':3,'group_size':128}")
            .stored()
            .orElseThrow();
    assertTrue(threeBits.remark().orElseThrow().startsWith("3-bit weights"));
  }

  @Test
  void draftLayers_followTheirOwnNames() {
    String groups = "'config_groups':{'g':{" + NVFP4 + ",'targets':['Linear']}}";
    String start = "'quantization_config':{'quant_method':'modelopt','quant_algo':'NVFP4',";
    Model all = model(start + groups + "}");
    assertEquals(Dtype.NVFP4, all.stored().orElseThrow().drafts().experts());
    for (String excluded : new String[] {"mtp*", "model.layers.3*", "mtp.layers.0"}) {
      Model some = model(start + groups + ",'ignore':['" + excluded + "']}");
      assertEquals(Dtype.BF16, some.stored().orElseThrow().drafts().experts(), excluded);
      assertEquals(Dtype.NVFP4, some.layers().get(2).stored().orElseThrow().experts(), excluded);
    }
  }

  @Test
  void vision_isPlainWhereExcluded() {
    String start = "'quantization_config':{'quant_method':'fp8','modules_to_not_convert':['";
    assertEquals(Dtype.BF16, model(start + "visual']}").stored().orElseThrow().vision());
    assertEquals(Dtype.FP8_TENSOR, model(start + "lm_head']}").stored().orElseThrow().vision());
  }

  @Test
  void modelOptFile_isReadBesideTheConfig() throws IOException {
    Path config = folder.resolve("m_config.json");
    Files.writeString(config, ("{" + LATENT + "}").replace('\'', '"'));
    Files.writeString(
        folder.resolve("m_hf_quant_config.json"),
        """
        {"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8", "group_size": 16,
         "exclude_modules": ["lm_head", "model.layers.0*", "*self_attn*", "*shared_experts*"]}}
        """);
    Model model = ModelReader.read(config.toString());
    assertEquals("bf16/bf16 bf16/bf16/nvfp4 bf16/bf16/nvfp4 head bf16 kv fp8", words(model));
    assertEquals("hf_quant_config.json", model.stored().orElseThrow().source());
    assertEquals(Dtype.BF16, model.stored().orElseThrow().weights());
    assertEquals(Dtype.NVFP4, model.stored().orElseThrow().experts());
  }
}
