package dev.rackplan.cost;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.FixedPoint;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.RemoteTraffic;
import dev.rackplan.cost.placement.ReplicaShares;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;

/**
 * What one MoE layer's placement makes of one scenario.
 *
 * @param balancedness mean over GPUs ÷ largest GPU load under the engine's dispatch rule, in (0, 1]
 * @param evenBalancedness the same if replicas shared evenly
 * @param remoteDomains distinct domains other than home that a token is sent to, mean
 * @param scaleOutBytesPerToken bytes that leave a token's home domain, dispatch and combine
 *     together
 * @param homeShare share of expert choices served in the token's home domain
 * @param remote choices and copies that leave home
 */
public record PlacementCount(
    double balancedness,
    double evenBalancedness,
    double remoteDomains,
    double scaleOutBytesPerToken,
    double homeShare,
    RemoteTraffic remote) {

  /**
   * Of one tally.
   *
   * @param domains counts the copies that domains receive: {@code tally} itself, or one that counts
   *     by domain where the engine sends a copy for each choice
   * @param replicaGpus ascending positions of the GPUs that hold each expert
   */
  static PlacementCount of(
      ExpertLayerModel model, PlacementTally tally, PlacementTally domains, int[][] replicaGpus) {
    int gpus = tally.shape().gpuCount();
    double[] load = new double[gpus];
    for (int g = 0; g < gpus; g++) {
      load[g] = tally.load(g);
    }
    RemoteTraffic remote = RemoteTraffic.of(tally);
    return new PlacementCount(
        balancedness(load),
        balancedness(evenLoad(tally.routing(), tally.shape(), replicaGpus)),
        remoteDomains(domains),
        model.exchange().scaleOutBytesPerToken(tally),
        Math.max(0, 1 - remote.choices() / tally.routing().expertsPerToken()),
        remote);
  }

  /** Whether the copies that domains receive need a count of their own. */
  static boolean countsDomainsApart(CopyRule rule) {
    return rule == CopyRule.PER_EXPERT;
  }

  // From frequencies alone: where replicas share evenly no token needs to be looked at. Rounded as
  // tallies round.
  private static double[] evenLoad(ScenarioLayer routing, StageShape shape, int[][] replicaGpus) {
    long[] load = new long[shape.gpuCount()];
    for (int expert = 0; expert < replicaGpus.length; expert++) {
      ReplicaShares shares = ReplicaShares.of(DispatchRule.EVEN, shape, replicaGpus[expert]);
      for (int i = 0; i < shares.gpuCount(); i++) {
        load[shares.gpu(i)] += FixedPoint.of(routing.frequency(expert) * shares.totalShare(i));
      }
    }
    double[] plain = new double[load.length];
    for (int g = 0; g < load.length; g++) {
      plain[g] = FixedPoint.toDouble(load[g]);
    }
    return plain;
  }

  private static double balancedness(double[] load) {
    double sum = 0;
    double most = 0;
    for (double gpu : load) {
      sum += gpu;
      most = Math.max(most, gpu);
    }
    return sum / load.length / most;
  }

  private static double remoteDomains(PlacementTally tally) {
    StageShape shape = tally.shape();
    double sum = 0;
    for (int home = 0; home < shape.domainCount(); home++) {
      for (int domain = 0; domain < shape.domainCount(); domain++) {
        if (domain != home) {
          sum +=
              shape.domainSize(home)
                  / (double) shape.gpuCount()
                  * tally.copiesToDomain(home, domain);
        }
      }
    }
    return sum;
  }
}
