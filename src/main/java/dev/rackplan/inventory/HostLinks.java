package dev.rackplan.inventory;

import dev.rackplan.inventory.Note.Kind;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.GpuGeneration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** What GPUs' links inside a host say of the scale-up port and of NICs, in bytes/s. */
final class HostLinks {
  private static final double GIGA = 1e9;
  private static final double SAME = 0.01;

  // Vendor: one direction of one NVLink of NVLink 3 (A100), 4 (Hopper) and 5 (Blackwell), and the
  // most links of a GPU: 600, 900 and 1,800 GB/s both ways.
  private static final Map<GpuGeneration, double[]> NVLINKS =
      Map.of(
          GpuGeneration.AMPERE, new double[] {25 * GIGA, 12},
          GpuGeneration.HOPPER, new double[] {25 * GIGA, 18},
          GpuGeneration.BLACKWELL, new double[] {50 * GIGA, 18});

  // Vendor: one direction of 16 lanes, 128b/130b: 8, 16 and 32 GT/s; 6.0 in flits.
  private static final Map<Integer, Double> PCIE =
      Map.of(3, 15.75 * GIGA, 4, 31.5 * GIGA, 5, 63 * GIGA, 6, 121 * GIGA);

  private static final int RECENT_PCIE = 5;

  private HostLinks() {}

  /** The port where it is not the catalogue's, and islands; says what was read. */
  static HostPort port(SeenHost host, GpuCatalogEntry gpu, List<Note> notes) {
    if (host.links().isEmpty() || host.links().get().gpus() == 1) {
      return HostPort.CATALOGUE;
    }
    GpuLinks links = host.links().get();
    if (links.connectsAll()) {
      return new HostPort(linked(host, links, gpu, notes), Optional.empty());
    }
    double rate = pcie(host, gpu, notes);
    if (links.islands().size() == links.gpus()) {
      notes.add(
          new Note(
              Kind.READ,
              "GPUs of a node meet over PCIe alone (" + host.shown() + "): " + gb(rate) + " a port",
              rate < gpu.scaleUp().bandwidthBytesPerSecond() * (1 - SAME)
                  ? gpu.name()
                      + " is sold with links of "
                      + gb(gpu.scaleUp().bandwidthBytesPerSecond())
                      + ": they may be down, or hidden from a virtual machine."
                  : ""));
    }
    return new HostPort(OptionalDouble.of(rate), HostIslands.of(host, links, gpu, rate, notes));
  }

  /** Rate of one direction of one of a GPU's NVLinks, and how many it has; empty without. */
  static Optional<double[]> nvlink(GpuCatalogEntry gpu) {
    return gpu.spec().generation().map(NVLINKS::get);
  }

  private static OptionalDouble linked(
      SeenHost host, GpuLinks links, GpuCatalogEntry gpu, List<Note> notes) {
    Optional<double[]> nvlink = nvlink(gpu);
    if (nvlink.isEmpty()) {
      notes.add(
          new Note(
              Kind.READ,
              "every GPU of a node is linked to every other (" + host.shown() + ")",
              ""));
      return OptionalDouble.empty();
    }
    int count = links.linksOfGpu((int) nvlink.get()[1]);
    double rate = count * nvlink.get()[0];
    double usual = gpu.scaleUp().bandwidthBytesPerSecond();
    boolean same = Math.abs(rate / usual - 1) < SAME;
    notes.add(
        new Note(
            Kind.READ,
            "every GPU has "
                + count
                + " NVLinks ("
                + host.shown()
                + "): "
                + gb(rate)
                + " a port"
                + (same ? "" : ", not the catalogue's " + gb(usual)),
            ""));
    return same ? OptionalDouble.empty() : OptionalDouble.of(rate);
  }

