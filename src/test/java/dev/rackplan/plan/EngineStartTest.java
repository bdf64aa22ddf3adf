package dev.rackplan.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.EngineCase;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EngineStartTest {
  @TempDir private Path folder;

  private static final Map<String, String> MODELS =
      Map.of(
          "heads28", EngineCase.HEADS_28,
          "heads64", EngineCase.HEADS_64,
          "heads40", EngineCase.HEADS_40,
          "width1280", EngineCase.WIDTH_1280,
          "experts60", EngineCase.EXPERTS_60);

  /**
   * Worked by hand from the models' shapes: 28 / 4 = 7, 64 / 3 is no whole number, 18,944 / 7 is
   * not either, 1,280 / 4 = 320 is no multiple of 128, 60 = 7 × 8 + 4.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "heads28   | vllm        | -     | bf16 | 1  | 4 | 1 | 0 | -",
        "heads28   | vllm        | -     | bf16 | 1  | 8 | 1 | 0 | 28 attention heads do not divide over attentionTensorParallel 8",
        "heads28   | sglang      | -     | bf16 | 1  | 7 | 1 | 0 | 4 KV heads neither divide over attentionTensorParallel 7 nor are copied whole times",
        "heads28   | trtllm      | -     | bf16 | 1  | 2 | 1 | 0 | -",
        "heads64   | sglang      | -     | bf16 | 6  | 3 | 1 | 0 | 64 attention heads do not divide over attentionTensorParallel 3",
        "heads64   | sglang      | -     | bf16 | 16 | 8 | 1 | 0 | denseTensorParallel 8 is neither 1 nor the 16 GPUs of a stage",
        "heads64   | vllm        | -     | fp8  | 16 | 8 | 1 | 0 | -",
        "heads40   | vllm        | -     | bf16 | 16 | 16 | 1 | 0 | 40 attention heads do not divide over attentionTensorParallel 16",
        "heads40   | sglang      | -     | bf16 | 10 | 10 | 1 | 0 | 8 KV heads neither divide over attentionTensorParallel 10 nor are copied whole times",
        "width1280 | sglang      | -     | fp8  | 4  | 4 | 1 | 0 | shared experts' width 1280 in 4 slices of 320, no whole blocks of 128",
        "width1280 | vllm        | -     | fp8  | 8  | 2 | 1 | 0 | -",
        "width1280 | sglang      | -     | bf16 | 4  | 4 | 1 | 0 | -",
        "experts60 | vllm        | -     | bf16 | 8  | 2 | 1 | 4 | -",
        "experts60 | vllm        | -     | bf16 | 8  | 1 | 1 | 3 | 60 + 3 expert slots do not divide over expertParallel 8",
        "experts60 | vllm        | 0.9.1 | bf16 | 8  | 1 | 1 | 4 | has no redundant experts, the layout has 4",
        "experts60 | vllm        | 0.9.2 | bf16 | 8  | 1 | 1 | 4 | -",
        "experts60 | vllm        | 0.8.2 | bf16 | 4  | 1 | 1 | 0 | attention has 4 ranks of attentionTensorParallel 1, data-parallel attention is not known",
        "experts60 | sglang      | -     | bf16 | 8  | 1 | 1 | 0 | 60 experts do not divide over expertParallel 8",
        "experts60 | sglang      | -     | bf16 | 8  | 1 | 1 | 4 | -",
        "experts60 | vllm-ascend | -     | bf16 | 1  | 1 | 1 | 2 | redundantExperts 2 need expertParallel above 1",
        "experts60 | trtllm      | -     | bf16 | 4  | 2 | 1 | 0 | attentionTensorParallel 2 is neither 1 nor the 4 GPUs of a stage",
        "experts60 | trtllm      | -     | bf16 | 4  | 4 | 1 | 0 | -",
        "experts60 | vllm        | -     | bf16 | 4  | 2 | 2 | 0 | pipelineStages 2 of 2 attention ranks each: a data-parallel rank keeps its stages together",
        "experts60 | sglang      | -     | bf16 | 4  | 1 | 2 | 0 | -",
      })
  void engine_stopsAtItsFirstBrokenRule(
      String model,
      String engine,
      String version,
      String format,
      int expertParallel,
      int tensorParallel,
      int stages,
      int redundant,
      String fault) {
    Problem problem = problem(MODELS.get(model), "decode", engine, version, format);

    EngineStart engines = new EngineStart(problem);

    Layout layout = layout(expertParallel, tensorParallel, stages, redundant);
    EngineKind kind = EngineKind.of(engine).orElseThrow();
    assertEquals(fault, engines.broken(kind, layout).map(EngineStart.Broken::fault).orElse(null));
  }

  /** 60 = 10 × 6 = 7 × 8 + 4 = 12 × 5. DeepEP's kernels count as many experts on each GPU. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "decode  | vllm        | 8  | ALL_TO_ALL | 60 experts do not divide over expertParallel 8",
        "decode  | vllm        | 8  | ALL_GATHER | -",
        "decode  | vllm        | 6  | ALL_TO_ALL | -",
        "decode  | vllm        | 12 | ALL_TO_ALL | -",
        "prefill | vllm        | 6  | ALL_TO_ALL | prompts are sent among 2, 4 or 8 GPUs or 2, 3, 4, 6, 8, 12, 16, 18, 20 groups of 8, not 6",
        "prefill | sglang      | 12 | ALL_TO_ALL | prompts are sent among 2, 4 or 8 GPUs or 2, 3, 4, 6, 8, 12, 16, 18, 20 groups of 8, not 12",
        "prefill | vllm        | 6  | ALL_GATHER | -",
        "prefill | sglang      | 4  | ALL_TO_ALL | -",
        "prefill | trtllm      | 6  | ALL_TO_ALL | -",
      })
  void sentTokens_needGpusThatTheirKernelsAreBuiltFor(
      String phase, String engine, int gpus, MoeCommunication way, String fault) {
    EngineStart engines =
        new EngineStart(problem(EngineCase.EXPERTS_60, phase, engine, null, "bf16"));

    Layout layout = layout(gpus, 1, 1, 0).with(Degree.MOE_COMMUNICATION, way.ordinal());

    EngineKind kind = EngineKind.of(engine).orElseThrow();
    assertEquals(fault, engines.broken(kind, layout).map(EngineStart.Broken::fault).orElse(null));
  }

  /** SWITCH_RDMA_RANKS of DeepEP has cases for 2, 3, 4 and 6 groups of 8, and none for 5. */
  @ParameterizedTest
  @CsvSource({"8, true", "16, true", "24, true", "32, true", "40, false", "48, true"})
  void prompts_areSentAmongGroupsThatAreBuilt(int gpus, boolean built) {
    String model = EngineCase.moe(16, 16, 480, 1408, 5632);
    EngineStart engines = new EngineStart(problem(model, "prefill", "vllm", null, "bf16"));
    Layout layout =
        layout(gpus, 1, 1, 0).with(Degree.MOE_COMMUNICATION, MoeCommunication.ALL_TO_ALL.ordinal());

    assertEquals(built, engines.broken(EngineKind.VLLM, layout).isEmpty());
  }

  @Test
  void megatron_trainsWithoutRedundantExperts() {
    Problem problem = problem(EngineCase.EXPERTS_60, "training", "megatron", null, "bf16");

    EngineStart engines = new EngineStart(problem);

    assertEquals(
        "Megatron-LM: has no redundant experts, the layout has 4"
            + " (megatron/core/transformer/moe/moe_layer.py)",
        engines.fault(layout(8, 1, 1, 4)).orElseThrow());
    assertEquals(
        "Megatron-LM: 60 experts do not divide over expertParallel 8"
            + " (megatron/training/arguments.py: num_experts % expert_model_parallel_size)",
        engines.fault(layout(8, 1, 1, 0)).orElseThrow());
    assertEquals(List.of(EngineKind.MEGATRON), engines.starters(layout(4, 1, 2, 0)));
  }

  @Test
  void unnamedEngine_refusesNothingButHeads() {
    Problem problem = problem(EngineCase.EXPERTS_60, "decode", null, null, "bf16");

    EngineStart engines = new EngineStart(problem);

    Layout uneven = layout(8, 1, 1, 0);
    assertEquals(List.of(), engines.starters(uneven));
    assertEquals(
        List.of(EngineKind.VLLM),
        engines.starters(
            uneven.with(Degree.MOE_COMMUNICATION, MoeCommunication.ALL_GATHER.ordinal())));
    assertEquals(true, engines.fault(layout(8, 1, 1, 3)).isEmpty());
    assertEquals(
        "no engine starts it, such as vLLM: 16 attention heads do not divide over"
            + " attentionTensorParallel 3 (vllm/config/model.py: total_num_attention_heads %"
            + " tensor_parallel_size)",
        engines.fault(layout(6, 3, 1, 0)).orElseThrow());
  }

  /** By the engines' own lists of devices, and the formats that their chips have units for. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "SGLANG       | mi355x       | fp8       | -",
        "SGLANG       | gaudi3       | bf16      | -",
        "SGLANG       | ascend-910c  | int8      | -",
        "SGLANG       | tpu-v6e      | bf16      | does not run on tpu-v6e of Google",
        "SGLANG       | trainium2    | bf16      | does not run on trainium2 of AWS",
        "SGLANG       | a100-80g     | fp8       | -",
        "VLLM         | tpu-v6e      | bf16      | -",
        "VLLM         | trainium2    | bf16      | -",
        "VLLM         | ascend-910b  | bf16      | does not run on ascend-910b of Huawei",
        "VLLM_ASCEND  | ascend-910b  | bf16      | -",
        "VLLM_ASCEND  | h100-sxm     | bf16      | does not run on h100-sxm of NVIDIA",
        "TENSORRT_LLM | mi300x       | bf16      | does not run on mi300x of AMD",
        "TENSORRT_LLM | rtx-pro-6000 | nvfp4     | -",
        "TENSORRT_LLM | h200-sxm     | nvfp4     | h200-sxm has no units for it to multiply nvfp4",
        "TENSORRT_LLM | h200-sxm     | mxfp4     | -",
        "TENSORRT_LLM | a100-80g     | fp8       | a100-80g has no units for it to multiply fp8",
        "TENSORRT_LLM | a100-80g     | int8      | -",
      })
  void engine_stopsOnAcceleratorsThatItDoesNotKnow(
      EngineKind engine, String gpu, String format, String fault) {
    Problem problem = on(gpu, EngineCase.HEADS_64, "decode", "", format);

    assertEquals(
        fault,
        new EngineStart(problem)
            .broken(
                engine,
                layout(8, 1, 1, 0)
                    .with(Degree.MOE_COMMUNICATION, MoeCommunication.ALL_GATHER.ordinal()))
            .map(EngineStart.Broken::fault)
            .orElse(null));
  }

  /** DeepEP on CUDA, MoRI on ROCm, and Ascend's own kernels for SGLang. */
  @ParameterizedTest
  @CsvSource({
    "SGLANG, h200-sxm, true",
    "SGLANG, mi355x, true",
    "SGLANG, ascend-910c, true",
    "SGLANG, gaudi3, false",
    "VLLM, mi300x, true",
    "VLLM, gaudi3, false",
    "VLLM, tpu-v6e, false",
    "VLLM, trainium2, false",
  })
  void tokens_areSentWhereALibraryIsBuilt(EngineKind engine, String gpu, boolean sends) {
    Problem problem = on(gpu, EngineCase.HEADS_64, "decode", "", "bf16");
    Layout layout =
        layout(8, 1, 1, 0).with(Degree.MOE_COMMUNICATION, MoeCommunication.ALL_TO_ALL.ordinal());

    assertEquals(sends, new EngineStart(problem).broken(engine, layout).isEmpty());
  }

  /** Transformer Engine's matrix of formats. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "h100-sxm     | fp8_block  | -",
        "h100-sxm     | mxfp8      | h100-sxm has no units for it to multiply mxfp8",
        "b200-sxm     | mxfp8      | -",
        "b200-sxm     | nvfp4      | -",
        "l40s         | fp8_tensor | -",
        "l40s         | fp8        | l40s has no units for it to multiply fp8",
        "b200-sxm     | fp4        | -",
        "h100-sxm     | fp4        | h100-sxm has no units for it to multiply fp4",
        "a100-80g     | int8       | has no recipe that multiplies int8",
        "h100-sxm     | mxfp4      | has no recipe that multiplies mxfp4",
        "l40s         | fp8_block  | l40s has no units for it to multiply fp8_block",
        "rtx-pro-6000 | mxfp8      | rtx-pro-6000 has no units for it to multiply mxfp8",
        "a100-80g     | fp8        | a100-80g has no units for it to multiply fp8",
        "mi300x       | bf16       | -",
        "tpu7x        | bf16       | does not run on tpu7x of Google",
      })
  void megatron_trainsInWhatChipsMultiply(String gpu, String format, String fault) {
    Problem problem = on(gpu, EngineCase.HEADS_28, "training", "", format);

    assertEquals(
        fault,
        new EngineStart(problem)
            .broken(EngineKind.MEGATRON, layout(1, 1, 1, 0))
            .map(EngineStart.Broken::fault)
            .orElse(null));
  }

  @Test
  void candidates_runOnTheAccelerators() {
    Problem problem =
        on(
            "h200-sxm",
            EngineCase.HEADS_64,
            "decode",
            ", \"engine\": {\"name\": \"trtllm\"}",
            "bf16");
    assertEquals(List.of(EngineKind.TENSORRT_LLM), new EngineStart(problem).candidates());
    Problem open = on("ascend-910b", EngineCase.HEADS_64, "decode", "", "bf16");
    assertEquals(
        List.of(EngineKind.SGLANG, EngineKind.VLLM_ASCEND), new EngineStart(open).candidates());
  }

  @Test
  void unknownEngine_startsEverything() {
    Problem problem = problem(EngineCase.HEADS_28, "decode", "hai-llm", null, "bf16");

    assertEquals(true, new EngineStart(problem).fault(layout(1, 8, 1, 0)).isEmpty());
  }

  private Problem problem(
      String model, String phase, String engine, String version, String format) {
    String named =
        engine == null
            ? ""
            : ", \"engine\": {\"name\": \""
                + engine
                + "\""
                + (version == null ? "" : ", \"version\": \"" + version + "\"")
                + "}";
    return on(
        "vllm-ascend".equals(engine) ? "ascend-910b" : "h200-sxm", model, phase, named, format);
  }

  private Problem on(String gpu, String model, String phase, String named, String format) {
    return new EngineCase(folder, gpu)
        .read(model, phase, "\"precision\": {\"weights\": \"" + format + "\"}" + named);
  }

  private static Layout layout(int expertParallel, int tensorParallel, int stages, int redundant) {
    return Layout.of(
        Map.of(
            Degree.EXPERT_PARALLEL, expertParallel,
            Degree.ATTENTION_TENSOR_PARALLEL, tensorParallel,
            Degree.PIPELINE_STAGES, stages,
            Degree.REDUNDANT_EXPERTS, redundant));
  }
}
