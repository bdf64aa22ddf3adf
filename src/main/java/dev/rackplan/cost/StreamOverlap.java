package dev.rackplan.cost;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Training;

/**
 * Which of a layer's terms run side by side: the one place that says how terms become a time.
 *
 * <p>Compute and network follow each other, except with two-batch overlap or where the schedule
 * pairs a forward with a backward pass: there the longer of the two hides the other. Nothing hides
 * what runs {@link Stream#ALONE}.
 *
 * @param sideBySide whether compute and network run side by side
 */
public record StreamOverlap(boolean sideBySide) {
  /**
   * Of the problem's engine and schedule; a micro-batch that can't be halved has no two batches.
   */
  public static StreamOverlap of(Problem problem, Layout layout) {
    return new StreamOverlap(
        Batch.of(problem, layout).parts() > 1
            || problem.workload().training().map(Training::overlapsPasses).orElse(false));
  }

  /** Time of a layer in s. */
  public double seconds(Breakdown terms) {
    return together(terms.sum(Stream.COMPUTE), terms.sum(Stream.NETWORK)) + terms.sum(Stream.ALONE);
  }

  /** Compute and network of a layer, both in s, together. */
  public double together(double computeSeconds, double networkSeconds) {
    return sideBySide ? Math.max(computeSeconds, networkSeconds) : computeSeconds + networkSeconds;
  }

  /** What of a layer's compute and network the other hides, in s. */
  public double hiddenSeconds(double computeSeconds, double networkSeconds) {
    return sideBySide ? Math.min(computeSeconds, networkSeconds) : 0;
  }

  /**
   * What part of a layer's work adds to the rest of it, in s.
   *
   * @param computeSeconds compute of the part
   * @param networkSeconds network of the part; the layer has no other
   * @param besideSeconds the layer's other compute, which may hide the network
   */
  double addedSeconds(double computeSeconds, double networkSeconds, double besideSeconds) {
    return sideBySide
        ? Math.max(computeSeconds, networkSeconds - besideSeconds)
        : computeSeconds + networkSeconds;
  }
}
