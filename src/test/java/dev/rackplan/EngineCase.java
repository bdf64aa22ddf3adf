package dev.rackplan;

import dev.rackplan.json.ProblemFile;
import dev.rackplan.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Problems about engines: models of the shapes that published ones have, on two nodes of 8.
 *
 * @param folder where its files are written
 * @param gpu of the catalogue
 */
public record EngineCase(Path folder, String gpu) {
  /** Qwen2.5-7B's heads: 28 and 4 KV heads; width 18,944. */
  public static final String HEADS_28 = dense(28, 4, 128, 18_944);

  /** Qwen3-235B-A22B's: 64 and 4 KV heads, 128 experts of width 1,536. */
  public static final String HEADS_64 = moe(64, 4, 128, 1536, 0);

  /** Llama 4 Scout's: 40 and 8 KV heads, 16 experts of width 8,192, a shared one as wide. */
  public static final String HEADS_40 = moe(40, 8, 16, 8192, 8192);

  /** Step-3.5-Flash's widths: 288 experts of 1,280, a shared one as wide. */
  public static final String WIDTH_1280 = moe(64, 8, 288, 1280, 1280);

  /** Qwen1.5-MoE's experts: 60 of width 1,408. */
  public static final String EXPERTS_60 = moe(16, 16, 60, 1408, 5632);

  /** On H200. */
  public EngineCase(Path folder) {
    this(folder, "h200-sxm");
  }

  /** A dense model. */
  public static String dense(int heads, int kvHeads, int dimension, int width) {
    return model(
        "{\"count\": 4, "
            + attention(heads, kvHeads, dimension)
            + ", \"ffn\": {\"kind\": \"dense\", \"width\": "
            + width
            + "}}");
  }

  /** A mixture of experts with one dense layer of width 12,288 before. */
  public static String moe(int heads, int kvHeads, int experts, int width, int sharedWidth) {
    return model(
        "{"
            + attention(heads, kvHeads, 128)
            + ", \"ffn\": {\"kind\": \"dense\", \"width\": 12288}}, {\"count\": 3, "
            + attention(heads, kvHeads, 128)
            + ", \"ffn\": {\"kind\": \"moe\", \"experts\": "
            + experts
            + ", \"expertsPerToken\": 2, \"expertWidth\": "
            + width
            + ", \"sharedWidth\": "
            + sharedWidth
            + "}}");
  }

  private static String attention(int heads, int kvHeads, int dimension) {
    return "\"attention\": {\"kind\": \"groupedQuery\", \"heads\": "
        + heads
        + ", \"kvHeads\": "
        + kvHeads
        + ", \"headDimension\": "
        + dimension
        + "}";
  }

  private static String model(String layers) {
    return "{\"name\": \"m\", \"source\": \"made up for tests\", \"architecture\": \"tiny\","
        + " \"hiddenSize\": 2048, \"vocabularySize\": 1000, \"tiedEmbeddings\": false, \"layers\": ["
        + layers
        + "]}";
  }

  /**
   * The path of a problem file.
   *
   * @param model text of the model file
   * @param more keys of the problem beside model, topology and workload, such as {@code "engine":
   *     {"name": "vllm"}}; may be empty
   */
  public String write(String model, String more) {
    return write(model, "decode", more);
  }

  /** The same of another phase. */
  public String write(String model, String phase, String more) {
    put("models/m.json", model);
    put(
        "topologies/t.json",
        "{\"name\": \"two-nodes\", \"gpu\": \""
            + gpu
            + "\", \"racks\": {\"count\": 2, \"domainsPerRack\": 1,"
            + " \"nodesPerDomain\": 1, \"gpusPerNode\": 8}}");
    String routing =
        model.contains("\"moe\"")
            ? ", \"routing\": {\"powerLaw\": {\"alpha\": 1.0, \"seed\": 1}}"
            : "";
    String sequences =
        phase.equals("training")
            ? "\"contextTokens\": 2048, \"training\": {\"globalBatchSequences\": 32}"
            : "\"contextTokens\": 2048, \"concurrentSequences\": 64";
    put(
        "problems/p.json",
        "{\"name\": \"p\", \"model\": \"../models/m.json\", \"topology\": \"../topologies/t.json\","
            + " \"workload\": {\"phase\": \""
            + phase
            + "\", "
            + sequences
            + routing
            + "}"
            + (more.isEmpty() ? "" : ", " + more)
            + "}");
    return folder.resolve("problems/p.json").toString();
  }

  /** The problem of {@link #write(String, String, String)}. */
  public Problem read(String model, String phase, String more) {
    String path = write(model, phase, more);
    return ProblemFile.read(Path.of(path), path);
  }

  private void put(String name, String text) {
    try {
      Files.createDirectories(folder.resolve(name).getParent());
      Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
