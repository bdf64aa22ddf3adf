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
    if (otherWeights(problem).isPresent()) {
      planned.add("weights " + precision.weights().key());
      stored.ifPresent(known -> own.add("weights " + known.weights().key()));
    }
    Optional<Dtype> experts = stored.map(StoredFormats::experts);
    if (!problem.model().moeLayers().isEmpty()
        && isOther(precision.origins().experts(), experts, precision.experts())) {
      planned.add("experts " + precision.experts().key());
      experts.ifPresent(known -> own.add("experts " + known.key()));
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

  /** The format that a problem says of weights; empty where the model's own are like it. */
  static Optional<Dtype> otherWeights(Problem problem) {
    Precision precision = problem.precision();
    Optional<Dtype> named = problem.model().stored().map(StoredFormats::weights);
    return Optional.of(precision.weights())
        .filter(wanted -> isOther(precision.origins().weights(), named, wanted));
  }

  // A checkpoint that names no formats has 16 bits.
  private static boolean isOther(FormatOrigin origin, Optional<Dtype> named, Dtype wanted) {
    return origin == FormatOrigin.PROBLEM && !named.orElse(Dtype.BF16).isLike(wanted);
  }
}
