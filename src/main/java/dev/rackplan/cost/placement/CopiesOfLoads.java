package dev.rackplan.cost.placement;

import dev.rackplan.cost.operation.FixedPoint;

/**
 * Copies of tokens of which only loads are known, experts taken as independent: {@code 1 - Π_e(1 -
 * f_e·S(e))}, worked out by sums of logarithms in {@link FixedPoint} units.
 */
final class CopiesOfLoads {
  // Below this the logarithm of "no copy" is cut off: e^-27 is far below one token in any sample.
  private static final double LEAST_COMPLEMENT = 0x1p-39;

  private CopiesOfLoads() {}

  /** Logarithm of the chance that a token sends no copy for an expert. */
  static long logOfNone(double probability) {
    return probability > 0
        ? FixedPoint.of(StrictMath.log(Math.max(LEAST_COMPLEMENT, 1 - probability)))
        : 0;
  }

  /** Logarithms where all tokens are sent, profile by profile, of each expert. */
  static long[] logsOfNone(ScenarioLayer routing) {
    long[] logs = new long[routing.loadProfiles() * routing.experts()];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = logOfNone(routing.loadFrequency(i / routing.experts(), i % routing.experts()));
    }
    return logs;
  }

  /**
   * Copies per token of all profiles together.
   *
   * @param logs of profile p at {@code p · stride + at}, summed up over the experts
   */
  static double sum(ScenarioLayer routing, long[] logs, int stride, int at) {
    double sum = 0;
    for (int p = 0; p < routing.loadProfiles(); p++) {
      sum += routing.choosingAny(p, logs[p * stride + at]);
    }
    return sum;
  }
}
