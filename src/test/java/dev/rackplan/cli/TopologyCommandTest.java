package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.TopologyFile;
import dev.rackplan.topology.Domain;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Islands;
import dev.rackplan.topology.LinkKind;
import dev.rackplan.topology.NodeNics;
import dev.rackplan.topology.Tier;
import dev.rackplan.topology.Topology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Clusters as their own tools print them, read back as topologies and by {@code solve}. */
class TopologyCommandTest {
  private static final Path FORMS = Path.of("src/test/resources/dev/rackplan/fuzz/inventory");

  @TempDir private Path folder;

  private static String form(String name) {
    return FORMS.resolve(name).toString();
  }

  private static String text(String name) {
    try {
      return Files.readString(FORMS.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  private CommandRun run(String... arguments) {
    List<String> words = new ArrayList<>(List.of("topology"));
    words.addAll(List.of(arguments));
    words.addAll(List.of("-o", folder.resolve("t.json").toString(), "--force"));
    return CommandRun.of(words.toArray(String[]::new));
  }

  private Topology read(String... arguments) {
    CommandRun run = run(arguments);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    return TopologyFile.read(folder.resolve("t.json"), "t.json");
  }

  private static List<String> racks(Topology topology) {
    return topology.racks().stream().map(rack -> rack.name()).toList();
  }

  private static List<Integer> domainSizes(Topology topology) {
    return topology.domains().stream().map(domain -> domain.gpus().size()).toList();
  }

  private static long drained(Topology topology) {
    return topology.gpus().stream().filter(Gpu::drained).count();
  }

  /** A matrix as newer drivers print it. */
  private static String matrix(int gpus, IntBinaryOperator links, String without, int nics) {
    StringBuilder text = new StringBuilder();
    for (int gpu = 0; gpu < gpus; gpu++) {
      text.append("\tGPU").append(gpu);
    }
    for (int nic = 0; nic < nics; nic++) {
      text.append("\tNIC").append(nic);
    }
    text.append("\tCPU Affinity\tNUMA Affinity\n");
    for (int gpu = 0; gpu < gpus; gpu++) {
      text.append("GPU").append(gpu);
      for (int other = 0; other < gpus; other++) {
        int count = links.applyAsInt(gpu, other);
        text.append('\t').append(other == gpu ? " X " : count > 0 ? "NV" + count : without);
      }
      for (int nic = 0; nic < nics; nic++) {
        text.append('\t').append(nic == gpu ? "PIX" : "SYS");
      }
      text.append("\t0-47\t0\n");
    }
    return text.append("\nLegend:\n\n  X    = Self\n").toString();
  }

  @Test
  void slurmCluster_hasItsLeavesNodesAndDrains() throws IOException {
    String hosts = folder.resolve("hosts.csv").toString();
    Topology topology =
        read(
            form("topology.conf"),
            form("nodes.txt"),
            file("gpu01.topo.txt", matrix(8, (a, b) -> 18, "SYS", 9)),
            "--nic-gbps",
            "200",
            "--hosts",
            hosts);
    assertEquals(List.of("leaf1", "leaf2"), racks(topology));
    assertEquals(List.of(8, 8, 8, 8), domainSizes(topology));
    assertEquals("leaf2/domain-0/gpu03", topology.nodes().get(2).name());
    assertEquals(8, drained(topology), "gpu03");
    assertEquals("h100-sxm", topology.gpus().get(0).spec().name());
    // The catalogue's port; 8 of 9 NICs are near a GPU, 200 Gb/s each.
    assertEquals(450e9, topology.domains().get(0).scaleUp().bandwidthBytesPerSecond());
    assertEquals(25e9, topology.scaleOut().nic().bandwidthBytesPerSecond());
    assertTrue(Files.readString(Path.of(hosts)).contains("leaf1/domain-1/gpu02,gpu02\n"));
  }

  @Test
  void kubernetesNodes_shareDomainsByTheirCliques() {
    Topology topology = read(form("nodes.json"));
    assertEquals(List.of("sw-1", "sw-2"), racks(topology));
    assertEquals(List.of(8, 8), domainSizes(topology));
    assertEquals("gb200", topology.gpus().get(0).spec().name());
    assertEquals(4, drained(topology), "tray-3 is unschedulable");
    assertTrue(topology.nodes().get(3).name().endsWith("/tray-4"));
  }

  // topograph before and after 1.0; a cluster's UUID of zeros is none.
  @ParameterizedTest
  @CsvSource({
    "network.topology.nvidia.com/accelerator,network.topology.nvidia.com/leaf,8:8",
    "accelerator.topograph.run/domain,fabric.topograph.run/tier-0,8:8",
    "unknown.label/domain,fabric.topograph.run/tier-0,8:8",
    "unknown.label/domain,unknown.label/leaf,16"
  })
  void topographsLabels_areReadByBothNames(String domain, String leaf, String sizes)
      throws IOException {
    String text =
        text("nodes.json")
            .replace("nvidia.com/gpu.clique", domain)
            .replace("network.topology.nvidia.com/leaf", leaf);
    CommandRun run = run(file("nodes.json", text));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    Topology topology = TopologyFile.read(folder.resolve("t.json"), "t.json");
    assertEquals(Stream.of(sizes.split(":")).map(Integer::valueOf).toList(), domainSizes(topology));
    // Where nobody says which trays share NVLink, that is said.
    assertEquals(
        domain.startsWith("unknown"),
        run.out().contains("assumed: nodes share scale-up domains in their order"),
        run.out());
  }

  @Test
  void slurmYaml_hasLeavesOfItsTreeAndDomainsOfItsBlocks() throws IOException {
    String trays = text("nodes.txt").replace("gpu:h100:8", "gpu:gb200:4");
    Topology racks = read(form("topology.yaml"), file("trays.txt", trays));
    assertEquals(List.of("leaf1", "leaf2"), racks(racks));
    assertEquals(List.of(8, 8), domainSizes(racks));
    assertEquals("leaf1/rack1/gpu01", racks.nodes().get(0).name());

    // H100 share NVLink within a server only: their blocks are no domains.
    CommandRun servers = run(form("topology.yaml"), form("nodes.txt"));
    Topology topology = TopologyFile.read(folder.resolve("t.json"), "t.json");
    assertEquals(List.of(8, 8, 8, 8), domainSizes(topology));
    assertTrue(
        servers.out().contains("more GPUs than a scale-up domain has are no domains (rack1"));
  }

  // Links of a GPU: 6 to each of 3 through a switch, or shared out among them.
  static Stream<Arguments> ports() {
    return Stream.of(
        Arguments.of("h100", 8, 18, 450e9),
        Arguments.of("h100", 8, 8, 200e9),
        Arguments.of("h800", 8, 8, 200e9),
        Arguments.of("a100", 8, 12, 300e9),
        Arguments.of("a100", 4, 4, 300e9),
        Arguments.of("a100", 4, 6, 150e9),
        Arguments.of("gb200", 4, 18, 900e9),
        Arguments.of("l40s", 4, 0, 31.5e9),
        Arguments.of("h100-pcie", 2, 0, 63e9));
  }

  @ParameterizedTest
  @MethodSource("ports")
  void ports_followLinks(String gpu, int gpus, int links, double bytesPerSecond)
      throws IOException {
    String matrix = file("topo.txt", matrix(gpus, (a, b) -> links, "NODE", 0));
    Topology topology = read(matrix, "--gpu", gpu, "--nodes", "3");
    assertEquals(
        bytesPerSecond, topology.domains().get(0).scaleUp().bandwidthBytesPerSecond(), 1e3);
    int domains = gpu.equals("gb200") ? 1 : 3;
    assertEquals(domains, topology.domains().size());
    assertEquals(3 * gpus, topology.gpus().size());
  }

  // Bridges of 12 NVLinks of 25 GB/s; the rest over PCIe 5 of 63 GB/s.
  @Test
  void pairsWithinAHost_areIslands() throws IOException {
    String matrix = matrix(4, (a, b) -> a / 2 == b / 2 ? 12 : 0, "SYS", 2);
    CommandRun run = run(file("topo.txt", matrix), "--gpu", "h100-nvl");
    assertTrue(
        run.out().contains("read: NVLinks join parts of a node (GPU0+GPU1, GPU2+GPU3;"), run.out());
    Topology topology = TopologyFile.read(folder.resolve("t.json"), "t.json");
    Domain domain = topology.domains().get(0);
    assertEquals(63e9, domain.scaleUp().bandwidthBytesPerSecond());
    assertEquals(2, domain.islands().orElseThrow().gpus());
    assertEquals(300e9, domain.islands().get().port().orElseThrow().bandwidthBytesPerSecond());
    assertTrue(domain.islands().get().uplinkBytesPerSecond().isEmpty());
    // Two NICs of the catalogue's 25 GB/s for four GPUs.
    assertEquals(12.5e9, topology.scaleOut().nic().bandwidthBytesPerSecond());
  }

  // The file has runs of neighbours only.
  @ParameterizedTest
  @CsvSource({"4, 2, no runs of neighbours", "6, 4, no runs of neighbours"})
  void pairsThatAreNoNeighbours_areSaidNotToBeInTheFile(int gpus, int apart, String why)
      throws IOException {
    String matrix = matrix(gpus, (a, b) -> Math.abs(a - b) == apart ? 12 : 0, "SYS", 0);
    CommandRun run = run(file("topo.txt", matrix), "--gpu", "h100-nvl");
    assertTrue(run.out().contains("not known: links between GPUs"), run.out());
    assertTrue(run.out().contains(why), run.out());
    assertTrue(run.out().contains("CUDA_VISIBLE_DEVICES"), run.out());
    Topology topology = TopologyFile.read(folder.resolve("t.json"), "t.json");
    assertTrue(topology.domains().get(0).islands().isEmpty());
  }

  // A ring of four of eight GPUs: not every two are joined.
  @Test
  void partsThatAreNoFullMesh_areSaidNotToBeInTheFile() throws IOException {
    String matrix =
        matrix(8, (a, b) -> a / 4 == b / 4 && Math.abs(a - b) % 2 == 1 ? 4 : 0, "SYS", 0);
    CommandRun run = run(file("topo.txt", matrix), "--gpu", "a100");
    assertTrue(run.out().contains("not every two of a part"), run.out());
  }

  // Two PCIe switches of four GPUs each: 16 lanes of generation 4 lead out of one.
  @ParameterizedTest
  @CsvSource({"PIX, SYS, 4", "PXB, NODE, 2"})
  void gpusBehindAPcieSwitch_shareItsUplink(String near, String far, int gpus) throws IOException {
    String matrix = matrix(8, (a, b) -> 0, far, 0);
    for (int a = 0; a < 8; a++) {
      String row = matrix.lines().skip(a + 1).findFirst().orElseThrow();
      String[] words = row.split("\t");
      for (int b = 0; b < 8; b++) {
        if (a != b && a / gpus == b / gpus) {
          words[b + 1] = near;
        }
      }
      matrix = matrix.replace(row, String.join("\t", words));
    }
    CommandRun run = run(file("topo.txt", matrix), "--gpu", "l40s");
    assertTrue(run.out().contains("assumed: GPUs behind one PCIe switch (GPU0+GPU1"), run.out());
    Topology topology = TopologyFile.read(folder.resolve("t.json"), "t.json");
    Islands islands = topology.domains().get(0).islands().orElseThrow();
    assertEquals(gpus, islands.gpus());
    assertEquals(31.5e9, islands.uplinkBytesPerSecond().orElseThrow());
    assertTrue(islands.port().isEmpty());
  }

  // Two GPUs and one NIC behind each of four switches.
  @Test
  void nicsNearTwoGpus_areSharedByThem() throws IOException {
    StringBuilder matrix = new StringBuilder();
    for (int gpu = 0; gpu < 8; gpu++) {
      matrix.append("\tGPU").append(gpu);
    }
    matrix.append("\tNIC0\tNIC1\tNIC2\tNIC3\tCPU Affinity\n");
    for (int gpu = 0; gpu < 8; gpu++) {
      matrix.append("GPU").append(gpu);
      for (int other = 0; other < 8; other++) {
        matrix.append(other == gpu ? "\tX" : "\tNV12");
      }
      for (int nic = 0; nic < 4; nic++) {
        matrix.append(nic == gpu / 2 ? "\tPXB" : "\tSYS");
      }
      matrix.append("\t0-63\n");
    }
    String file = file("topo.txt", matrix.toString());
    Topology topology = read(file, "--gpu", "a100", "--nodes", "2", "--nic-gbps", "200");
    NodeNics nics = topology.scaleOut().nics(topology.nodes().get(0));
    assertEquals(4, nics.count().orElseThrow());
    assertEquals(25e9, nics.nic().bandwidthBytesPerSecond());
    // Neighbours share one: 0.96 of 25 GB/s for both.
    assertEquals(24e9, topology.network().nicBytesPerSecond(0), 1);
    assertEquals(
        LinkKind.SHARED_NIC, topology.network().kind(topology.network().way(Tier.SCALE_OUT, 1)[1]));
  }

  // Each node under as many leaf switches as it has NICs: GPU i's is on rail i.
  @Test
  void nodesAtSeveralLeaves_haveRails() throws IOException {
    String conf =
        """
        SwitchName=r0a Nodes=gpu[01-02]
        SwitchName=r1a Nodes=gpu[01-02]
        SwitchName=r0b Nodes=gpu[03-04]
        SwitchName=r1b Nodes=gpu[03-04]
        SwitchName=spine Switches=r0a,r1a,r0b,r1b
        """;
    CommandRun run = run(file("topology.conf", conf), form("nodes.txt"));
    assertTrue(run.out().contains("read: each node hangs at 2 leaf switches: 2 rails"), run.out());
    Topology topology = TopologyFile.read(folder.resolve("t.json"), "t.json");
    assertEquals(List.of("r0a", "r0b"), racks(topology));
    assertEquals(2, topology.scaleOut().rails().count());
    assertEquals(1, topology.network().rail(3));
    CommandRun other = run(file("topology.conf", conf), form("nodes.txt"), "--rails", "8");
    assertEquals(ExitCode.BAD_INPUT, other.exitCode());
    assertTrue(other.err().contains("--rails says 8"), other.err());
  }

  @Test
  void railsThatNoToolSays_areAskedFor() throws IOException {
    String matrix = file("topo.txt", matrix(8, (a, b) -> 18, "SYS", 8));
    CommandRun run = run(matrix, "--gpu", "h100", "--nodes", "4");
    assertTrue(run.out().contains("not known: whether the NICs of a node, one near"), run.out());
    Topology topology = read(matrix, "--gpu", "h100", "--nodes", "4", "--rails", "8");
    assertEquals(8, topology.scaleOut().rails().count());
  }

  // Trays of one NVLink domain at two leaf switches: one domain over two racks.
  @Test
  void domainsOverSeveralLeaves_lieInSeveralRacks() throws IOException {
    String text = text("nodes.json").replaceAll("(gpu.clique\": \")[^\"]*", "$1one.1");
    Topology topology = read(file("nodes.json", text));
    assertEquals(List.of("sw-1", "sw-2"), racks(topology));
    assertEquals(List.of(16), domainSizes(topology));
    assertEquals(List.of(0), topology.racks().get(1).domains());
    assertEquals(4, drained(topology));
  }

  @ParameterizedTest
  @CsvSource({"rocm.txt", "rocm.json"})
  void rocm_isReadAsTextAndAsJson(String name) {
    Topology topology = read(form(name), "--nodes", "2");
    assertEquals("mi300x", topology.gpus().get(0).spec().name());
    assertEquals(List.of(2, 2), domainSizes(topology));
    assertEquals(448e9, topology.domains().get(0).scaleUp().bandwidthBytesPerSecond());
  }

  // Older drivers name NICs by device, and call what lies between sockets SOC.
  @Test
  void olderMatrix_isRead() throws IOException {
    String old =
        """
                GPU0    GPU1    mlx5_0  mlx5_2  CPU Affinity
        GPU0     X      SOC     PIX     SOC     0-13
        GPU1    SOC      X      SOC     PHB     14-27
        mlx5_0  PIX     SOC      X      SOC
        mlx5_2  SOC     PHB     SOC      X
        """;
    CommandRun run = run(file("topo.txt", old), "--gpu", "l40s");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(run.out().contains("1 NICs serve 2 GPUs"), run.out());
  }

  static Stream<Arguments> torn() {
    String matrix = matrix(4, (a, b) -> 18, "SYS", 0);
    return Stream.of(
        Arguments.of(
            "topo.txt",
            matrix.replaceFirst("(GPU3\tNV18\tNV18)\t.*", "$1"),
            "line 5",
            "Lines must not"),
        Arguments.of("topo.txt", matrix.split("GPU2\tNV")[0], "ends after 2 of 4 rows", "as it is"),
        Arguments.of(
            "topo.txt",
            matrix.replaceFirst("GPU1\tNV18", "GPU1\tNV17"),
            "line 3: has NV17 to GPU0, whose row has NV18 back",
            "as it is"),
        Arguments.of(
            "topo.txt", matrix.replaceFirst("NV18", "OK"), "has OK under GPU1", "as it is"),
        Arguments.of(
            "query.txt",
            text("query.txt")
                .replace(
                    "GPUs                             : 2", "GPUs                             : 4"),
            "says 4 GPUs, 2 follow",
            "nvidia-smi -q"),
        Arguments.of(
            "query.txt",
            text("query.txt").replaceFirst("H100 80GB HBM3", "A100-SXM4-80GB"),
            "several products",
            "by hand"),
        Arguments.of(
            "topology.conf",
            text("topology.conf").replace("gpu[03-04]", "gpu[02-04]"),
            "line 3: puts gpu02 under leaf2; line 2 has it under leaf1",
            "are under the same others"),
        Arguments.of(
            "topology.conf",
            text("topology.conf").replace("leaf[1-2]", "leaf[1-3]"),
            "line 5: names the switch leaf3, which has no line",
            "SwitchName="),
        Arguments.of(
            "topology.conf",
            text("topology.conf").replace("[01-02]", "[02-01]"),
            "line 2: is no list of hosts",
            "gpu[1-4,7]"),
        Arguments.of(
            "nodes.txt",
            text("nodes.txt").replace("gpu02", "gpu01"),
            "line 10: names gpu01 a second time",
            "Keep one"),
        Arguments.of(
            "nodes.txt", text("nodes.txt").replace("h100", "q9000"), "\"q9000\"", "--gpu NAME"),
        Arguments.of(
            "nodes.json",
            text("nodes.json").replaceFirst("gpu.count\": \"4\"", "gpu.count\": \"3\""),
            "says 3 GPUs by its label and 4 by its capacity",
            "drain the node"),
        Arguments.of(
            "rocm.json",
            text("rocm.json")
                .replace(
                    "Link type between DRM devices 0 and 1",
                    "Link type between DRM devices 0 and 3"),
            "1 pairs of 4 GPUs",
            "--showtopo"),
        Arguments.of(
            "topo.txt", matrix + text("query.txt"), "topo -m and of nvidia-smi -q", "of its own"),
        Arguments.of(
            "topo.txt", "nothing of it\n", "no output that is known", "kubectl get nodes"));
  }

  @ParameterizedTest
  @MethodSource("torn")
  void tornAndAmbiguousFiles_areRefusedWithLineAndRemedy(
      String name, String text, String problem, String remedy) throws IOException {
    List<String> words = new ArrayList<>(List.of(file(name, text)));
    if (name.startsWith("topology")) {
      words.add(form("nodes.txt"));
    }
    CommandRun run = run(words.toArray(String[]::new));
    assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.out());
    assertTrue(run.err().contains(problem), run.err());
    assertTrue(run.err().contains(remedy), run.err());
    assertFalse(Files.exists(folder.resolve("t.json")));
  }

  @Test
  void twoListsThatDisagree_areRefusedWithBothPlaces() throws IOException {
    String kubernetes =
        """
        {"kind": "List", "items": [{"kind": "Node", "metadata": {"name": "gpu01", "labels": {"nvidia.com/gpu.count": "4"}}}]}
        """;
    CommandRun run = run(form("nodes.txt"), file("nodes.json", kubernetes));
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(
        run.err().contains("says 4 GPUs of gpu01; " + form("nodes.txt") + ": line 1 says 8"),
        run.err());
  }

  @Test
  void whatNoToolSays_isAssumedAloud() throws IOException {
    CommandRun run = run(form("query.txt"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    for (String assumed :
        List.of(
            "assumed: there is one node\n  Say how many with --nodes",
            "assumed: a GPU's share of the NICs is the catalogue's 50.0 GB/s\n  Say the rate")) {
      assertTrue(run.out().contains(assumed), run.out());
    }
    String written = Files.readString(folder.resolve("t.json"));
    assertTrue(written.contains("Assumed: there is one node."), written);
    CommandRun none = run(form("topology.conf"), "--gpu", "h100");
    assertTrue(none.err().contains("how many GPUs gpu01 has"), none.err());
    assertTrue(none.err().contains("--gpus-per-node N"), none.err());
    assertEquals(
        32, read(form("topology.conf"), "--gpu", "h100", "--gpus-per-node", "8").gpus().size());
  }

  @Test
  void writtenTopology_isSolvedAndExportedByItsHosts() throws IOException {
    String hosts = folder.resolve("hosts.csv").toString();
    read(form("topology.conf"), form("nodes.txt"), "--hosts", hosts);
    file(
        "p.json",
        """
        {"name": "p", "model": "llama-3.1-8b", "topology": "t.json",
         "workload": {"phase": "decode", "contextTokens": 2000, "concurrentSequences": 16},
         "layout": {"attentionTensorParallel": 8, "pipelineStages": 1, "replicas": 1, "expertParallel": 1}}
        """);
    CommandRun solved =
        CommandRun.of(
            "solve",
            folder.resolve("p.json").toString(),
            "-o",
            folder.resolve("s").toString(),
            "--steps",
            "5");
    assertEquals(ExitCode.SOLVED, solved.exitCode(), solved.err());
    CommandRun exported =
        CommandRun.of(
            "export",
            folder.resolve("s/p.json").toString(),
            "--for",
            "sglang",
            "--hosts",
            hosts,
            "-o",
            folder.resolve("x").toString());
    assertEquals(ExitCode.SOLVED, exported.exitCode(), exported.err());
    String launch = Files.readString(folder.resolve("x/p/sglang/launch.sh"));
    assertTrue(launch.contains("\ngpu01 0 0 0 0 gpu01 20000 "), launch);
  }

  @Test
  void largeCluster_isReadAtOnce() throws IOException {
    StringBuilder conf = new StringBuilder();
    StringBuilder nodes = new StringBuilder();
    IntStream.range(0, 100)
        .forEach(
            leaf -> {
              conf.append("SwitchName=leaf%d Nodes=r%dn[01-20]%n".formatted(leaf, leaf));
              nodes.append("NodeName=r%dn[01-20] Gres=gpu:8 State=IDLE%n".formatted(leaf));
            });
    Topology topology =
        read(
            file("topology.conf", conf.toString()),
            file("slurm.txt", nodes.toString()),
            "--gpu",
            "b200");
    assertEquals(16_000, topology.gpus().size());
    assertEquals(100, topology.racks().size());
  }
}
