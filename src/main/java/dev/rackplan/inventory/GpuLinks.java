package dev.rackplan.inventory;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * How the GPUs of one host are connected.
 *
 * @param gpus how many
 * @param links between two of them: NVLinks (or 1 for XGMI), 0 where they meet over PCIe; rows and
 *     columns by GPU
 * @param nics that the tool shows; empty where it shows none at all
 * @param nearNics of these, those that some GPU reaches without a host bridge (PIX, PXB)
 */
record GpuLinks(int gpus, List<List<Integer>> links, OptionalInt nics, int nearNics) {
  GpuLinks {
    links = links.stream().map(List::copyOf).toList();
  }

  /** GPUs that reach each other by such links; alone where there is none. */
  List<List<Integer>> islands() {
    List<List<Integer>> islands = new ArrayList<>();
    boolean[] seen = new boolean[gpus];
    for (int gpu = 0; gpu < gpus; gpu++) {
      if (!seen[gpu]) {
        List<Integer> island = new ArrayList<>(List.of(gpu));
        seen[gpu] = true;
        for (int at = 0; at < island.size(); at++) {
          for (int other = 0; other < gpus; other++) {
            if (!seen[other] && links.get(island.get(at)).get(other) > 0) {
              seen[other] = true;
              island.add(other);
            }
          }
        }
        islands.add(island);
      }
    }
    return islands;
  }

  /** Whether each GPU has such a link to each other one. */
  boolean connectsAll() {
    for (int gpu = 0; gpu < gpus; gpu++) {
      for (int other = 0; other < gpus; other++) {
        if (other != gpu && links.get(gpu).get(other) == 0) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Links of the GPU that has the fewest. Through a switch the same ones lead to every other GPU;
   * without one they are shared out, and their sum is at most what a GPU has.
   *
   * @param most that a GPU of this kind has
   */
  int linksOfGpu(int most) {
    int least = Integer.MAX_VALUE;
    for (List<Integer> row : links) {
      int sum = row.stream().mapToInt(Integer::intValue).sum();
      int largest = row.stream().mapToInt(Integer::intValue).max().orElse(0);
      least = Math.min(least, sum <= most ? sum : largest);
    }
    return least;
  }
}
