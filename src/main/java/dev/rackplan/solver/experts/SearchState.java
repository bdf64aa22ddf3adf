package dev.rackplan.solver.experts;

import java.util.Arrays;
import java.util.List;

/**
 * Live facts of one search: which GPUs hold each expert, how far the placement is from sound, and
 * which GPU is slowest. Kept up to date slot by slot.
 */
final class SearchState {
  // Per expert its replicas' GPUs, ascending.
  private final int[][] gpusOf;
  private final int[] replicas;
  // Replicas of each expert on each GPU, GPU by GPU.
  private final byte[] copies;
  // First slot of each GPU, and the number of slots behind the last.
  private final int[] firstSlot;
  private final int experts;
  private int errors;
  private int hottestGpu;
  private PlacementScoreCalculator scorer;

  SearchState(int experts, int gpus) {
    this.experts = experts;
    this.gpusOf = new int[experts][2];
    this.replicas = new int[experts];
    this.copies = new byte[gpus * experts];
    this.firstSlot = new int[gpus + 1];
    this.errors = experts;
  }

  /** Counts all slots afresh. */
  void reset(List<ExpertSlot> slots) {
    Arrays.fill(replicas, 0);
    Arrays.fill(copies, (byte) 0);
    Arrays.fill(firstSlot, 0);
    errors = experts;
    for (ExpertSlot slot : slots) {
      firstSlot[slot.getGpu() + 1] = slot.getIndex() + 1;
      add(slot.getGpu(), slot.getExpert());
    }
  }

  void add(int gpu, int expert) {
    if (replicas[expert] == 0) {
      errors--;
    }
    if (copies[gpu * experts + expert]++ > 0) {
      errors++;
    }
    if (replicas[expert] == gpusOf[expert].length) {
      gpusOf[expert] = Arrays.copyOf(gpusOf[expert], 2 * replicas[expert]);
    }
    int at = replicas[expert]++;
    int[] gpus = gpusOf[expert];
    while (at > 0 && gpus[at - 1] > gpu) {
      gpus[at] = gpus[at - 1];
      at--;
    }
    gpus[at] = gpu;
  }

  void remove(int gpu, int expert) {
    int[] gpus = gpusOf[expert];
    int at = 0;
    while (gpus[at] != gpu) {
      at++;
    }
    replicas[expert]--;
    System.arraycopy(gpus, at + 1, gpus, at, replicas[expert] - at);
    if (--copies[gpu * experts + expert] > 0) {
      errors--;
    }
    if (replicas[expert] == 0) {
      errors++;
    }
  }

  int replicas(int expert) {
    return replicas[expert];
  }

  /** GPUs of the expert's replicas, ascending: a copy. */
  int[] gpusOf(int expert) {
    return Arrays.copyOf(gpusOf[expert], replicas[expert]);
  }

  /** GPU of the expert's {@code i}-th replica. */
  int gpuOf(int expert, int i) {
    return gpusOf[expert][i];
  }

  boolean holds(int gpu, int expert) {
    return copies[gpu * experts + expert] > 0;
  }

  /** Experts without a slot, plus second copies of an expert on one GPU. */
  int errors() {
    return errors;
  }

  int firstSlot(int gpu) {
    return firstSlot[gpu];
  }

  int slotsOf(int gpu) {
    return firstSlot[gpu + 1] - firstSlot[gpu];
  }

  int hottestGpu() {
    return hottestGpu;
  }

  void setHottestGpu(int gpu) {
    hottestGpu = gpu;
  }

  /** Who scores this search; the first one stays, since assertion modes reset others on it. */
  void setScorer(PlacementScoreCalculator calculator) {
    if (scorer == null) {
      scorer = calculator;
    }
  }

  PlacementScoreCalculator scorer() {
    return scorer;
  }
}
