package dev.rackplan.sensitivity;

import dev.rackplan.topology.DatasheetMemory;
import dev.rackplan.topology.Domain;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.PeakFlops;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Topology;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;

/** The same cluster with other links or other accelerators. */
final class Topologies {
  private Topologies() {}

  static Topology withScaleUp(Topology topology, double bandwidth, double latency) {
    List<Domain> domains =
        topology.domains().stream().map(domain -> domain.withLinks(bandwidth, latency)).toList();
    return new Topology(
            topology.name(),
            topology.racks(),
            domains,
            topology.nodes(),
            topology.gpus(),
            topology.scaleOut())
        .withOthers(topology.others());
  }

  static Topology withScaleOut(Topology topology, double bandwidth, double latency) {
    ScaleOut network = topology.scaleOut();
    return topology.withScaleOut(
        network
            .withNicBandwidth(network.nic().bandwidthBytesPerSecond() * bandwidth)
            .withLatencies(latency));
  }

  static Topology withGpus(Topology topology, UnaryOperator<GpuSpec> change) {
    List<Gpu> gpus =
        topology.gpus().stream()
            .map(
                gpu ->
                    new Gpu(
                        gpu.index(),
                        gpu.name(),
                        gpu.rack(),
                        gpu.domain(),
                        gpu.node(),
                        gpu.rankInDomain(),
                        change.apply(gpu.spec()),
                        gpu.drained()))
            .toList();
    return new Topology(
            topology.name(),
            topology.racks(),
            topology.domains(),
            topology.nodes(),
            gpus,
            topology.scaleOut())
        .withOthers(topology.others());
  }

  static GpuSpec memoryRate(GpuSpec gpu, double factor) {
    return gpu(gpu, 1, factor, gpu.peakFlops(), gpu.kernelSeconds());
  }

  static GpuSpec memory(GpuSpec gpu, double factor) {
    return gpu(gpu, factor, 1, gpu.peakFlops(), gpu.kernelSeconds());
  }

  static GpuSpec computeRate(GpuSpec gpu, double factor) {
    PeakFlops peak = gpu.peakFlops();
    return gpu(
        gpu,
        1,
        1,
        new PeakFlops(
            times(peak.bf16(), factor),
            times(peak.fp8(), factor),
            times(peak.fp4(), factor),
            times(peak.int8(), factor)),
        gpu.kernelSeconds());
  }

  static GpuSpec kernelStart(GpuSpec gpu, double factor) {
    return gpu(gpu, 1, 1, gpu.peakFlops(), gpu.kernelSeconds() * factor);
  }

  private static GpuSpec gpu(
      GpuSpec gpu, double memory, double memoryRate, PeakFlops peak, double kernelSeconds) {
    return new GpuSpec(
        gpu.name(),
        gpu.hbmBytes() * memory,
        gpu.hbmBytesPerSecond() * memoryRate,
        peak,
        gpu.computeEfficiency(),
        gpu.memoryEfficiency(),
        gpu.usdPerHour(),
        kernelSeconds,
        new DatasheetMemory(
            gpu.datasheet().bytes() * memory, gpu.datasheet().bytesPerSecond() * memoryRate),
        gpu.generation());
  }

  private static OptionalDouble times(OptionalDouble value, double factor) {
    return value.isPresent() ? OptionalDouble.of(value.getAsDouble() * factor) : value;
  }
}
