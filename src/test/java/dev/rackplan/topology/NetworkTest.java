package dev.rackplan.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * By hand, rates sustained in GB/s:
 *
 * <pre>
 * rack  leaf  domain  GPUs   scale-up        NIC     uplink  leaf to spine (sum of NICs / 4)
 * a     0     a/up    0,1    100 x 0.5 = 50  8 each  16      5 x 8 / 4 = 10
 * b     0     b/up    2-4     70 x 0.9 = 63  8 each  24
 * c     1     c/up    5       30 x 1.0 = 30  8       8       9 x 8 / 4 = 18
 * d     1     d/p     6-9     20 x 0.6 = 12  8 each  32
 * d     1     d/q     10-13   20 x 0.6 = 12  8 each  32
 * </pre>
 */
class NetworkTest {
  private static final List<Integer> A = List.of(0, 1);
  private static final List<Integer> B = List.of(2, 3, 4);
  private static final List<Integer> AB = List.of(0, 1, 2, 3, 4);
  private static final List<Integer> P = List.of(6, 7, 8, 9);
  private static final List<Integer> PQ = List.of(6, 7, 8, 9, 10, 11, 12, 13);

  private static Topology cluster(OptionalDouble uplink, double oversubscription) {
    GpuSpec gpu = TopologyBuilderTest.gpu("g");
    return new TopologyBuilder("hand")
        .rack("a")
        .domain("up", new LinkSpec(100e9, 4e-6, 0.5))
        .node("n", gpu, 2)
        .rack("b")
        .domain("up", new LinkSpec(70e9, 2e-6, 0.9))
        .node("n", gpu, 2)
        .node("m", gpu, 1)
        .rack("c")
        .domain("up", new LinkSpec(30e9, 2e-6, 1))
        .node("n", gpu, 1)
        .rack("d")
        .domain("p", new LinkSpec(20e9, 2e-6, 0.6))
        .node("n", gpu, 4)
        .domain("q", new LinkSpec(20e9, 2e-6, 0.6))
        .node("n", gpu, 4)
        .build(new ScaleOut(new LinkSpec(10e9, 6e-6, 0.8), uplink, 2, oversubscription));
  }

  private static final Network NETWORK = cluster(OptionalDouble.empty(), 4).network();

  private static List<Double> capacities(List<Link> route) {
    return route.stream().map(link -> link.capacityBytesPerSecond() / 1e9).toList();
  }

  private static double latency(List<Link> route) {
    return route.stream().mapToDouble(Link::latencySeconds).sum();
  }

  @Test
  void route_staysOnScaleUpInsideADomain() {
    List<Link> route = NETWORK.route(2, 4);
    assertEquals(
        List.of("b/up/n/gpu-0 -> b/up/switch", "b/up/switch -> b/up/m/gpu-0"),
        route.stream().map(Link::name).toList());
    assertEquals(List.of(63.0, 63.0), capacities(route));
    assertEquals(2e-6, latency(route), 1e-18);
  }

  @Test
  void route_turnsAtTheLeafThatBothRacksShare() {
    List<Link> route = NETWORK.route(1, 2);
    assertEquals(
        List.of(
            "a/up/n/gpu-1 -> a/up/uplink",
            "a/up/uplink -> leaf-0",
            "leaf-0 -> b/up/uplink",
            "b/up/uplink -> b/up/n/gpu-0"),
        route.stream().map(Link::name).toList());
    assertEquals(List.of(8.0, 16.0, 24.0, 8.0), capacities(route));
    assertEquals(6e-6, latency(route), 1e-18);
  }

  @Test
  void route_crossesTheSpineBetweenLeaves() {
    List<Link> route = NETWORK.route(0, 13);
    assertEquals(
        List.of(
            LinkKind.NIC,
            LinkKind.DOMAIN_UPLINK,
            LinkKind.LEAF_UPLINK,
            LinkKind.LEAF_UPLINK,
            LinkKind.DOMAIN_UPLINK,
            LinkKind.NIC),
        route.stream().map(Link::kind).toList());
    assertEquals(List.of(8.0, 16.0, 10.0, 18.0, 32.0, 8.0), capacities(route));
    assertEquals(6e-6, latency(route), 1e-18);
  }

  @Test
  void route_toItselfHasNoLink() {
    assertEquals(List.of(), NETWORK.route(3, 3));
    assertThrows(IllegalArgumentException.class, () -> NETWORK.bottleneck(3, 3));
    assertThrows(IllegalArgumentException.class, () -> NETWORK.route(0, 14));
    assertThrows(IllegalArgumentException.class, () -> NETWORK.route(-1, 0));
  }

