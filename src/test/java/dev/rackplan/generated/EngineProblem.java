package dev.rackplan.generated;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A problem that names an engine and leaves its layout open: a model of a published one's shape, or
 * an odder one, on a few nodes.
 *
 * @param engine by its name in files
 * @param phase decode, prefill or training
 * @param format of all weights
 * @param model its widths and heads
 * @param nodes of the cluster
 * @param gpusPerNode GPUs of each, which are a domain
 * @param all as files
 */
record EngineProblem(
    String engine,
    String phase,
    String format,
    Shape model,
    int nodes,
    int gpusPerNode,
    GeneratedProblem all) {

  /**
   * What engines look at.
   *
   * @param kvHeads 0 where attention is latent
   * @param denseWidth 0 where every layer has experts
   * @param experts 0 where none has
   * @param sharedWidth 0 where there are no shared experts
   */
  record Shape(
      int heads,
      int kvHeads,
      int headDimension,
      int denseWidth,
      int experts,
      int expertWidth,
      int sharedWidth) {}

  static EngineProblem of(long seed) {
    Draw draw = new Draw(seed);
    Shape shape = shape(draw);
    boolean training = draw.chance(12);
    String engine =
        training
            ? "megatron"
            : draw.of("sglang", "sglang", "vllm", "vllm", "trtllm", "vllm-ascend");
    String phase = training ? "training" : draw.of("decode", "decode", "prefill");
    String format = training ? "bf16" : draw.of("bf16", "fp8", "fp8", "nvfp4");
    int nodes = draw.of(1, 1, 2, 2, 3);
    int gpusPerNode = draw.of(4, 8, 8, 8, 6);
    SortedMap<String, Object> files = new TreeMap<>();
    files.put(GeneratedProblem.MODEL, model(draw, shape));
    files.put(GeneratedProblem.TOPOLOGY, topology(draw, engine, nodes, gpusPerNode));
    files.put(GeneratedProblem.PROBLEM, problem(draw, engine, phase, format, shape));
    return new EngineProblem(
        engine, phase, format, shape, nodes, gpusPerNode, new GeneratedProblem(files));
  }

  private static Shape shape(Draw draw) {
    boolean latent = draw.chance(25);
    int kvHeads = latent ? 0 : draw.of(1, 2, 4, 8, 8, 5, 3);
    int heads =
        latent ? draw.of(16, 40, 64, 128, 20) : kvHeads * draw.of(1, 2, 4, 5, 6, 7, 8, 12, 16);
    boolean moe = draw.chance(65);
    boolean dense = !moe || draw.chance(50);
    int denseWidth = dense ? draw.of(8192, 11_008, 12_288, 18_432, 18_944, 8960, 4864) : 0;
    int experts = moe ? draw.of(8, 16, 40, 60, 64, 72, 96, 128, 160, 256) : 0;
    int expertWidth = moe ? draw.of(512, 704, 768, 1280, 1408, 1536, 2048, 1856) : 0;
    int shared = moe && draw.chance(40) ? expertWidth * draw.of(1, 1, 2) : 0;
    return new Shape(
        heads, kvHeads, draw.of(64, 128, 128), denseWidth, experts, expertWidth, shared);
  }

  private static Map<String, Object> model(Draw draw, Shape shape) {
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("name", "m");
    model.put("source", "generated");
    model.put("architecture", "x");
    model.put("hiddenSize", draw.of(1024, 2048, 4096));
    model.put("vocabularySize", draw.of(32_000, 151_936, 50_257));
    model.put("tiedEmbeddings", draw.coin());
    List<Object> layers = new ArrayList<>();
    if (shape.denseWidth() > 0) {
      layers.add(
          layer(
              shape,
              shape.experts() > 0 ? 1 : draw.in(1, 6),
              Map.of("kind", "dense", "width", shape.denseWidth())));
    }
    if (shape.experts() > 0) {
      Map<String, Object> moe = new LinkedHashMap<>();
      moe.put("kind", "moe");
      moe.put("experts", shape.experts());
      moe.put("expertsPerToken", draw.in(1, 8));
      moe.put("expertWidth", shape.expertWidth());
      moe.put("sharedWidth", shape.sharedWidth());
      layers.add(layer(shape, draw.in(1, 3), moe));
    }
    model.put("layers", layers);
    return model;
  }

  private static Map<String, Object> layer(Shape shape, int count, Map<String, Object> ffn) {
    Map<String, Object> attention = new LinkedHashMap<>();
    attention.put("kind", shape.kvHeads() == 0 ? "latent" : "groupedQuery");
    attention.put("heads", shape.heads());
    if (shape.kvHeads() == 0) {
      attention.put("queryRank", 512);
      attention.put("latentRank", 512);
      attention.put("ropeDimension", 64);
      attention.put("noRopeDimension", 128);
      attention.put("valueDimension", 128);
    } else {
      attention.put("kvHeads", shape.kvHeads());
      attention.put("headDimension", shape.headDimension());
    }
    Map<String, Object> layer = new LinkedHashMap<>();
    layer.put("count", count);
    layer.put("attention", attention);
    layer.put("ffn", ffn);
    return layer;
  }

  private static Map<String, Object> topology(
      Draw draw, String engine, int nodes, int gpusPerNode) {
    Map<String, Object> racks = new LinkedHashMap<>();
    racks.put("count", nodes);
    racks.put("domainsPerRack", 1);
    racks.put("nodesPerDomain", 1);
    racks.put("gpusPerNode", gpusPerNode);
    Map<String, Object> topology = new LinkedHashMap<>();
    topology.put("name", "t");
    topology.put("gpu", gpu(draw, engine));
    topology.put("racks", racks);
    return topology;
  }

  // TensorRT-LLM takes NVFP4 on Blackwell alone, vllm-ascend runs on Ascend alone.
  private static String gpu(Draw draw, String engine) {
    return switch (engine) {
      case "vllm-ascend" -> draw.of("ascend-910b", "ascend-910c");
      case "trtllm" -> "b200-sxm";
      default -> draw.of("h100-sxm", "h200-sxm", "b200-sxm");
    };
  }

  private static Map<String, Object> problem(
      Draw draw, String engine, String phase, String format, Shape shape) {
    Map<String, Object> workload = new LinkedHashMap<>();
    workload.put("phase", phase);
    workload.put("contextTokens", draw.of(512, 4096, 4096, 40_960));
    if (phase.equals("training")) {
      workload.put("training", new LinkedHashMap<>(Map.of("globalBatchSequences", 48)));
    } else {
      workload.put(
          "concurrentSequences", draw.chance(70) ? (Object) draw.of(1, 8, 48, 256) : "max");
    }
    if (shape.experts() > 0) {
      workload.put("routing", Map.of("powerLaw", Map.of("alpha", 0.8, "seed", draw.in(1, 99))));
    }
    Map<String, Object> named = new LinkedHashMap<>();
    named.put("name", engine);
    draw.maybe(20, named, "twoBatchOverlap", () -> true);
    Map<String, Object> problem = new LinkedHashMap<>();
    problem.put("name", "p");
    problem.put("model", "../" + GeneratedProblem.MODEL);
    problem.put("topology", "../" + GeneratedProblem.TOPOLOGY);
    problem.put("workload", workload);
    problem.put("precision", Map.of("weights", format));
    problem.put("engine", named);
    // Some have hardly room for the weights.
    problem.put("limits", Map.of("memoryReserve", draw.of(0.1, 0.1, 0.5, 0.8, 0.95, 0.98)));
    problem.put("objective", draw.of("throughput", "latency", "cost"));
    return problem;
  }
}
