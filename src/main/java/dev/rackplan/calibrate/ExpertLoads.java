package dev.rackplan.calibrate;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The loads of the rank that expert rows time, by the name of a token distribution; as the tables'
 * collectors make them (the draws themselves are not stored, so their mean counts).
 */
final class ExpertLoads {
  /**
   * What loads depend on.
   *
   * @param distribution such as {@code balanced}, {@code power_law_1.2}, {@code uniform}
   * @param tokens of the whole group
   * @param experts of the layer
   * @param picks experts that a token chooses
   * @param ranks that experts are split over
   */
  record Case(String distribution, int tokens, int experts, int picks, int ranks) {}

  private static final String POWER = "power_law_";

  private final Map<Case, Optional<ExpertLoad>> known = new HashMap<>();
  private final Map<Case, PowerLawCounts> counts = new HashMap<>();

  /** The load of the timed rank; empty where the distribution is not known. */
  Optional<ExpertLoad> of(Case asked) {
    return known.computeIfAbsent(asked, this::count);
  }

  private Optional<ExpertLoad> count(Case asked) {
    if (asked.distribution().equals("balanced")) {
      return Optional.of(balanced(asked));
    }
    if (asked.distribution().equals("random") || asked.distribution().equals("uniform")) {
      return Optional.of(uniform(asked));
    }
    if (!asked.distribution().startsWith(POWER)) {
      return Optional.empty();
    }
    try {
      double exponent = Double.parseDouble(asked.distribution().substring(POWER.length()));
      // Draws are the same for every split of experts over ranks.
      Case whole =
          new Case(asked.distribution(), asked.tokens(), asked.experts(), asked.picks(), 1);
      return Optional.of(
          counts
              .computeIfAbsent(
                  whole,
                  one -> new PowerLawCounts(one.tokens(), one.experts(), one.picks(), exponent))
              .busiest(asked.ranks()));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Token t takes experts t, t + s, t + 2s, … with s = ceil(experts / picks), modulo experts. */
  static ExpertLoad balanced(Case asked) {
    int experts = asked.experts();
    int stride = (experts + asked.picks() - 1) / asked.picks();
    int here = Math.max(1, experts / asked.ranks());
    long[] tokens = new long[here];
    long cycles = asked.tokens() / experts;
    for (int token = 0; token < asked.tokens() % experts; token++) {
      for (int pick = 0; pick < asked.picks(); pick++) {
        int expert = (int) ((token + (long) pick * stride) % experts);
        if (expert < here) {
          tokens[expert]++;
        }
      }
    }
    double pairs = 0;
    double active = 0;
    for (long count : tokens) {
      double all = count + (double) cycles * asked.picks();
      pairs += all;
      active += all > 0 ? 1 : 0;
    }
    return new ExpertLoad(pairs, active);
  }

  private static ExpertLoad uniform(Case asked) {
    double share = Math.min(1, (double) asked.picks() / asked.experts());
    double here = (double) asked.experts() / asked.ranks();
    return new ExpertLoad(
        (double) asked.tokens() * asked.picks() / asked.ranks(),
        here * (1 - Math.pow(1 - share, asked.tokens())));
  }
}