  private static double pcie(SeenHost host, GpuCatalogEntry gpu, List<Note> notes) {
    Optional<Integer> said =
        host.query()
            .filter(query -> query.pcieGeneration().isPresent())
            .map(query -> query.pcieGeneration().getAsInt());
    int generation =
        said.filter(PCIE::containsKey)
            .orElseGet(() -> gpu.spec().generation().map(HostLinks::usualPcie).orElse(RECENT_PCIE));
    if (said.isEmpty()) {
      notes.add(
          new Note(
              Kind.ASSUMED,
              "PCIe is of generation " + generation + " with 16 lanes",
              "Give nvidia-smi -q of the node, too."));
    }
    return PCIE.get(generation);
  }

  /** NICs of a node where they are not the catalogue's; says what was taken. */
  static HostNics nics(
      Optional<GpuLinks> links, int gpus, GpuCatalogEntry gpu, Given given, List<Note> notes) {
    if (links.isEmpty() || !links.get().dealsNicsInRuns() || links.get().nearNicCount() == gpus) {
      return HostNics.ofShares(share(links, gpus, gpu, given, notes));
    }
    int count = links.get().nearNicCount();
    notes.add(
        new Note(
            Kind.READ,
            count
                + " NICs serve "
                + gpus
                + " GPUs of a node, "
                + (count < gpus ? "each some neighbours" : "several a GPU")
                + " (those without a host bridge between)",
            ""));
    if (given.nicGigabits().isEmpty()) {
      notes.add(
          new Note(
              Kind.ASSUMED,
              "a NIC has the catalogue's " + gb(gpu.nic().bandwidthBytesPerSecond()),
              "Say it with --nic-gbps."));
    }
    return new HostNics(
        given.nicGigabits().isPresent()
            ? OptionalDouble.of(given.nicGigabits().getAsDouble() / 8 * GIGA)
            : OptionalDouble.empty(),
        OptionalInt.of(count));
  }

  private static OptionalDouble share(
      Optional<GpuLinks> links, int gpus, GpuCatalogEntry gpu, Given given, List<Note> notes) {
    int shown = links.filter(l -> l.nics().isPresent()).map(l -> l.nics().getAsInt()).orElse(0);
    int near = links.map(GpuLinks::nearNicCount).orElse(0);
    int counted = near > 0 ? near : shown;
    double usual = gpu.nic().bandwidthBytesPerSecond();
    if (given.nicGigabits().isPresent()) {
      double each = given.nicGigabits().getAsDouble() / 8 * GIGA;
      if (counted == 0) {
        notes.add(
            new Note(Kind.ASSUMED, "every GPU has a NIC of its own", "Give nvidia-smi topo -m."));
      }
      return OptionalDouble.of(counted == 0 ? each : each * counted / gpus);
    }
    if (counted == 0) {
      notes.add(
          new Note(
              Kind.ASSUMED,
              "a GPU's share of the NICs is the catalogue's " + gb(usual),
              "Say the rate of a NIC with --nic-gbps, and give nvidia-smi topo -m, which counts them."));
      return OptionalDouble.empty();
    }
    double share = usual * Math.min(1, counted / (double) gpus);
    notes.add(
        new Note(
            Kind.ASSUMED,
            counted
                + " NICs serve "
                + gpus
                + " GPUs of a node"
                + (near > 0 ? " (those without a host bridge between)" : "")
                + ", each at the catalogue's "
                + gb(usual)
                + "; no tool says their rate",
            "Say it with --nic-gbps."));
    return share < usual ? OptionalDouble.of(share) : OptionalDouble.empty();
  }

  /** A rate in words. */
  static String gb(double bytesPerSecond) {
    return Math.round(bytesPerSecond / GIGA * 100) / 100.0 + " GB/s";
  }

  // What hosts of such GPUs have.
  private static int usualPcie(GpuGeneration generation) {
    return switch (generation) {
      case VOLTA, TURING -> 3;
      case AMPERE, AMPERE_WORKSTATION, ADA, CDNA2, GAUDI2 -> 4;
      default -> RECENT_PCIE;
    };
  }
}
