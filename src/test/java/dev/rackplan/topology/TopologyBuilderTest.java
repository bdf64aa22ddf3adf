package dev.rackplan.topology;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TopologyBuilderTest {
  private static final LinkSpec NVLINK = new LinkSpec(900e9, 3e-6, 0.8);
  private static final ScaleOut NETWORK =
      new ScaleOut(new LinkSpec(50e9, 1e-5, 0.8), OptionalDouble.empty(), 2, 1);

  static GpuSpec gpu(String name) {
    PeakFlops rates =
        new PeakFlops(OptionalDouble.of(1e15), OptionalDouble.empty(), OptionalDouble.empty());
    return new GpuSpec(name, 80e9, 3e12, rates, 0.7, 0.8, OptionalDouble.empty());
  }

  private static TopologyBuilder irregular() {
    return new TopologyBuilder("odd")
        .rack("east")
        .domain("left", NVLINK)
        .node("n0", gpu("x"), 2)
        .node("n1", gpu("y"), 1)
        .domain("right", NVLINK)
        .node("n0", gpu("y"), 1)
        .rack("west")
        .domain("left", NVLINK)
        .node("n0", gpu("x"), 3)
        .rack("far")
        .domain("left", NVLINK)
        .node("n0", gpu("x"), 1);
  }

  @Test
  void build_numbersPartsAcrossTheCluster() {
    Topology topology = irregular().build(NETWORK);
    assertEquals(
        List.of(
            "east/left/n0/gpu-0",
            "east/left/n0/gpu-1",
            "east/left/n1/gpu-0",
            "east/right/n0/gpu-0",
            "west/left/n0/gpu-0",
            "west/left/n0/gpu-1",
            "west/left/n0/gpu-2",
            "far/left/n0/gpu-0"),
        topology.gpus().stream().map(Gpu::name).toList());
    assertEquals(List.of(0, 0, 1, 2, 3, 3, 3, 4), topology.gpus().stream().map(Gpu::node).toList());
    assertEquals(
        List.of(0, 0, 0, 1, 2, 2, 2, 3), topology.gpus().stream().map(Gpu::domain).toList());
    assertEquals(List.of(0, 0, 0, 0, 1, 1, 1, 2), topology.gpus().stream().map(Gpu::rack).toList());
    assertEquals(
        List.of(0, 1, 2, 0, 0, 1, 2, 0), topology.gpus().stream().map(Gpu::rankInDomain).toList());
    assertEquals(
        List.of("x", "x", "y", "y", "x", "x", "x", "x"),
        topology.gpus().stream().map(gpu -> gpu.spec().name()).toList());
    assertEquals(
        List.of(List.of(0, 1), List.of(2), List.of(3)),
        topology.racks().stream().map(Rack::domains).toList());
    assertEquals(List.of(0, 0, 1), topology.racks().stream().map(Rack::leaf).toList());
    assertEquals(List.of(0, 1, 2), topology.domains().get(0).gpus());
    assertEquals(List.of(4, 5, 6), topology.nodes().get(3).gpus());
    assertEquals("east/left/n1", topology.nodes().get(1).name());
  }

  @Test
  void equalRacks_multipliesCounts() {
    Topology topology =
        new TopologyBuilder("even").equalRacks(2, 3, 4, 5, gpu("x"), NVLINK).build(NETWORK);
    assertEquals(
        List.of(2, 6, 24, 120),
        List.of(
            topology.racks().size(),
            topology.domains().size(),
            topology.nodes().size(),
            topology.gpus().size()));
    assertEquals("rack-1/domain-2/node-3/gpu-4", topology.gpus().get(119).name());
  }

  @Test
  void builder_refusesDuplicatesEmptyPartsAndBadNames() {
    refused("given twice", () -> irregular().rack("east"));
    refused("given twice", () -> irregular().domain("left", NVLINK));
    refused("given twice", () -> irregular().node("n0", gpu("x"), 1));
    refused("rack bare has no domain", () -> irregular().rack("bare").build(NETWORK));
    refused("rack bare has no domain", () -> irregular().rack("bare").rack("next"));
    refused("domain far/bare has no node", () -> irregular().domain("bare", NVLINK).build(NETWORK));
    refused(
        "domain far/bare has no node",
        () -> irregular().domain("bare", NVLINK).domain("next", NVLINK));
    refused("has no GPU", () -> irregular().node("n1", gpu("x"), 0));
    refused("has no rack", () -> new TopologyBuilder("none").domain("d", NVLINK));
    refused("has no domain", () -> irregular().rack("next").node("n", gpu("x"), 1));
    refused("must be 1 to 64", () -> irregular().rack("a/b"));
    refused("at least one GPU", () -> new TopologyBuilder("none").build(NETWORK));
  }

  @Test
  void builder_refusesMoreThanAHundredThousandGpus() {
    refused(
        "more than 100000 GPUs (100001)",
        () ->
            new TopologyBuilder("big").rack("r").domain("d", NVLINK).node("n", gpu("x"), 100_001));
    refused(
        "more than 100000 GPUs",
        () ->
            new TopologyBuilder("big")
                .equalRacks(100_000, 100_000, 100_000, 100_000, gpu("x"), NVLINK));
    assertEquals(
        100_000,
        new TopologyBuilder("full")
            .equalRacks(100, 10, 10, 10, gpu("x"), NVLINK)
            .build(NETWORK)
            .gpus()
            .size());
  }

  @Test
  void draining_matchesWholePathComponents() {
    Topology topology =
        new TopologyBuilder("even").equalRacks(2, 1, 12, 2, gpu("x"), NVLINK).build(NETWORK);
    Map<String, List<Integer>> under = Draining.gpusByName(topology);
    assertEquals(List.of(2, 3), under.getOrDefault("rack-0/domain-0/node-1", List.of()));
    assertEquals(List.of(25), under.getOrDefault("rack-1/domain-0/node-0/gpu-1", List.of()));
    assertEquals(24, under.getOrDefault("rack-1", List.of()).size());
    assertEquals(List.of(), under.getOrDefault("rack", List.of()));
    Topology drained = Draining.drain(Draining.drain(topology, List.of(0)), List.of(5, 25));
    assertEquals(
        List.of(0, 5, 25), drained.gpus().stream().filter(Gpu::drained).map(Gpu::index).toList());
    assertEquals(45, drained.usableGpus().size());
  }

  private static void refused(String words, Executable call) {
    String message = assertThrows(IllegalArgumentException.class, call).getMessage();
    assertEquals(true, message.contains(words), message);
  }
}
