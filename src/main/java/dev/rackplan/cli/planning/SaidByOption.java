package dev.rackplan.cli.planning;

import dev.rackplan.json.InputException;
import dev.rackplan.problem.Degree;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which option of {@code plan} said what stands in the files that it writes to ask its question: a
 * fault there is told of the option, since the user wrote no file.
 */
final class SaidByOption {
  private static final String COMMAND_LINE = "command line";
  // A path that begins with none of these is told as it stands.
  private static final Map<String, String> OPTIONS = options();

  private SaidByOption() {}

  /** The same fault, of an option where its file lies in {@code folder}. */
  static InputException told(InputException fault, Path folder) {
    if (!fault.file().startsWith(folder.toString())) {
      return fault;
    }
    String within = fault.file().substring(folder.toString().length());
    if (within.contains(RoutingSource.FOLDER)) {
      return fault.saidAt(COMMAND_LINE, "--routing: " + fault.path());
    }
    if (within.endsWith("config.json")) {
      return fault.saidAt(COMMAND_LINE, "--model: " + fault.path());
    }
    return OPTIONS.entrySet().stream()
        .filter(entry -> fault.path().startsWith(entry.getKey()))
        .findFirst()
        .map(entry -> fault.saidAt(COMMAND_LINE, entry.getValue()))
        .orElseGet(() -> fault.saidAt(COMMAND_LINE, fault.path()));
  }

  // The longer of two paths first.
  private static Map<String, String> options() {
    Map<String, String> options = new LinkedHashMap<>();
    options.put(layout(Degree.ATTENTION_TENSOR_PARALLEL), "--tp");
    options.put(layout(Degree.PREFILL_CONTEXT_PARALLEL), "--cp");
    options.put(layout(Degree.PIPELINE_STAGES), "--pp");
    options.put(layout(Degree.VIRTUAL_STAGES), "--vpp");
    options.put(layout(Degree.EXPERT_PARALLEL), "--ep");
    options.put(layout(Degree.EXPERT_TENSOR_PARALLEL), "--etp");
    options.put(layout(Degree.SCHEDULE), "--schedule");
    options.put(layout(Degree.RECOMPUTED_LAYERS), "--recompute-layers");
    options.put(layout(Degree.RECOMPUTE), "--recompute");
    options.put(layout(Degree.SHARDING), "--zero");
    options.put(layout(Degree.SHARD_RANKS), "--shard-ranks");
    options.put(layout(Degree.OFFLOAD), "--offload");
    options.put("$.layout", "--tp, --cp, --pp, --ep and --etp");
    options.put("$.engine.name", "--engine");
    options.put("$.precision.weights", "--weights or --precision");
    options.put("$.precision.kv", "--kv-cache");
    options.put("$.workload.contextTokens", "--isl, --osl or --seq");
    options.put("$.workload.training.globalBatchSequences", "--global-batch");
    options.put("$.workload.training.optimizerBytesPerParameter", "--optimizer-bytes");
    options.put("$.workload.routing", "--routing");
    options.put("$.model", "--model");
    return options;
  }

  private static String layout(Degree degree) {
    return "$.layout." + degree.key();
  }
}
