package dev.rackplan.json.rows;

import dev.rackplan.model.Dtype;
import dev.rackplan.problem.RankBalance;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How a measured engine was launched and asked, where it was told otherwise than its defaults.
 *
 * @param kvCache format of the KV cache
 * @param memoryFraction share of memory by the engine's own rule
 * @param step what a step takes at most
 * @param pollSteps decode steps between looks for new requests
 * @param worksAhead whether the engine was told to put a step together while the one before runs
 * @param balance how attention ranks wait for each other's prompts
 * @param shortestLength prompts and answers are evenly this share to the whole of the named length
 * @param wholeExperts whether GPUs hold experts whole, whatever degrees the row has
 * @param drafts whether tokens were drafted
 */
record LaunchFlags(
    Optional<Dtype> kvCache,
    OptionalDouble memoryFraction,
    StepCaps step,
    OptionalInt pollSteps,
    Optional<Boolean> worksAhead,
    Optional<RankBalance> balance,
    OptionalDouble shortestLength,
    boolean wholeExperts,
    boolean drafts) {
  /** Nothing is said. */
  static final LaunchFlags NONE =
      new LaunchFlags(
          Optional.empty(),
          OptionalDouble.empty(),
          StepCaps.NONE,
          OptionalInt.empty(),
          Optional.empty(),
          Optional.empty(),
          OptionalDouble.empty(),
          false,
          false);

  /** These, and the others' where these say nothing. */
  LaunchFlags or(LaunchFlags others) {
    return new LaunchFlags(
        kvCache.or(others::kvCache),
        memoryFraction.isPresent() ? memoryFraction : others.memoryFraction,
        step.or(others.step),
        pollSteps.isPresent() ? pollSteps : others.pollSteps,
        worksAhead.or(others::worksAhead),
        balance.or(others::balance),
        shortestLength.isPresent() ? shortestLength : others.shortestLength,
        wholeExperts || others.wholeExperts,
        drafts || others.drafts);
  }

  LaunchFlags withShortestLength(double share) {
    return new LaunchFlags(
        kvCache,
        memoryFraction,
        step,
        pollSteps,
        worksAhead,
        balance,
        OptionalDouble.of(share),
        wholeExperts,
        drafts);
  }

  LaunchFlags withStep(StepCaps caps) {
    return new LaunchFlags(
        kvCache,
        memoryFraction,
        caps,
        pollSteps,
        worksAhead,
        balance,
        shortestLength,
        wholeExperts,
        drafts);
  }

  /** Mean length over the named one. */
  double meanLength() {
    return (1 + shortestLength.orElse(1)) / 2;
  }

  /** How far lengths lie about their mean: evenly {@code 1 ± spread} times as long. */
  double spread() {
    double shortest = shortestLength.orElse(1);
    return (1 - shortest) / (1 + shortest);
  }
}