  @Test
  void bottleneck_isTheFirstLinkOfLeastCapacity() {
    assertEquals("a/up/n/gpu-0 -> a/up/uplink", NETWORK.bottleneck(0, 13).name());
    assertEquals("d/p/n/gpu-0 -> d/p/switch", NETWORK.bottleneck(6, 9).name());
    // Line rate 5 GB/s x 0.8 = 4 < 8.
    assertEquals(
        "a/up/uplink -> leaf-0",
        cluster(OptionalDouble.of(5e9), 4).network().bottleneck(0, 13).name());
    // Leaf 0: 5 x 8 / 40 = 1; leaf 1: 9 x 8 / 40 = 1.8.
    Link spine = cluster(OptionalDouble.empty(), 40).network().bottleneck(0, 13);
    assertEquals("leaf-0 -> spine", spine.name());
    assertEquals(1e9, spine.capacityBytesPerSecond(), 1);
    assertEquals(
        "spine -> leaf-0", cluster(OptionalDouble.empty(), 40).network().bottleneck(13, 0).name());
  }

  @Test
  void cutCapacity_isTheTightestLayerBetweenTheSets() {
    assertEquals(16e9, NETWORK.cutCapacityBytesPerSecond(A, B), 10, "uplink of a");
    assertEquals(8e9, NETWORK.cutCapacityBytesPerSecond(B, List.of(0)), 10, "NIC of GPU 0");
    assertEquals(10e9, NETWORK.cutCapacityBytesPerSecond(AB, PQ), 10, "leaf 0 to spine");
    assertEquals(8e9, NETWORK.cutCapacityBytesPerSecond(List.of(5), P), 10, "c and d share leaf 1");
    assertEquals(
        58e9, NETWORK.cutCapacityBytesPerSecond(List.of(0), List.of(1)), 10, "scale-up 50 + NIC 8");
    assertEquals(
        24e9,
        NETWORK.cutCapacityBytesPerSecond(B, List.of(0, 1, 6, 7, 8, 9)),
        10,
        "uplink of b < 16 + 10");
    assertEquals(
        32e9,
        NETWORK.cutCapacityBytesPerSecond(P, PQ.subList(4, 8)),
        10,
        "uplink of p, not the spine");
  }

  @Test
  void cutCapacity_followsUplinkAndOversubscription() {
    Network narrow = cluster(OptionalDouble.of(15e9), 2).network();
    assertEquals(12e9, narrow.cutCapacityBytesPerSecond(A, B), 10, "15 x 0.8");
    assertEquals(
        20e9, narrow.cutCapacityBytesPerSecond(AB, PQ), 10, "leaf 0: 40 / 2, below 2 x 12");
  }

  @Test
  void cutCapacity_refusesOverlapAndEmptySets() {
    assertThrows(IllegalArgumentException.class, () -> NETWORK.cutCapacityBytesPerSecond(A, AB));
    assertThrows(
        IllegalArgumentException.class, () -> NETWORK.cutCapacityBytesPerSecond(List.of(), A));
    assertThrows(
        IllegalArgumentException.class, () -> NETWORK.cutCapacityBytesPerSecond(A, List.of(14)));
  }

  @Test
  void cutCapacity_countsDrainedGpusAsLinked() {
    Topology drained = Draining.drain(cluster(OptionalDouble.empty(), 4), List.of(0, 2));
    assertEquals(12, drained.usableGpus().size());
    assertEquals(NETWORK.links(), drained.network().links());
    assertEquals(16e9, drained.network().cutCapacityBytesPerSecond(A, B), 10);
  }

  @Test
  void links_haveUniqueNamesAndBothDirections() {
    List<Link> links = NETWORK.links();
    assertEquals(2 * (2 * 14 + 5 + 2), links.size());
    Map<String, Double> byName = new HashMap<>();
    links.forEach(link -> byName.put(link.name(), link.capacityBytesPerSecond()));
    assertEquals(links.size(), byName.size());
    for (Link link : links) {
      String[] ends = link.name().split(" -> ");
      assertEquals(link.capacityBytesPerSecond(), byName.get(ends[1] + " -> " + ends[0]));
    }
  }

