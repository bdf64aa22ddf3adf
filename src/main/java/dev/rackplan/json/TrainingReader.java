package dev.rackplan.json;

import dev.rackplan.model.Dtype;
import dev.rackplan.workload.AttentionKernel;
import dev.rackplan.workload.ElementwiseKernels;
import dev.rackplan.workload.LossKernel;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.RecomputedModule;
import dev.rackplan.workload.Sharding;
import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.TrainingRuntime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The {@code training} object of a workload. */
final class TrainingReader {
  private static final long MAX_SEQUENCES = 1_000_000_000L;
  private static final double MAX_TOKENS = 1e15;
  private static final int MAX_RANKS = 1_000_000;
  private static final int MAX_CHUNKS = 1000;
  private static final double MAX_OPTIMIZER_BYTES = 64;

  private TrainingReader() {}

  /**
   * What the object holds.
   *
   * @param globalBatchSequences sequences of one optimizer step
   */
  record Read(long globalBatchSequences, Training training) {}

  static Read read(JsonCursor cursor, double sequenceTokens) {
    long batch = batch(cursor, sequenceTokens);
    PipelineSchedule schedule =
        cursor
            .find("schedule")
            .map(TrainingReader::schedule)
            .orElse(PipelineSchedule.ONE_FORWARD_ONE_BACKWARD);
    int chunks = cursor.find("virtualStages").map(v -> v.integer(1, MAX_CHUNKS)).orElse(1);
    if (chunks > 1 && schedule != PipelineSchedule.INTERLEAVED) {
      throw cursor
          .get("virtualStages")
          .error(
              "must be 1 for schedule " + schedule.word() + ", was " + chunks,
              "Remove it, or give schedule \"interleaved\".");
    }
    Training training =
        new Training(
            schedule,
            chunks,
            cursor
                .find("recompute")
                .map(value -> value.oneOf(Recompute.class))
                .orElse(Recompute.SELECTIVE),
            flag(cursor, "fusedAttention", true),
            flag(cursor, "sequenceParallel", true),
            flag(cursor, "reversible", false),
            cursor
                .find("optimizerBytesPerParameter")
                .map(value -> value.numberIn(0, MAX_OPTIMIZER_BYTES))
                .orElse(12.0),
            sharding(cursor),
            ConditionsReader.dtype(cursor, "gradients", Dtype.FP32),
            ConditionsReader.dtype(cursor, "activations", Dtype.BF16),
            flag(cursor, "overlapGradientReduction", false),
            runtime(cursor));
    cursor.end();
    return new Read(batch, training);
  }

  private static Sharding sharding(JsonCursor cursor) {
    int stage = cursor.find("zeroStage").map(value -> value.integer(0, 3)).orElse(1);
    return new Sharding(
        stage,
        cursor
            .find("shardRanks")
            .map(value -> OptionalInt.of(value.integer(1, MAX_RANKS)))
            .orElse(OptionalInt.empty()));
  }

  private static TrainingRuntime runtime(JsonCursor cursor) {
    TrainingRuntime usual = TrainingRuntime.USUAL;
    return new TrainingRuntime(
        cursor
            .find("tensorOverlap")
            .map(value -> value.oneOf(TensorOverlap.class))
            .orElse(usual.tensorOverlap()),
        cursor
            .find("attentionKernel")
            .map(value -> value.oneOf(AttentionKernel.class))
            .orElse(usual.attention()),
        flag(cursor, "cudaGraphs", usual.graphs()),
        flag(cursor, "eagerExperts", usual.eagerExperts()),
        cursor
            .find("elementwise")
            .map(value -> value.oneOf(ElementwiseKernels.class))
            .orElse(usual.elementwise()),
        flag(cursor, "overlapWeightGather", usual.gathersAhead()),
        cursor.find("loss").map(value -> value.oneOf(LossKernel.class)).orElse(usual.loss()),
        flag(cursor, "widenGradients", usual.widensGradients()),
        flag(cursor, "overlapExperts", usual.overlapsExperts()),
        flag(cursor, "broadcastWeights", usual.broadcastsWeights()),
        flag(cursor, "gatherSingly", usual.gathersSingly()),
        cursor.find("hostOptimizer").map(value -> value.numberIn(0, 1)).orElse(0.0),
        cursor.find("hostActivations").map(value -> value.numberIn(0, 1)).orElse(0.0),
        cursor
            .find("updateBytesPerParameter")
            .map(value -> value.numberIn(0, MAX_OPTIMIZER_BYTES))
            .orElse(0.0),
        modules(cursor));
  }

  private static Set<RecomputedModule> modules(JsonCursor cursor) {
    Set<RecomputedModule> modules = EnumSet.noneOf(RecomputedModule.class);
    cursor.find("recomputeModules").stream()
        .flatMap(list -> list.list().stream())
        .forEach(module -> modules.add(module(module)));
    return modules;
  }

  private static RecomputedModule module(JsonCursor cursor) {
    String word = cursor.text();
    return RecomputedModule.of(word)
        .orElseThrow(
            () ->
                cursor.error(
                    "must be one of " + RecomputedModule.words() + ", was \"" + word + "\"",
                    "Give one of them (docs/formats.md#training)."));
  }

  private static long batch(JsonCursor cursor, double sequenceTokens) {
    Optional<JsonCursor> sequences = cursor.find("globalBatchSequences");
    Optional<JsonCursor> tokens = cursor.find("globalBatchTokens");
    if (sequences.isPresent() == tokens.isPresent()) {
      throw cursor.error(
          "needs globalBatchSequences or globalBatchTokens"
              + (sequences.isPresent() ? ", has both" : ""),
          "Give one of them: what one optimizer step is made of.");
    }
    if (sequences.isPresent()) {
      return sequences.get().whole(1, MAX_SEQUENCES);
    }
    double whole = tokens.get().numberIn(1, MAX_TOKENS) / sequenceTokens;
    if (whole < 1 || whole > MAX_SEQUENCES || whole != Math.rint(whole)) {
      throw tokens
          .get()
          .error(
              "must be whole sequences of "
                  + JsonText.plain(sequenceTokens)
                  + " tokens, is "
                  + JsonText.plain(whole),
              "Give a multiple of contextTokens, or globalBatchSequences.");
    }
    return (long) whole;
  }

  private static PipelineSchedule schedule(JsonCursor cursor) {
    String word = cursor.text();
    List<String> words = new ArrayList<>();
    for (PipelineSchedule schedule : PipelineSchedule.values()) {
      if (schedule.word().equals(word)) {
        return schedule;
      }
      words.add(schedule.word());
    }
    throw cursor.error(
        "must be one of " + String.join(", ", words) + ", was \"" + word + "\"",
        "Give one of them (docs/formats.md#training).");
  }

  private static boolean flag(JsonCursor cursor, String key, boolean absent) {
    return cursor.find(key).map(JsonCursor::bool).orElse(absent);
  }
}
