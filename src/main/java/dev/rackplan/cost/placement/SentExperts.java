package dev.rackplan.cost.placement;

import dev.rackplan.cost.operation.FixedPoint;
import java.util.Arrays;

/**
 * Experts that one receiver is surely sent: of each recorded token how many of them it chooses, bit
 * by bit in planes of {@link TokenSets}, and for each load profile the logarithm of the share that
 * chooses none. Mutable.
 */
final class SentExperts {
  private final TokenSets sets;
  // None before the first expert.
  private long[][] planes;
  private final long[] logs;
  private int experts;
  // Worked out when asked for.
  private long[] union = new long[0];
  private long weight;
  private boolean known;

  SentExperts(TokenSets sets, int profiles) {
    this.sets = sets;
    this.planes = new long[0][];
    this.logs = new long[profiles];
  }

  SentExperts(SentExperts other) {
    this.sets = other.sets;
    this.planes = Arrays.stream(other.planes).map(long[]::clone).toArray(long[][]::new);
    this.logs = other.logs.clone();
    this.experts = other.experts;
  }

  boolean isEmpty() {
    return experts == 0;
  }

  /**
   * Adds or takes {@code expert}.
   *
   * @param sign 1 or -1
   * @param logsOfExperts profile by profile, by expert, in {@link FixedPoint} units
   */
  void change(int expert, int sign, long[] logsOfExperts) {
    experts += sign;
    known = false;
    int count = logs.length == 0 ? 0 : logsOfExperts.length / logs.length;
    for (int p = 0; p < logs.length; p++) {
      logs[p] += sign * logsOfExperts[p * count + expert];
    }
    if (sets.words() == 0) {
      return;
    }
    if (planes.length == 0) {
      planes = new long[sets.planes()][sets.words()];
    }
    if (sign > 0) {
      TokenSets.add(sets.of(expert), planes);
    } else {
      TokenSets.subtract(sets.of(expert), planes);
    }
  }

  /** Adds the tokens with any of the experts to {@code others}. */
  void join(long[] others) {
    for (long[] plane : planes) {
      TokenSets.join(plane, others);
    }
  }

  /** The tokens with any of the experts; not to be written to. */
  long[] union() {
    look();
    return union;
  }

  /** What the tokens with any of the experts weigh, in {@link FixedPoint} units. */
  long weight() {
    look();
    return weight;
  }

  private void look() {
    if (!known) {
      if (union.length == 0) {
        union = new long[sets.words()];
      }
      Arrays.fill(union, 0);
      join(union);
      weight = sets.weigh(union);
      known = true;
    }
  }

  /** Logarithm of the share of the profile that chooses none of them, in FixedPoint units. */
  long log(int profile) {
    return logs[profile];
  }
}
