package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.rackplan.cost.link.LinkShares;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.Uplink;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.topology.LinkKind;
import dev.rackplan.topology.LinkLoads;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.Network;
import dev.rackplan.topology.OtherTraffic;
import dev.rackplan.topology.Rails;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Tier;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Links that two pools use, against figures worked by hand. NICs carry 10e9 bytes/s; each of two
 * racks has a leaf switch of its own with an eighth of its four NICs' rate to the spine.
 */
class PoolTrafficTest {
  private static final double DIGITS = 1e-9;
  private static final LinkSpec NIC = new LinkSpec(10e9, 10e-6, 1);
  private static final LinkSpec PORT = new LinkSpec(100e9, 2e-6, 1);
  private static final List<Integer> ONE = List.of(0, 1, 4, 5);
  private static final List<Integer> OTHER = List.of(2, 3, 6, 7);

  private static Topology pair(double oversubscription, Rails rails) {
    return new TopologyBuilder("t")
        .equalRacks(2, 1, 1, 4, CostTermsTest.GPU, PORT)
        .build(
            new ScaleOut(NIC, OptionalDouble.empty(), 1, oversubscription, rails, new TreeMap<>()));
  }

  private static StageShape beside(Topology topology, OtherTraffic others) {
    Topology used = topology.withOthers(others);
    Layout layout = Layout.neutral().with(Degree.EXPERT_PARALLEL, 4);
    return StageShape.of(used, ONE, LinkShares.ofCopies(used, layout, List.of(ONE)));
  }

  private static double leaf(StageShape shape) {
    return shape.portGroups().uplinks().stream()
        .filter(uplink -> uplink.kind() == LinkKind.LEAF_UPLINK)
        .mapToDouble(Uplink::bytesPerSecond)
        .min()
        .orElseThrow();
  }

  // Two GPUs of each pool below each leaf of 5e9: half for each, two thirds where only half of the
  // other's stages run.
  @ParameterizedTest
  @CsvSource({"1, 2.5e9", "0.5, 3.3333333333e9"})
  void leaf_isSharedWithTheOtherPool(double running, double bytesPerSecond) {
    Topology topology = pair(8, Rails.NONE);
    StageShape shape = beside(topology, new OtherTraffic(List.of(OTHER), running, new TreeMap<>()));
    assertEquals(bytesPerSecond, leaf(shape), 1);
    assertEquals(10e9, shape.nicBytesPerSecond(0));
    assertEquals(5e9, leaf(shape.alone()));
  }

  // A leaf of all its NICs' rate binds for neither pool.
  @Test
  void leaf_ofAllItsNicsIsNotShared() {
    StageShape shape =
        beside(pair(1, Rails.NONE), new OtherTraffic(List.of(OTHER), 1, new TreeMap<>()));
    assertEquals(40e9, leaf(shape));
  }

  // 1.6e9 bytes/s from GPUs 0, 1, 4, 5 to 2, 3, 6, 7: each sends 0.4e9, half of it out of its
  // domain. A leaf has two senders below it, and two receivers.
  @Test
  void caches_takeTheirPartOfNicsAndLeaves() {
    Topology topology = pair(8, Rails.NONE);
    Network network = topology.network();
    SortedMap<Integer, Double> steady = PoolTraffic.steady(network, 1.6e9, ONE, OTHER);
    int nic = network.way(Tier.SCALE_OUT, 0)[0];
    int leaf = network.way(Tier.SCALE_OUT, 0)[2];
    assertEquals(0.2e9, steady.get(nic), 1);
    assertEquals(0.4e9, steady.get(leaf), 1);
    StageShape shape = beside(topology, new OtherTraffic(List.of(OTHER), 1, steady));
    assertEquals(9.8e9, shape.nicBytesPerSecond(0), 1);
    assertEquals((5e9 - 0.4e9) / 2, leaf(shape), 1);
    assertEquals(10e9, shape.alone().nicBytesPerSecond(0), 1);
  }

  // As many bytes as transfers put on links one by one, whatever the pools and rails.
  @Test
  void caches_areWhatTransfersPutOnLinks() {
    SplittableRandom random = new SplittableRandom(3);
    for (int trial = 0; trial < 50; trial++) {
      Topology topology =
          new TopologyBuilder("t")
              .equalRacks(4, 2, 1, 4, CostTermsTest.GPU, PORT)
              .build(
                  new ScaleOut(
                      NIC,
                      OptionalDouble.empty(),
                      random.nextInt(1, 3),
                      2,
                      new Rails(random.nextInt(1, 4), false),
                      new TreeMap<>()));
      List<Integer> senders = new ArrayList<>();
      List<Integer> receivers = new ArrayList<>();
      for (int gpu = 0; gpu < topology.gpus().size(); gpu++) {
        switch (random.nextInt(3)) {
          case 0 -> senders.add(gpu);
          case 1 -> receivers.add(gpu);
          default -> {}
        }
      }
      LinkLoads loads = topology.network().loads();
      for (int sender : senders) {
        for (int receiver : receivers) {
          loads.addDirect(sender, receiver, 1e9 / senders.size() / receivers.size());
        }
      }
      SortedMap<Integer, Double> most = new TreeMap<>();
      loads
          .all()
          .forEach(
              load -> {
                if (load.link().kind() != LinkKind.SCALE_UP) {
                  most.merge(load.number(), load.bytes(), Math::max);
                }
              });
      SortedMap<Integer, Double> steady =
          PoolTraffic.steady(topology.network(), 1e9, senders, receivers);
      assertEquals(most.keySet(), steady.keySet(), "trial " + trial);
      most.forEach((link, bytes) -> assertEquals(bytes, steady.get(link), DIGITS * bytes));
    }
  }

  @Test
  void nobodyElse_leavesTheTopologyAsItIs() {
    Topology topology = pair(8, Rails.NONE);
    assertSame(topology, topology.withOthers(OtherTraffic.NONE));
  }
}
