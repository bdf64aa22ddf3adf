package dev.rackplan.cost;

import dev.rackplan.law.Answer;
import dev.rackplan.law.Collective;
import dev.rackplan.model.Dtype;
import dev.rackplan.topology.LinkSpec;
import java.util.Optional;

/** Time of the all-reduces that attention tensor parallelism needs. */
public final class TensorParallelTime {
  private TensorParallelTime() {}

  /**
   * One all-reduce of a rank's activations; 0 for t = 1.
   *
   * <p>Within a domain the engine's law where it was measured, else a ring: {@code α + 2(t-1)/t ·
   * n·h·2 bytes / bandwidth}. Over m domains hierarchical, as engines do it: within each domain,
   * and between them each GPU's NIC carries its part, {@code α + 2(m-1)/m · bytes/(t/m) / NIC}.
   *
   * <p>Source: ring all-reduce moves 2(t-1)/t of the data per member. Left out: in-switch reduction
   * (NVLS) where no law has it, which halves it.
   *
   * @param law of the all-reduce within a domain
   * @param tokens n of the rank
   * @param degree GPUs t of one attention rank; ranks are runs of t consecutive positions
   * @param hiddenSize width h in elements, sent in BF16
   */
  static double allReduceSeconds(
      StageShape shape, Optional<Answer> law, double tokens, int degree, int hiddenSize) {
    if (degree == 1) {
      return 0;
    }
    double elements = tokens * hiddenSize;
    double slowest = 0;
    for (int first = 0; first < shape.gpuCount(); first += degree) {
      slowest = Math.max(slowest, ofRank(shape, law, first, degree, elements));
    }
    return slowest;
  }

  private static double ofRank(
      StageShape shape, Optional<Answer> law, int first, int degree, double elements) {
    int[] members = new int[shape.domainCount()];
    for (int g = first; g < first + degree; g++) {
      members[shape.domainOf(g)]++;
    }
    int domains = 0;
    int fewest = degree;
    double within = 0;
    for (int d = 0; d < members.length; d++) {
      if (members[d] > 0) {
        domains++;
        fewest = Math.min(fewest, members[d]);
        within = Math.max(within, withinDomain(shape.scaleUp(d), law, members[d], elements));
      }
    }
    return domains == 1
        ? within
        : within + ring(shape.scaleOut().nic(), domains, elements / fewest);
  }

  private static double withinDomain(
      LinkSpec link, Optional<Answer> law, int ranks, double elements) {
    if (ranks == 1) {
      return 0;
    }
    return law.isPresent()
        ? law.get().seconds(new Collective(elements * Dtype.BF16.bytes(), elements, ranks))
        : ring(link, ranks, elements);
  }

  private static double ring(LinkSpec link, int ranks, double elements) {
    double bytes = 2.0 * (ranks - 1) / ranks * elements * Dtype.BF16.bytes();
    return link.latencySeconds() + bytes / link.sustainedBytesPerSecond();
  }
}
