package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.problem.Problem;
import dev.rackplan.serving.DeploymentSearch.Answer;
import dev.rackplan.topology.GpuCatalogEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** gpt-oss-20b on four H100: its 24 layers are more than a first look prices. */
class DeploymentSearchTest {
  @TempDir private Path folder;
  private Cluster cluster;

  @BeforeEach
  void read() {
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write(
        "problems/asked.json",
        """
        {"name": "asked", "model": "gpt-oss-20b",
         "topology": "../topologies/four.json",
         "workload": {"phase": "decode", "contextTokens": 1100, "concurrentSequences": "max", "routing": {"uneven": {"seed": 1}}},
         "engine": {"name": "sglang"}}
        """);
    tiny.write(
        "topologies/four.json",
        """
        {"name": "four", "gpu": "h100-sxm", "racks": {"count": 1, "domainsPerRack": 1, "nodesPerDomain": 1, "gpusPerNode": 4}}
        """);
    String file = tiny.path("problems/asked.json");
    Problem decode = ProblemFile.read(Path.of(file), file);
    GpuCatalogEntry gpu = GpuCatalog.load().entry("h100-sxm");
    cluster = Cluster.of(gpu, 4, decode);
  }

  private DeploymentSearch search() {
    return new DeploymentSearch(cluster, Optional.empty(), FoundTest.goal(1000, 0, 200), 8);
  }

  @Test
  void answer_restsOnNoSample() {
    Answer answer = search().answer();

    assertTrue(answer.complete() && answer.looked() > 0);
    assertTrue(answer.deployments().stream().allMatch(Found::exact));
    assertTrue(answer.deployments().stream().allMatch(found -> found.detail().isPresent()));
  }

  // Many pools keep up with the one that binds: one row is enough, unless another is on the front.
  @Test
  void deployments_differInThePoolThatBinds() {
    List<Found> all =
        new DeploymentSearch(
                cluster,
                Optional.empty(),
                FoundTest.goal(1000, 0, 200),
                8,
                EnumSet.of(Found.Mode.DISAGGREGATED))
            .answer()
            .deployments();
    List<Found> front = Front.of(all, 200);
    List<String> seen = new ArrayList<>();
    for (Found found : all) {
      String reading = found.pools().get(0).count() + " of " + found.pools().get(0).layout();
      String row = Math.round(1e3 * found.requestsPerSecond()) + ", " + reading;
      assertTrue(front.contains(found) || !seen.contains(row), row);
      seen.add(row);
    }
    assertTrue(all.size() > 3);
  }

  // A quarter of the instances comes first. What was priced in full moves by a few percent at most;
  // the best of all by the sample is close to the best.
  @Test
  void stopAfterTheFirstLook_keepsWhatIsThere() {
    AtomicBoolean stop = new AtomicBoolean();
    List<Answer> shown = new ArrayList<>();
    Answer early =
        search()
            .answer(
                stop::get,
                so -> {
                  shown.add(so);
                  stop.set(shown.size() == 2);
                });
    Answer whole = search().answer();

    assertEquals(2, shown.size());
    assertFalse(shown.get(0).deployments().isEmpty());
    assertFalse(early.complete());
    assertFalse(early.deployments().isEmpty());
    assertEquals(
        whole.deployments().get(0).requestsPerSecond(),
        shown.get(1).deployments().get(0).requestsPerSecond(),
        0.05 * whole.deployments().get(0).requestsPerSecond());
  }

  // Four GPUs are one host; of 24 in three hosts, planned anew, as much is left as 16 and 8 serve.
  @Test
  void lostHosts_leaveWhatTheRestServes() {
    assertEquals(List.of(0.0, 0.0, 0.0, 0.0), search().answer().afterLoss());

    List<Double> left = of(24).afterLoss();
    assertEquals(of(16).deployments().get(0).requestsPerSecond(), left.get(0), 0.05 * left.get(0));
    assertEquals(of(8).deployments().get(0).requestsPerSecond(), left.get(1), 0.05 * left.get(1));
    assertEquals(0, left.get(2));
  }

  private Answer of(int gpus) {
    Cluster part = Cluster.of(cluster.gpu(), gpus, cluster.decode());
    return new DeploymentSearch(part, Optional.empty(), FoundTest.goal(1000, 0, 200), 8).answer();
  }

  @Test
  void stoppedBefore_hasNothing() {
    Answer answer = search().answer(() -> true, so -> {});

    assertTrue(answer.deployments().isEmpty());
    assertFalse(answer.complete());
    assertEquals(Optional.empty(), answer.deployments().stream().findFirst());
  }
}
