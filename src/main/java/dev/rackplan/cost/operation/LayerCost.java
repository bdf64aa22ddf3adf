package dev.rackplan.cost.operation;

import java.util.Optional;

/**
 * Time of one layer on one stage for one micro-batch; in training of its forward and backward pass
 * together.
 *
 * @param terms term by term, in s
 * @param seconds the layer, every term in its place ({@link StreamOverlap})
 * @param training forward and backward pass apart, in training
 */
public record LayerCost(Breakdown terms, double seconds, Optional<LayerTraining> training) {
  /**
   * What the layer adds at least to {@code F&B + B - 3W}, the bubble of DualPipe, in s; 0 in
   * inference.
   *
   * <p>Both passes side by side take at least their compute. With that in place of {@code F&B} the
   * sum grows with every term, so that of terms at their bounds it is a bound; with {@code F&B} it
   * would not, since where the network is longer, more compute only adds to W. Waits are left out:
   * they shrink where compute grows.
   */
  public double tailSeconds() {
    double sideBySide = terms.sum(Stream.COMPUTE);
    return training
        .map(passes -> sideBySide + passes.backwardSeconds() - 3 * passes.weightGradientSeconds())
        .orElse(0.0);
  }

  /** The layer with nothing side by side, in s: in training one pass after the other. */
  public double apartSeconds() {
    return training
        .map(passes -> passes.forwardSeconds() + passes.backwardSeconds())
        .orElseGet(terms::sum);
  }
}
