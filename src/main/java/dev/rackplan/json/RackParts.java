package dev.rackplan.json;

import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.Islands;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.TopologyBuilder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads {@code racks} of a topology file into a {@link TopologyBuilder}. What a part leaves out
 * (accelerator, scale-up link, GPUs per node) it takes from the part around it.
 */
final class RackParts {
  private static final String COUNT_REMEDY = "Give fewer racks, domains, nodes or GPUs.";
  private static final String NAME_REMEDY =
      "Give each part its own name of letters, digits, '.', '_', '-'.";

  private final GpuCatalog catalog;
  private final TopologyBuilder builder;
  private final List<NodeSource> nodes = new ArrayList<>();

  /** An accelerator and, if it is from the catalogue, its usual links. */
  record Accelerator(GpuSpec spec, Optional<GpuCatalogEntry> entry) {}

  /**
   * What a node's NICs are read from.
   *
   * @param scaleOut of the nearest part around it that has one; empty where only the file has
   */
  record NodeSource(Accelerator gpu, Optional<JsonCursor> scaleOut) {}

  private record Inherited(
      Optional<Accelerator> gpu,
      Optional<JsonCursor> scaleUp,
      Optional<JsonCursor> scaleOut,
      OptionalInt gpusPerNode) {}

  private record NodePart(JsonCursor at, String name, NodeSource source, int gpus) {
    Accelerator gpu() {
      return source.gpu();
    }
  }

  RackParts(GpuCatalog catalog, TopologyBuilder builder) {
    this.catalog = catalog;
    this.builder = builder;
  }

  /** All nodes of the racks read, in the builder's order. */
  List<NodeSource> nodes() {
    return nodes;
  }

  void read(JsonCursor root) {
    Inherited nothing =
        new Inherited(Optional.empty(), Optional.empty(), Optional.empty(), OptionalInt.empty());
    Inherited top =
        new Inherited(
            gpu(root, nothing), root.find("scaleUp"), Optional.empty(), OptionalInt.empty());
    JsonCursor racks = root.get("racks");
    if (racks.isObject()) {
      readCompact(root, racks, top);
      return;
    }
    if (!racks.isList()) {
      throw racks.error(
          "must be an object or a list",
          "Write { \"count\": … } for equal racks, or a list of racks.");
    }
    for (JsonCursor rack : nonEmpty(racks, "rack")) {
      readRack(rack, top);
    }
  }

  private void readCompact(JsonCursor root, JsonCursor racks, Inherited top) {
    int count = count(racks, "count");
    int domains = count(racks, "domainsPerRack");
    int inDomain = count(racks, "nodesPerDomain");
    int gpus = count(racks, "gpusPerNode");
    int span = racks.findInteger("racksPerDomain", 1, TopologyBuilder.MAX_GPUS).orElse(1);
    racks.end();
    if (count % span != 0 || inDomain % span != 0) {
      throw racks.error(
          "racksPerDomain must divide count and nodesPerDomain, was " + span,
          "Give whole domains, with equally many nodes in each of their racks.");
    }
    Accelerator gpu = required(root, top.gpu());
    LinkSpec scaleUp = scaleUp(root, top.scaleUp(), List.of(gpu));
    Optional<Islands> islands = islands(top.scaleUp(), scaleUp);
    boolean reduces = reducesInSwitch(top.scaleUp(), List.of(gpu));
    racks.build(
        () ->
            builder.equalRacks(
                count, span, domains, inDomain, gpus, gpu.spec(), scaleUp, islands, reduces),
        COUNT_REMEDY);
    for (int n = 0; n < builder.nodeCount(); n++) {
      nodes.add(new NodeSource(gpu, Optional.empty()));
    }
  }

  private void readRack(JsonCursor rack, Inherited outer) {
    Inherited inherited = inherit(rack, outer);
    Optional<String> name = rack.find("name").map(JsonCursor::text);
    OptionalInt count = rack.findInteger("count", 1, TopologyBuilder.MAX_GPUS);
    for (int i = 0; i < count.orElse(1); i++) {
      String suffix = count.isPresent() ? "-" + i : "";
      String own = name.map(given -> given + suffix).orElse("rack-" + builder.rackCount());
      rack.build(() -> builder.rack(own), NAME_REMEDY);
      readDomains(rack, inherited);
    }
    rack.end();
  }

