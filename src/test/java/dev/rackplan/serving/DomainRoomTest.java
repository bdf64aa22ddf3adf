package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.serving.DomainRoom.Wanted;
import dev.rackplan.serving.Found.Instances;
import dev.rackplan.topology.GpuCatalogEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How many instances domains have room for. */
class DomainRoomTest {
  private static final GpuCatalogEntry GPU = GpuCatalog.load().entry("h200-sxm");

  private static int most(int gpus, int domain, int stages, int gpusPerStage) {
    return new DomainRoom(gpus, domain).take(new InstanceShape(stages, gpusPerStage), gpus);
  }

  // 576 GPUs are 9 times 64, but 8 racks.
  @Test
  void oneDomain_holdsWholeInstances() {
    assertEquals(8, most(576, 72, 1, 64));
    assertEquals(16, most(576, 72, 1, 36));
    assertEquals(2, most(136, 72, 1, 64));
    assertEquals(2, most(20, 8, 1, 5));
    assertEquals(2, most(16, 8, 1, 5));
  }

  @Test
  void stages_areEachInOneDomain() {
    assertEquals(1, most(12, 8, 3, 4));
    assertEquals(0, most(12, 8, 2, 6));
    assertEquals(1, most(16, 8, 2, 6));
    assertEquals(2, most(24, 8, 3, 4));
    assertEquals(1, most(24, 8, 3, 8));
    assertEquals(0, most(23, 8, 3, 8));
  }

  @Test
  void wholeDomains_mayEndInAPart() {
    assertEquals(1, most(12, 8, 1, 12));
    assertEquals(0, most(11, 8, 1, 12));
    assertEquals(1, most(24, 8, 1, 12));
    assertEquals(2, most(28, 8, 1, 12));
    assertEquals(2, most(39, 8, 1, 16));
  }

  // What is said to fit can be placed, by the other telling of the same rule.
  @Test
  void holds_asPlacesDo() {
    Random random = new Random(7);
    int held = 0;
    for (int trial = 0; trial < 4000; trial++) {
      int domain = List.of(4, 8, 9, 72).get(random.nextInt(4));
      int gpus = 1 + random.nextInt(5 * domain);
      List<Wanted> all = new ArrayList<>();
      List<Instances> pools = new ArrayList<>();
      for (int pool = 0; pool <= random.nextInt(3); pool++) {
        InstanceShape shape =
            new InstanceShape(1 + random.nextInt(4), 1 + random.nextInt(Math.min(9, domain)));
        int count = 1 + random.nextInt(4);
        all.add(new Wanted(shape, count));
        pools.add(instances(shape, count));
      }
      if (DomainRoom.holds(gpus, domain, all)) {
        held++;
        assertTrue(
            PoolPlaces.of(gpus, domain, pools).isPresent(), gpus + " by " + domain + ": " + all);
      }
    }
    assertTrue(held > 500, "held " + held);
  }

  private static Instances instances(InstanceShape shape, int count) {
    Layout layout =
        Layout.of(
            Map.of(
                Degree.PIPELINE_STAGES,
                shape.stages(),
                Degree.ATTENTION_TENSOR_PARALLEL,
                shape.gpusPerStage()));
    return new Instances(Optional.empty(), 1, count, layout, 1, GPU, 8, 1, 0, 1);
  }
}
