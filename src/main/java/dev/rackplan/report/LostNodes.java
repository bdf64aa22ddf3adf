package dev.rackplan.report;

import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Instances that end with lost hosts or trays: those that have a GPU there, no others. */
final class LostNodes {
  private LostNodes() {}

  /**
   * Instances that are left when {@code lost} nodes are lost one after the other, each time the one
   * that takes most of those left.
   */
  static int left(Plan plan, Topology topology, int lost) {
    Map<Integer, Set<Integer>> instancesOfNode = new TreeMap<>();
    int replicas = plan.layout().replicas();
    for (Stage stage : plan.stages()) {
      for (int instance = 0; instance < replicas; instance++) {
        for (int gpu : stage.gpusOfInstance(instance, plan.layout().gpusPerStage())) {
          instancesOfNode
              .computeIfAbsent(topology.gpus().get(gpu).node(), node -> new HashSet<>())
              .add(instance);
        }
      }
    }
    List<Set<Integer>> nodes = new ArrayList<>(instancesOfNode.values());
    Set<Integer> ended = new HashSet<>();
    for (int i = 0; i < lost; i++) {
      Set<Integer> most = Set.of();
      for (Set<Integer> node : nodes) {
        node.removeAll(ended);
        most = node.size() > most.size() ? node : most;
      }
      ended.addAll(most);
    }
    return replicas - ended.size();
  }
}
