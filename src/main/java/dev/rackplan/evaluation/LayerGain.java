package dev.rackplan.evaluation;

import dev.rackplan.cost.MoeLayerTerms;

/**
 * The difference between the times of one MoE layer under two plans, in s, split among what the
 * times are made of.
 *
 * <p>A layer's time takes the longer of load and fetch, of links and ports, and with two-batch
 * overlap of compute and network, so what one term saves depends on the others. Each term gets its
 * Shapley value: the mean, over all orders in which the terms could change from one plan's to the
 * other's one by one, of what its own change saves. So the parts sum to the difference, and a term
 * that binds in neither plan gets nothing.
 *
 * <p>The links' part is split further. The busiest link takes {@code choices · (copies / choices) ·
 * (link / copies)}: choices that leave home, over choices per copy, times the busiest link's time
 * per remote copy of a token. Each factor gets the share of its logarithm in the logarithm of the
 * product, before against after. Where nothing leaves home in one plan, that is all.
 */
record LayerGain(
    double balance,
    double fetch,
    double home,
    double together,
    double links,
    double ports,
    double other) {
  static final LayerGain NONE = new LayerGain(0, 0, 0, 0, 0, 0, 0);

  private static final int TERMS = 6;
  // Below this ratio's logarithm the busiest link counts as unchanged.
  private static final double UNCHANGED = 1e-12;

  /** What {@code now} saves against {@code before}. */
  static LayerGain of(MoeLayerTerms now, MoeLayerTerms before) {
    double[] seconds = new double[1 << TERMS];
    for (int mask = 0; mask < seconds.length; mask++) {
      seconds[mask] = mixed(now, before, mask).seconds();
    }
    double link = share(seconds, 0);
    double ofLink = StrictMath.log(before.linkSeconds()) - StrictMath.log(now.linkSeconds());
    double ofChoices = StrictMath.log(before.remoteChoices()) - StrictMath.log(now.remoteChoices());
    double ofCopies = StrictMath.log(before.remoteCopies()) - StrictMath.log(now.remoteCopies());
    double home;
    double together;
    if (!Double.isFinite(ofLink + ofChoices + ofCopies)) {
      home = link;
      together = 0;
    } else if (Math.abs(ofLink) < UNCHANGED) {
      home = 0;
      together = 0;
    } else {
      home = link * ofChoices / ofLink;
      together = link * (ofCopies - ofChoices) / ofLink;
    }
    return new LayerGain(
        share(seconds, 1),
        share(seconds, 2),
        home,
        together,
        link - home - together,
        share(seconds, 3),
        share(seconds, 4) + share(seconds, 5));
  }

  /** {@code now}, but with those terms of {@code before} whose bit is set in {@code mask}. */
  private static MoeLayerTerms mixed(MoeLayerTerms now, MoeLayerTerms before, int mask) {
    return new MoeLayerTerms(
        of(mask, 4, before, now).mixerSeconds(),
        of(mask, 1, before, now).loadSeconds(),
        of(mask, 2, before, now).fetchSeconds(),
        of(mask, 5, before, now).latencySeconds(),
        of(mask, 0, before, now).linkSeconds(),
        of(mask, 3, before, now).portSeconds(),
        of(mask, 4, before, now).overheadSeconds(),
        now.remoteChoices(),
        now.remoteCopies(),
        now.overlap());
  }

  private static MoeLayerTerms of(int mask, int term, MoeLayerTerms set, MoeLayerTerms unset) {
    return (mask >> term & 1) == 1 ? set : unset;
  }

  /** Shapley value of one term, {@code seconds[mask]} being the time with the mask's terms. */
  private static double share(double[] seconds, int term) {
    double share = 0;
    for (int mask = 0; mask < seconds.length; mask++) {
      if ((mask >> term & 1) == 0) {
        share += weight(Integer.bitCount(mask)) * (seconds[mask | 1 << term] - seconds[mask]);
      }
    }
    return share;
  }

  /** Share of the orders in which just {@code earlier} given terms change before a given one. */
  private static double weight(int earlier) {
    double weight = 1.0 / TERMS;
    for (int i = 1; i <= earlier; i++) {
      weight *= i / (double) (TERMS - i);
    }
    return weight;
  }

  LayerGain plus(LayerGain more) {
    return new LayerGain(
        balance + more.balance,
        fetch + more.fetch,
        home + more.home,
        together + more.together,
        links + more.links,
        ports + more.ports,
        other + more.other);
  }

  LayerGain times(double factor) {
    return new LayerGain(
        balance * factor,
        fetch * factor,
        home * factor,
        together * factor,
        links * factor,
        ports * factor,
        other * factor);
  }
}
