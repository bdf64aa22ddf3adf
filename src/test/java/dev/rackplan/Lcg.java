package dev.rackplan;

/**
 * A seeded linear congruential generator (Knuth's MMIX constants) for tests: the same numbers on
 * every machine.
 */
public final class Lcg {
  private long state;

  public Lcg(long seed) {
    this.state = seed;
    next();
  }

  private long next() {
    state = state * 6364136223846793005L + 1442695040888963407L;
    return state >>> 33;
  }

  /** In [0, bound). */
  public int below(int bound) {
    return (int) (next() % bound);
  }

  /** In [least, most]. */
  public int in(int least, int most) {
    return least + below(most - least + 1);
  }

  /** In [least, most), evenly on a logarithmic scale. */
  public double between(double least, double most) {
    return least * StrictMath.pow(most / least, next() / (double) (1L << 31));
  }

  public boolean coin() {
    return below(2) == 1;
  }

  /** The numbers 0..count-1 in random order. */
  public int[] order(int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = below(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
