package dev.rackplan.cost;

import dev.rackplan.law.Answer;
import dev.rackplan.law.Collective;
import dev.rackplan.law.OpKind;
import dev.rackplan.topology.LinkSpec;
import java.util.Optional;
import java.util.function.Function;

/**
 * Time of all-reduces, all-gathers and reduce-scatters among groups of a stage's GPUs that run at
 * the same time.
 *
 * <p>Within a domain the engine's law where it was measured, else a ring: {@code α + f·(g-1)/g ·
 * bytes / bandwidth}, f = 2 for an all-reduce and 1 for the others. Over m domains hierarchical, as
 * engines do it: within each domain, and between them each GPU's NIC carries its part, {@code α +
 * f·(m-1)/m · bytes/(g/m) / NIC}.
 *
 * <p>Source: a ring all-reduce moves 2(g-1)/g of the data per member. Left out: in-switch reduction
 * (NVLS) where no law has it, which halves it.
 */
final class CollectiveTime {
  private final StageShape shape;
  private final Function<OpKind, Optional<Answer>> laws;

  /**
   * @param laws of collectives within a domain, where they were measured
   */
  CollectiveTime(StageShape shape, Function<OpKind, Optional<Answer>> laws) {
    this.shape = shape;
    this.laws = laws;
  }

  /**
   * Time in s of the slowest group's collective; 0 for one member.
   *
   * @param kind all-reduce, all-gather or reduce-scatter
   * @param elements of the whole vector
   * @param bytes of one element
   * @param members g of a group
   * @param stride positions from one member to the next: groups of neighbours have 1
   */
  double seconds(OpKind kind, double elements, double bytes, int members, int stride) {
    if (members == 1) {
      return 0;
    }
    Optional<Answer> law = laws.apply(kind);
    double passes = kind == OpKind.ALL_REDUCE ? 2 : 1;
    double slowest = 0;
    int block = members * stride;
    for (int first = 0; first + block <= shape.gpuCount(); first += block) {
      for (int lane = first; lane < first + stride; lane++) {
        slowest =
            Math.max(
                slowest, ofGroup(law, passes, lane, members, stride, elements, elements * bytes));
      }
    }
    return slowest;
  }

  private double ofGroup(
      Optional<Answer> law,
      double passes,
      int first,
      int members,
      int stride,
      double elements,
      double bytes) {
    int[] inDomain = new int[shape.domainCount()];
    for (int i = 0; i < members; i++) {
      inDomain[shape.domainOf(first + i * stride)]++;
    }
    int domains = 0;
    int fewest = members;
    double within = 0;
    for (int d = 0; d < inDomain.length; d++) {
      if (inDomain[d] > 0) {
        domains++;
        fewest = Math.min(fewest, inDomain[d]);
        within =
            Math.max(
                within, withinDomain(shape.scaleUp(d), law, passes, inDomain[d], elements, bytes));
      }
    }
    return domains == 1
        ? within
        : within + ring(shape.scaleOut().nic(), passes, domains, bytes / fewest);
  }

  private static double withinDomain(
      LinkSpec link,
      Optional<Answer> law,
      double passes,
      int members,
      double elements,
      double bytes) {
    if (members == 1) {
      return 0;
    }
    return law.isPresent()
        ? law.get().seconds(new Collective(bytes, elements, members))
        : ring(link, passes, members, bytes);
  }

  private static double ring(LinkSpec link, double passes, int members, double bytes) {
    return link.latencySeconds()
        + passes * (members - 1) / members * bytes / link.sustainedBytesPerSecond();
  }
}
