package dev.rackplan.law;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * {@code (a^p + b^p)^(1/p)} of two parts by a table of {@code (1 + r^p)^(1/p)}, r the smaller over
 * the larger: searches ask for millions of them, and a power takes twenty times as long.
 *
 * <p>Between the table's points, {@value #PER_OCTAVE} for each halving of r, values are on a line:
 * within 2e-5 of the norm, and, like it, never less with more of either part. Below {@code
 * 2^-OCTAVES} the smaller part is as if at that point's line to 0. Immutable.
 */
public final class NormTable {
  private static final int MANTISSA_BITS = 6;
  private static final int PER_OCTAVE = 1 << MANTISSA_BITS;
  private static final int OCTAVES = 40;
  private static final int SHIFT = 52 - MANTISSA_BITS;
  // Bits of the smallest ratio that has a point, and of 1.
  private static final long FIRST = Double.doubleToRawLongBits(Math.scalb(1.0, -OCTAVES)) >> SHIFT;
  private static final int KEPT = 256;
  private static final Map<Double, NormTable> TABLES =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Double, NormTable> eldest) {
          return size() > KEPT;
        }
      };

  // Of each interval its value at ratio 0 and its slope.
  private final double[] at0;
  private final double[] slope;

  private NormTable(double p) {
    int points = OCTAVES * PER_OCTAVE + 1;
    this.at0 = new double[points];
    this.slope = new double[points];
    double from = 0;
    double value = 1;
    for (int i = 0; i < points; i++) {
      double to = Double.longBitsToDouble(FIRST + i << SHIFT);
      double next = norm(p, to);
      slope[i] = (next - value) / (to - from);
      at0[i] = value - slope[i] * from;
      from = to;
      value = next;
    }
  }

  private static double norm(double p, double ratio) {
    return Double.isInfinite(p) ? 1 : StrictMath.pow(1 + StrictMath.pow(ratio, p), 1 / p);
  }

  /** The table of one p. */
  public static NormTable of(double p) {
    synchronized (TABLES) {
      return TABLES.computeIfAbsent(p, NormTable::new);
    }
  }

  /** Of two parts, each ≥ 0. */
  public double of(double a, double b) {
    double most = Math.max(a, b);
    if (most == 0 || most == Double.POSITIVE_INFINITY) {
      return most;
    }
    double least = Math.min(a, b);
    // Interval i ends at point i: a ratio that is a point itself lies at its interval's end.
    long place = (Double.doubleToRawLongBits(least / most) - 1 >> SHIFT) + 1 - FIRST;
    int interval = place < 0 ? 0 : (int) place;
    return most * at0[interval] + least * slope[interval];
  }
}
