package dev.rackplan.json.rows;

import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Sharding;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What words of a measured training row mean, whatever its framework calls it. */
final class TrainingWords {
  private static final Pattern GROUP = Pattern.compile("(?:group|shard group) (\\d+)");
  private static final Pattern STAGE = Pattern.compile("(?:zero|stage)[- ]?(?:stage[- ]?)?([0-3])");
  private static final Pattern PERCENT = Pattern.compile("(\\d+)%");
  private static final Pattern LAYERS = Pattern.compile("block\\D*(\\d+)|(\\d+) layers");
  private static final int WEIGHTS = 3;
  private static final int GRADIENTS = 2;

  private TrainingWords() {}

  private static String lower(String words) {
    return words.toLowerCase(Locale.ROOT);
  }

  /**
   * Order of micro-batches.
   *
   * @param chunks of a stage
   * @throws InexpressibleRow where the row names one that is not modelled
   */
  static PipelineSchedule schedule(String words, int chunks) {
    String word = lower(words).replaceAll("[^a-z0-9]", "");
    if (word.matches(".*(zb2p|zbh2|zbv|dualpipev).*")) {
      throw new InexpressibleRow("schedule " + words + " is not modelled");
    }
    if (word.contains("dualpipe")) {
      return PipelineSchedule.DUAL_PIPE;
    }
    if (word.matches(".*(zb1p|zbh1|zerobubble).*")) {
      return PipelineSchedule.ZERO_BUBBLE;
    }
    return chunks > 1 ? PipelineSchedule.INTERLEAVED : PipelineSchedule.ONE_FORWARD_ONE_BACKWARD;
  }

  /**
   * What data-parallel ranks hold a part of: optimizer states where the row does not say.
   *
   * @param words of the optimizer; where there are none, the framework's name
   * @param node GPUs of a node, the ranks of a hybrid's group where the row does not say
   */
  static Sharding sharding(String words, int node) {
    String all = lower(words);
    if (all.startsWith("none") || all.matches(".*\\bddp\\b.*")) {
      return Sharding.NONE;
    }
    Matcher group = GROUP.matcher(all);
    OptionalInt ranks =
        group.find() ? OptionalInt.of(Integer.parseInt(group.group(1))) : OptionalInt.empty();
    Matcher said = STAGE.matcher(all);
    int stage = said.find() ? Integer.parseInt(said.group(1)) : 1;
    boolean gradients =
        stage == GRADIENTS || all.contains("grad_op") || all.contains("not resharding");
    boolean hybrid = all.contains("hsdp");
    boolean weights = all.contains("fsdp") || hybrid || stage == WEIGHTS;
    return new Sharding(
        gradients ? GRADIENTS : weights ? WEIGHTS : stage,
        hybrid && ranks.isEmpty() ? OptionalInt.of(node) : ranks);
  }

  /** Share of the optimizer that hosts hold: "optimizer offload 25%"; all of it without a share. */
  static double hostOptimizer(String words) {
    String all = lower(words);
    Matcher share = PERCENT.matcher(all);
    if (share.find()) {
      return Math.min(100, Integer.parseInt(share.group(1))) / 100.0;
    }
    boolean none = all.contains("no offload") || all.contains("without offload");
    return all.contains("offload") && !none ? 1 : 0;
  }

  /** What is computed again: whole layers where a row speaks of checkpoints alone. */
  static Recompute recompute(String words) {
    String all = lower(words);
    if (all.startsWith("select")) {
      return Recompute.SELECTIVE;
    }
    if (all.matches("(no|none|off|false|disabled|without)\\b.*")) {
      return Recompute.NONE;
    }
    return all.matches(
            ".*(full|every layer|checkpoint|block|uniform|\\byes\\b|\\btrue\\b|\\bon\\b).*")
        ? Recompute.FULL
        : Recompute.SELECTIVE;
  }

  /**
   * Layers of each chunk that are, of "block, 4 layers"; 0 = all, as "uniform" does in parts of so
   * many layers (Megatron-Core's {@code recompute_method}).
   */
  static int recomputedLayers(String words) {
    String all = lower(words);
    Matcher layers = LAYERS.matcher(all);
    if (recompute(words) != Recompute.FULL || all.contains("uniform") || !layers.find()) {
      return 0;
    }
    return Integer.parseInt(layers.group(1) == null ? layers.group(2) : layers.group(1));
  }
}
