package dev.rackplan.solver.experts;

import dev.rackplan.plan.ExpertMap;
import java.util.Arrays;

/**
 * Loads of the GPUs where replicas get equal shares, so that a replica's load does not depend on
 * where the others are; and a trial, a change of slots that is kept or dropped.
 *
 * <p>A load is known in several columns: scenarios, or windows of a sample. Mutable.
 */
final class ReplicaLoads {
  private final int experts;
  private final int gpus;
  private final int columns;
  private final double[] frequency;
  private final int[] slots;
  private final int[] gpuOfSlot;
  private final boolean[] holds;
  private final int[] replicas;
  // Of one replica, by expert and column.
  private final double[] replicaLoad;
  // By GPU and column.
  private final double[] load;

  // The trial: its slots, the experts that change places or the one that comes, and the GPUs that
  // it touches, once each, with what they become.
  private int slot;
  private int other;
  private int leaving;
  private int coming;
  private final int[] touched;
  private final int[] placeOfGpu;
  private int touchedCount;
  private final double[] newLoad;

  /**
   * @param frequency share of the tokens that choose each expert, a value for each column, expert
   *     by expert
   * @param start without second copies on a GPU
   */
  ReplicaLoads(double[] frequency, int columns, ExpertMap start) {
    this.frequency = frequency;
    this.columns = columns;
    this.experts = frequency.length / columns;
    this.gpus = start.gpus();
    this.slots = start.toArray();
    this.gpuOfSlot = new int[slots.length];
    this.holds = new boolean[experts * gpus];
    this.replicas = new int[experts];
    for (int i = 0; i < slots.length; i++) {
      gpuOfSlot[i] = start.gpuOfSlot(i);
      holds[slots[i] * gpus + gpuOfSlot[i]] = true;
      replicas[slots[i]]++;
    }
    this.replicaLoad = new double[frequency.length];
    for (int expert = 0; expert < experts; expert++) {
      shareOut(expert);
    }
    this.load = new double[gpus * columns];
    this.touched = new int[gpus];
    this.placeOfGpu = new int[gpus];
    Arrays.fill(placeOfGpu, -1);
    this.newLoad = new double[gpus * columns];
    sumUp();
  }

  int slotCount() {
    return slots.length;
  }

  int experts() {
    return experts;
  }

  int gpus() {
    return gpus;
  }

  int columns() {
    return columns;
  }

  /** The experts of the slots; not to be written to. */
  int[] slots() {
    return slots;
  }

  /** Loads, GPU by GPU a value for each column; not to be written to. */
  double[] loads() {
    return load;
  }

  /** GPUs that the trial changes. */
  int touchedCount() {
    return touchedCount;
  }

  /** The {@code i}-th of them. */
  int touched(int i) {
    return touched[i];
  }

  /** Their loads after the trial, in their order; not to be written to. */
  double[] newLoads() {
    return newLoad;
  }

  /** Loads from the slots, free of what differences have left. */
  void sumUp() {
    Arrays.fill(load, 0);
    for (int i = 0; i < slots.length; i++) {
      for (int c = 0; c < columns; c++) {
        load[gpuOfSlot[i] * columns + c] += replicaLoad[slots[i] * columns + c];
      }
    }
  }

  /** Begins to exchange two slots; false, and nothing begun, where that is not sound. */
  boolean triesSwap(int first, int second) {
    int here = gpuOfSlot[first];
    int there = gpuOfSlot[second];
    if (here == there || holds[slots[second] * gpus + here] || holds[slots[first] * gpus + there]) {
      return false;
    }
    slot = first;
    other = second;
    leaving = slots[first];
    coming = slots[second];
    begin();
    add(here, coming, 1);
    add(here, leaving, -1);
    add(there, leaving, 1);
    add(there, coming, -1);
    return true;
  }

  /** Begins to put another expert in a slot; false, and nothing begun, where that is not sound. */
  boolean triesReplacement(int changed, int expert) {
    if (replicas[slots[changed]] == 1 || holds[expert * gpus + gpuOfSlot[changed]]) {
      return false;
    }
    slot = changed;
    other = -1;
    leaving = slots[changed];
    coming = expert;
    begin();
    addAll(leaving, -1);
    addAll(coming, -1);
    replace(leaving, coming);
    addAll(leaving, 1);
    addAll(coming, 1);
    return true;
  }

  /** Ends the trial and keeps what it made. */
  void keep() {
    if (other >= 0) {
      int here = gpuOfSlot[slot];
      int there = gpuOfSlot[other];
      slots[slot] = coming;
      slots[other] = leaving;
      holds[leaving * gpus + here] = false;
      holds[coming * gpus + here] = true;
      holds[coming * gpus + there] = false;
      holds[leaving * gpus + there] = true;
    }
    for (int i = 0; i < touchedCount; i++) {
      System.arraycopy(newLoad, i * columns, load, touched[i] * columns, columns);
    }
  }

  /** Ends the trial as if it had not begun. */
  void drop() {
    if (other < 0) {
      replace(coming, leaving);
    }
  }

  private void replace(int out, int in) {
    slots[slot] = in;
    holds[out * gpus + gpuOfSlot[slot]] = false;
    holds[in * gpus + gpuOfSlot[slot]] = true;
    replicas[out]--;
    replicas[in]++;
    shareOut(out);
    shareOut(in);
  }

  private void shareOut(int expert) {
    for (int at = expert * columns; at < (expert + 1) * columns; at++) {
      replicaLoad[at] = frequency[at] / replicas[expert];
    }
  }

  private void begin() {
    for (int i = 0; i < touchedCount; i++) {
      placeOfGpu[touched[i]] = -1;
    }
    touchedCount = 0;
  }

  private void addAll(int expert, int sign) {
    for (int gpu = 0; gpu < gpus; gpu++) {
      if (holds[expert * gpus + gpu]) {
        add(gpu, expert, sign);
      }
    }
  }

  private void add(int gpu, int expert, int sign) {
    if (placeOfGpu[gpu] < 0) {
      System.arraycopy(load, gpu * columns, newLoad, touchedCount * columns, columns);
      placeOfGpu[gpu] = touchedCount;
      touched[touchedCount++] = gpu;
    }
    int to = placeOfGpu[gpu] * columns;
    for (int c = 0; c < columns; c++) {
      newLoad[to + c] += sign * replicaLoad[expert * columns + c];
    }
  }
}
