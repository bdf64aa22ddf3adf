package dev.rackplan.baseline;

import dev.rackplan.plan.ExpertMap;

/**
 * Expert e on GPU e mod G, as vLLM's {@code round_robin} placement.
 *
 * <p>vLLM uses it without redundant experts only. Here redundant slots go on dealing: the i-th slot
 * dealt goes to GPU i mod G, also where the slots do not divide over the GPUs. Where G divides E
 * each further lap starts one expert later, since an expert would otherwise meet its own copy on
 * the same GPU.
 */
public record RoundRobinExperts() implements ExpertBaseline {
  @Override
  public String name() {
    return "round-robin";
  }

  @Override
  public ExpertMap place(LayerRequest request) {
    int experts = request.experts();
    int gpus = request.gpus();
    int shiftPerLap = experts % gpus == 0 ? 1 : 0;
    int[] expertOfSlot = new int[request.slots()];
    for (int dealt = 0; dealt < expertOfSlot.length; dealt++) {
      int lap = dealt / experts;
      expertOfSlot[request.dealt().firstSlot(dealt % gpus) + dealt / gpus] =
          (dealt + lap * shiftPerLap) % experts;
    }
    return new ExpertMap(expertOfSlot, gpus);
  }
}
