package dev.rackplan.json;

import dev.rackplan.json.huggingface.HuggingFaceConfig;
import java.nio.file.Path;

/** What a JSON file holds, told by its keys. */
public enum FileKind {
  TOPOLOGY,
  PROBLEM,
  SWEEP,
  SOLUTION,
  LAWS,
  MODEL;

  /**
   * The kind of {@code file}; an error where no kind's keys are there. {@code shown} is the path as
   * the user gave it.
   */
  public static FileKind of(Path file, String shown) {
    JsonCursor config = JsonCursor.readPython(file, shown);
    if (HuggingFaceConfig.isConfig(config)) {
      return MODEL;
    }
    JsonCursor root = JsonCursor.read(file, shown);
    if (root.isObject()) {
      if (root.has("racks")) {
        return TOPOLOGY;
      }
      if (root.has("plan")) {
        return SOLUTION;
      }
      if (root.has("gpus")) {
        return LAWS;
      }
      if (root.has("vary")) {
        return SWEEP;
      }
      if (ProblemSource.isDerived(root)) {
        return PROBLEM;
      }
      if (root.has("model") && root.has("topology") || root.has("workload")) {
        return PROBLEM;
      }
      if (ModelReader.isModelFile(root)) {
        return MODEL;
      }
    }
    throw root.error(
        "is no topology, problem, sweep, solution, laws or model",
        "A topology has racks, a problem model, topology and workload (or base and set), a sweep vary, a solution plan, laws gpus, a model layers or model_type (docs/formats.md).");
  }
}
