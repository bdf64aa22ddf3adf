package dev.rackplan.workload;

import dev.rackplan.model.MoeFfn;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One layer's routing: how often each expert is chosen, and, where tokens were recorded, which
 * experts they chose together.
 *
 * <p>Immutable. {@code frequency(e)} is the share of tokens that choose expert e, in [0, 1]; the
 * frequencies sum to k.
 */
public final class LayerRouting {
  private final double[] frequency;
  private final int expertsPerToken;
  // tokens × expertsPerToken, row-major; empty where only loads are known, null until drawn.
  private volatile int[] choices;
  // Whose gate the tokens were drawn by, where only loads were given.
  private final Optional<MoeFfn> drawnBy;

  private LayerRouting(double[] frequency, int expertsPerToken, int[] choices) {
    this(frequency, expertsPerToken, choices, Optional.empty());
  }

  private LayerRouting(
      double[] frequency, int expertsPerToken, int[] choices, Optional<MoeFfn> drawnBy) {
    this.frequency = frequency;
    this.expertsPerToken = expertsPerToken;
    this.choices = choices;
    this.drawnBy = drawnBy;
  }

  /** The same loads, with tokens that say which experts are chosen together. */
  private LayerRouting withTokens(int[] tokens, Optional<MoeFfn> gate) {
    return new LayerRouting(frequency, expertsPerToken, tokens, gate);
  }

  // Drawing takes time: only what is asked for is drawn.
  private int[] choices() {
    int[] known = choices;
    if (known == null) {
      synchronized (this) {
        known = choices;
        if (known == null) {
          known = DrawnTokens.choices(this, drawnBy.orElseThrow());
          choices = known;
        }
      }
    }
    return known;
  }

  /**
   * Known by load only, as the gate of {@code moe} would choose: where it takes a token's experts
   * from few groups, with tokens drawn that do ({@link #isDrawn}); itself where recorded or where
   * groups are not limited.
   */
  public LayerRouting asChosenBy(MoeFfn moe) {
    return tokens() > 0 || !DrawnTokens.isLimited(moe)
        ? this
        : new LayerRouting(frequency, expertsPerToken, null, Optional.of(moe));
  }

  /** Other loads of the same gate, as {@link #ofLoads} takes them; tokens are drawn again. */
  public LayerRouting withLoads(double[] loads) {
    LayerRouting other = ofLoads(loads, expertsPerToken);
    return drawnBy.map(other::asChosenBy).orElse(other);
  }

  /**
   * Whether only loads were given, and the tokens are drawn from them: they say which experts are
   * chosen together, and nothing of how loads move.
   */
  public boolean isDrawn() {
    return drawnBy.isPresent();
  }

  /**
   * Routing known by load only, loads dealt to the experts in a seeded order.
   *
   * @param loads of the experts before they are dealt
   * @param layer MoE layer, counted from 0; decides the order together with the seed
   */
  static LayerRouting dealt(double[] loads, long seed, int layer, int expertsPerToken) {
    int[] order = IntStream.range(0, loads.length).toArray();
    SplitMix64.stream(seed, layer).shuffle(order);
    return ofLoads(Arrays.stream(order).mapToDouble(i -> loads[i]).toArray(), expertsPerToken);
  }

  /**
   * Routing known by load only.
   *
   * @param loads non-negative loads per expert, any positive sum; scaled to sum to {@code
   *     expertsPerToken}, none above 1
   * @param expertsPerToken k
   */
  public static LayerRouting ofLoads(double[] loads, int expertsPerToken) {
    if (expertsPerToken < 1 || expertsPerToken > loads.length) {
      throw new IllegalArgumentException(
          "expertsPerToken must be in 1.." + loads.length + ", was " + expertsPerToken);
    }
    double sum = 0;
    for (double load : loads) {
      if (!(load >= 0) || Double.isInfinite(load)) {
        throw new IllegalArgumentException("loads must be >= 0, found " + load);
      }
      sum += load;
    }
    if (!(sum > 0)) {
      throw new IllegalArgumentException("loads must not all be 0");
    }
    return new LayerRouting(capAtOne(loads, expertsPerToken), expertsPerToken, new int[0]);
  }

