package dev.rackplan.baseline;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * DeepSeek's expert-parallel load balancer: replicates hot experts and packs the replicas on GPUs
 * by load alone.
 *
 * <p>Source: the algorithm of github.com/deepseek-ai/EPLB (MIT), written for rackplan. All
 * arithmetic is float32, as there, and ties go to the lowest index, so the maps come out the same.
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
    checkDivides("gpus", gpus, "replicas", replicas);
    int[] slotsOfGpu = new int[gpus];
    Arrays.fill(slotsOfGpu, replicas / gpus);
    return rebalanceUneven(weight, slotsOfGpu, groups, nodes);
  }

  /**
   * rackplan's adaptation to GPUs that hold different numbers of slots, which EPLB refuses: each
   * node replicates into as many slots as its GPUs have together, and each GPU's pack takes as many
   * items as it has slots. With equal numbers it is EPLB.
   *
   * @param weight load per expert
   * @param slotsOfGpu slots of each GPU, node by node
   * @param groups expert groups, a multiple of {@code nodes}
   * @param nodes sets of equally many GPUs; each must have slots for its share of the experts
   */
  static int[] rebalanceUneven(float[] weight, int[] slotsOfGpu, int groups, int nodes) {
    int gpus = slotsOfGpu.length;
    checkDivides("groups", groups, "experts", weight.length);
    checkDivides("nodes", nodes, "gpus", gpus);
    int[] expertAt = packGroups(weight, groups, nodes);
    int expertsPerNode = weight.length / nodes;
    int[] physicalToLogical = new int[Arrays.stream(slotsOfGpu).sum()];
    int firstSlot = 0;
    for (int node = 0; node < nodes; node++) {
      int[] capacity =
          Arrays.copyOfRange(slotsOfGpu, node * (gpus / nodes), (node + 1) * (gpus / nodes));
      int slotsOfNode = Arrays.stream(capacity).sum();
      if (slotsOfNode < expertsPerNode) {
        throw new IllegalArgumentException(
            "replicas of a node must be >= " + expertsPerNode + ", were " + slotsOfNode);
      }
      float[] load = new float[expertsPerNode];
      for (int i = 0; i < expertsPerNode; i++) {
        load[i] = weight[expertAt[node * expertsPerNode + i]];
      }
      int[] itemOfReplica = replicate(load, slotsOfNode);
      int[] slotOfReplica = pack(loadPerReplica(load, itemOfReplica), capacity);
      for (int replica = 0; replica < slotsOfNode; replica++) {
        physicalToLogical[firstSlot + slotOfReplica[replica]] =
            expertAt[node * expertsPerNode + itemOfReplica[replica]];
      }
      firstSlot += slotsOfNode;
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
    int[] groupsOfNode = new int[nodes];
    Arrays.fill(groupsOfNode, groups / nodes);
    int[] placeOfGroup = pack(load, groupsOfNode);
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
   * Steps 1 and 3: items in packs, by descending load, each to the lightest pack with room; one
   * item per pack stays in order.
   *
   * @param capacity items of each pack; together all items
   * @return each item's place: the capacity of the packs before its own + rank in the pack
   */
  private static int[] pack(float[] load, int[] capacity) {
    int packs = capacity.length;
    if (load.length == packs) {
      return IntStream.range(0, load.length).toArray();
    }
    int[] firstPlace = new int[packs];
    for (int pack = 1; pack < packs; pack++) {
      firstPlace[pack] = firstPlace[pack - 1] + capacity[pack - 1];
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
        if (packItems[pack] < capacity[pack]
            && (lightest < 0 || packLoad[pack] < packLoad[lightest])) {
          lightest = pack;
        }
      }
      place[item] = firstPlace[lightest] + packItems[lightest]++;
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
