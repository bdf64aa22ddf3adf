package dev.rackplan.cost.link;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Stage;
import dev.rackplan.topology.Topology;
import java.util.Arrays;
import java.util.List;

/**
 * Bridges between a plan's files of GPUs and slots and the shapes and replica lists that cost terms
 * read.
 */
public final class PlanShapes {
  private PlanShapes() {}

  /** Shapes of all stages of one instance, the other instances beside it. */
  public static List<StageShape> shapes(
      Topology topology, Layout layout, List<Stage> stages, int instance) {
    return shapes(topology, layout, stages, instance, LinkShares.of(topology, layout, stages));
  }

  /** The same, what others leave of shared links at hand. */
  public static List<StageShape> shapes(
      Topology topology, Layout layout, List<Stage> stages, int instance, LinkShares shares) {
    return stages.stream()
        .map(
            stage ->
                StageShape.of(
                    topology, stage.gpusOfInstance(instance, layout.gpusPerStage()), shares))
        .toList();
  }

  /** Whether two instances on these shapes cost the same: equal stages, and equal hops between. */
  public static boolean sameHosts(List<StageShape> shapes, List<StageShape> others) {
    for (int s = 0; s < shapes.size(); s++) {
      if (!shapes.get(s).interchangeableWith(others.get(s))) {
        return false;
      }
      if (s > 0 && shapes.size() > 1 && sameDomains(shapes, s) != sameDomains(others, s)) {
        return false;
      }
    }
    return true;
  }

  // Hops cost by pairs of GPUs: count the pairs that stay in their domain.
  private static int sameDomains(List<StageShape> shapes, int s) {
    int pairs = 0;
    for (int g = 0; g < shapes.get(s).gpuCount(); g++) {
      pairs += shapes.get(s).gpu(g).domain() == shapes.get(s - 1).gpu(g).domain() ? 1 : 0;
    }
    return pairs;
  }

  /** For each of {@code experts} experts the ascending GPU positions of its replicas. */
  public static int[][] replicaGpus(ExpertMap map, int experts) {
    int[] counts = new int[experts];
    for (int slot = 0; slot < map.slots(); slot++) {
      counts[map.expert(slot)]++;
    }
    int[][] replicas = new int[experts][];
    for (int e = 0; e < experts; e++) {
      replicas[e] = new int[counts[e]];
    }
    Arrays.fill(counts, 0);
    for (int slot = 0; slot < map.slots(); slot++) {
      int expert = map.expert(slot);
      replicas[expert][counts[expert]++] = map.gpuOfSlot(slot);
    }
    return replicas;
  }
}
