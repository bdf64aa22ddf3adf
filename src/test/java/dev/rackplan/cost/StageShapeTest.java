package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.json.TopologyFile;
import dev.rackplan.topology.Domain;
import dev.rackplan.topology.Fabric;
import dev.rackplan.topology.FabricLink;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Topology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The links that cost terms price are those of the topology's graph. */
class StageShapeTest {
  @TestFactory
  Stream<DynamicTest> links_areThoseOfTheFabric() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("topologies"))) {
      List<Path> sorted = files.sorted().toList();
      return sorted.stream()
          .map(file -> DynamicTest.dynamicTest(file.toString(), () -> compare(file)));
    }
  }

  private static void compare(Path file) {
    Topology topology = TopologyFile.read(file, file.toString());
    List<FabricLink> links = Fabric.of(topology).links();
    StageShape shape = StageShape.of(topology, topology.gpus().stream().map(Gpu::index).toList());

    for (Domain domain : topology.domains()) {
      assertEquals(
          largest(links, FabricLink.Kind.DOMAIN_UPLINK, domain.name()),
          shape.domainUplinkBytesPerSecond(domain.index()),
          1);
      assertEquals(
          largest(links, FabricLink.Kind.SCALE_UP, domain.name()),
          shape.scaleUp(domain.index()).sustainedBytesPerSecond(),
          1);
      assertEquals(domain.name(), shape.domainName(domain.index()));
    }
    if (shape.leafCount() > 1) {
      for (int leaf = 0; leaf < shape.leafCount(); leaf++) {
        assertEquals(
            largest(links, FabricLink.Kind.LEAF_UPLINK, "leaf-" + leaf),
            shape.leafUplinkBytesPerSecond(leaf),
            1);
      }
    }
  }

  private static double largest(List<FabricLink> links, FabricLink.Kind kind, String from) {
    return links.stream()
        .filter(link -> link.kind() == kind && link.name().startsWith(from))
        .mapToDouble(FabricLink::capacityBytesPerSecond)
        .max()
        .orElseThrow();
  }
}
