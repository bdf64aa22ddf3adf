package dev.rackplan.export;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.StoredFormats;
import dev.rackplan.problem.FormatOrigin;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a server has to load for a plan to hold. */
public final class LoadedCheckpoint {
  private LoadedCheckpoint() {}

  /**
   * The checkpoint, where the problem says its formats otherwise than the model's own: {@code a
   * checkpoint with weights fp8; qwen3-32b names no formats}. Empty where its own will do, and in
   * training, which has formats of its own.
   */
  public static Optional<String> words(Problem problem) {
    Precision precision = problem.precision();
    Optional<StoredFormats> stored = problem.model().stored();
    List<String> planned = new ArrayList<>();
    List<String> own = new ArrayList<>();
    if (precision.origins().weights() == FormatOrigin.PROBLEM) {
      Dtype named = stored.map(StoredFormats::weights).orElse(Dtype.BF16);
      add("weights", named, precision.weights(), planned, own);
    }
    if (!problem.model().moeLayers().isEmpty()
        && precision.origins().experts() == FormatOrigin.PROBLEM) {
      Dtype named = stored.map(StoredFormats::experts).orElse(Dtype.BF16);
      add("experts", named, precision.experts(), planned, own);
    }
    if (planned.isEmpty() || problem.workload().phase() == Phase.TRAINING) {
      return Optional.empty();
    }
    return Optional.of(
        "a checkpoint with "
            + String.join(", ", planned)
            + "; "
            + problem.model().name()
            + (stored.isPresent() ? " has " + String.join(", ", own) : " names no formats"));
  }

  private static void add(
      String what, Dtype named, Dtype wanted, List<String> planned, List<String> own) {
    if (!named.isLike(wanted)) {
      planned.add(what + " " + wanted.key());
      own.add(what + " " + named.key());
    }
  }
}