  /**
   * Routing known token by token.
   *
   * @param experts E
   * @param expertsPerToken k
   * @param choices tokens × k expert indices, row-major; the experts of one token differ
   */
  public static LayerRouting ofTokens(int experts, int expertsPerToken, int[] choices) {
    if (expertsPerToken < 1 || choices.length == 0 || choices.length % expertsPerToken != 0) {
      throw new IllegalArgumentException(
          choices.length + " choices are not whole tokens of " + expertsPerToken + " experts");
    }
    long[] counts = new long[experts];
    for (int i = 0; i < choices.length; i++) {
      if (choices[i] < 0 || choices[i] >= experts) {
        throw new IllegalArgumentException(
            "expert " + choices[i] + " is not in 0.." + (experts - 1));
      }
      for (int j = i - i % expertsPerToken; j < i; j++) {
        if (choices[j] == choices[i]) {
          throw new IllegalArgumentException(
              "token " + i / expertsPerToken + " names expert " + choices[i] + " twice");
        }
      }
      counts[choices[i]]++;
    }
    int tokens = choices.length / expertsPerToken;
    double[] frequency = new double[experts];
    for (int e = 0; e < experts; e++) {
      frequency[e] = counts[e] / (double) tokens;
    }
    return new LayerRouting(frequency, expertsPerToken, choices.clone());
  }

  /**
   * Scales loads to sum to k; what would exceed 1 (no token chooses an expert twice) is spread over
   * the others by their load.
   */
  private static double[] capAtOne(double[] loads, int k) {
    double[] frequency = new double[loads.length];
    boolean[] full = new boolean[loads.length];
    double rest = k;
    boolean changed = true;
    while (changed) {
      changed = false;
      double sum = 0;
      int open = 0;
      for (int e = 0; e < loads.length; e++) {
        if (!full[e]) {
          sum += loads[e];
          open++;
        }
      }
      for (int e = 0; e < loads.length; e++) {
        if (!full[e]) {
          frequency[e] = sum > 0 ? loads[e] * rest / sum : rest / open;
        }
      }
      for (int e = 0; e < loads.length; e++) {
        if (!full[e] && frequency[e] >= 1) {
          full[e] = true;
          frequency[e] = 1;
          rest -= 1;
          changed = true;
        }
      }
    }
    return frequency;
  }

  /**
   * The same routing with at most {@code most} of its recorded tokens, evenly spread; for rough
   * figures.
   */
  LayerRouting thinned(int most) {
    int tokens = tokens();
    if (tokens <= most) {
      return this;
    }
    int[] kept = new int[most * expertsPerToken];
    for (int t = 0; t < most; t++) {
      int from = (int) ((long) t * tokens / most);
      System.arraycopy(
          choices(), from * expertsPerToken, kept, t * expertsPerToken, expertsPerToken);
    }
    return isDrawn() ? withTokens(kept, drawnBy) : ofTokens(experts(), expertsPerToken, kept);
  }

  public int experts() {
    return frequency.length;
  }

  public int expertsPerToken() {
    return expertsPerToken;
  }

  /** Share of tokens that choose {@code expert}, in [0, 1]. */
  public double frequency(int expert) {
    return frequency[expert];
  }

  /** The same of all experts, in their order. */
  public double[] frequencies() {
    return frequency.clone();
  }

  /** Recorded or drawn tokens; 0 where only loads are known. */
  public int tokens() {
    int[] known = choices;
    return known == null ? DrawnTokens.TOKENS : known.length / expertsPerToken;
  }

  /** The {@code j}-th expert of recorded token {@code token}. */
  public int choice(int token, int j) {
    return choices()[token * expertsPerToken + j];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LayerRouting that
        && expertsPerToken == that.expertsPerToken
        && Arrays.equals(frequency, that.frequency)
        && Arrays.equals(choices(), that.choices());
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(frequency) + Arrays.hashCode(choices());
  }
}
