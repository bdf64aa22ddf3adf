package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Four hosts of 4 GPUs. */
class LostNodesTest {
  private static final Topology TOPOLOGY =
      TopologyBuilder.equalDomains("x", GpuCatalog.load().entry("h100-sxm"), 4, 4);

  // 8 instances of 2 GPUs: two on each host. 4 of 4: one each. 2 of 8: two hosts each, and the
  // second host takes the other instance.
  @ParameterizedTest
  @CsvSource({"2, 8, 1, 6", "2, 8, 2, 4", "4, 4, 1, 3", "4, 4, 3, 1", "8, 2, 1, 1", "8, 2, 2, 0"})
  void instancesOnLostHosts_endAndNoOthers(int gpus, int replicas, int lost, int left) {
    Layout layout =
        Layout.of(Map.of(Degree.ATTENTION_TENSOR_PARALLEL, gpus, Degree.REPLICAS, replicas));
    Stage stage = new Stage(0, 0, IntStream.range(0, gpus * replicas).boxed().toList());
    Plan plan = new Plan(layout, List.of(stage), new TreeMap<>());

    assertEquals(left, LostNodes.left(plan, TOPOLOGY, lost));
  }
}
