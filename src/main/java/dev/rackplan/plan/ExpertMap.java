package dev.rackplan.plan;

import java.util.Arrays;

/**
 * Which expert sits in which slot of one layer: {@code slots} entries, GPU by GPU in the stage's
 * rank order, dealt as {@link GpuSlots} says.
 *
 * <p>Immutable.
 */
public final class ExpertMap {
  private final int[] expertOfSlot;
  private final GpuSlots dealt;

  /**
   * @param expertOfSlot expert index per slot; at least {@code gpus} of them
   * @param gpus GPUs of the stage
   */
  public ExpertMap(int[] expertOfSlot, int gpus) {
    this.expertOfSlot = expertOfSlot.clone();
    this.dealt = new GpuSlots(expertOfSlot.length, gpus);
  }

  public int slots() {
    return expertOfSlot.length;
  }

  public int gpus() {
    return dealt.gpus();
  }

  /** Which slots lie on which GPU. */
  public GpuSlots dealt() {
    return dealt;
  }

  /** Slots of the fullest GPU. */
  public int mostSlotsPerGpu() {
    return dealt.mostSlotsPerGpu();
  }

  /** First slot of the GPU at position {@code gpu}. */
  public int firstSlot(int gpu) {
    return dealt.firstSlot(gpu);
  }

  /** Slots of the GPU at position {@code gpu}. */
  public int slotsOf(int gpu) {
    return dealt.slotsOf(gpu);
  }

  public int expert(int slot) {
    return expertOfSlot[slot];
  }

  /** Experts in the slots of the GPU at position {@code gpu}, in slot order. */
  public int[] expertsOf(int gpu) {
    return Arrays.copyOfRange(expertOfSlot, firstSlot(gpu), firstSlot(gpu) + slotsOf(gpu));
  }

  /** Position of the slot's GPU in the stage. */
  public int gpuOfSlot(int slot) {
    return dealt.gpuOfSlot(slot);
  }

  /** A copy: slot → expert. */
  public int[] toArray() {
    return expertOfSlot.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ExpertMap that
        && gpus() == that.gpus()
        && Arrays.equals(expertOfSlot, that.expertOfSlot);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(expertOfSlot) + gpus();
  }

  @Override
  public String toString() {
    return Arrays.toString(expertOfSlot) + " on " + gpus() + " GPUs";
  }
}
