package dev.rackplan.generated;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Draws problems: the question about a drawn model on a drawn topology. */
final class ProblemParts {
  private static final String[] FORMATS = {
    "fp32", "bf16", "fp16", "fp8", "int8", "fp4", "nvfp4", "mxfp4"
  };
  private static final String[] WEIGHT_FORMATS = {
    "fp32",
    "bf16",
    "fp16",
    "fp8",
    "fp8_block",
    "fp8_tensor",
    "w8a16_fp8",
    "mxfp8",
    "int8",
    "w8a16",
    "int4",
    "int4_awq",
    "int4_g64",
    "int4_g32",
    "w4a8",
    "fp4",
    "nvfp4",
    "w4a16_nvfp4",
    "mxfp4",
    "w4a4_mxfp4",
    "w4a16_mxfp4"
  };

  private static final List<Object> PLAIN_FORMATS = List.of("bf16", "fp16", "fp32", "int8");

  private final Draw draw;
  private final SortedMap<String, Object> files = new TreeMap<>();
  private Map<String, Object> model = Map.of();
  private Map<String, Object> topology = Map.of();
  private int usable;

  ProblemParts(Draw draw) {
    this.draw = draw;
  }

  GeneratedProblem problem() {
    model = new ModelParts(draw).model();
    topology = new TopologyParts(draw).topology();
    usable = Cluster.of(topology).usable((List<?>) topology.getOrDefault("drained", List.of()));
    files.put(GeneratedProblem.MODEL, model);
    files.put(GeneratedProblem.TOPOLOGY, topology);
    Map<String, Object> problem = question();
    laws(problem);
    if (draw.chance(6)) {
      derive(problem);
    } else {
      files.put(GeneratedProblem.PROBLEM, problem);
    }
    return new GeneratedProblem(files);
  }

  // Of the problem, or measured on the cluster.
  private void laws(Map<String, Object> problem) {
    LawParts parts = new LawParts(draw, topology, engineName(problem));
    if (draw.chance(30)) {
      problem.put("laws", "../" + GeneratedProblem.LAWS);
      files.put(GeneratedProblem.LAWS, parts.laws());
    }
    if (draw.chance(10)) {
      topology.put("laws", "../" + GeneratedProblem.CLUSTER_LAWS);
      files.put(GeneratedProblem.CLUSTER_LAWS, parts.laws());
    }
  }

  private static String engineName(Map<String, Object> problem) {
    Object engine = problem.get("engine");
    Object name = engine instanceof Map<?, ?> map ? map.get("name") : null;
    return name instanceof String given ? given : "sglang";
  }

  // Some of its keys come from a file of their own.
  private void derive(Map<String, Object> problem) {
    Map<String, Object> derived = new LinkedHashMap<>();
    draw.maybe(30, derived, "$schema", () -> "../docs/schema/problem.schema.json");
    draw.maybe(30, derived, "description", () -> "derived");
    derived.put("name", "derived");
    derived.put("base", "base.json");
    Map<String, Object> set = new LinkedHashMap<>();
    Map<String, Object> workload = GeneratedProblem.at(problem, "workload");
    if (workload.containsKey("contextTokens")) {
      set.put("workload.contextTokens", workload.get("contextTokens"));
    }
    // A share of the engine's own leaves no room for one.
    boolean shared =
        problem.get("engine") instanceof Map<?, ?> engine && engine.containsKey("memoryFraction");
    if (!shared) {
      draw.maybe(50, set, "limits.memoryReserve", () -> 0.05);
    }
    derived.put("set", set);
    files.put(GeneratedProblem.BASE, problem);
    files.put(GeneratedProblem.PROBLEM, derived);
  }

  private Map<String, Object> question() {
    Map<String, Object> problem = new LinkedHashMap<>();
    draw.maybe(10, problem, "$schema", () -> "../docs/schema/problem.schema.json");
    problem.put("name", "p");
    draw.maybe(10, problem, "description", () -> "generated");
    problem.put("model", "../" + GeneratedProblem.MODEL);
    problem.put("topology", "../" + GeneratedProblem.TOPOLOGY);
    boolean moe = !Shapes.moeLayers(model).isEmpty();
    String phase =
        draw.of("decode", "decode", "prefill", "prefill", "training", "training", "serving");
    LayoutParts layouts =
        new LayoutParts(draw, usable, Shapes.hiddenLayers(model), Shapes.moeLayers(model));
    Map<String, Object> workload = new WorkloadParts(draw).workload(phase, layouts);
    if (moe) {
      workload.put("routing", new RoutingParts(draw, model, files).routing());
    }
    problem.put("workload", workload);
    precision(problem);
    boolean anyEngine = layouts.layout().isEmpty() && hasNoBlocks(problem);
    engine(phase, anyEngine).ifPresent(engine -> problem.put("engine", engine));
    layouts.layout().ifPresent(layout -> problem.put("layout", layout));
    draw.maybe(70, problem, "limits", this::limits);
    percentiles(problem, workload);
    memoryFraction(problem);
    draw.maybe(70, problem, "objective", () -> draw.of("throughput", "latency", "cost"));
    return problem;
  }

