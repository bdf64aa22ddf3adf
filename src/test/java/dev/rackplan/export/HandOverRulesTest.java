package dev.rackplan.export;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.HandOver;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuVendor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What engines want of pools that hand KV caches over. */
class HandOverRulesTest {
  @TempDir private Path folder;

  private Problem problem() {
    TinyProblem tiny = new TinyProblem(folder);
    String file = tiny.variant("p", "\"phase\": \"decode\"", "\"phase\": \"decode\"");
    return ProblemFile.read(Path.of(file), file);
  }

  // Tensor parallel over a stage; GPUs from one on.
  private static Deployment pool(Problem problem, int tensor, int stages, int firstGpu) {
    Layout layout =
        Layout.of(
            Map.of(
                Degree.ATTENTION_TENSOR_PARALLEL, tensor,
                Degree.PIPELINE_STAGES, stages,
                Degree.EXPERT_PARALLEL, tensor));
    int layers = problem.model().layers().size();
    List<Stage> cut = new ArrayList<>();
    for (int stage = 0; stage < stages; stage++) {
      int first = firstGpu + stage * tensor;
      cut.add(
          new Stage(
              stage,
              stage == stages - 1 ? layers - 1 : stage,
              IntStream.range(first, first + tensor).boxed().toList()));
    }
    return new Deployment(
        "p",
        problem,
        new Plan(layout, cut, new TreeMap<>()),
        HostNames.byPlace(),
        false,
        Optional.empty());
  }

  private static ServedPools pair(Deployment prefill, Deployment decode) {
    return ServedPools.of(
        "p",
        List.of(
            new ServedPools.Part("prefill", Optional.of(Pool.PREFILL), prefill),
            new ServedPools.Part("decode", Optional.of(Pool.DECODE), decode)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SGLANG | 2 | 1 | 1 | 1 |",
        "SGLANG | 1 | 1 | 2 | 1 |",
        "SGLANG | 2 | 1 | 3 | 1 | 2 of prefill and 3 of decode do not divide each other",
        "VLLM   | 3 | 1 | 2 | 1 | 3 of prefill and 2 of decode do not divide each other",
        "TENSORRT_LLM | 3 | 1 | 2 | 1 |",
        "SGLANG | 1 | 2 | 2 | 1 |",
        "SGLANG | 1 | 2 | 1 | 2 |",
        "SGLANG | 1 | 1 | 1 | 2 | one stage, or as many as prefill; they have 2 and 1",
        "VLLM   | 1 | 2 | 1 | 1 |",
        "VLLM   | 1 | 2 | 1 | 2 | vLLM's decode pool has one stage; the plan has 2"
      })
  void pools_areHeldAgainstTheirEngine(
      EngineKind engine, int tensor, int stages, int decodeTensor, int decodeStages, String why) {
    Problem problem = problem();
    ServedPools pools =
        pair(
            pool(problem, tensor, stages, 0),
            pool(problem, decodeTensor, decodeStages, tensor * stages));
    if (why == null) {
      assertDoesNotThrow(() -> HandOverRules.check(engine, pools));
      return;
    }
    ExportRefusal refusal =
        assertThrows(ExportRefusal.class, () -> HandOverRules.check(engine, pools));
    assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
  }

  @Test
  void sharedGpu_isNamed() {
    Problem problem = problem();
    Deployment prefill = pool(problem, 2, 1, 0);
    Deployment decode = pool(problem, 2, 1, 1);
    ExportRefusal refusal = assertThrows(ExportRefusal.class, () -> pair(prefill, decode));
    assertTrue(
        refusal.getMessage().contains("two pools have GPU 1 of rack-0-domain-0-node-0"),
        refusal.getMessage());
  }

  // Mooncake and NIXL are built for NVIDIA's, AMD's and, with SGLang, Huawei's memory.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SGLANG | NVIDIA | NVIDIA |",
        "SGLANG | AMD    | AMD    |",
        "SGLANG | HUAWEI | HUAWEI |",
        "SGLANG |        | AMD    |",
        "SGLANG | INTEL  | INTEL  | SGLang hands over no KV caches on accelerators of Intel",
        "SGLANG | NVIDIA | AMD    | SGLang hands over no KV caches from one maker's accelerators to another's",
        "VLLM   | AMD    | AMD    |",
        "VLLM   | HUAWEI | HUAWEI | vLLM hands over no KV caches on accelerators of Huawei",
        "VLLM   | NVIDIA | GOOGLE | vLLM hands over no KV caches on accelerators of Google",
        "VLLM   | NVIDIA | AMD    | vLLM hands over no KV caches from one maker's accelerators to another's",
      })
  void caches_goBetweenAcceleratorsOfOneMaker(
      EngineKind engine, GpuVendor prefill, GpuVendor decode, String fault) {
    HandOver rules =
        new HandOver(
            engine, problem().model(), Optional.ofNullable(prefill), Optional.ofNullable(decode));
    Layout layout = Layout.of(Map.of(Degree.ATTENTION_TENSOR_PARALLEL, 2));

    assertEquals(
        Optional.ofNullable(fault), rules.fault(layout, layout).map(HandOver.Fault::words));
  }
}
