package dev.rackplan.json;

import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.NodeNics;
import dev.rackplan.topology.Rails;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.TopologyBuilder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads the network between domains: {@code scaleOut} of the file, and of racks, domains and nodes
 * whose NICs differ. A key that a part leaves out it takes from the file's, else from the
 * catalogue.
 */
final class ScaleOutReader {
  private static final int MOST_NICS = 1000;

  private final JsonCursor root;
  private final Optional<JsonCursor> given;
  private final List<RackParts.NodeSource> nodes;

  ScaleOutReader(JsonCursor root, List<RackParts.NodeSource> nodes) {
    this.root = root;
    this.given = root.find("scaleOut");
    this.nodes = nodes;
  }

  ScaleOut read() {
    SortedMap<Integer, NodeNics> nics = new TreeMap<>();
    for (int n = 0; n < nodes.size(); n++) {
      nics.put(n, nics(nodes.get(n)));
    }
    LinkSpec nic = nics.get(0).nic();
    nics.values().removeIf(own -> own.equals(new NodeNics(nic, OptionalInt.empty())));
    if (given.isEmpty()) {
      return new ScaleOut(nic, OptionalDouble.empty(), 1, 1, Rails.NONE, nics);
    }
    JsonCursor at = given.get();
    OptionalDouble uplinkGBps = at.findPositive("domainUplinkGBps");
    OptionalDouble uplink =
        uplinkGBps.isPresent()
            ? OptionalDouble.of(uplinkGBps.getAsDouble() * GpuSpecJson.GIGA)
            : uplinkGBps;
    int leafRacks = at.findInteger("leafRacks", 1, TopologyBuilder.MAX_GPUS).orElse(1);
    double oversubscription = at.findPositive("oversubscription").orElse(1);
    int rails = at.findInteger("rails", 1, MOST_NICS).orElse(1);
    boolean forwarding = at.find("pxn").map(JsonCursor::bool).orElse(rails > 1);
    at.end();
    return at.build(
        () ->
            new ScaleOut(
                nic, uplink, leafRacks, oversubscription, new Rails(rails, forwarding), nics),
        "Correct the network.");
  }

  private NodeNics nics(RackParts.NodeSource node) {
    Optional<LinkSpec> catalogue = node.gpu().entry().map(GpuCatalogEntry::nic);
    Optional<LinkSpec> whole =
        given.isEmpty()
            ? catalogue
            : given
                .filter(at -> node.scaleOut().isEmpty() || says(at, catalogue))
                .map(at -> LinkJson.read(at, "nicGBps", catalogue));
    OptionalInt count = given.map(ScaleOutReader::count).orElse(OptionalInt.empty());
    if (node.scaleOut().isEmpty()) {
      LinkSpec nic =
          whole.orElseThrow(
              () ->
                  root.error(
                      "no scale-out network is known for " + node.gpu().spec().name(),
                      "Add \"scaleOut\": { \"nicGBps\": …, \"latencyMicros\": … }."));
      return new NodeNics(nic, count);
    }
    JsonCursor at = node.scaleOut().get();
    LinkSpec own = LinkJson.read(at, "nicGBps", whole);
    OptionalInt ownCount = count(at);
    at.end();
    return new NodeNics(own, ownCount.isPresent() ? ownCount : count);
  }

  // Whether it says the whole link, together with the catalogue.
  private static boolean says(JsonCursor at, Optional<LinkSpec> catalogue) {
    return catalogue.isPresent()
        || at.find("nicGBps").isPresent() && at.find("latencyMicros").isPresent();
  }

  private static OptionalInt count(JsonCursor at) {
    return at.findInteger("nicsPerNode", 0, MOST_NICS);
  }
}
