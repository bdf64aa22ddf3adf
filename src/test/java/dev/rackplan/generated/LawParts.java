package dev.rackplan.generated;

import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Draws laws of a topology's accelerators, their parameters anywhere within the bounds. */
final class LawParts {
  // Those that problems ask for, and now and then any.
  private static final String[] FORMATS = {"bfloat16", "fp8", "fp8_block", "nvfp4", "w4a16_mxfp4"};
  private static final String[] ALL_FORMATS =
      Stream.of(KernelFormat.values()).map(KernelFormat::key).toArray(String[]::new);

  private final Draw draw;
  private final Map<String, Object> topology;
  private final String engine;

  /**
   * @param engine of the problem
   */
  LawParts(Draw draw, Map<String, Object> topology, String engine) {
    this.draw = draw;
    this.topology = topology;
    this.engine = engine.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  Map<String, Object> laws() {
    Map<String, Object> laws = new LinkedHashMap<>();
    draw.maybe(10, laws, "$schema", () -> "../docs/schema/laws.schema.json");
    draw.maybe(10, laws, "description", () -> "generated");
    laws.put("fittedShare", 0.8);
    laws.put("hash", "none");
    TreeSet<String> names = new TreeSet<>();
    Cluster.of(topology).nodes().forEach(node -> names.add(name(node.gpu())));
    List<Object> gpus = new ArrayList<>();
    for (String name : names) {
      if (draw.chance(85)) {
        gpus.add(gpu(name));
      }
    }
    laws.put("gpus", gpus);
    draw.maybe(30, laws, "stepErrors", () -> stepErrors(names));
    return laws;
  }

  private List<Object> stepErrors(TreeSet<String> gpus) {
    List<Object> all = new ArrayList<>();
    for (ModelledFigure figure : ModelledFigure.values()) {
      if (draw.coin()) {
        Map<String, Object> errors = new LinkedHashMap<>();
        errors.put("figure", figure.key());
        errors.put("source", "generated");
        errors.put("date", "2026-11-29");
        errors.put("transferredError", draw.of(0, 0.03, 0.5));
        errors.put("formulaError", draw.of(0, 0.3, 2));
        errors.put("pairs", draw.in(0, 99));
        draw.maybe(60, errors, "ratioError", () -> draw.between(0.01, 1));
        errors.put("groups", groups(gpus));
        all.add(errors);
      }
    }
    return all;
  }

  // The first is of all rows.
  private List<Object> groups(TreeSet<String> gpus) {
    List<Object> groups = new ArrayList<>(List.of(group()));
    for (String gpu : gpus) {
      Map<String, Object> group = group();
      draw.maybe(50, group, "generation", () -> draw.of("hopper", "blackwell"));
      draw.maybe(50, group, "gpu", () -> gpu);
      draw.maybe(50, group, "engine", () -> draw.of(engine, "other"));
      groups.add(group);
    }
    return groups;
  }

  private Map<String, Object> group() {
    Map<String, Object> group = new LinkedHashMap<>();
    group.put("rows", draw.in(1, 999));
    group.put("models", draw.in(1, 9));
    group.put("error", draw.between(0.01, 1));
    group.put("bias", draw.of(-0.1, 0, 0.2));
    group.put("transferred", draw.of(0, 0.1, 1));
    group.put("formula", draw.of(0, 0.05, 1));
    return group;
  }

  private static String name(Object gpu) {
    return gpu instanceof Map<?, ?> map ? (String) map.get("name") : (String) gpu;
  }

  private Map<String, Object> gpu(String name) {
    Map<String, Object> gpu = new LinkedHashMap<>();
    gpu.put("gpu", name);
    gpu.put("generation", "hopper");
    gpu.put("hbmBytesPerSecond", draw.between(1e11, 2e13));
    gpu.put("bf16FlopsPerSecond", draw.between(1e13, 3e15));
    draw.maybe(70, gpu, "fp8FlopsPerSecond", () -> draw.between(2e13, 6e15));
    draw.maybe(40, gpu, "fp4FlopsPerSecond", () -> draw.between(4e13, 1e16));
    gpu.put("source", "generated");
    gpu.put("date", "2026-11-29");
    List<Object> cells = new ArrayList<>();
    for (OpKind kind : OpKind.values()) {
      for (int kernels = draw.in(0, 2); kernels > 0; kernels--) {
        cells.add(cell(kind));
      }
    }
    gpu.put("cells", cells);
    return gpu;
  }

  private Map<String, Object> cell(OpKind kind) {
    Map<String, Object> cell = new LinkedHashMap<>();
    cell.put("op", kind.key());
    cell.put("engine", draw.chance(75) ? engine : "other");
    draw.maybe(90, cell, "version", () -> draw.of("1.0", "1.0rc1", "0.5.6.post2"));
    cell.put("format", format());
    draw.maybe(20, cell, "cache", this::format);
    draw.maybe(90, cell, "kernel", () -> draw.of("cutlass", "min_latency", "fa3"));
    draw.maybe(
        10, cell, "variant", () -> new LinkedHashMap<>(Map.of("headSize", draw.of(64, 128.0))));
    Map<String, Object> law = new LinkedHashMap<>();
    kind.form()
        .parameters()
        .forEach(parameter -> law.put(parameter.name(), parameterValue(parameter)));
    cell.put("law", law);
    cell.put("rows", draw.in(1, 99));
    cell.put("fittedRows", 1);
    cell.put("medianError", 0.1);
    cell.put("p90Error", 0.5);
    if (draw.chance(10)) {
      cell.put("leftOutMedianError", 0.2);
      cell.put("leftOutP90Error", 1);
    }
    return cell;
  }

  private String format() {
    return draw.chance(10) ? draw.of(ALL_FORMATS) : draw.of(FORMATS);
  }

  private double parameterValue(Parameter bounds) {
    if (draw.chance(20)) {
      return draw.coin() ? bounds.least() : bounds.most();
    }
    double least = bounds.least() > 0 ? bounds.least() : bounds.most() * 1e-6;
    return draw.between(least, bounds.most());
  }
}
