package dev.rackplan.cost.link;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.TreeUplinks;
import dev.rackplan.json.TopologyFile;
import dev.rackplan.topology.Domain;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Link;
import dev.rackplan.topology.LinkKind;
import dev.rackplan.topology.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The links that cost terms price are those of the topology's graph. */
class StageShapeTest {
  @TestFactory
  Stream<DynamicTest> links_areThoseOfTheNetwork() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("topologies"))) {
      List<Path> sorted = files.sorted().toList();
      return sorted.stream()
          .map(file -> DynamicTest.dynamicTest(file.toString(), () -> compare(file)));
    }
  }

  private static void compare(Path file) {
    Topology topology = TopologyFile.read(file, file.toString());
    Map<LinkKind, List<Link>> links =
        topology.network().links().stream().collect(Collectors.groupingBy(Link::kind));
    StageShape shape = StageShape.of(topology, topology.gpus().stream().map(Gpu::index).toList());

    for (Domain domain : topology.domains()) {
      assertEquals(
          largest(links, LinkKind.DOMAIN_UPLINK, domain.name()),
          TreeUplinks.ofDomain(shape, domain.index()),
          1);
      assertEquals(
          largest(links, LinkKind.SCALE_UP, domain.name()),
          shape.scaleUp(domain.index()).sustainedBytesPerSecond(),
          1);
      assertEquals(domain.name(), shape.domainName(domain.index()));
    }
    if (TreeUplinks.leafCount(shape) > 1) {
      for (int leaf = 0; leaf < TreeUplinks.leafCount(shape); leaf++) {
        assertEquals(
            largest(links, LinkKind.LEAF_UPLINK, "leaf-" + leaf),
            TreeUplinks.ofLeaf(shape, leaf),
            1);
      }
    }
  }

  private static double largest(Map<LinkKind, List<Link>> links, LinkKind kind, String from) {
    return links.get(kind).stream()
        .filter(link -> link.name().startsWith(from))
        .mapToDouble(Link::capacityBytesPerSecond)
        .max()
        .orElseThrow();
  }
}
