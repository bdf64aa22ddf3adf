package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of a deployment that loses GPUs only the instance that had them changes. */
class ReplanAfterLossTest {
  @TempDir private Path folder;
  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
  }

  private static JsonCursor plan(Path solution) {
    return JsonCursor.read(solution, solution.toString()).get("plan");
  }

  // In the order of stages and ranks; all plans here have one stage.
  private static List<String> gpus(Path solution) {
    List<String> names = new ArrayList<>();
    for (JsonCursor stage : plan(solution).get("stages").list()) {
      stage.get("gpus").list().forEach(gpu -> names.add(gpu.text()));
    }
    return names;
  }

  private static int replicas(Path solution) {
    return (int) plan(solution).get("layout").get("replicas").number();
  }

  private CommandRun replan(Path running, Path out, List<String> drained) {
    return CommandRun.of(
        "replan",
        "--from",
        running.toString(),
        "--drain",
        String.join(",", drained),
        "--steps",
        "20",
        "-o",
        out.toString());
  }

  private Path planned(String... more) {
    Path to = folder.resolve("planned");
    List<String> arguments =
        new ArrayList<>(
            List.of("plan", "--model", "llama-3.1-8b", "--gpu", "h100", "--isl", "1000"));
    arguments.addAll(List.of("--osl", "200", "--tpot", "20ms", "--write", to.toString()));
    arguments.addAll(List.of(more));
    CommandRun run = CommandRun.of(arguments.toArray(new String[0]));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return to;
  }

  // Without an idle GPU the instance that lost one ends; the others keep every GPU, in their order.
  @Test
  void aggregatedReplicas_goOnWhereOneIsLost() throws IOException {
    Path running = planned("--gpus", "4", "--mode", "aggregated").resolve("serve-solution.json");
    List<String> before = gpus(running);
    int each = before.size() / replicas(running);
    assertTrue(replicas(running) > 1, "several replicas");

    CommandRun run = replan(running, folder.resolve("out"), before.subList(each, each + 1));

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    Path after = folder.resolve("out/serve-solution.json");
    List<String> left = new ArrayList<>(before);
    left.subList(each, 2 * each).clear();
    assertEquals(left, gpus(after));
    assertEquals(replicas(running) - 1, replicas(after));
  }

  // Each pool of `plan` has GPUs of its own; what the other one runs on is in other files.
  @Test
  void poolOfPlan_loses_andTheOtherFilesStay() throws IOException {
    Path to = planned("--gpus", "8", "--mode", "disaggregated");
    Path running = to.resolve("prefill-solution.json");
    byte[] decode = Files.readAllBytes(to.resolve("decode-solution.json"));
    List<String> before = gpus(running);
    if (replicas(running) == 1) {
      running = to.resolve("decode-solution.json");
      before = gpus(running);
      decode = Files.readAllBytes(to.resolve("prefill-solution.json"));
    }
    int each = before.size() / replicas(running);

    CommandRun run = replan(running, folder.resolve("out"), before.subList(0, 1));

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertEquals(
        before.subList(each, before.size()),
        gpus(folder.resolve("out").resolve(running.getFileName())));
    String other = running.endsWith("prefill-solution.json") ? "decode" : "prefill";
    assertEquals(
        -1, Arrays.mismatch(decode, Files.readAllBytes(to.resolve(other + "-solution.json"))));
  }

  // Two pools on one cluster, 16 GPUs: what the other pool runs on is not idle.
  @Test
  void poolOfOneCluster_takesIdleGpusAndNoneOfTheOtherPool() throws IOException {
    tiny.write(
        "topologies/hosts.json",
        """
        {"name": "hosts", "gpu": "h100-sxm", "racks": {"count": 1, "domainsPerRack": 2, "nodesPerDomain": 1, "gpusPerNode": 8}}
        """);
    tiny.write(
        "problems/p.json",
        """
        {"name": "p", "model": "llama-3.1-8b", "topology": "../topologies/hosts.json",
         "workload": {"phase": "serving", "inputTokens": 1000, "outputTokens": 50, "requestsPerSecond": 60},
         "engine": {"name": "sglang"},
         "layout": {"prefill": {"attentionTensorParallel": 1, "pipelineStages": 1, "sequencesPerMicroBatch": 1, "microBatches": 1},
          "decode": {"attentionTensorParallel": 1, "pipelineStages": 1, "sequencesPerMicroBatch": 32}},
         "limits": {"ttftMillis": 1000}}
        """);
    CommandRun solved =
        CommandRun.of(
            "solve", tiny.path("problems/p.json"), "-o", tiny.path("solutions/"), "--steps", "20");
    assertEquals(ExitCode.SOLVED, solved.exitCode(), solved.err());
    Path prefill = Path.of(tiny.path("solutions/p-prefill.json"));
    Path decode = Path.of(tiny.path("solutions/p-decode.json"));
    List<String> before = gpus(prefill);
    List<String> other = gpus(decode);
    assertTrue(before.size() + other.size() < 16, "some GPU idles");
    assertTrue(before.size() > 1, "several replicas");

    CommandRun run = replan(prefill, folder.resolve("out"), before.subList(0, 1));

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    List<String> after = gpus(folder.resolve("out/p-prefill.json"));
    assertTrue(Collections.disjoint(after, Set.copyOf(other)), after + " beside " + other);
    assertEquals(before.subList(1, before.size()), after.subList(1, after.size()));
    assertEquals(before.size(), after.size());
    CommandRun judged =
        CommandRun.of(
            "evaluate",
            tiny.path("problems/p.json"),
            "--solution",
            folder.resolve("out/p-prefill.json").toString());
    assertEquals(ExitCode.SOLVED, judged.exitCode(), judged.err());
  }
}