  private void precision(Map<String, Object> problem) {
    boolean narrow =
        Cluster.of(topology).nodes().stream().map(Cluster.Node::gpu).anyMatch(this::lacksBf16);
    if (!narrow && draw.chance(20)) {
      return;
    }
    String[] weights =
        narrow ? new String[] {"fp8", "int8", "fp4", "nvfp4", "mxfp4"} : WEIGHT_FORMATS;
    Map<String, Object> precision = new LinkedHashMap<>();
    if (narrow || draw.chance(80)) {
      precision.put("weights", draw.of(weights));
    }
    draw.maybe(50, precision, "experts", () -> draw.of(weights));
    draw.maybe(60, precision, "kv", () -> draw.of(FORMATS));
    draw.maybe(60, precision, "dispatch", () -> draw.of(FORMATS));
    draw.maybe(60, precision, "combine", () -> draw.of(FORMATS));
    draw.maybe(25, precision, "attention", () -> draw.of(weights));
    draw.maybe(25, precision, "head", () -> draw.of(weights));
    boolean trains =
        problem.get("workload") instanceof Map<?, ?> workload
            && "training".equals(workload.get("phase"));
    if (trains && !narrow) {
      draw.maybe(40, precision, "wideLayers", this::wideLayers);
    }
    problem.put("precision", precision);
  }

  private Map<String, Object> wideLayers() {
    Map<String, Object> wide = new LinkedHashMap<>();
    draw.maybe(60, wide, "first", () -> draw.in(0, 2));
    draw.maybe(60, wide, "last", () -> draw.in(0, 2));
    return wide;
  }

  private boolean lacksBf16(Object gpu) {
    return gpu instanceof Map<?, ?> map && !map.containsKey("bf16Tflops");
  }

  // Drawn widths are too small for the blocks of narrow formats, which engines ask for.
  private boolean hasNoBlocks(Map<String, Object> problem) {
    Map<?, ?> precision = problem.get("precision") instanceof Map<?, ?> map ? map : Map.of();
    boolean given = precision.containsKey("weights") || !model.containsKey("formats");
    return given
        && List.of("weights", "experts", "attention").stream()
            .map(precision::get)
            .allMatch(format -> format == null || PLAIN_FORMATS.contains(format));
  }

  // Drawn degrees know nothing of engines: where some are listed, the engine is one that nobody
  // knows. EngineProblemsTest draws degrees for engines.
  private Optional<Object> engine(String phase, boolean anyEngine) {
    Map<String, Object> engine = new LinkedHashMap<>();
    if (!phase.equals("training") && !anyEngine) {
      engine.put("name", draw.of("own engine", "another engine"));
    } else if (!phase.equals("training")) {
      List<String> names = EngineNames.on(topology);
      draw.maybe(names.isEmpty() ? 0 : 70, engine, "name", () -> draw.of(names.toArray()));
      draw.maybe(30, engine, "version", () -> draw.of("0.9.0", "0.11", "1.2.0rc3"));
    }
    draw.maybe(85, engine, "dispatchRule", () -> draw.of("even", "nearest", "rankModulo"));
    draw.maybe(85, engine, "copyRule", () -> draw.of("perExpert", "perGpu", "perDomain"));
    draw.maybe(70, engine, "twoBatchOverlap", draw::coin);
    draw.maybe(20, engine, "pageTokens", () -> draw.of(1, 16, 64, 256));
    draw.maybe(20, engine, "hybridAllocator", draw::coin);
    draw.maybe(20, engine, "maxSequences", () -> draw.of(1, 64, 1024));
    draw.maybe(20, engine, "sequenceTokens", () -> draw.of(1, 5000, 200_000));
    return engine.isEmpty() ? Optional.empty() : Optional.of(engine);
  }

  // Only of an engine whose rule is known, and where no reserve is given.
  private void memoryFraction(Map<String, Object> problem) {
    boolean known =
        problem.get("engine") instanceof Map<?, ?> engine
            && EngineNames.all().contains(String.valueOf(engine.get("name")));
    boolean reserve =
        problem.get("limits") instanceof Map<?, ?> limits && limits.containsKey("memoryReserve");
    boolean training = GeneratedProblem.at(problem, "workload").containsKey("training");
    if (known && !reserve && !training) {
      draw.maybe(
          90,
          GeneratedProblem.at(problem, "engine"),
          "memoryFraction",
          () -> draw.of(0.5, 0.8, 0.93, 1));
    }
  }

  // Only where requests come at a rate, which a replay has.
  private void percentiles(Map<String, Object> problem, Map<String, Object> workload) {
    if (workload.get("requestsPerSecond") instanceof Number
        && problem.get("limits") instanceof Map<?, ?> limits) {
      Map<String, Object> drawn = new LinkedHashMap<>();
      limits.forEach(
          (key, value) ->
              drawn.put(
                  String.valueOf(key),
                  String.valueOf(key).endsWith("Millis") && draw.chance(30)
                      ? Map.of(draw.of("p50", "p90", "p95", "p99"), value)
                      : value));
      problem.put("limits", drawn);
    }
  }

  private Object limits() {
    Map<String, Object> limits = new LinkedHashMap<>();
    // Mostly far off, sometimes near what plans reach.
    draw.maybe(50, limits, "tpotMillis", () -> draw.of(10, 1e6, 1000, 1e5));
    draw.maybe(50, limits, "ttftMillis", () -> draw.of(100, 1e5, 1e6, 1e7));
    draw.maybe(60, limits, "memoryReserve", () -> draw.of(0, 0.05, 0.1, 0.5));
    return limits;
  }
}
