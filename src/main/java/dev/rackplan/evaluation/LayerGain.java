package dev.rackplan.evaluation;

import dev.rackplan.cost.MoeLayerTerms;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.ExpertTime;
import dev.rackplan.cost.operation.Term;
import java.util.Arrays;
import java.util.List;

/**
 * The difference between the times of one MoE layer under two plans, in s, split among what the
 * times are made of.
 *
 * <p>A layer's time takes load and fetch together by a norm, the longer of links and ports, and
 * with two-batch overlap of compute and network, so what one term saves depends on the others. Each
 * term gets its Shapley value: the mean, over all orders in which the terms could change from one
 * plan's to the other's one by one, of what its own change saves. So the parts sum to the
 * difference, and a term that binds in neither plan gets nothing.
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
    Breakdown placed,
    double other) {
  static final LayerGain NONE = new LayerGain(0, 0, 0, 0, 0, 0, Breakdown.NONE, 0);

  // What changes from one plan's to the other's: these, and each further term that a placement
  // decides.
  private static final int LINK = 0;
  private static final int LOAD = 1;
  private static final int FETCH = 2;
  private static final int PORT = 3;
  private static final int LATENCY = 4;
  private static final int FIXED = 5;
  private static final int FIRST_TERM = 6;

  // Below this ratio's logarithm the busiest link counts as unchanged.
  private static final double UNCHANGED = 1e-12;

  /** What {@code now} saves against {@code before}. */
  static LayerGain of(MoeLayerTerms now, MoeLayerTerms before) {
    List<Term> terms = placedTerms(now, before);
    double[] seconds = new double[1 << FIRST_TERM + terms.size()];
    for (int mask = 0; mask < seconds.length; mask++) {
      seconds[mask] = mixed(now, before, terms, mask).seconds();
    }
    double link = share(seconds, LINK);
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
    Breakdown placed = Breakdown.NONE;
    for (int t = 0; t < terms.size(); t++) {
      placed = placed.with(terms.get(t), share(seconds, FIRST_TERM + t));
    }
    return new LayerGain(
        share(seconds, LOAD),
        share(seconds, FETCH),
        home,
        together,
        link - home - together,
        share(seconds, PORT),
        placed,
        share(seconds, FIXED) + share(seconds, LATENCY));
  }

  // Terms that a placement decides beside experts, dispatch and combine: those that differ. Of one
  // that doesn't the share is 0, with it or without.
  private static List<Term> placedTerms(MoeLayerTerms now, MoeLayerTerms before) {
    return Arrays.stream(Term.values())
        .filter(term -> term.origin() == Term.Origin.PLACEMENT)
        .filter(term -> now.beside().of(term) != before.beside().of(term))
        .toList();
  }

  /** {@code now}, but with what {@code before} has where its bit is set in {@code mask}. */
  private static MoeLayerTerms mixed(
      MoeLayerTerms now, MoeLayerTerms before, List<Term> terms, int mask) {
    Breakdown beside = of(mask, FIXED, before, now).beside();
    for (int t = 0; t < terms.size(); t++) {
      Term term = terms.get(t);
      beside = beside.with(term, of(mask, FIRST_TERM + t, before, now).beside().of(term));
    }
    return new MoeLayerTerms(
        beside,
        experts(of(mask, LOAD, before, now).experts(), of(mask, FETCH, before, now).experts()),
        of(mask, LATENCY, before, now).latencySeconds(),
        of(mask, LINK, before, now).linkSeconds(),
        of(mask, PORT, before, now).portSeconds(),
        now.remoteChoices(),
        now.remoteCopies(),
        now.overlap());
  }

  // What a GPU computes brings its sorting and moving of activations with it.
  private static ExpertTime experts(ExpertTime load, ExpertTime fetch) {
    return new ExpertTime(
        load.computeSeconds(), fetch.fetchSeconds(), load.restSeconds(), load.norm());
  }

  private static MoeLayerTerms of(int mask, int part, MoeLayerTerms set, MoeLayerTerms unset) {
    return (mask >> part & 1) == 1 ? set : unset;
  }

  /** Shapley value of one part, {@code seconds[mask]} being the time with the mask's parts. */
  private static double share(double[] seconds, int part) {
    int parts = Integer.numberOfTrailingZeros(seconds.length);
    double share = 0;
    for (int mask = 0; mask < seconds.length; mask++) {
      if ((mask >> part & 1) == 0) {
        share +=
            weight(Integer.bitCount(mask), parts) * (seconds[mask | 1 << part] - seconds[mask]);
      }
    }
    return share;
  }

  /** Share of the orders in which just {@code earlier} given parts change before a given one. */
  private static double weight(int earlier, int parts) {
    double weight = 1.0 / parts;
    for (int i = 1; i <= earlier; i++) {
      weight *= i / (double) (parts - i);
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
        placed.plus(more.placed),
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
        placed.times(factor),
        other * factor);
  }
}