  private void readDomains(JsonCursor rack, Inherited inherited) {
    JsonCursor domains = rack.get("domains");
    if (domains.isNumber()) {
      int count = domains.integer(1, TopologyBuilder.MAX_GPUS);
      int inDomain = count(rack, "nodesPerDomain");
      for (int d = 0; d < count; d++) {
        addDomain(rack, "domain-" + d, inherited, equalNodes(rack, inDomain, inherited));
      }
      return;
    }
    List<JsonCursor> items = nonEmpty(domains, "domain");
    for (int d = 0; d < items.size(); d++) {
      JsonCursor domain = items.get(d);
      Inherited own = inherit(domain, inherited);
      String name = domain.find("name").map(JsonCursor::text).orElse("domain-" + d);
      addDomain(domain, name, own, readNodes(domain, own));
      domain.end();
    }
  }

  private List<NodePart> readNodes(JsonCursor domain, Inherited inherited) {
    JsonCursor inDomain = domain.get("nodes");
    if (inDomain.isNumber()) {
      return equalNodes(domain, inDomain.integer(1, TopologyBuilder.MAX_GPUS), inherited);
    }
    List<NodePart> parts = new ArrayList<>();
    for (JsonCursor node : nonEmpty(inDomain, "node")) {
      String name = node.find("name").map(JsonCursor::text).orElse("node-" + parts.size());
      Accelerator gpu = required(node, gpu(node, inherited));
      OptionalInt gpus = node.findInteger("gpus", 1, TopologyBuilder.MAX_GPUS);
      parts.add(
          new NodePart(
              node,
              name,
              new NodeSource(gpu, node.find("scaleOut").or(inherited::scaleOut)),
              gpus.isPresent() ? gpus.getAsInt() : gpusPerNode(node, "gpus", inherited)));
      node.end();
    }
    return parts;
  }

  private List<NodePart> equalNodes(JsonCursor at, int count, Inherited inherited) {
    Accelerator gpu = required(at, inherited.gpu());
    int gpus = gpusPerNode(at, "gpusPerNode", inherited);
    at.build(() -> TopologyBuilder.requireRoom((double) count * gpus), COUNT_REMEDY);
    List<NodePart> parts = new ArrayList<>(count);
    for (int n = 0; n < count; n++) {
      parts.add(new NodePart(at, "node-" + n, new NodeSource(gpu, inherited.scaleOut()), gpus));
    }
    return parts;
  }

  private void addDomain(JsonCursor at, String name, Inherited around, List<NodePart> inDomain) {
    Optional<String> joined =
        at.isObject() ? at.find("joins").map(JsonCursor::text) : Optional.empty();
    if (joined.isPresent()) {
      if (at.find("scaleUp").isPresent()) {
        throw at.error(
            "key \"scaleUp\" beside \"joins\"", "Leave it out: the joined domain's links count.");
      }
      at.build(
          () -> builder.joinedDomain(name, joined.get()),
          "Give the full name of a domain in a rack before, such as \"rack-0/domain-0\".");
    } else {
      List<Accelerator> members = inDomain.stream().map(NodePart::gpu).toList();
      LinkSpec scaleUp = scaleUp(at, around.scaleUp(), members);
      Optional<Islands> islands = islands(around.scaleUp(), scaleUp);
      boolean reduces = reducesInSwitch(around.scaleUp(), members);
      at.build(() -> builder.domain(name, scaleUp, islands, reduces), NAME_REMEDY);
    }
    for (NodePart node : inDomain) {
      nodes.add(node.source());
      node.at()
          .build(
              () -> TopologyBuilder.requireRoom((double) builder.gpuCount() + node.gpus()),
              COUNT_REMEDY);
      node.at().build(() -> builder.node(node.name(), node.gpu().spec(), node.gpus()), NAME_REMEDY);
    }
  }

  private Inherited inherit(JsonCursor at, Inherited outer) {
    OptionalInt perNode = at.findInteger("gpusPerNode", 1, TopologyBuilder.MAX_GPUS);
    return new Inherited(
        gpu(at, outer),
        at.find("scaleUp").or(outer::scaleUp),
        at.find("scaleOut").or(outer::scaleOut),
        perNode.isPresent() ? perNode : outer.gpusPerNode());
  }

  private Optional<Accelerator> gpu(JsonCursor at, Inherited outer) {
    return at.find("gpu").map(this::accelerator).or(outer::gpu);
  }

  private Accelerator accelerator(JsonCursor at) {
    if (at.isText()) {
      GpuCatalogEntry entry = catalog.entry(at);
      return new Accelerator(entry.spec(), Optional.of(entry));
    }
    if (!at.isObject()) {
      throw at.error(
          "must be a catalogue name or an object",
          "Give a name such as \"h100-sxm\", or the accelerator's constants.");
    }
    GpuSpec spec = GpuSpecJson.read(at);
    at.end();
    return new Accelerator(spec, Optional.empty());
  }

