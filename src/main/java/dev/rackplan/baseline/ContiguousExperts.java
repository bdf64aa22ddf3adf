package dev.rackplan.baseline;

import dev.rackplan.plan.ExpertMap;

/**
 * The engines' default: slot s holds expert s mod E, so GPUs hold runs of neighbours and the
 * redundant slots at the end repeat experts 0, 1, ….
 *
 * <p>This is SGLang's trivial expert location and vLLM's {@code linear} placement. Slots that do
 * not divide over the GPUs, which neither runs, are cut where {@link dev.rackplan.plan.GpuSlots}
 * cuts.
 */
public record ContiguousExperts() implements ExpertBaseline {
  @Override
  public String name() {
    return "contiguous";
  }

  @Override
  public ExpertMap place(LayerRequest request) {
    int[] expertOfSlot = new int[request.slots()];
    for (int slot = 0; slot < expertOfSlot.length; slot++) {
      expertOfSlot[slot] = slot % request.experts();
    }
    return new ExpertMap(expertOfSlot, request.gpus());
  }
}
