package dev.rackplan.export;

import dev.rackplan.export.Deployment.HostRanks;
import dev.rackplan.plan.Stage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** The pod of one host in Kubernetes: the engine's container, its volumes, and where it may run. */
final class EnginePod {
  static final String PLAN_FOLDER = "/plan";
  static final String CLIQUE = "nvidia.com/gpu.clique";
  private static final String MODEL_FOLDER = "/model";

  private EnginePod() {}

  /**
   * @param name of the deployment
   * @param index of the stage
   * @param hosts of one instance's copy of it
   */
  static Map<String, Object> spec(
      Deployment deployment, String name, int index, String image, List<HostRanks> hosts) {
    Map<String, Object> container = new LinkedHashMap<>();
    container.put("name", "engine");
    container.put("image", image);
    container.put("command", List.of("bash", PLAN_FOLDER + "/start.sh"));
    container.put(
        "env",
        List.of(
            pair("name", "MODEL", "value", MODEL_FOLDER),
            pair("name", "STAGE", "value", String.valueOf(index)),
            pair("name", "FIRST_HOST", "value", String.valueOf(index * hosts.size())),
            pair("name", "LWS_GROUP_INDEX", "valueFrom", groupIndex())));
    container.put(
        "resources", Map.of("limits", Map.of("nvidia.com/gpu", hosts.get(0).devices().size())));
    container.put(
        "volumeMounts",
        List.of(
            pair("name", "plan", "mountPath", PLAN_FOLDER),
            pair("name", "model", "mountPath", MODEL_FOLDER),
            pair("name", "shared", "mountPath", "/dev/shm")));
    Map<String, Object> spec = new LinkedHashMap<>();
    affinity(deployment, deployment.plan().stages().get(index))
        .ifPresent(affinity -> spec.put("affinity", affinity));
    spec.put("containers", List.of(container));
    spec.put(
        "volumes",
        List.of(
            pair("name", "plan", "configMap", Map.of("name", name + "-plan")),
            pair("name", "model", "persistentVolumeClaim", Map.of("claimName", "model-weights")),
            pair("name", "shared", "emptyDir", Map.of("medium", "Memory"))));
    return spec;
  }

  private static Map<String, Object> groupIndex() {
    return Map.of(
        "fieldRef",
        Map.of("fieldPath", "metadata.labels['leaderworkerset.sigs.k8s.io/group-index']"));
  }

  // Map.of would order its keys anew in each run.
  private static Map<String, Object> pair(
      String firstKey, String first, String secondKey, Object second) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(firstKey, first);
    map.put(secondKey, second);
    return map;
  }

  /** To the cliques of the stage's nodes, where all of them are known. */
  private static Optional<Map<String, Object>> affinity(Deployment deployment, Stage stage) {
    TreeSet<String> cliques = new TreeSet<>();
    for (int gpu : stage.gpus()) {
      int node = deployment.problem().topology().gpus().get(gpu).node();
      Optional<String> clique =
          deployment.hosts().clique(deployment.problem().topology().nodes().get(node).name());
      if (clique.isEmpty()) {
        return Optional.empty();
      }
      cliques.add(clique.get());
    }
    Map<String, Object> expression = new LinkedHashMap<>();
    expression.put("key", CLIQUE);
    expression.put("operator", "In");
    expression.put("values", List.copyOf(cliques));
    Map<String, Object> terms =
        Map.of("nodeSelectorTerms", List.of(Map.of("matchExpressions", List.of(expression))));
    return Optional.of(
        Map.of("nodeAffinity", Map.of("requiredDuringSchedulingIgnoredDuringExecution", terms)));
  }
}