  @Test
  void cutCapacity_equalsTheSmallestOfAllCuts() {
    SplittableRandom random = new SplittableRandom(7);
    for (int trial = 0; trial < 40; trial++) {
      Topology topology = randomCluster(random);
      List<Integer> from = new ArrayList<>();
      List<Integer> to = new ArrayList<>();
      for (int gpu = 0; gpu < topology.gpus().size(); gpu++) {
        switch (random.nextInt(3)) {
          case 0 -> from.add(gpu);
          case 1 -> to.add(gpu);
          default -> {}
        }
      }
      if (from.isEmpty() || to.isEmpty()) {
        continue;
      }
      Network network = topology.network();
      double flow = network.cutCapacityBytesPerSecond(from, to);
      assertEquals(smallestCut(topology, network.links(), from, to), flow, 100, "trial " + trial);
    }
  }

  private static Topology randomCluster(SplittableRandom random) {
    TopologyBuilder builder = new TopologyBuilder("random");
    for (int rack = 0; rack < 3; rack++) {
      builder.rack("r" + rack).domain("d", new LinkSpec(1e9 * random.nextInt(5, 60), 1e-6, 0.75));
      builder.node("n", TopologyBuilderTest.gpu("g"), random.nextInt(1, 4));
    }
    OptionalDouble uplink =
        random.nextInt(2) == 0
            ? OptionalDouble.empty()
            : OptionalDouble.of(1e9 * random.nextInt(5, 40));
    return builder.build(
        new ScaleOut(
            new LinkSpec(1e9 * random.nextInt(4, 20), 1e-6, 0.5), uplink, 2, random.nextInt(1, 5)));
  }

  /** Tries every side for every switch; GPUs of neither set are left out. */
  private static double smallestCut(
      Topology topology, List<Link> links, List<Integer> from, List<Integer> to) {
    Map<String, Integer> switches = new LinkedHashMap<>();
    Map<String, Boolean> sides = new HashMap<>();
    from.forEach(gpu -> sides.put(topology.gpus().get(gpu).name(), true));
    to.forEach(gpu -> sides.put(topology.gpus().get(gpu).name(), false));
    for (Link link : links) {
      for (String end : link.name().split(" -> ")) {
        if (!end.contains("/gpu-")) {
          switches.putIfAbsent(end, switches.size());
        }
      }
    }
    return IntStream.range(0, 1 << switches.size())
        .mapToDouble(
            mask -> {
              switches.forEach((name, bit) -> sides.put(name, (mask >> bit & 1) == 1));
              return links.stream()
                  .filter(link -> crosses(link, sides))
                  .mapToDouble(Link::capacityBytesPerSecond)
                  .sum();
            })
        .min()
        .orElseThrow();
  }

  private static boolean crosses(Link link, Map<String, Boolean> sides) {
    String[] ends = link.name().split(" -> ");
    return sides.containsKey(ends[0])
        && sides.containsKey(ends[1])
        && sides.get(ends[0])
        && !sides.get(ends[1]);
  }

  private static final GpuSpec GPU = TopologyBuilderTest.gpu("g");
  private static final LinkSpec PORT = new LinkSpec(100e9, 2e-6, 1);
  private static final LinkSpec NIC = new LinkSpec(10e9, 6e-6, 1);

  /** Two racks of one node of four GPUs, two rails, one group of rail switches. */
  private static Network rails(boolean forwarding) {
    return new TopologyBuilder("rails")
        .equalRacks(2, 1, 1, 4, GPU, PORT)
        .build(
            new ScaleOut(
                NIC, OptionalDouble.empty(), 2, 4, new Rails(2, forwarding), new TreeMap<>()))
        .network();
  }

  private static List<String> names(List<Link> route) {
    return route.stream().map(Link::name).map(name -> name.replace("rack-", "r")).toList();
  }

  @Test
  void route_onOneRailTurnsAtItsSwitch() {
    List<Link> route = rails(true).route(1, 7);
    assertEquals(
        List.of(
            "r0/domain-0/node-0/gpu-1 -> r0/domain-0/uplink-leaf-0-rail-1",
            "r0/domain-0/uplink-leaf-0-rail-1 -> leaf-0/rail-1",
            "leaf-0/rail-1 -> r1/domain-0/uplink-leaf-0-rail-1",
            "r1/domain-0/uplink-leaf-0-rail-1 -> r1/domain-0/node-0/gpu-3"),
        names(route));
    assertEquals(6e-6, latency(route), 1e-18);
  }

