package dev.rackplan.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The sum over a tree against the maximum flow of a graph. */
class DomainCutTest {
  private static final GpuSpec GPU = TopologyBuilderTest.gpu("made-up");

  private static Topology random(SplittableRandom random) {
    TopologyBuilder builder = new TopologyBuilder("random");
    int racks = 1 + random.nextInt(6);
    for (int r = 0; r < racks; r++) {
      builder.rack("rack-" + r);
      int domains = 1 + random.nextInt(3);
      for (int d = 0; d < domains; d++) {
        builder.domain("domain-" + d, new LinkSpec(450e9, 3e-6, 0.8));
        builder.node("node-0", GPU, 1 + random.nextInt(5));
      }
    }
    return builder.build(
        new ScaleOut(
            new LinkSpec(50e9, 10e-6, 0.9),
            random.nextBoolean()
                ? OptionalDouble.of(20e9 * (1 + random.nextInt(10)))
                : OptionalDouble.empty(),
            1 + random.nextInt(3),
            0.5 + random.nextInt(6) * 0.5));
  }

  @Test
  void capacity_isTheMaximumFlow() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 300; i++) {
      Topology topology = random(random);
      int domains = topology.domains().size();
      for (int count = 1; count < domains; count++) {
        List<Integer> first = new ArrayList<>();
        List<Integer> rest = new ArrayList<>();
        for (Domain domain : topology.domains()) {
          (domain.index() < count ? first : rest).addAll(domain.gpus());
        }
        double flow = topology.network().cutCapacityBytesPerSecond(first, rest);
        double cut = DomainCut.capacityBytesPerSecond(topology, count);
        // The flow stops at residues below 1 byte/s.
        assertEquals(flow, cut, 1e-9 * flow + 100, topology.toString());
      }
      assertThrows(
          IllegalArgumentException.class,
          () -> DomainCut.capacityBytesPerSecond(topology, domains));
    }
  }
}
