package dev.rackplan.plan;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

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

  /** Whether each expert lies once, all in order: what engines begin with by themselves. */
  public boolean isInOrder() {
    return IntStream.range(0, slots()).allMatch(slot -> expertOfSlot[slot] == slot);
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

  /**
   * Slots whose expert another slot of the same GPU holds already, ascending: they take memory, and
   * some engines compute wrong results from them.
   */
  public int[] secondCopies() {
    return IntStream.range(0, slots()).filter(slot -> isSecondCopy(expertOfSlot, slot)).toArray();
  }

  private boolean isSecondCopy(int[] slots, int slot) {
    for (int other = firstSlot(gpuOfSlot(slot)); other < slot; other++) {
      if (slots[other] == slots[slot]) {
        return true;
      }
    }
    return false;
  }

  /**
   * The same map with each second copy exchanged for the expert of another GPU whose load a replica
   * is nearest, so that both lack what they get; where there is none, an expert that the GPU lacks
   * takes its place.
   *
   * @param frequency share of tokens per expert; no GPU has more slots than there are experts
   */
  public ExpertMap withoutSecondCopies(double[] frequency) {
    return withoutSecondCopies(frequency, gpu -> 0);
  }

  /**
   * As {@link #withoutSecondCopies(double[])}, in exchange for slots of the same domain where that
   * can be, so that experts that a placement keeps together stay so.
   *
   * @param domainOfGpu of the GPU at each position
   */
  public ExpertMap withoutSecondCopies(double[] frequency, IntUnaryOperator domainOfGpu) {
    int[] copies = secondCopies();
    if (copies.length == 0) {
      return this;
    }
    int[] replicas = new int[frequency.length];
    for (int expert : expertOfSlot) {
      replicas[expert]++;
    }
    double[] load = new double[frequency.length];
    for (int expert = 0; expert < load.length; expert++) {
      load[expert] = frequency[expert] / Math.max(1, replicas[expert]);
    }
    int[] slots = expertOfSlot.clone();
    // An exchange may have freed a later one.
    for (int slot : copies) {
      if (isSecondCopy(slots, slot)) {
        resolve(slots, slot, load, domainOfGpu);
      }
    }
    return new ExpertMap(slots, gpus());
  }

  private void resolve(int[] slots, int slot, double[] load, IntUnaryOperator domainOfGpu) {
    int gpu = gpuOfSlot(slot);
    int best = -1;
    boolean bestNear = false;
    double least = Double.POSITIVE_INFINITY;
    for (int other = 0; other < slots.length; other++) {
      int there = gpuOfSlot(other);
      boolean near = domainOfGpu.applyAsInt(there) == domainOfGpu.applyAsInt(gpu);
      double apart = Math.abs(load[slots[other]] - load[slots[slot]]);
      if ((near == bestNear ? apart < least : near)
          && there != gpu
          && !dealt.holds(slots, gpu, slots[other])
          && !dealt.holds(slots, there, slots[slot])) {
        best = other;
        bestNear = near;
        least = apart;
      }
    }
    if (best >= 0) {
      int expert = slots[slot];
      slots[slot] = slots[best];
      slots[best] = expert;
      return;
    }
    int expert = 0;
    while (dealt.holds(slots, gpu, expert)) {
      expert++;
    }
    slots[slot] = expert;
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
