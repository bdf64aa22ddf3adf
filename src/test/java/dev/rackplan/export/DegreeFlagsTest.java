package dev.rackplan.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.plan.StartedLayout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each degree as engines are told it, and what they have no flag for. */
class DegreeFlagsTest {
  private static final Map<Degree, Integer> SPREAD =
      Map.of(Degree.EXPERT_PARALLEL, 4, Degree.SEQUENCES_PER_MICRO_BATCH, 10);

  @TempDir private Path folder;

  private Problem problem(String phase, String engine) {
    TinyProblem tiny = new TinyProblem(folder);
    String gpu = engine.equals("vllm-ascend") ? "ascend-910b" : "h100-sxm";
    tiny.write("topologies/two-racks.json", TinyProblem.TOPOLOGY.replace("h100-sxm", gpu));
    String file = tiny.variant("p", "\"phase\": \"decode\"", "\"phase\": \"" + phase + "\"");
    Path path = Path.of(file);
    tiny.write(
        "problems/p.json",
        tiny.read("problems/p.json")
            .replace("\"dispatchRule\"", "\"name\": \"" + engine + "\", \"dispatchRule\"")
            .replace("\"attentionTensorParallel\": 1,\n", "")
            .replaceFirst("\"layout\": \\{[^}]*}", "\"layout\": {}")
            .replaceFirst("\"limits\": \\{[^}]*}", "\"limits\": {}"));
    return ProblemFile.read(path, file);
  }

  private Deployment deployment(Problem problem, Layout layout) {
    int layers = problem.model().layers().size();
    TreeMap<Integer, ExpertMap> experts = new TreeMap<>();
    for (int layer : problem.model().moeLayers()) {
      experts.put(layer, new ExpertMap(IntStream.range(0, 8).toArray(), layout.expertHostCount()));
    }
    List<Integer> gpus = IntStream.range(0, layout.gpusPerStage()).boxed().toList();
    return new Deployment(
        "p",
        problem,
        new Plan(layout, List.of(new Stage(0, layers - 1, gpus)), experts),
        HostNames.byPlace(),
        true,
        Optional.empty());
  }

  private String words(DegreeFlags engine, String phase, String name, Layout layout) {
    return String.join(" ", engine.words(deployment(problem(phase, name), layout)));
  }

  // One dense layer beside experts, whole on each of 4 GPUs: without its flag SGLang would cut it.
  @Test
  void sglang_isToldThatDenseFfnsAreWhole() {
    Layout layout = Layout.of(SPREAD);
    assertEquals(
        "--tp-size 4 --pp-size 1 --attn-dp-size 4 --ep-size 4"
            + " --moe-a2a-backend deepep --deepep-mode auto --moe-dense-tp-size 1",
        words(DegreeFlags.SGLANG, "decode", "sglang", layout));
    assertEquals(
        "--tp-size 4 --pp-size 1 --ep-size 4 --dcp-size 2",
        words(
            DegreeFlags.SGLANG,
            "decode",
            "sglang",
            layout
                .with(Degree.ATTENTION_TENSOR_PARALLEL, 4)
                .with(Degree.DECODE_CONTEXT_PARALLEL, 2)));
  }

  // 10 prompts on 4 ranks are 3 at most; each reads 64 tokens: 192 a rank, of which SGLang is told
  // those of all ranks.
  @Test
  void chunk_isThatOfAWholeStep() {
    Layout layout = Layout.of(SPREAD).with(Degree.CHUNK_TOKENS, 64);
    assertEquals(
        "768",
        value(
            String.join(" ", SglangFlags.limits(deployment(problem("prefill", "sglang"), layout))),
            "--chunked-prefill-size"));
    assertEquals(
        "192",
        value(words(DegreeFlags.VLLM, "prefill", "vllm", layout), "--max-num-batched-tokens"));
    assertEquals(
        "192",
        value(words(DegreeFlags.TENSORRT_LLM, "prefill", "trtllm", layout), "--max_num_tokens"));
  }

