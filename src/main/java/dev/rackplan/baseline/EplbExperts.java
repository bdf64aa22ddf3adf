package dev.rackplan.baseline;

import dev.rackplan.plan.ExpertMap;
import java.util.Arrays;

/**
 * DeepSeek's EPLB by load, in one of its two modes.
 *
 * <p>EPLB's nodes are the scale-up domains of the stage. Its groups are the model's routing groups,
 * or one per domain for a model without groups.
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
    if (!hierarchical(request)) {
      return new ExpertMap(
          Eplb.rebalanceLayer(weight, request.slots(), 1, 1, request.gpus()), request.gpus());
    }
    int[] gpusByDomain = gpusByDomain(request.domainOfGpu());
    int domains = domains(request);
    int[] packed =
        Eplb.rebalanceLayer(weight, request.slots(), groups(request), domains, request.gpus());
    int slotsPerGpu = request.slots() / request.gpus();
    int[] expertOfSlot = new int[packed.length];
    for (int gpu = 0; gpu < request.gpus(); gpu++) {
      System.arraycopy(
          packed, gpu * slotsPerGpu, expertOfSlot, gpusByDomain[gpu] * slotsPerGpu, slotsPerGpu);
    }
    return new ExpertMap(expertOfSlot, request.gpus());
  }

  /**
   * Whether the layer is placed hierarchically: false in global mode, and where EPLB falls back to
   * it because groups or experts do not divide over the domains, or the domains differ in size.
   */
  public boolean hierarchical(LayerRequest request) {
    int domains = domains(request);
    int groups = groups(request);
    return mode == Mode.HIERARCHICAL
        && groups % domains == 0
        && request.experts() % groups == 0
        && request.gpus() % domains == 0
        && sameSize(request.domainOfGpu(), request.gpus() / domains);
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
