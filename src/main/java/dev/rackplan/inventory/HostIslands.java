package dev.rackplan.inventory;

import dev.rackplan.inventory.Note.Kind;
import dev.rackplan.topology.GpuCatalogEntry;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * GPUs of a node that are nearer to one another than to its others: joined by NVLink bridges, or
 * behind one PCIe switch.
 *
 * @param gpus of one island; each run of so many GPUs is one
 * @param portBytesPerSecond of a GPU's bridge, one direction; empty without one
 * @param uplinkBytesPerSecond that an island's GPUs share to the others, one direction; empty where
 *     only their ports bind
 */
record HostIslands(
    int gpus, OptionalDouble portBytesPerSecond, OptionalDouble uplinkBytesPerSecond) {

  /**
   * Those of a node whose GPUs are not all linked; says what was read.
   *
   * @param pcie bytes/s of a port of 16 lanes, one direction
   */
  static Optional<HostIslands> of(
      SeenHost host, GpuLinks links, GpuCatalogEntry gpu, double pcie, List<Note> notes) {
    OptionalDouble port = OptionalDouble.empty();
    OptionalDouble uplink = OptionalDouble.empty();
    List<List<Integer>> bridged = several(links.islands());
    OptionalInt bridges =
        bridged.isEmpty() ? OptionalInt.empty() : runs(links.islands(), links.gpus());
    if (!bridged.isEmpty()) {
      Optional<double[]> nvlink = HostLinks.nvlink(gpu);
      boolean whole = bridged.stream().allMatch(links::connects);
      if (bridges.isPresent() && whole && nvlink.isPresent()) {
        int count = links.linksOfGpu((int) nvlink.get()[1]);
        port = OptionalDouble.of(count * nvlink.get()[0]);
        notes.add(
            new Note(
                Kind.READ,
                "NVLinks join parts of a node ("
                    + named(bridged)
                    + "; "
                    + host.shown()
                    + "): "
                    + HostLinks.gb(port.getAsDouble())
                    + " a GPU; the others are reached over PCIe, "
                    + HostLinks.gb(pcie)
                    + " a port",
                ""));
      } else {
        bridges = OptionalInt.empty();
        notes.add(notExpressed(bridged, whole, pcie));
      }
    }
    OptionalInt switches = runs(links.switches(), links.gpus());
    boolean alone = bridged.isEmpty();
    if (switches.isPresent() && (alone || switches.equals(bridges))) {
      uplink = OptionalDouble.of(pcie);
      notes.add(
          new Note(
              Kind.ASSUMED,
              "GPUs behind one PCIe switch ("
                  + named(several(links.switches()))
                  + ") share 16 lanes to the others, "
                  + HostLinks.gb(pcie),
              "Set scaleUp.islands.uplinkGBps where the switch has more."));
    }
    OptionalInt sockets = runs(links.sockets(), links.gpus());
    if (sockets.isPresent() && port.isEmpty() && uplink.isEmpty()) {
      notes.add(
          new Note(
              Kind.UNKNOWN,
              "what two sockets of a node ("
                  + named(links.sockets())
                  + ") send each other; the file has no limit",
              "Set scaleUp.islands: gpus " + sockets.getAsInt() + " and uplinkGBps."));
    }
    return port.isEmpty() && uplink.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new HostIslands(
                port.isPresent() ? bridges.getAsInt() : switches.getAsInt(), port, uplink));
  }

  private static Note notExpressed(List<List<Integer>> bridged, boolean whole, double pcie) {
    return new Note(
        Kind.UNKNOWN,
        "links between GPUs of a node join parts of it only ("
            + named(bridged)
            + "), "
            + (whole
                ? "which are no runs of neighbours of the same length, or have links of no known rate"
                : "and not every two of a part")
            + "; the file has "
            + HostLinks.gb(pcie)
            + " of PCIe between all",
        "Put GPUs that are joined beside each other (CUDA_VISIBLE_DEVICES), or set scaleUp.islands by hand.");
  }

  private static List<List<Integer>> several(List<List<Integer>> parts) {
    return parts.stream().filter(part -> part.size() > 1).toList();
  }

  /** How long parts are, where they are runs of neighbours of one length, and several. */
  private static OptionalInt runs(List<List<Integer>> parts, int gpus) {
    int length = parts.get(0).size();
    for (int p = 0; p < parts.size(); p++) {
      List<Integer> part = parts.get(p).stream().sorted().toList();
      if (part.size() != length
          || part.get(0) != p * length
          || part.get(length - 1) != p * length + length - 1) {
        return OptionalInt.empty();
      }
    }
    return length > 1 && length < gpus ? OptionalInt.of(length) : OptionalInt.empty();
  }

  private static String named(List<List<Integer>> parts) {
    return parts.stream()
        .map(part -> part.stream().map(gpu -> "GPU" + gpu).collect(Collectors.joining("+")))
        .collect(Collectors.joining(", "));
  }
}
