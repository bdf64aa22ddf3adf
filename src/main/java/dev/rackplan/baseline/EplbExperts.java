package dev.rackplan.baseline;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * DeepSeek's EPLB by load, in one of its two modes.
 *
 * <p>EPLB needs equally many slots on each GPU; where they do not divide, each GPU's pack has the
 * size that {@link GpuSlots} deals it. EPLB's nodes are the scale-up domains of the stage. Its
 * groups are the model's routing groups, or one per domain for a model without groups.
 *
 * @param mode hierarchical keeps expert groups within domains; global ignores domains
 */
public record EplbExperts(Mode mode) implements ExpertBaseline {
  /** EPLB's policies. */
  public enum Mode {
    HIERARCHICAL,
    GLOBAL
  }

  @Override
  public String name() {
    return switch (mode) {
      case HIERARCHICAL -> "eplb-hierarchical";
      case GLOBAL -> "eplb-global";
    };
  }

  @Override
  public ExpertMap place(LayerRequest request) {
    float[] weight = new float[request.experts()];
    for (int expert = 0; expert < weight.length; expert++) {
      weight[expert] = (float) request.frequency()[expert];
    }
    GpuSlots dealt = request.dealt();
    if (!hierarchical(request)) {
      int[] slotsOfGpu = IntStream.range(0, request.gpus()).map(dealt::slotsOf).toArray();
      return new ExpertMap(Eplb.rebalanceUneven(weight, slotsOfGpu, 1, 1), request.gpus());
    }
    int[] gpusByDomain = gpusByDomain(request.domainOfGpu());
    int[] slotsOfGpu = Arrays.stream(gpusByDomain).map(dealt::slotsOf).toArray();
    int[] packed = Eplb.rebalanceUneven(weight, slotsOfGpu, groups(request), domains(request));
    int[] expertOfSlot = new int[packed.length];
    int from = 0;
    for (int gpu : gpusByDomain) {
      System.arraycopy(packed, from, expertOfSlot, dealt.firstSlot(gpu), dealt.slotsOf(gpu));
      from += dealt.slotsOf(gpu);
    }
    return new ExpertMap(expertOfSlot, request.gpus());
  }

  /**
   * Whether the layer is placed hierarchically: false in global mode, and where EPLB falls back to
   * it because groups or experts do not divide over the domains, or the domains differ in size; and
   * where the slots are dealt so unevenly that a domain has none for some of its experts.
   */
  public boolean hierarchical(LayerRequest request) {
    int domains = domains(request);
    int groups = groups(request);
    return mode == Mode.HIERARCHICAL
        && groups % domains == 0
        && request.experts() % groups == 0
        && request.gpus() % domains == 0
        && sameSize(request.domainOfGpu(), request.gpus() / domains)
        && fewestSlotsOfADomain(request) >= request.experts() / domains;
  }

  private static int fewestSlotsOfADomain(LayerRequest request) {
    Map<Integer, Integer> slots = new TreeMap<>();
    for (int gpu = 0; gpu < request.gpus(); gpu++) {
      slots.merge(request.domainOfGpu()[gpu], request.dealt().slotsOf(gpu), Integer::sum);
    }
    return Collections.min(slots.values());
  }

  private static int groups(LayerRequest request) {
    return request.expertGroups() > 1 ? request.expertGroups() : domains(request);
  }

  private static int domains(LayerRequest request) {
    return (int) Arrays.stream(request.domainOfGpu()).distinct().count();
  }

  private static boolean sameSize(int[] domainOfGpu, int size) {
    return Arrays.stream(domainOfGpu)
        .allMatch(
            domain -> Arrays.stream(domainOfGpu).filter(other -> other == domain).count() == size);
  }

  /**
   * GPU positions, domain by domain in the order the domains first appear, in rank order within
   * each.
   */
  private static int[] gpusByDomain(int[] domainOfGpu) {
    int[] gpus = new int[domainOfGpu.length];
    int next = 0;
    for (int domain : Arrays.stream(domainOfGpu).distinct().toArray()) {
      for (int gpu = 0; gpu < domainOfGpu.length; gpu++) {
        if (domainOfGpu[gpu] == domain) {
          gpus[next++] = gpu;
        }
      }
    }
    return gpus;
  }
}
