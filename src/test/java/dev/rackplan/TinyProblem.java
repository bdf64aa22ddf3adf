package dev.rackplan;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A whole problem in a folder, small enough to solve in a moment: 3 layers, 8 experts, 8 GPUs in
 * two racks.
 */
public final class TinyProblem {
  public static final String MODEL =
      """
      {"name": "tiny-moe", "source": "made up for tests", "architecture": "tiny", "hiddenSize": 64, "vocabularySize": 100,
       "tiedEmbeddings": false,
       "layers": [
        {"attention": {"kind": "groupedQuery", "heads": 4, "kvHeads": 2, "headDimension": 16}, "ffn": {"kind": "dense", "width": 128}},
        {"count": 2, "attention": {"kind": "groupedQuery", "heads": 4, "kvHeads": 2, "headDimension": 16},
         "ffn": {"kind": "moe", "experts": 8, "expertsPerToken": 2, "expertWidth": 32}}]}
      """;

  public static final String TOPOLOGY =
      """
      {"name": "two-racks", "gpu": "h100-sxm", "racks": {"count": 2, "domainsPerRack": 1, "nodesPerDomain": 1, "gpusPerNode": 4}}
      """;

  public static final String PROBLEM =
      """
      {"name": "tiny", "model": "../models/tiny-moe.json", "topology": "../topologies/two-racks.json",
       "workload": {"phase": "decode", "contextTokens": 1000, "concurrentSequences": 256,
        "routing": {"powerLaw": {"alpha": 1.2, "seed": 3}}},
       "engine": {"dispatchRule": "nearest", "copyRule": "perDomain"},
       "layout": {"pipelineStages": [1, 2], "expertParallel": 4, "redundantExperts": [0, 4], "replicas": 1, "attentionTensorParallel": 1, "expertTensorParallel": 1, "moeCommunication": "default"},
       "limits": {"tpotMillis": 50}}
      """;

  private final Path folder;

  /** Writes the files under {@code folder}. */
  public TinyProblem(Path folder) {
    this.folder = folder;
    write("models/tiny-moe.json", MODEL);
    write("topologies/two-racks.json", TOPOLOGY);
    write("problems/tiny.json", PROBLEM);
  }

  /** A file of the folder, as an argument of a command. */
  public String path(String name) {
    return folder.resolve(name).toString();
  }

  public void write(String name, String text) {
    try {
      Files.createDirectories(folder.resolve(name).getParent());
      Files.writeString(folder.resolve(name), text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The problem with {@code from}, which must be there, replaced, as {@code problems/NAME.json};
   * its path.
   */
  public String variant(String name, String from, String to) {
    if (!PROBLEM.contains(from)) {
      throw new IllegalArgumentException("the problem has no " + from);
    }
    write("problems/" + name + ".json", PROBLEM.replace(from, to));
    return path("problems/" + name + ".json");
  }

  public String read(String name) {
    try {
      return Files.readString(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public boolean has(String name) {
    return Files.exists(folder.resolve(name));
  }
}
