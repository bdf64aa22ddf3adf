package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.link.BusiestLink;
import dev.rackplan.cost.link.BusiestLink.Kind;
import dev.rackplan.cost.link.CollectiveTime;
import dev.rackplan.cost.link.HopTime;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.json.InputException;
import dev.rackplan.json.TopologyFile;
import dev.rackplan.law.OpKind;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.topology.LinkKind;
import dev.rackplan.topology.LinkLoads;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.Contexts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clusters as they are built, each as a topology file says it: what one dispatch, one all-reduce
 * and one stage hop put on each kind of link, and how long they take, against figures worked by
 * hand to 0.1%.
 *
 * <p>Dispatch: every GPU of the stage sends one byte to every other one. All-reduce: 1 GB over the
 * stage, in units of 1 GB; NVSwitches of Hopper and later sum up, at 0.85 and 0.74 of the rate,
 * after 25 us. Hop: 80 kB from GPU i of one stage to GPU i of the next, in units of that.
 */
class LinksOfClustersTest {
  private static final double HAND = 1e-3;
  private static final double GB = 1e9;

  @TempDir private Path folder;

  /**
   * A cluster.
   *
   * @param json the topology file
   * @param stage GPUs of the dispatch and of the all-reduce
   * @param copyRule of the dispatch: {@code PER_GPU} is sent as NCCL does
   * @param dispatch most bytes on a link of each kind; kinds that are left out carry none
   * @param allReduce the same
   * @param allReduceSeconds its time
   * @param hopTo GPUs of the next stage; the sending ones are as many of the stage
   * @param hop as dispatch
   * @param hopSeconds its time
   */
  private record Cluster(
      String name,
      String json,
      List<Integer> stage,
      CopyRule copyRule,
      Map<LinkKind, Double> dispatch,
      Map<LinkKind, Double> allReduce,
      double allReduceSeconds,
      List<Integer> hopTo,
      Map<LinkKind, Double> hop,
      double hopSeconds) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  private static List<Integer> both(List<Integer> some, List<Integer> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  private static Map<LinkKind, Double> loads(Object... pairs) {
    Map<LinkKind, Double> loads = new EnumMap<>(LinkKind.class);
    for (int i = 0; i < pairs.length; i += 2) {
      loads.put((LinkKind) pairs[i], ((Number) pairs[i + 1]).doubleValue());
    }
    return loads;
  }

  // Sustained GB/s: NVLink of A100, H100 and GB200 0.6 of 300, 450 and 900; NICs 0.96 of their
  // rate; of accelerators that a file describes itself 0.8 of both.
  static Stream<Cluster> clusters() {
    return Stream.of(
        cloudMatrix(),
        gaudi(),
        pods(),
        mixed(),
        nvl36x2(),
        nvl576(),
        pairs(),
        rails(),
        railsForwarded(),
        sockets(),
        spare(),
        pod(),
        sharedNics(),
        withoutNics());
  }

  // 48 nodes of 16 dies over 12 racks are one domain.
  private static Cluster cloudMatrix() {
    return new Cluster(
        "cm384",
        """
        {"name": "cm384",
         "gpu": {"name": "ascend-910c-die", "hbmGiB": 64, "hbmTBps": 1.6, "bf16Tflops": 376},
         "racks": {"count": 12, "racksPerDomain": 12, "domainsPerRack": 1, "nodesPerDomain": 48, "gpusPerNode": 16},
         "scaleUp": {"bandwidthGBps": 196, "latencyMicros": 2},
         "scaleOut": {"nicGBps": 25, "latencyMicros": 10}}
        """,
        range(32, 96),
        CopyRule.PER_EXPERT,
        loads(LinkKind.SCALE_UP, 63),
        loads(LinkKind.SCALE_UP, 2 * 63 / 64.0),
        2e-6 + 2 * 63 / 64.0 / 156.8,
        range(96, 160),
        loads(LinkKind.SCALE_UP, 1),
        2e-6 + 80e3 / 156.8e9);
  }

  // Two servers of eight at one leaf switch.
  private static Cluster gaudi() {
    return new Cluster(
        "gaudi3",
        """
        {"name": "gaudi3-x2",
         "gpu": {"name": "gaudi-card", "hbmGB": 128, "hbmTBps": 3.7, "bf16Tflops": 1835},
         "racks": {"count": 1, "domainsPerRack": 2, "nodesPerDomain": 1, "gpusPerNode": 8},
         "scaleUp": {"bandwidthGBps": 525, "latencyMicros": 4},
         "scaleOut": {"nicGBps": 75, "latencyMicros": 10}}
        """,
        range(0, 16),
        CopyRule.PER_EXPERT,
        loads(LinkKind.SCALE_UP, 7, LinkKind.NIC, 8, LinkKind.DOMAIN_UPLINK, 64),
        loads(LinkKind.SCALE_UP, 1.75, LinkKind.NIC, 1 / 8.0, LinkKind.DOMAIN_UPLINK, 1),
        4e-6 + 1.75 / 420 + 10e-6 + 1 / 8.0 / 60,
        range(8, 16),
        loads(LinkKind.NIC, 1, LinkKind.DOMAIN_UPLINK, 8),
        10e-6 + 80e3 / 60e9);
  }

  // Pods of 3,072 GPUs, 7:1 above. Two of their servers don't fill a pod's uplinks; a whole pod
  // that sends has a seventh of its NICs.
  private static Cluster pods() {
    return new Cluster(
        "meta24k",
        """
        {"name": "meta-24k", "gpu": "h100-sxm",
         "racks": {"count": 384, "domainsPerRack": 2, "nodesPerDomain": 1, "gpusPerNode": 8},
         "scaleOut": {"nicGBps": 50, "latencyMicros": 10, "leafRacks": 192, "oversubscription": 7.0}}
        """,
        both(range(0, 8), range(3072, 3080)),
        CopyRule.PER_EXPERT,
        loads(
            LinkKind.SCALE_UP,
            7,
            LinkKind.NIC,
            8,
            LinkKind.DOMAIN_UPLINK,
            64,
            LinkKind.LEAF_UPLINK,
            64),
        loads(
            LinkKind.SCALE_UP,
            1,
            LinkKind.NIC,
            1 / 8.0,
            LinkKind.DOMAIN_UPLINK,
            1,
            LinkKind.LEAF_UPLINK,
            1),
        25e-6 + 1 / (0.85 * 270) + 10e-6 + 1 / 8.0 / 48,
        range(3072, 6144),
        loads(LinkKind.NIC, 1, LinkKind.DOMAIN_UPLINK, 8, LinkKind.LEAF_UPLINK, 3072),
        10e-6 + 7 * 80e3 / 48e9);
  }

  // A rack of A100 with 200 Gb/s NICs, one of H100 with 400 Gb/s.
  private static Cluster mixed() {
    return new Cluster(
        "mixed-nic",
        """
        {"name": "mixed-nic", "racks": [
          {"name": "old", "gpu": "a100-80g", "domains": 2, "nodesPerDomain": 1, "gpusPerNode": 8, "scaleOut": {"nicGBps": 25}},
          {"name": "new", "gpu": "h100-sxm", "domains": 2, "nodesPerDomain": 1, "gpusPerNode": 8, "scaleOut": {"nicGBps": 50}}]}
        """,
        both(range(0, 8), range(16, 24)),
        CopyRule.PER_EXPERT,
        loads(
            LinkKind.SCALE_UP,
            7,
            LinkKind.NIC,
            8,
            LinkKind.DOMAIN_UPLINK,
            64,
            LinkKind.LEAF_UPLINK,
            64),
        loads(
            LinkKind.SCALE_UP,
            1.75,
            LinkKind.NIC,
            1 / 8.0,
            LinkKind.DOMAIN_UPLINK,
            1,
            LinkKind.LEAF_UPLINK,
            1),
        3e-6 + 1.75 / 180 + 10e-6 + 1 / 8.0 / 24,
        range(16, 24),
        loads(LinkKind.NIC, 1, LinkKind.DOMAIN_UPLINK, 8, LinkKind.LEAF_UPLINK, 8),
        10e-6 + 80e3 / 24e9);
  }

  // Two racks of nine trays are one domain of 72.
  private static Cluster nvl36x2() {
    return new Cluster(
        "nvl36x2",
        """
        {"name": "nvl36x2", "gpu": "gb200", "racks": [
          {"name": "left", "domains": [{"name": "nvl72", "nodes": 9, "gpusPerNode": 4}]},
          {"name": "right", "domains": [{"name": "nvl72", "joins": "left/nvl72", "nodes": 9, "gpusPerNode": 4}]}]}
        """,
        range(0, 72),
        CopyRule.PER_EXPERT,
        loads(LinkKind.SCALE_UP, 71),
        loads(LinkKind.SCALE_UP, 1),
        25e-6 + 1 / (0.74 * 540),
        range(36, 72),
        loads(LinkKind.SCALE_UP, 1),
        3e-6 + 80e3 / 540e9);
  }

  // Eight racks of 72 are one domain of 576; the stage takes eight GPUs of each.
  private static Cluster nvl576() {
    return new Cluster(
        "nvl576",
        """
        {"name": "nvl576", "gpu": "vera-rubin",
         "racks": {"count": 8, "racksPerDomain": 8, "domainsPerRack": 1, "nodesPerDomain": 144, "gpusPerNode": 4}}
        """,
        IntStream.range(0, 64).map(i -> 72 * (i / 8) + i % 8).boxed().toList(),
        CopyRule.PER_EXPERT,
        loads(LinkKind.SCALE_UP, 63),
        loads(LinkKind.SCALE_UP, 1),
        25e-6 + 1 / (0.74 * 1440),
        IntStream.range(0, 64).map(i -> 72 * (i / 8) + 8 + i % 8).boxed().toList(),
        loads(LinkKind.SCALE_UP, 1),
        3e-6 + 80e3 / 1440e9);
  }

  // Four A100 on PCIe, two bridges. A ring takes each bridge and each GPU's PCIe once.
  private static Cluster pairs() {
    return new Cluster(
        "pairs",
        """
        {"name": "a100-pcie-pairs", "gpu": "a100-80g",
         "racks": {"count": 1, "domainsPerRack": 1, "nodesPerDomain": 1, "gpusPerNode": 4},
         "scaleUp": {"bandwidthGBps": 24, "latencyMicros": 5, "efficiency": 0.8,
                     "islands": {"gpus": 2, "bandwidthGBps": 300, "latencyMicros": 3}}}
        """,
        range(0, 4),
        CopyRule.PER_EXPERT,
        loads(LinkKind.SCALE_UP, 2, LinkKind.ISLAND_PORT, 1),
        loads(LinkKind.SCALE_UP, 1.5, LinkKind.ISLAND_PORT, 1.5),
        5e-6 + 1.5 / 19.2,
        range(2, 4),
        loads(LinkKind.SCALE_UP, 1),
        5e-6 + 80e3 / 19.2e9);
  }

  private static final String RAILS =
      """
      {"name": "rails", "gpu": "h100-sxm",
       "racks": {"count": 4, "domainsPerRack": 4, "nodesPerDomain": 1, "gpusPerNode": 8},
       "scaleOut": {"nicGBps": 50, "latencyMicros": 10, "rails": 8}}
      """;

  // Two servers of one rack. From its own NIC each GPU reaches seven of the other server on other
  // rails, over the spine: of both servers' GPUs on a rail 14.
  private static Cluster rails() {
    return new Cluster(
        "rails",
        RAILS,
        range(0, 16),
        CopyRule.PER_EXPERT,
        loads(
            LinkKind.SCALE_UP,
            7,
            LinkKind.NIC,
            8,
            LinkKind.DOMAIN_UPLINK,
            8,
            LinkKind.LEAF_UPLINK,
            14),
        loads(LinkKind.SCALE_UP, 1, LinkKind.NIC, 1 / 8.0, LinkKind.DOMAIN_UPLINK, 1 / 8.0),
        25e-6 + 1 / (0.85 * 270) + 10e-6 + 1 / 8.0 / 48,
        range(8, 16),
        loads(LinkKind.NIC, 1, LinkKind.DOMAIN_UPLINK, 1),
        10e-6 + 80e3 / 48e9);
  }

  // As NCCL sends: over the neighbour on the receiver's rail, so ports carry seven more. Servers of
  // two racks: a rail's eight bytes cross the spine.
  private static Cluster railsForwarded() {
    return new Cluster(
        "rails, forwarded",
        RAILS,
        both(range(0, 8), range(32, 40)),
        CopyRule.PER_GPU,
        loads(
            LinkKind.SCALE_UP,
            14,
            LinkKind.NIC,
            8,
            LinkKind.DOMAIN_UPLINK,
            8,
            LinkKind.LEAF_UPLINK,
            8),
        loads(
            LinkKind.SCALE_UP,
            1,
            LinkKind.NIC,
            1 / 8.0,
            LinkKind.DOMAIN_UPLINK,
            1 / 8.0,
            LinkKind.LEAF_UPLINK,
            1 / 8.0),
        25e-6 + 1 / (0.85 * 270) + 10e-6 + 1 / 8.0 / 48,
        range(32, 40),
        loads(LinkKind.NIC, 1, LinkKind.DOMAIN_UPLINK, 1, LinkKind.LEAF_UPLINK, 1),
        10e-6 + 80e3 / 48e9);
  }

  // Eight cards on PCIe, four a socket, 40 GB/s between the sockets.
  private static Cluster sockets() {
    return new Cluster(
        "rtxpro",
        """
        {"name": "rtxpro6000x8",
         "gpu": {"name": "pcie-card", "hbmGB": 96, "hbmTBps": 1.6, "bf16Tflops": 500},
         "racks": {"count": 1, "domainsPerRack": 1, "nodesPerDomain": 1, "gpusPerNode": 8},
         "scaleUp": {"bandwidthGBps": 64, "latencyMicros": 10, "islands": {"gpus": 4, "uplinkGBps": 40}},
         "scaleOut": {"nicGBps": 50, "latencyMicros": 10}}
        """,
        range(0, 8),
        CopyRule.PER_EXPERT,
        loads(LinkKind.SCALE_UP, 7, LinkKind.ISLAND_UPLINK, 16),
        loads(LinkKind.SCALE_UP, 1.75, LinkKind.ISLAND_UPLINK, 1.75),
        10e-6 + 1.75 / 32,
        range(4, 8),
        loads(LinkKind.SCALE_UP, 1, LinkKind.ISLAND_UPLINK, 4),
        10e-6 + 4 * 80e3 / 32e9);
  }

  // Two trays of 18 drained.
  private static Cluster spare() {
    return new Cluster(
        "spare",
        """
        {"name": "nvl72-spare", "gpu": "gb200",
         "racks": {"count": 1, "domainsPerRack": 1, "nodesPerDomain": 18, "gpusPerNode": 4},
         "drained": ["rack-0/domain-0/node-16", "rack-0/domain-0/node-17"]}
        """,
        range(0, 64),
        CopyRule.PER_EXPERT,
        loads(LinkKind.SCALE_UP, 63),
        loads(LinkKind.SCALE_UP, 1),
        25e-6 + 1 / (0.74 * 540),
        range(32, 64),
        loads(LinkKind.SCALE_UP, 1),
        3e-6 + 80e3 / 540e9);
  }

  // A 4x4 torus, taken as a switch where the file says none.
  private static Cluster pod() {
    return new Cluster(
        "v5e",
        """
        {"name": "v5e-16", "gpu": {"name": "tpu", "hbmGiB": 16, "hbmTBps": 0.819, "bf16Tflops": 197},
         "racks": {"count": 1, "domainsPerRack": 1, "nodesPerDomain": 4, "gpusPerNode": 4},
         "scaleUp": {"bandwidthGBps": 180, "latencyMicros": 3},
         "scaleOut": {"nicGBps": 6.25, "latencyMicros": 20}}
        """,
        range(0, 16),
        CopyRule.PER_EXPERT,
        loads(LinkKind.SCALE_UP, 15),
        loads(LinkKind.SCALE_UP, 2 * 15 / 16.0),
        3e-6 + 2 * 15 / 16.0 / 144,
        range(8, 16),
        loads(LinkKind.SCALE_UP, 1),
        3e-6 + 80e3 / 144e9);
  }

  // Two servers of eight A100, a NIC of 200 Gb/s for two of them.
  private static Cluster sharedNics() {
    return new Cluster(
        "shared NICs",
        """
        {"name": "a100-x2", "gpu": "a100-80g",
         "racks": {"count": 1, "domainsPerRack": 2, "nodesPerDomain": 1, "gpusPerNode": 8},
         "scaleOut": {"nicGBps": 25, "nicsPerNode": 4}}
        """,
        range(0, 16),
        CopyRule.PER_EXPERT,
        loads(
            LinkKind.SCALE_UP,
            7,
            LinkKind.NIC,
            8,
            LinkKind.SHARED_NIC,
            16,
            LinkKind.DOMAIN_UPLINK,
            64),
        loads(
            LinkKind.SCALE_UP,
            1.75,
            LinkKind.NIC,
            1 / 8.0,
            LinkKind.SHARED_NIC,
            1 / 4.0,
            LinkKind.DOMAIN_UPLINK,
            1),
        3e-6 + 1.75 / 180 + 10e-6 + 1 / 4.0 / 24,
        range(8, 16),
        loads(LinkKind.NIC, 1, LinkKind.SHARED_NIC, 2, LinkKind.DOMAIN_UPLINK, 8),
        10e-6 + 2 * 80e3 / 24e9);
  }

  // Domains of two trays, one without NICs: its GPUs send over the other's.
  private static Cluster withoutNics() {
    return new Cluster(
        "GPUs without NIC",
        """
        {"name": "half", "gpu": "gb200", "racks": [
          {"name": "a", "domains": [{"gpusPerNode": 4, "nodes": [{"name": "n0"}, {"name": "n1", "scaleOut": {"nicsPerNode": 0}}]}]},
          {"name": "b", "domains": [{"gpusPerNode": 4, "nodes": [{"name": "n0"}, {"name": "n1", "scaleOut": {"nicsPerNode": 0}}]}]}],
         "scaleOut": {"nicGBps": 50, "leafRacks": 2}}
        """,
        range(0, 16),
        CopyRule.PER_EXPERT,
        loads(
            LinkKind.SCALE_UP,
            7,
            LinkKind.NIC,
            8,
            LinkKind.SHARED_NIC,
            16,
            LinkKind.DOMAIN_UPLINK,
            64),
        loads(
            LinkKind.SCALE_UP,
            1,
            LinkKind.NIC,
            1 / 8.0,
            LinkKind.SHARED_NIC,
            1 / 4.0,
            LinkKind.DOMAIN_UPLINK,
            1),
        25e-6 + 1 / (0.74 * 540) + 10e-6 + 1 / 4.0 / 48,
        range(8, 16),
        loads(LinkKind.NIC, 1, LinkKind.SHARED_NIC, 2, LinkKind.DOMAIN_UPLINK, 8),
        10e-6 + 2 * 80e3 / 48e9);
  }

  private Topology topology(Cluster cluster) throws IOException {
    return TopologyFile.read(Files.writeString(folder.resolve("t.json"), cluster.json()), "t.json");
  }

  private static void assertLoads(Map<LinkKind, Double> expected, LinkLoads loads, double unit) {
    Map<LinkKind, Double> most = new EnumMap<>(LinkKind.class);
    loads.all().forEach(load -> most.merge(load.link().kind(), load.bytes() / unit, Math::max));
    assertEquals(expected.keySet(), most.keySet(), () -> expected + " by hand, " + most);
    expected.forEach(
        (kind, bytes) -> assertEquals(bytes, most.get(kind), HAND * bytes, kind::toString));
  }

  private static double seconds(LinkLoads loads, LinkKind kind) {
    return loads.all().stream()
        .filter(load -> load.link().kind() == kind)
        .mapToDouble(LinkLoads.Load::seconds)
        .max()
        .orElse(0);
  }

  @ParameterizedTest
  @MethodSource("clusters")
  void dispatch_loadsEachKindOfLinkAsByHand(Cluster cluster) throws IOException {
    Topology topology = topology(cluster);
    LinkLoads loads = topology.network().loads();
    for (int from : cluster.stage()) {
      for (int to : cluster.stage()) {
        if (cluster.copyRule() == CopyRule.PER_GPU) {
          loads.add(from, to, 1);
        } else {
          loads.addDirect(from, to, 1);
        }
      }
    }
    assertLoads(cluster.dispatch(), loads, 1);

    // What the cost model makes of as many copies takes as long on each.
    StageShape shape = StageShape.of(topology, cluster.stage());
    int gpus = shape.gpuCount();
    Map<LinkKind, Double> model = new EnumMap<>(LinkKind.class);
    for (BusiestLink link : LinkLoadsOfTermsTest.dispatch(shape, cluster.copyRule(), gpus * gpus)) {
      kind(link, shape).ifPresent(kind -> model.merge(kind, link.secondsPerByte(), Math::max));
    }
    for (LinkKind kind : cluster.dispatch().keySet()) {
      // The model leaves out the port of the GPU that forwards.
      if (kind != LinkKind.SCALE_UP || cluster.copyRule() != CopyRule.PER_GPU) {
        double seconds = model.getOrDefault(kind, 0.0);
        if (kind == LinkKind.NIC && cluster.dispatch().containsKey(LinkKind.SHARED_NIC)) {
          continue;
        }
        assertEquals(seconds(loads, kind), seconds, HAND * seconds, kind::toString);
      }
    }
  }

  private static Optional<LinkKind> kind(BusiestLink link, StageShape shape) {
    Kind kind = link.kind();
    return switch (kind) {
      case PORT_IN -> Optional.of(LinkKind.SCALE_UP);
      case ISLAND_PORT_IN -> Optional.of(LinkKind.ISLAND_PORT);
      case ISLAND_UPLINK -> Optional.of(LinkKind.ISLAND_UPLINK);
      case NIC_IN -> Optional.of(LinkKind.NIC);
      case UPLINK -> Optional.of(shape.portGroups().uplinks().get(link.index()).kind());
      case PORT_OUT, NIC_IN_MEAN, NIC_OUT -> Optional.empty();
    };
  }

  // Within each domain a ring, or sums by its switches; between domains one for each GPU of them.
  @ParameterizedTest
  @MethodSource("clusters")
  void allReduce_loadsLinksAndTakesAsLongAsByHand(Cluster cluster) throws IOException {
    Topology topology = topology(cluster);
    Map<Integer, List<Integer>> members = new java.util.TreeMap<>();
    for (int gpu : cluster.stage()) {
      members.computeIfAbsent(topology.gpus().get(gpu).domain(), key -> new ArrayList<>()).add(gpu);
    }
    List<List<Integer>> domains = List.copyOf(members.values());
    LinkLoads loads = topology.network().loads();
    for (List<Integer> domain : domains) {
      if (topology.domains().get(topology.gpus().get(domain.get(0)).domain()).reducesInSwitch()) {
        domain.forEach(gpu -> loads.addReduction(gpu, GB));
      } else {
        addRing(loads, domain, GB);
      }
    }
    int each = domains.get(0).size();
    for (int ring = 0; ring < each && domains.size() > 1; ring++) {
      int position = ring;
      addRing(loads, domains.stream().map(domain -> domain.get(position)).toList(), GB / each);
    }
    assertLoads(cluster.allReduce(), loads, GB);
    assertEquals(
        cluster.allReduceSeconds(),
        new CollectiveTime(
                StageShape.of(topology, cluster.stage()), (kind, over) -> Optional.empty())
            .seconds(OpKind.ALL_REDUCE, GB / 2, 2, cluster.stage().size(), 1),
        HAND * cluster.allReduceSeconds());
  }

  private static void addRing(LinkLoads loads, List<Integer> ring, double bytes) {
    int size = ring.size();
    for (int i = 0; i < size; i++) {
      loads.add(ring.get(i), ring.get((i + 1) % size), 2 * (size - 1.0) / size * bytes);
    }
  }

  @ParameterizedTest
  @MethodSource("clusters")
  void hop_loadsLinksAndTakesAsLongAsByHand(Cluster cluster) throws IOException {
    Topology topology = topology(cluster);
    List<Integer> next = cluster.hopTo();
    List<Integer> senders =
        next.size() > cluster.stage().size()
            ? range(0, next.size())
            : cluster.stage().subList(0, next.size());
    StageShape from = StageShape.of(topology, senders);
    StageShape to = StageShape.of(topology, next);
    LinkLoads loads = topology.network().loads();
    HopTime.add(loads, from, to);
    assertLoads(cluster.hop(), loads, 1);
    // 10 tokens a GPU, 4,000 wide, in BF16.
    Batch batch = new Batch(10 * next.size(), 10, 3, 12, 2000, Contexts.of(5000));
    assertEquals(80e3, batch.tokensPerGpu() * 4000 * 2);
    assertEquals(
        cluster.hopSeconds(),
        HopTime.seconds(from, to, batch, 4000, 1),
        HAND * cluster.hopSeconds());
  }

  @Test
  void torus_isRefusedWithAReason() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("t.json"),
            pod()
                .json()
                .replace("\"latencyMicros\": 3}", "\"latencyMicros\": 3, \"torus\": [4, 4]}"));
    InputException refused =
        assertThrows(InputException.class, () -> TopologyFile.read(file, "t.json"));
    assertTrue(refused.getMessage().contains("a torus can't be expressed"), refused.getMessage());
  }
}
