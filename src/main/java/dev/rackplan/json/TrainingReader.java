package dev.rackplan.json;

import dev.rackplan.model.Dtype;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The {@code training} object of a workload. */
final class TrainingReader {
  private static final long MAX_SEQUENCES = 1_000_000_000L;
  private static final double MAX_TOKENS = 1e15;
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
            cursor.find("zeroStage").map(value -> value.integer(0, 1)).orElse(1) == 1,
            dtype(cursor, "gradients", Dtype.FP32),
            dtype(cursor, "activations", Dtype.BF16),
            flag(cursor, "overlapGradientReduction", false));
    cursor.end();
    return new Read(batch, training);
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
                  + JsonText.shortest(sequenceTokens).replaceFirst("\\.0$", "")
                  + " tokens, is "
                  + JsonText.shortest(whole).replaceFirst("\\.0$", ""),
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

  private static Dtype dtype(JsonCursor cursor, String key, Dtype absent) {
    return cursor.find(key).map(value -> value.oneOf(Dtype.class)).orElse(absent);
  }
}
