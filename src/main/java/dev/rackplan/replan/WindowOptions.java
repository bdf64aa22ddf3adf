package dev.rackplan.replan;

import java.util.OptionalDouble;

/**
 * How to replan from window to window.
 *
 * @param keep what a window weighs against the next one, in [0, 1]: 1 plans for all windows so far
 *     alike, 0 for the last alone; empty: {@link
 *     dev.rackplan.workload.RoutingWindows#foretellingKeep}
 * @param stepsPerWindow engine steps till the next window, which a move has to pay for itself in
 * @param mostMovedBytes bytes of expert weights that one move may take; infinite without a limit
 * @param moves scored moves of each layer's search; not used where {@code seconds} is given
 * @param seconds wall-clock time of one replanning in s; empty: counted moves, which give the same
 *     plan on every machine
 * @param seed of every random choice
 * @param threads layers at the same time
 */
public record WindowOptions(
    OptionalDouble keep,
    double stepsPerWindow,
    double mostMovedBytes,
    long moves,
    OptionalDouble seconds,
    long seed,
    int threads) {
  /**
   * Steps from one rebalancing to the next unless said otherwise: SGLang's {@code
   * --eplb-rebalance-num-iterations} ({@code server_args.py}).
   */
  public static final double USUAL_STEPS = 1000;

  public WindowOptions {
    if (keep.isPresent() && !(keep.getAsDouble() >= 0 && keep.getAsDouble() <= 1)) {
      throw new IllegalArgumentException("keep must be in 0..1, was " + keep.getAsDouble());
    }
    if (!(stepsPerWindow > 0)) {
      throw new IllegalArgumentException("stepsPerWindow must be > 0, was " + stepsPerWindow);
    }
    if (!(mostMovedBytes >= 0)) {
      throw new IllegalArgumentException("mostMovedBytes must be >= 0, was " + mostMovedBytes);
    }
    if (moves < 1) {
      throw new IllegalArgumentException("moves must be >= 1, were " + moves);
    }
  }

  public WindowOptions withSeed(long other) {
    return new WindowOptions(keep, stepsPerWindow, mostMovedBytes, moves, seconds, other, threads);
  }
}
