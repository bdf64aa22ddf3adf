package dev.rackplan.inventory;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;

/**
 * How the GPUs of one host are connected.
 *
 * @param gpus how many
 * @param links between two of them: NVLinks (or 1 for XGMI), 0 where they meet over PCIe; rows and
 *     columns by GPU
 * @param paths of those that meet over PCIe: 1 at a switch below any host bridge, 2 within a NUMA
 *     node or socket, 3 over sockets; 0 where that is not said
 * @param nics that the tool shows; empty where it shows none at all
 * @param nearNics by GPU, of these those that it reaches without a host bridge (PIX, PXB), by their
 *     number
 */
record GpuLinks(
    int gpus,
    List<List<Integer>> links,
    List<List<Integer>> paths,
    OptionalInt nics,
    List<List<Integer>> nearNics) {
  GpuLinks {
    links = links.stream().map(List::copyOf).toList();
    paths = paths.stream().map(List::copyOf).toList();
    nearNics = nearNics.stream().map(List::copyOf).toList();
  }

  /** Of a tool that says neither PCIe switches nor NICs. */
  static GpuLinks ofLinks(List<List<Integer>> links) {
    List<List<Integer>> none =
        links.stream().map(row -> row.stream().map(link -> 0).toList()).toList();
    return new GpuLinks(
        links.size(),
        links,
        none,
        OptionalInt.empty(),
        links.stream().map(row -> List.<Integer>of()).toList());
  }

  /** GPUs that reach each other by such links; alone where there is none. */
  List<List<Integer>> islands() {
    return parts((gpu, other) -> links.get(gpu).get(other));
  }

  /** GPUs behind one PCIe switch; alone where there is none. */
  List<List<Integer>> switches() {
    return parts((gpu, other) -> paths.get(gpu).get(other) == 1 ? 1 : 0);
  }

  /** GPUs of one socket. */
  List<List<Integer>> sockets() {
    return parts((gpu, other) -> paths.get(gpu).get(other) < 3 ? 1 : 0);
  }

  private List<List<Integer>> parts(IntBinaryOperator joined) {
    List<List<Integer>> islands = new ArrayList<>();
    boolean[] seen = new boolean[gpus];
    for (int gpu = 0; gpu < gpus; gpu++) {
      if (!seen[gpu]) {
        List<Integer> island = new ArrayList<>(List.of(gpu));
        seen[gpu] = true;
        for (int at = 0; at < island.size(); at++) {
          for (int other = 0; other < gpus; other++) {
            if (!seen[other] && joined.applyAsInt(island.get(at), other) > 0) {
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
    return connects(IntStream.range(0, gpus).boxed().toList());
  }

  /** Whether each of these has such a link to each other of them. */
  boolean connects(List<Integer> some) {
    for (int gpu : some) {
      for (int other : some) {
        if (other != gpu && links.get(gpu).get(other) == 0) {
          return false;
        }
      }
    }
    return true;
  }

  /** NICs that some GPU reaches without a host bridge. */
  int nearNicCount() {
    Set<Integer> all = new TreeSet<>();
    nearNics.forEach(all::addAll);
    return all.size();
  }

  /**
   * Whether each run of GPUs, all as long, has as many NICs near that no other GPU has: what the
   * file can say of NICs that GPUs share.
   */
  boolean dealsNicsInRuns() {
    List<List<Integer>> runs = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    for (List<Integer> near : nearNics) {
      int last = runs.size() - 1;
      if (last >= 0 && runs.get(last).equals(near)) {
        lengths.set(last, lengths.get(last) + 1);
      } else {
        runs.add(near);
        lengths.add(1);
      }
    }
    int each = runs.get(0).size();
    return each > 0
        && runs.stream().allMatch(near -> near.size() == each)
        && lengths.stream().distinct().count() == 1
        && nearNicCount() == each * runs.size();
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
