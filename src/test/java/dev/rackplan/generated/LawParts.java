package dev.rackplan.generated;

import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Parameter;
import dev.rackplan.topology.GpuGeneration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Draws laws files: any parameters that a fit may find, for GPUs of the cluster and others. */
final class LawParts {
  private static final String[] GENERATIONS = GpuGeneration.keys().toArray(String[]::new);
  // A parameter from 0 on is drawn over so many powers of ten below its most.
  private static final double SMALLEST = 1e-4;

  private final Draw draw;
  private final Cluster cluster;

  LawParts(Draw draw, Cluster cluster) {
    this.draw = draw;
    this.cluster = cluster;
  }

  Map<String, Object> laws() {
    Map<String, Object> laws = new LinkedHashMap<>();
    draw.maybe(10, laws, "$schema", () -> "../docs/schema/laws.schema.json");
    draw.maybe(30, laws, "description", () -> "generated");
    laws.put("fittedShare", draw.of(0.3, 0.5, 1));
    laws.put("hash", "fnv1a-64");
    List<Object> gpus = new ArrayList<>();
    for (int n = draw.in(0, 2); n >= 0; n--) {
      gpus.add(gpu());
    }
    laws.put("gpus", gpus);
    return laws;
  }

  private Object gpu() {
    Map<String, Object> gpu = new LinkedHashMap<>();
    gpu.put("gpu", draw.chance(80) ? name() : draw.of("h100-sxm", "gb200", "mi355x", "unknown"));
    gpu.put("generation", draw.of(GENERATIONS));
    gpu.put("hbmBytesPerSecond", draw.between(1e11, 2e13));
    gpu.put("bf16FlopsPerSecond", draw.between(1e13, 5e15));
    draw.maybe(70, gpu, "fp8FlopsPerSecond", () -> draw.between(1e13, 1e16));
    draw.maybe(40, gpu, "fp4FlopsPerSecond", () -> draw.between(1e13, 2e16));
    gpu.put("source", "generated");
    gpu.put("date", "2026-01-31");
    List<Object> cells = new ArrayList<>();
    int percent = draw.of(100, 50, 10);
    for (OpKind op : OpKind.values()) {
      for (int n = draw.in(1, 2); n > 0; n--) {
        if (draw.chance(percent)) {
          cells.add(cell(op));
        }
      }
    }
    gpu.put("cells", cells);
    return gpu;
  }

  private String name() {
    Object gpu = draw.of(cluster.nodes()).gpu();
    return String.valueOf(gpu instanceof Map<?, ?> inline ? inline.get("name") : gpu);
  }

  private Object cell(OpKind op) {
    Map<String, Object> cell = new LinkedHashMap<>();
    cell.put("op", op.key());
    cell.put("engine", draw.of("sglang", "vllm", "trtllm", "nccl"));
    draw.maybe(90, cell, "version", () -> draw.of("0.5.14", "0.5.6.post2", "1.3.0rc10"));
    cell.put("format", format());
    draw.maybe(30, cell, "cache", this::format);
    draw.maybe(90, cell, "kernel", () -> draw.of("torch_flow", "triton", "graph"));
    draw.maybe(
        20, cell, "variant", () -> new LinkedHashMap<>(Map.of("headSize", draw.of(64, 128.0))));
    Map<String, Object> law = new LinkedHashMap<>();
    for (Parameter parameter : op.form().parameters()) {
      boolean none = parameter.least() == 0 && draw.chance(30);
      double least = Math.max(parameter.least(), parameter.most() * SMALLEST);
      law.put(
          parameter.name(),
          none ? 0 : Math.min(parameter.most(), draw.between(least, parameter.most())));
    }
    cell.put("law", law);
    cell.put("rows", draw.in(0, 10_000));
    cell.put("fittedRows", draw.in(0, 2_500));
    cell.put("medianError", draw.of(0, 0.05, 0.3));
    cell.put("p90Error", draw.of(0.1, 2));
    if (draw.chance(20)) {
      cell.put("leftOutMedianError", draw.of(0.1, 0.2));
      cell.put("leftOutP90Error", 1);
    }
    return cell;
  }

  private String format() {
    return draw.of(KernelFormat.values()).key();
  }
}
