package dev.rackplan.solver;

import java.util.function.LongPredicate;

/** The largest number that still fits, where all below a number that fits do, too. */
final class Bisection {
  private Bisection() {}

  /** The largest of 1..{@code most} for which {@code fits} holds, 0 where none does. */
  static long largest(long most, LongPredicate fits) {
    long good = 0;
    long bad = most + 1;
    while (bad - good > 1) {
      long middle = (good + bad) >>> 1;
      if (fits.test(middle)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return good;
  }
}
