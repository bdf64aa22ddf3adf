package dev.rackplan.cost.link;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Domain;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.Sharding;

/**
 * Data-parallel ranks by how many of them there are and how many share a domain, wherever they
 * stand: tensor-parallel neighbours stand together, data-parallel ones next (Megatron's rank
 * order).
 *
 * @param members ranks of the group
 * @param domains that they spread over
 * @param bytesPerSecond of one member's way out
 * @param hopSeconds from one domain to the next, or from GPU to GPU within one
 */
public record RankGroup(int members, int domains, double bytesPerSecond, double hopSeconds) {
  // Chosen by looking (docs/decisions/0027): rings over more domains get less of their NICs.
  private static final double SLOWER_PER_DOUBLING = 0.2;

  /** Those that hold one copy of a stage's weights together, routed experts aside. */
  public static RankGroup ofShards(Problem problem, Layout layout, Sharding sharding) {
    int rank = layout.attentionTensorParallel();
    int all = layout.replicas() * (layout.gpusPerStage() / rank);
    return of(problem, sharding.groupOf(all), rank);
  }

  /** Those that hold one copy of a GPU's routed experts together: one in each replica. */
  public static RankGroup ofExperts(Problem problem, Layout layout, Sharding sharding) {
    int all = layout.replicas() * (layout.gpusPerStage() / layout.attentionTensorParallel());
    return of(problem, sharding.expertGroupOf(all, layout.replicas()), layout.gpusPerStage());
  }

  // Of so many members, each so many GPUs after the one before.
  private static RankGroup of(Problem problem, int members, int rank) {
    Topology topology = problem.topology();
    Domain domain = topology.domains().get(0);
    int inDomain = Math.max(1, Math.min(members, domain.gpus().size() / rank));
    int domains = (members + inDomain - 1) / inDomain;
    double port = domain.scaleUp().sustainedBytesPerSecond();
    double out = inDomain * topology.scaleOut().nic().sustainedBytesPerSecond();
    double rate = domains == 1 ? port : inDomain == 1 ? out : Math.min(port, out);
    double hop =
        domains == 1
            ? domain.scaleUp().latencySeconds()
            : 2 * topology.scaleOut().nic().latencySeconds();
    return new RankGroup(members, domains, rate / slowdown(domains), hop);
  }

  /** How much longer a ring over so many domains takes than over two. */
  public static double slowdown(int domains) {
    return domains <= 1 ? 1 : 1 + SLOWER_PER_DOUBLING * StrictMath.log(domains) / StrictMath.log(2);
  }

  /** Gathering or scattering {@code bytes} that the group holds together, in s. */
  public double partSeconds(double bytes) {
    return bytes * (members - 1) / members / bytesPerSecond;
  }

  /**
   * The same by a ring that every member passes a part on, in s: so many hops between domains lie
   * one after another.
   */
  public double ringSeconds(double bytes) {
    return partSeconds(bytes) + (domains == 1 ? members - 1 : domains) * hopSeconds;
  }

  /**
   * Each member's part of {@code bytes} broadcast by it, one member after another, in s: a ring
   * over all domains, that each broadcast passes once (NCCL broadcasts by rings).
   */
  public double broadcastSeconds(double bytes) {
    int hops = domains == 1 ? members - 1 : domains - 1;
    return partSeconds(bytes) + (double) members * hops * hopSeconds;
  }
}
