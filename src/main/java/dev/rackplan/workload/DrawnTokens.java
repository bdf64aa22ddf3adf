package dev.rackplan.workload;

import dev.rackplan.model.MoeFfn;

/**
 * Tokens for a layer of which only loads are known, where the gate takes a token's experts from few
 * groups: which experts are chosen together is then not independent, and a placement that keeps
 * groups together sends far fewer copies.
 *
 * <p>A token adds standard Gumbel noise to logits and goes through {@link GroupLimitedTopK}; the
 * logits are fitted so that experts are chosen as often as the loads say, and what is left of a
 * difference is made good by exchanging experts of single tokens, inside a group first, so that no
 * token uses more groups than the gate lets it. Left out: that some experts of a group are chosen
 * together more than others, and requests; both need recorded tokens.
 */
final class DrawnTokens {
  /** Tokens that are drawn. */
  static final int TOKENS = 4096;

  private static final int FITTED_TOKENS = 1024;
  private static final int ROUNDS = 4;
  private static final double STEP = 0.7;
  private static final double HALF = 0.5;
  private static final long SEED = 0x5DEECE66DL;

  private final MoeFfn moe;
  private final double[] frequency;
  private final GroupLimitedTopK gate;
  private final SplitMix64 random;
  private final double[] logits;
  private final double[] scores;
  private final int k;

  private DrawnTokens(LayerRouting loads, MoeFfn moe) {
    this.moe = moe;
    this.k = moe.expertsPerToken();
    this.frequency = loads.frequencies();
    this.gate = new GroupLimitedTopK(moe);
    this.random = SplitMix64.stream(SEED, 0);
    this.logits = new double[frequency.length];
    this.scores = new double[frequency.length];
    for (int e = 0; e < logits.length; e++) {
      logits[e] = StrictMath.log(frequency[e] + HALF / FITTED_TOKENS);
    }
  }

  /** Whether a gate takes a token's experts from few groups. */
  static boolean isLimited(MoeFfn moe) {
    return moe.groupsPerToken() != moe.expertGroups();
  }

  /** Experts of tokens, row-major, that {@code moe}'s gate chooses as often as the loads say. */
  static int[] choices(LayerRouting loads, MoeFfn moe) {
    return new DrawnTokens(loads, moe).draw();
  }

  private int[] draw() {
    for (int round = 0; round < ROUNDS; round++) {
      int[] counts = counts(choices(FITTED_TOKENS));
      for (int e = 0; e < logits.length; e++) {
        double wanted = frequency[e] * FITTED_TOKENS + HALF;
        logits[e] += STEP * StrictMath.log(wanted / (counts[e] + HALF));
      }
    }
    int[] choices = choices(TOKENS);
    makeGood(choices);
    return choices;
  }

  private int[] choices(int tokens) {
    int[] choices = new int[tokens * k];
    for (int token = 0; token < tokens; token++) {
      GumbelNoise.add(logits, scores, random);
      gate.choose(scores, choices, token * k);
    }
    return choices;
  }

  private int[] counts(int[] choices) {
    int[] counts = new int[frequency.length];
    for (int expert : choices) {
      counts[expert]++;
    }
    return counts;
  }

  // Choices beyond what the loads say go to experts that lack some: of their group, then of a group
  // that the token uses anyhow.
  private void makeGood(int[] choices) {
    int[] beyond = counts(choices);
    for (int e = 0; e < beyond.length; e++) {
      beyond[e] -= (int) Math.round(frequency[e] * TOKENS);
    }
    for (boolean sameGroup : new boolean[] {true, false}) {
      for (int at = 0; at < choices.length; at++) {
        if (beyond[choices[at]] > 0) {
          int other = lacking(choices, at, beyond, sameGroup);
          if (other >= 0) {
            beyond[choices[at]]--;
            beyond[other]++;
            choices[at] = other;
          }
        }
      }
    }
  }

  private int lacking(int[] choices, int at, int[] beyond, boolean sameGroup) {
    int size = moe.experts() / moe.expertGroups();
    int first = at - at % k;
    int most = -1;
    for (int j = sameGroup ? at : first; j < (sameGroup ? at + 1 : first + k); j++) {
      int group = choices[j] / size;
      for (int e = group * size; e < (group + 1) * size; e++) {
        if (beyond[e] < 0 && (most < 0 || beyond[e] < beyond[most]) && !chosen(choices, first, e)) {
          most = e;
        }
      }
    }
    return most;
  }

  private boolean chosen(int[] choices, int first, int expert) {
    for (int j = first; j < first + k; j++) {
      if (choices[j] == expert) {
        return true;
      }
    }
    return false;
  }
}
