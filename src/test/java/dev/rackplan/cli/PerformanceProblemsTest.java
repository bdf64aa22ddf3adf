package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.json.FileTree;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.TopologyFile;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.Phase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the cases of docs/performance/ have in common, so that their figures may be compared. */
class PerformanceProblemsTest {
  private static final Path FOLDER = Path.of("docs", "performance");
  // As the files name it, relative to the project.
  private static final Path DATA = Path.of("..", "shared", "data");

  @TestFactory
  Stream<DynamicTest> problems_readAndGiveEachGpuAsManyTokens() {
    return InputFiles.expand(List.of(FOLDER.toString())).stream()
        .map(file -> DynamicTest.dynamicTest(file, () -> check(Path.of(file))));
  }

  // Recorded data lies beside the project: commands are given --allow-outside.
  private static Problem read(Path file) {
    FileTree.Trust outside = FileTree.trust(List.of(DATA));
    try {
      return ProblemFile.load(file, file.toString()).problem();
    } finally {
      outside.close();
    }
  }

  private static void check(Path file) {
    if (!Files.isDirectory(DATA)) {
      String message = "SKIPPED: " + file + " needs recorded data, no folder " + DATA;
      System.out.println(message);
      Assumptions.assumeTrue(false, message);
    }
    Problem problem = read(file);
    assertEquals(file.getFileName().toString(), problem.name() + ".json");
    assertEquals(Phase.PREFILL, problem.workload().phase());
    assertEquals(CopyRule.PER_DOMAIN, problem.engine().copyRule());
    LayoutSpace space = problem.layoutSpace();
    assertEquals(
        List.of(List.of(1), List.of(1), List.of(1), List.of(1)),
        List.of(
            space.values(Degree.REPLICAS),
            space.values(Degree.PIPELINE_STAGES),
            space.values(Degree.ATTENTION_TENSOR_PARALLEL),
            space.values(Degree.MICRO_BATCHES)));
    int gpus = problem.topology().usableGpus().size();
    assertEquals(List.of(gpus), space.values(Degree.EXPERT_PARALLEL));
    int sequences = (int) problem.workload().concurrentSequences().orElseThrow();
    Layout layout =
        Layout.neutral()
            .with(Degree.EXPERT_PARALLEL, gpus)
            .with(Degree.SEQUENCES_PER_MICRO_BATCH, sequences)
            .with(Degree.REDUNDANT_EXPERTS, space.values(Degree.REDUNDANT_EXPERTS).get(0));
    assertEquals(8192, Batch.of(problem, layout).tokensPerGpu());
    checkTopology(problem.topology());
  }

  private static void checkTopology(Topology topology) {
    assertEquals("h100-sxm", topology.gpus().get(0).spec().name());
    assertEquals(topology.domains().size(), topology.nodes().size(), "a node is a domain");
    assertEquals(450e9, topology.domains().get(0).scaleUp().bandwidthBytesPerSecond());
    assertEquals(50e9, topology.scaleOut().nic().bandwidthBytesPerSecond());
  }

  @Test
  void topologies_haveTheCountsTheirNamesPromise() {
    for (int[] each : new int[][] {{4, 2}, {4, 4}, {4, 18}, {36, 2}}) {
      String name = "h100-" + each[0] + "x" + each[1];
      Path file = FOLDER.resolve("topologies").resolve(name + ".json");
      Topology topology = TopologyFile.read(file, file.toString());
      assertEquals(name, topology.name());
      assertEquals(each[1], topology.domains().size());
      assertEquals(each[0] * each[1], topology.gpus().size());
      checkTopology(topology);
    }
  }
}