  @Test
  void route_toAnotherRailCrossesTheSpineOrGoesOverANeighbour() {
    assertEquals(
        List.of(
            LinkKind.NIC,
            LinkKind.DOMAIN_UPLINK,
            LinkKind.LEAF_UPLINK,
            LinkKind.LEAF_UPLINK,
            LinkKind.DOMAIN_UPLINK,
            LinkKind.NIC),
        rails(false).route(0, 5).stream().map(Link::kind).toList());
    List<Link> forwarded = rails(true).route(0, 5);
    assertEquals(
        List.of(
            "r0/domain-0/node-0/gpu-0 -> r0/domain-0/switch",
            "r0/domain-0/switch -> r0/domain-0/node-0/gpu-1"),
        names(forwarded.subList(0, 2)));
    assertEquals(6, forwarded.size());
    assertEquals(1, rails(true).sender(0, 5));
    assertEquals(0, rails(true).sender(0, 6));
  }

  @Test
  void loads_sumWhatTransfersPutOnEachLink() {
    Network network = rails(true);
    LinkLoads loads = network.loads();
    loads.add(0, 4, 3e6);
    loads.add(1, 4, 5e6);
    loads.addDirect(3, 6, 7e6);
    String into = "rack-1/domain-0/node-0/gpu-0";
    assertEquals(
        8e6, loads.bytes("rack-0/domain-0/node-0/gpu-0 -> rack-0/domain-0/uplink-leaf-0-rail-0"));
    assertEquals(8e6, loads.bytes("rack-1/domain-0/uplink-leaf-0-rail-0 -> " + into));
    assertEquals(5e6, loads.bytes("rack-0/domain-0/node-0/gpu-1 -> rack-0/domain-0/switch"));
    assertEquals(7e6, loads.bytes("leaf-0/rail-1 -> spine"));
    // A rail switch's uplink carries one NIC: 4 · 10 / 4.
    assertEquals(8e6 / 10e9, loads.seconds(), 1e-15);
    assertEquals(
        "rack-0/domain-0/node-0/gpu-0 -> rack-0/domain-0/uplink-leaf-0-rail-0",
        loads.busiest().orElseThrow().name());
  }

  // Node n has NICs of its own for its two GPUs, node m none: its GPUs take those.
  @Test
  void route_ofANodeWithoutNicsIsThatOfItsNeighbours() {
    TopologyBuilder builder =
        new TopologyBuilder("few")
            .rack("a")
            .domain("d", PORT)
            .node("n", GPU, 2)
            .node("m", GPU, 2)
            .rack("b")
            .domain("d", PORT)
            .node("n", GPU, 2);
    TreeMap<Integer, NodeNics> none = new TreeMap<>();
    none.put(1, new NodeNics(NIC, OptionalInt.of(0)));
    Network network =
        builder.build(new ScaleOut(NIC, OptionalDouble.empty(), 2, 1, Rails.NONE, none)).network();
    assertEquals("a/d/n/nic-1 -> a/d/uplink", network.route(3, 4).get(1).name());
    assertEquals(5e9, network.fairBytesPerSecond(Tier.SCALE_OUT, 3), 1);
    assertEquals(10e9, network.fairBytesPerSecond(Tier.SCALE_OUT, 4), 1);
    assertEquals(20e9, network.cutCapacityBytesPerSecond(A, List.of(4, 5)), 10);
  }

  // Pairs with a bridge behind PCIe ports; then two sockets of two GPUs.
  @Test
  void route_insideADomainTakesTheNearestLevel() {
    Islands pairs =
        new Islands(2, Optional.of(new LinkSpec(300e9, 1e-6, 1)), OptionalDouble.empty());
    Network bridged = host(pairs);
    assertEquals(Tier.ISLAND, bridged.tier(0, 1));
    assertEquals(List.of(300.0, 300.0), capacities(bridged.route(0, 1)));
    assertEquals(1e-6, latency(bridged.route(0, 1)), 1e-18);
    assertEquals(List.of(100.0, 100.0), capacities(bridged.route(1, 2)));
    Network sockets = host(new Islands(2, Optional.empty(), OptionalDouble.of(40e9)));
    assertEquals(List.of(100.0, 100.0), capacities(sockets.route(2, 3)));
    assertEquals(List.of(100.0, 40.0, 40.0, 100.0), capacities(sockets.route(0, 3)));
    assertTrue(sockets.hasNarrowLinks());
    assertFalse(bridged.hasNarrowLinks());
  }

  private static Network host(Islands islands) {
    return new TopologyBuilder("host")
        .rack("a")
        .domain("d", PORT, Optional.of(islands), false)
        .node("n", GPU, 4)
        .build(new ScaleOut(NIC, OptionalDouble.empty(), 1, 1))
        .network();
  }
}
