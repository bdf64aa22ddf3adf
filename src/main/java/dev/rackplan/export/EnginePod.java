package dev.rackplan.export;

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

  /** What RDMA device plugins are often set to call a NIC's share. */
  static final String RDMA = "rdma/ib";

  /** Where the weights are. */
  static final String MODEL_FOLDER = "/model";

  // Large models load for long: an hour until the server answers. Assumed.
  static final int STARTUP_SECONDS = 3600;
  private static final int PERIOD_SECONDS = 10;
  private static final int LIVENESS_FAILURES = 6;

  private EnginePod() {}

  /**
   * @param index of the stage
   * @param hosts of one instance's copy of it
   * @param answers whether requests go to it
   */
  static Map<String, Object> spec(StageSet set, int index, List<HostRanks> hosts, boolean answers) {
    Deployment deployment = set.deployment();
    int port = set.front().httpPort(deployment);
    Map<String, Object> container = new LinkedHashMap<>();
    container.put("name", "engine");
    container.put("image", set.image());
    container.put("command", List.of("bash", PLAN_FOLDER + "/start.sh"));
    container.put(
        "env",
        List.of(
            pair("name", "MODEL", "value", MODEL_FOLDER),
            pair("name", "STAGE", "value", String.valueOf(firstStage(deployment, index))),
            pair("name", "FIRST_HOST", "value", String.valueOf(index * hosts.size())),
            pair("name", "LWS_GROUP_INDEX", "valueFrom", groupIndex()),
            pair("name", "POD_IP", "valueFrom", field("status.podIP"))));
    container.put("ports", List.of(Map.of("containerPort", port)));
    container.put("resources", resources(deployment, set.channel().isPresent(), hosts));
    if (answers) {
      container.put("startupProbe", probe("/health", port, STARTUP_SECONDS / PERIOD_SECONDS));
      container.put("readinessProbe", probe("/health", port, 1));
      container.put("livenessProbe", probe("/health", port, LIVENESS_FAILURES));
    }
    security(deployment, container);
    container.put(
        "volumeMounts",
        List.of(
            pair("name", "plan", "mountPath", PLAN_FOLDER),
            pair("name", "model", "mountPath", MODEL_FOLDER),
            pair("name", "shared", "mountPath", "/dev/shm")));
    Map<String, Object> spec = new LinkedHashMap<>();
    Map<String, Object> affinity = new LinkedHashMap<>();
    nodes(deployment, deployment.ranks().podSets().get(index))
        .ifPresent(nodes -> affinity.put("nodeAffinity", nodes));
    if (set.sharesDomain(index) && Accelerators.of(deployment) == Accelerators.NVIDIA) {
      affinity.put("podAffinity", inOneDomain(set.name(index)));
    }
    if (!affinity.isEmpty()) {
      spec.put("affinity", affinity);
    }
    spec.put("containers", List.of(container));
    set.channel().ifPresent(claim -> spec.put("resourceClaims", NvlinkClaim.ofPod(claim)));
    spec.put(
        "volumes",
        List.of(
            pair(
                "name",
                "plan",
                "configMap",
                Map.of("name", KubernetesExport.name(deployment) + "-plan")),
            weights(),
            pair("name", "shared", "emptyDir", Map.of("medium", "Memory"))));
    return spec;
  }

  /** The volume with the model's weights. */
  static Map<String, Object> weights() {
    return pair("name", "model", "persistentVolumeClaim", Map.of("claimName", "model-weights"));
  }

  /** What a container needs for RDMA, which pins memory. */
  static void security(Deployment deployment, Map<String, Object> container) {
    if (needsRdma(deployment)) {
      container.put("securityContext", Map.of("capabilities", Map.of("add", List.of("IPC_LOCK"))));
    }
  }

  /** Whether GPUs send to hosts that NVLink does not reach. */
  static boolean needsRdma(Deployment deployment) {
    PoolPlace place = deployment.place();
    return deployment.ranks().spansDomains() || place.handsOver() && !place.cachesOverNvlink();
  }

  /** GPUs of a host, and what else a pod claims. */
  static Map<String, Object> resources(
      Deployment deployment, boolean claims, List<HostRanks> hosts) {
    Map<String, Object> limits = new LinkedHashMap<>();
    limits.put(Accelerators.of(deployment).resource(), hosts.get(0).devices().size());
    if (needsRdma(deployment)) {
      limits.put(RDMA, 1);
    }
    Map<String, Object> resources = new LinkedHashMap<>();
    resources.put("limits", limits);
    if (claims) {
      resources.put("claims", NvlinkClaim.ofContainer());
    }
    return resources;
  }

  /** Asks a container whether it is well. */
  static Map<String, Object> probe(String path, int port, int failures) {
    Map<String, Object> probe = new LinkedHashMap<>();
    probe.put("httpGet", pair("path", path, "port", port));
    probe.put("periodSeconds", PERIOD_SECONDS);
    probe.put("timeoutSeconds", PERIOD_SECONDS);
    probe.put("failureThreshold", failures);
    return probe;
  }

  private static Map<String, Object> groupIndex() {
    return field("metadata.labels['leaderworkerset.sigs.k8s.io/group-index']");
  }

  private static Map<String, Object> field(String path) {
    return Map.of("fieldRef", Map.of("fieldPath", path));
  }

  /** A map of two in this order; {@code Map.of} would order its keys again in each run. */
  static Map<String, Object> pair(String firstKey, Object first, String secondKey, Object second) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(firstKey, first);
    map.put(secondKey, second);
    return map;
  }

  private static int firstStage(Deployment deployment, int index) {
    return deployment.plan().stages().indexOf(deployment.ranks().podSets().get(index).get(0));
  }

  // To the other pods of its group. The annotation exclusive-topology would keep other groups out
  // of the domain.
  private static Map<String, Object> inOneDomain(String set) {
    Map<String, Object> term = new LinkedHashMap<>();
    term.put(
        "labelSelector", Map.of("matchLabels", Map.of("leaderworkerset.sigs.k8s.io/name", set)));
    term.put("matchLabelKeys", List.of("leaderworkerset.sigs.k8s.io/group-key"));
    term.put("topologyKey", CLIQUE);
    return Map.of("requiredDuringSchedulingIgnoredDuringExecution", List.of(term));
  }

  /** To the cliques of the stages' nodes, where all of them are known. */
  private static Optional<Map<String, Object>> nodes(Deployment deployment, List<Stage> stages) {
    TreeSet<String> cliques = new TreeSet<>();
    for (int gpu : stages.stream().flatMap(stage -> stage.gpus().stream()).toList()) {
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
    return Optional.of(Map.of("requiredDuringSchedulingIgnoredDuringExecution", terms));
  }
}
