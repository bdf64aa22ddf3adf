package dev.rackplan.cost.placement;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.problem.CopyRule;

/**
 * What leaves a token's home domain, per token of the stage.
 *
 * <p>Choices: {@code Σ_A |A|/G · Σ_e f_e · Σ_{D≠A} S(e, A, D)}, with S the share of home domain A's
 * tokens of expert e that domain D gets ({@link ReplicaShares}). A sum over single choices, so it
 * is exact from recorded tokens and from loads alike. Copies are the tally's.
 *
 * @param choices expert choices served in another domain
 * @param copies copies sent to other domains by the copy rule; as many as choices where each choice
 *     gets its own
 */
public record RemoteTraffic(double choices, double copies) {

  /** What one placement sends under one scenario. */
  public static RemoteTraffic of(PlacementTally tally) {
    double choices = choicesPerToken(tally);
    return new RemoteTraffic(
        choices, tally.copyRule() == CopyRule.PER_EXPERT ? choices : copiesPerToken(tally));
  }

  private static double choicesPerToken(PlacementTally tally) {
    StageShape shape = tally.shape();
    ShareTable table = tally.table();
    double choices = 0;
    for (int expert = 0; expert < tally.routing().experts(); expert++) {
      ReplicaShares shares = table.shares(expert);
      double leaving = 0;
      for (int i = 0; i < shares.gpuCount(); i++) {
        leaving += leaving(shape, table.homes(), shares, i);
      }
      choices += tally.routing().frequency(expert) * leaving;
    }
    return choices;
  }

  // Share of an expert's tokens that the i-th GPU gets from other domains.
  private static double leaving(StageShape shape, int homes, ReplicaShares shares, int i) {
    int own = shape.domainOf(shares.gpu(i));
    if (homes == 1) {
      // Every home chooses alike.
      return (1 - shape.domainSize(own) / (double) shape.gpuCount()) * shares.share(0, i);
    }
    double leaving = 0;
    for (int home = 0; home < homes; home++) {
      if (home != own) {
        leaving += shape.domainSize(home) / (double) shape.gpuCount() * shares.share(home, i);
      }
    }
    return leaving;
  }

  /** Copies by the copy rule, as the tally counts them. */
  public static double copiesPerToken(PlacementTally tally) {
    StageShape shape = tally.shape();
    boolean forwarded = tally.copyRule() == CopyRule.PER_DOMAIN;
    double copies = 0;
    for (int home = 0; home < shape.domainCount(); home++) {
      double share = shape.domainSize(home) / (double) shape.gpuCount();
      for (int g = 0; g < shape.gpuCount() && !forwarded; g++) {
        if (shape.domainOf(g) != home) {
          copies += share * tally.copiesFromOtherDomain(home, g);
        }
      }
      for (int domain = 0; domain < shape.domainCount() && forwarded; domain++) {
        if (domain != home) {
          copies += share * tally.copiesToDomain(home, domain);
        }
      }
    }
    return copies;
  }
}
