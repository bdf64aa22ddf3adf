package dev.rackplan.baseline;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * DeepSeek's expert-parallel load balancer: replicates hot experts and packs the replicas on GPUs
 * by load alone.
 *
 * <p>Source: the algorithm of github.com/deepseek-ai/EPLB (MIT), written anew. All arithmetic is
 * float32, as there, and ties go to the lowest index, so the maps come out the same.
 */
public final class Eplb {
  private Eplb() {}

  /**
   * One map per layer.
   *
   * @param weight load per layer and expert, [layers][experts]
   * @param replicas expert slots per layer, a multiple of {@code gpus}
   * @param groups expert groups; if {@code nodes} does not divide them, groups and nodes are
   *     ignored (the global policy)
   * @param nodes sets of GPUs that groups should not straddle
   * @param gpus GPUs, a multiple of {@code nodes}
   * @return expert per slot, [layers][replicas], GPU by GPU
   */
  public static int[][] rebalance(float[][] weight, int replicas, int groups, int nodes, int gpus) {
    int[][] physicalToLogical = new int[weight.length][];
    for (int layer = 0; layer < weight.length; layer++) {
      physicalToLogical[layer] = rebalanceLayer(weight[layer], replicas, groups, nodes, gpus);
    }
    return physicalToLogical;
  }

  /** As {@link #rebalance}, for one layer. */
  public static int[] rebalanceLayer(
      float[] weight, int replicas, int groups, int nodes, int gpus) {
    return groups % nodes == 0
        ? hierarchical(weight, replicas, groups, nodes, gpus)
        : hierarchical(weight, replicas, 1, 1, gpus);
  }

  private static int[] hierarchical(float[] weight, int replicas, int groups, int nodes, int gpus) {
    checkDivides("groups", groups, "experts", weight.length);
    checkDivides("gpus", gpus, "replicas", replicas);
    checkDivides("nodes", nodes, "gpus", gpus);
    if (replicas < weight.length) {
      throw new IllegalArgumentException(
          "replicas must be >= " + weight.length + ", were " + replicas);
    }
    int[] expertAt = packGroups(weight, groups, nodes);
    int expertsPerNode = weight.length / nodes;
    int slotsPerNode = replicas / nodes;
    int[] physicalToLogical = new int[replicas];
    for (int node = 0; node < nodes; node++) {
      float[] load = new float[expertsPerNode];
      for (int i = 0; i < expertsPerNode; i++) {
        load[i] = weight[expertAt[node * expertsPerNode + i]];
      }
      int[] itemOfReplica = replicate(load, slotsPerNode);
      int[] slotOfReplica = pack(loadPerReplica(load, itemOfReplica), gpus / nodes);
      for (int replica = 0; replica < slotsPerNode; replica++) {
        physicalToLogical[node * slotsPerNode + slotOfReplica[replica]] =
            expertAt[node * expertsPerNode + itemOfReplica[replica]];
      }
    }
    return physicalToLogical;
  }

  /**
   * Step 1: groups to nodes. Returns the experts in their new order, node by node, groups kept
   * whole.
   */
  private static int[] packGroups(float[] weight, int groups, int nodes) {
    int groupSize = weight.length / groups;
    float[] load = new float[groups];
    for (int expert = 0; expert < weight.length; expert++) {
      load[expert / groupSize] += weight[expert];
    }
    int[] placeOfGroup = pack(load, nodes);
    int[] expertAt = new int[weight.length];
    for (int expert = 0; expert < weight.length; expert++) {
      expertAt[placeOfGroup[expert / groupSize] * groupSize + expert % groupSize] = expert;
    }
    return expertAt;
  }

  /**
   * Step 2: each item once, then each further slot to the item with the largest load per replica.
   * Returns the item of each replica.
   */
  private static int[] replicate(float[] load, int slots) {
    int[] itemOfReplica = new int[slots];
    int[] replicas = new int[load.length];
    for (int slot = 0; slot < slots; slot++) {
      int chosen = slot < load.length ? slot : 0;
      for (int item = 1; slot >= load.length && item < load.length; item++) {
        if (load[item] / replicas[item] > load[chosen] / replicas[chosen]) {
          chosen = item;
        }
      }
      itemOfReplica[slot] = chosen;
      replicas[chosen]++;
    }
    return itemOfReplica;
  }

  private static float[] loadPerReplica(float[] load, int[] itemOfReplica) {
    int[] replicas = new int[load.length];
    for (int item : itemOfReplica) {
      replicas[item]++;
    }
    float[] perReplica = new float[itemOfReplica.length];
    for (int replica = 0; replica < perReplica.length; replica++) {
      perReplica[replica] = load[itemOfReplica[replica]] / replicas[itemOfReplica[replica]];
    }
    return perReplica;
  }

  /**
   * Steps 1 and 3: items in {@code packs} packs of equal count, by descending load, each to the
   * lightest pack with room; one item per pack stays in order.
   *
   * @return each item's place: pack × items per pack + rank in the pack
   */
  private static int[] pack(float[] load, int packs) {
    int capacity = load.length / packs;
    if (capacity == 1) {
      return IntStream.range(0, load.length).toArray();
    }
    // A stable sort: equal loads keep their order.
    int[] descending =
        IntStream.range(0, load.length)
            .boxed()
            .sorted(Comparator.comparing((Integer item) -> load[item]).reversed())
            .mapToInt(item -> item)
            .toArray();
    float[] packLoad = new float[packs];
    int[] packItems = new int[packs];
    int[] place = new int[load.length];
    for (int item : descending) {
      int lightest = -1;
      for (int pack = 0; pack < packs; pack++) {
        if (packItems[pack] < capacity && (lightest < 0 || packLoad[pack] < packLoad[lightest])) {
          lightest = pack;
        }
      }
      place[item] = lightest * capacity + packItems[lightest]++;
      packLoad[lightest] += load[item];
    }
    return place;
  }

  private static void checkDivides(String name, int divisor, String of, int value) {
    if (divisor < 1 || value % divisor != 0) {
      throw new IllegalArgumentException(
          name + " must divide " + of + " = " + value + ", was " + divisor);
    }
  }
}
