package dev.rackplan.plan;

/**
 * How the expert slots of one layer are dealt to a stage's GPUs: as evenly as can be, GPU by GPU in
 * rank order; where they do not divide, the first {@code slots mod gpus} GPUs hold one more.
 *
 * <p>The one place that says which slot lies on which GPU. No GPU stays without a slot.
 *
 * @param slots expert slots of the layer, at least {@code gpus}
 * @param gpus GPUs G of the stage
 */
public record GpuSlots(int slots, int gpus) {
  public GpuSlots {
    if (gpus < 1 || slots < gpus) {
      throw new IllegalArgumentException(
          slots + " slots for " + gpus + " GPUs: each GPU must hold one at least");
    }
  }

  /** Position in the stage of the GPU that holds {@code slot}. */
  public int gpuOfSlot(int slot) {
    int inFuller = slots % gpus * mostSlotsPerGpu();
    return slot < inFuller
        ? slot / mostSlotsPerGpu()
        : slots % gpus + (slot - inFuller) / (slots / gpus);
  }

  /** First slot of the GPU at position {@code gpu}; its others follow. */
  public int firstSlot(int gpu) {
    return gpu * (slots / gpus) + Math.min(gpu, slots % gpus);
  }

  /** Slots of the GPU at position {@code gpu}. */
  public int slotsOf(int gpu) {
    return slots / gpus + (gpu < slots % gpus ? 1 : 0);
  }

  /** Slots of the fullest GPU, which is the first. */
  public int mostSlotsPerGpu() {
    return (slots + gpus - 1) / gpus;
  }

  /**
   * Whether a slot of the GPU at position {@code gpu} holds {@code expert}.
   *
   * @param expertOfSlot of all GPUs, as dealt here
   */
  public boolean holds(int[] expertOfSlot, int gpu, int expert) {
    int first = firstSlot(gpu);
    for (int slot = first; slot < first + slotsOf(gpu); slot++) {
      if (expertOfSlot[slot] == expert) {
        return true;
      }
    }
    return false;
  }

  /** Whether each GPU holds as many as every other: what engines can run. */
  public boolean even() {
    return slots % gpus == 0;
  }
}
