package dev.rackplan.cost.link;

import dev.rackplan.topology.GpuGeneration;

/**
 * Time of an all-reduce that a domain's switches sum up, NCCL's NVLS: {@code 25 µs + bytes / (s ·
 * bandwidth)}, s = 0.85 on Hopper and 0.74 from Blackwell on. Each GPU sends its data once and
 * takes sums once, both at the same time, where a ring takes 2(g-1)/g.
 *
 * <p>Source, vendor: NCCL 2.30.7, src/graph/tuning.cc ({@code nvlsEfficiency}, {@code hwLatencies};
 * all-reduce pipelines its two halves, one channel for each GPU). NCCL takes the algorithm that
 * these tables say is the fastest, so {@link CollectiveTime} takes the faster of this and a ring.
 * Left out: all-gather and reduce-scatter, of which NVLS moves as many bytes as a ring.
 */
final class SwitchReduction {
  private static final double LATENCY_SECONDS = 25e-6;
  private static final double HOPPER = 0.85;
  private static final double LATER = 0.74;

  private SwitchReduction() {}

  /**
   * Seconds of an all-reduce of {@code bytes} in a domain; infinite where its switches can't.
   *
   * @param position of a GPU of the stage there
   */
  static double seconds(StageShape shape, int position, double bytes) {
    int domain = shape.domainOf(position);
    if (!shape.reducesInSwitch(domain)) {
      return Double.POSITIVE_INFINITY;
    }
    boolean hopper =
        shape.spec(position).generation().filter(GpuGeneration.HOPPER::equals).isPresent();
    double rate = shape.scaleUp(domain).sustainedBytesPerSecond() * (hopper ? HOPPER : LATER);
    return LATENCY_SECONDS + bytes / rate;
  }
}