  private static Accelerator required(JsonCursor at, Optional<Accelerator> gpu) {
    return gpu.orElseThrow(
        () ->
            at.error(
                "key \"gpu\" is missing",
                "Add \"gpu\" here or in a part around it: a catalogue name or an object."));
  }

  private static LinkSpec scaleUp(
      JsonCursor at, Optional<JsonCursor> link, Collection<Accelerator> members) {
    Optional<LinkSpec> fallback = common(members, GpuCatalogEntry::scaleUp);
    if (link.isPresent()) {
      refuseTorus(link.get());
      LinkSpec read = LinkJson.read(link.get(), "bandwidthGBps", fallback);
      link.get().find("islands");
      link.get().find("inSwitchReduction");
      link.get().end();
      return read;
    }
    return fallback.orElseThrow(
        () ->
            at.error(
                "no scale-up link is known for " + names(members),
                "Add \"scaleUp\": { \"bandwidthGBps\": …, \"latencyMicros\": … }."));
  }

  // Distances between GPUs of a torus differ; a switch has none.
  private static void refuseTorus(JsonCursor link) {
    link.find("torus")
        .ifPresent(
            torus -> {
              throw torus.error(
                  "a torus can't be expressed: domains are switches, all GPUs equally far",
                  "Leave \"torus\" out; all-to-all over distant GPUs is then too fast, by the mean"
                      + " number of hops.");
            });
  }

  // As the accelerators' domains usually are, where the file says nothing; islands have no switch.
  private static boolean reducesInSwitch(
      Optional<JsonCursor> link, Collection<Accelerator> members) {
    Optional<JsonCursor> said = link.flatMap(around -> around.find("inSwitchReduction"));
    boolean islands = link.filter(around -> around.has("islands")).isPresent();
    if (said.isPresent()) {
      boolean reduces = said.get().bool();
      if (reduces && islands) {
        throw said.get()
            .error(
                "is true beside \"islands\", whose GPUs have no switch together",
                "Leave one of the two out.");
      }
      return reduces;
    }
    return !islands
        && members.stream()
            .allMatch(gpu -> gpu.entry().filter(GpuCatalogEntry::reducesInSwitch).isPresent());
  }

  /** The level inside a domain that {@code scaleUp} describes. */
  private static Optional<Islands> islands(Optional<JsonCursor> link, LinkSpec port) {
    Optional<JsonCursor> given = link.flatMap(around -> around.find("islands"));
    if (given.isEmpty()) {
      return Optional.empty();
    }
    JsonCursor at = given.get();
    int gpus = at.integer("gpus", 1, TopologyBuilder.MAX_GPUS);
    Optional<LinkSpec> inside =
        at.find("bandwidthGBps").isPresent()
            ? Optional.of(LinkJson.read(at, "bandwidthGBps", Optional.of(port)))
            : Optional.empty();
    OptionalDouble uplinkGBps = at.findPositive("uplinkGBps");
    at.end();
    return Optional.of(
        at.build(
            () ->
                new Islands(
                    gpus,
                    inside,
                    uplinkGBps.isPresent()
                        ? OptionalDouble.of(uplinkGBps.getAsDouble() * GpuSpecJson.GIGA)
                        : uplinkGBps),
            "Give \"bandwidthGBps\" inside an island, \"uplinkGBps\" out of it, or both."));
  }

  /**
   * The one link that all these accelerators have in the catalogue; empty where they differ or one
   * is not in it.
   */
  static Optional<LinkSpec> common(
      Collection<Accelerator> members, Function<GpuCatalogEntry, LinkSpec> link) {
    List<Optional<LinkSpec>> links =
        members.stream().map(gpu -> gpu.entry().map(link)).distinct().toList();
    return links.size() == 1 ? links.get(0) : Optional.empty();
  }

  /** Names for an error message. */
  static String names(Collection<Accelerator> members) {
    return members.stream()
        .map(gpu -> gpu.spec().name())
        .distinct()
        .collect(Collectors.joining(" with "));
  }

  private static int gpusPerNode(JsonCursor at, String key, Inherited inherited) {
    return inherited
        .gpusPerNode()
        .orElseThrow(
            () -> at.error("key \"" + key + "\" is missing", "Give the number of GPUs per node."));
  }

  private static int count(JsonCursor at, String key) {
    return at.integer(key, 1, TopologyBuilder.MAX_GPUS);
  }

  private static List<JsonCursor> nonEmpty(JsonCursor at, String part) {
    List<JsonCursor> items = at.list();
    if (items.isEmpty()) {
      throw at.error("must not be empty", "Give at least one " + part + ".");
    }
    return items;
  }
}
