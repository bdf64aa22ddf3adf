package dev.rackplan.plan;

import java.util.Arrays;

/**
 * Which expert sits in which slot of one layer: {@code slots} entries, GPU by GPU in the stage's
 * rank order, the same number on each GPU.
 *
 * <p>Immutable.
 */
public final class ExpertMap {
  private final int[] expertOfSlot;
  private final int gpus;

  /**
   * @param expertOfSlot expert index per slot; length a multiple of {@code gpus}
   * @param gpus GPUs of the stage
   */
  public ExpertMap(int[] expertOfSlot, int gpus) {
    if (gpus < 1 || expertOfSlot.length == 0 || expertOfSlot.length % gpus != 0) {
      throw new IllegalArgumentException(
          expertOfSlot.length + " slots do not divide over " + gpus + " GPUs");
    }
    this.expertOfSlot = expertOfSlot.clone();
    this.gpus = gpus;
  }

  public int slots() {
    return expertOfSlot.length;
  }

  public int gpus() {
    return gpus;
  }

  public int slotsPerGpu() {
    return expertOfSlot.length / gpus;
  }

  public int expert(int slot) {
    return expertOfSlot[slot];
  }

  /** Position of the slot's GPU in the stage. */
  public int gpuOfSlot(int slot) {
    return slot / slotsPerGpu();
  }

  /** A copy: slot → expert. */
  public int[] toArray() {
    return expertOfSlot.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ExpertMap that
        && gpus == that.gpus
        && Arrays.equals(expertOfSlot, that.expertOfSlot);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(expertOfSlot) + gpus;
  }

  @Override
  public String toString() {
    return Arrays.toString(expertOfSlot) + " on " + gpus + " GPUs";
  }
}