  @Test
  void vllm_isToldHowTokensReachExperts() {
    Layout sent = Layout.of(SPREAD);
    Layout gathered = sent.with(Degree.MOE_COMMUNICATION, MoeCommunication.ALL_GATHER.ordinal());
    String spread = "--tensor-parallel-size 1 --pipeline-parallel-size 1 --enable-expert-parallel";
    assertEquals(
        spread + " --all2all-backend deepep_low_latency",
        words(DegreeFlags.VLLM, "decode", "vllm", sent));
    assertEquals(
        // 1,000 tokens of each of 3 prompts.
        spread + " --all2all-backend deepep_high_throughput --max-num-batched-tokens 3000",
        words(DegreeFlags.VLLM, "prefill", "vllm", sent));
    assertEquals(
        spread + " --all2all-backend allgather_reducescatter",
        words(DegreeFlags.VLLM, "decode", "vllm", gathered));
    assertEquals(spread, words(DegreeFlags.VLLM_ASCEND, "decode", "vllm-ascend", gathered));
    assertEquals(
        "--tensor-parallel-size 4 --pipeline-parallel-size 1",
        words(
            DegreeFlags.VLLM,
            "decode",
            "vllm",
            Layout.of(
                Map.of(Degree.EXPERT_TENSOR_PARALLEL, 4, Degree.ATTENTION_TENSOR_PARALLEL, 4))));
  }

  // It chooses by itself: within a node it gathers them, so that it needs no word.
  @Test
  void tensorRt_takesGatheredTokensWhereItGathers() {
    Layout gathered =
        Layout.of(SPREAD).with(Degree.MOE_COMMUNICATION, MoeCommunication.ALL_GATHER.ordinal());
    Problem problem = problem("decode", "trtllm");
    int domain = problem.topology().domains().get(0).gpus().size();
    assertTrue(domain <= 8);
    assertEquals(
        words(DegreeFlags.TENSORRT_LLM, "decode", "trtllm", Layout.of(SPREAD)),
        words(DegreeFlags.TENSORRT_LLM, "decode", "trtllm", gathered));
    assertTrue(StartedLayout.tensorRtSends(72));
  }

  // What the engine is set to is told to itself, not to others.
  @Test
  void overlapOfTheEngine_isToldToIt() {
    Problem problem = problem("decode", "sglang");
    Engine set =
        new Engine("sglang", problem.engine().dispatchRule(), problem.engine().copyRule(), true);
    Problem overlapping =
        new Problem(
            "p",
            problem.model(),
            problem.topology(),
            problem.workload(),
            problem.precision(),
            set,
            problem.layoutSpace(),
            problem.limits(),
            problem.objective());
    Deployment deployment = deployment(overlapping, Layout.of(SPREAD));
    assertTrue(DegreeFlags.SGLANG.words(deployment).contains("--enable-two-batch-overlap"));
    assertFalse(DegreeFlags.VLLM.words(deployment).contains("--enable-dbo"));
  }

  @Test
  void whatAnEngineHasNoFlagFor_isRefused() {
    Layout parts = Layout.of(SPREAD).with(Degree.PREFILL_CONTEXT_PARALLEL, 2);
    assertThrows(ExportRefusal.class, () -> words(DegreeFlags.SGLANG, "prefill", "sglang", parts));
    assertThrows(
        ExportRefusal.class, () -> words(DegreeFlags.TENSORRT_LLM, "prefill", "trtllm", parts));
    Layout both = Layout.of(Map.of(Degree.EXPERT_PARALLEL, 2, Degree.EXPERT_TENSOR_PARALLEL, 2));
    assertThrows(ExportRefusal.class, () -> words(DegreeFlags.VLLM, "decode", "vllm", both));
    Layout on = Layout.of(SPREAD).with(Degree.TWO_BATCH_OVERLAP, 2);
    assertThrows(
        ExportRefusal.class, () -> words(DegreeFlags.TENSORRT_LLM, "decode", "trtllm", on));
  }

  private static String value(String words, String flag) {
    int at = words.indexOf(flag + " ") + flag.length() + 1;
    return words.substring(at).split(" ", 2)[0];
  }
}
