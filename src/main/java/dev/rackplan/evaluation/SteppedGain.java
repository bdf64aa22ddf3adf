package dev.rackplan.evaluation;

import java.util.List;

/**
 * How much shorter a plan's steps are than another's where each step's routing is drawn, the same
 * for both.
 *
 * @param seconds mean over the steps, in s; negative where the plan is slower
 * @param deviationSeconds standard deviation from step to step, in s
 */
public record SteppedGain(double seconds, double deviationSeconds) {
  /** Of {@code plan} over {@code other}, two plans of the same problem. */
  public static SteppedGain of(Evaluation plan, Evaluation other) {
    List<Double> now = plan.drawnStepSeconds();
    List<Double> before = other.drawnStepSeconds();
    int steps = Math.min(now.size(), before.size());
    double mean = 0;
    for (int i = 0; i < steps; i++) {
      mean += (before.get(i) - now.get(i)) / steps;
    }
    double squares = 0;
    for (int i = 0; i < steps; i++) {
      double off = before.get(i) - now.get(i) - mean;
      squares += off * off;
    }
    return new SteppedGain(mean, steps > 1 ? Math.sqrt(squares / (steps - 1)) : 0);
  }

  /** Whether single steps differ by more than the gain, to either side. */
  public boolean isWithinNoise() {
    return Math.abs(seconds) < deviationSeconds;
  }
}
