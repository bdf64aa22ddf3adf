package dev.rackplan.export;

import dev.rackplan.export.Deployment.HostRanks;
import dev.rackplan.json.YamlText;
import dev.rackplan.plan.Stage;
import dev.rackplan.topology.Gpu;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Kubernetes: a LeaderWorkerSet for each stage, a group of pods for each replica, and a ConfigMap
 * with the engine's start script and expert map.
 */
final class KubernetesExport {
  // Kubernetes refuses larger ConfigMaps.
  private static final int MOST_CONFIG_BYTES = 1 << 20;
  private static final int LONGEST_NAME = 40;
  private static final int PORT = 20000;

  private KubernetesExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    deployment.refuseTraining("the Kubernetes export");
    Map<String, Object> data = new LinkedHashMap<>();
    String usualImage = engine(deployment, data);
    String name = name(deployment);
    int bytes =
        data.values().stream()
            .mapToInt(text -> text.toString().getBytes(StandardCharsets.UTF_8).length)
            .sum();
    if (bytes > MOST_CONFIG_BYTES) {
      throw new ExportRefusal(
          "a ConfigMap holds 1 MiB; start script and expert map are " + bytes + " bytes",
          "Export with --without-experts and bring the engine's map in a volume.");
    }
    StringBuilder manifest = new StringBuilder(YamlText.of(configMap(name, data)));
    for (int stage = 0; stage < deployment.plan().stages().size(); stage++) {
      manifest
          .append("---\n")
          .append(
              YamlText.of(
                  leaderWorkerSet(deployment, name, stage, deployment.image().orElse(usualImage))));
    }
    files.add(
        new ExportedFile(
            "manifest.yaml",
            manifest.toString(),
            "ConfigMap and a LeaderWorkerSet for each stage, for kubectl apply"));
    return """
        For clusters with LeaderWorkerSet (leaderworkerset.x-k8s.io/v1, 0.5 and newer) and NVIDIA's device plugin:
        `kubectl apply -f manifest.yaml`. One LeaderWorkerSet a stage, one group of pods a replica, one pod a host. The weights come from
        the PersistentVolumeClaim `model-weights`. Pods stay in the plan's NVLink domains by the node label `nvidia.com/gpu.clique`
        (column `clique` of `--hosts`; without it, no affinity is written), and where a stage fits in one domain, each group keeps to one
        by the annotation `exclusive-topology`. Which host of a domain gets which pod is Kubernetes' choice, so ranks of
        a domain may be in another order than in the plan; traffic between domains is as planned.
        """;
  }

  /** Adds the engine's files to {@code data}; its usual image. */
  private static String engine(Deployment deployment, Map<String, Object> data) {
    String engine = deployment.problem().engine().name();
    List<ExportedFile> files = new ArrayList<>();
    String command;
    String environment;
    String image;
    if (engine.equals("sglang")) {
      SglangExport.write(deployment, files);
      command = SglangExport.command(deployment, deployment.podsOfInstance());
      environment = SglangExport.environment(deployment);
      image = "lmsysorg/sglang:latest";
    } else if (engine.equals("vllm")) {
      VllmExport.write(deployment, files);
      command = VllmExport.command(deployment, deployment.podsOfInstance());
      environment = VllmExport.environment(deployment);
      image = "vllm/vllm-openai:latest";
    } else {
      throw new ExportRefusal(
          "the Kubernetes export starts sglang or vllm; the problem's engine is \"" + engine + "\"",
          "Set engine.name in the problem.");
    }
    data.put("start.sh", start(deployment, environment, command));
    for (ExportedFile file : files) {
      if (!file.name().endsWith(".sh")) {
        data.put(file.name(), file.text());
      }
    }
    return image;
  }

  private static String start(Deployment deployment, String environment, String command) {
    int perHost = deployment.podsOfInstance().get(0).devices().size();
    return """
        #!/usr/bin/env bash
        set -euo pipefail
        cd FOLDER
        node_rank=$((FIRST_HOST + LWS_WORKER_INDEX))
        first_rank=$((node_rank * PER_HOST))
        stage=$STAGE
        head=NAME-stage-0-$LWS_GROUP_INDEX.NAME-stage-0
        port=PORT
        export node_rank first_rank stage head port ENVIRONMENT
        exec COMMAND
        """
        .replace("FOLDER", EnginePod.PLAN_FOLDER)
        .replace("PER_HOST", String.valueOf(perHost))
        .replace("NAME", name(deployment))
        .replace("=PORT", "=" + PORT)
        .replace(" ENVIRONMENT", environment.isEmpty() ? "" : " " + environment)
        .replace("COMMAND", command);
  }

  private static String name(Deployment deployment) {
    String name = deployment.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
    name = name.substring(0, Math.min(LONGEST_NAME, name.length()));
    return name.replaceAll("^-+|-+$", "");
  }

  private static Map<String, Object> configMap(String name, Map<String, Object> data) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("apiVersion", "v1");
    map.put("kind", "ConfigMap");
    map.put("metadata", Map.of("name", name + "-plan"));
    map.put("data", data);
    return map;
  }

  private static Map<String, Object> leaderWorkerSet(
      Deployment deployment, String name, int index, String image) {
    Stage stage = deployment.plan().stages().get(index);
    List<HostRanks> hosts = deployment.hostRanks(deployment.ranksOfStage(stage, 0));
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", name + "-stage-" + index);
    if (oneDomain(deployment, stage)) {
      metadata.put(
          "annotations",
          Map.of("leaderworkerset.sigs.k8s.io/exclusive-topology", EnginePod.CLIQUE));
    }
    Map<String, Object> pod = new LinkedHashMap<>();
    pod.put("metadata", Map.of("labels", Map.of("app.kubernetes.io/name", name)));
    pod.put("spec", EnginePod.spec(deployment, name, index, image, hosts));
    Map<String, Object> template = new LinkedHashMap<>();
    template.put("size", hosts.size());
    template.put("restartPolicy", "RecreateGroupOnPodRestart");
    template.put("workerTemplate", pod);
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("replicas", deployment.layout().replicas());
    spec.put("leaderWorkerTemplate", template);
    Map<String, Object> set = new LinkedHashMap<>();
    set.put("apiVersion", "leaderworkerset.x-k8s.io/v1");
    set.put("kind", "LeaderWorkerSet");
    set.put("metadata", metadata);
    set.put("spec", spec);
    return set;
  }

  private static boolean oneDomain(Deployment deployment, Stage stage) {
    for (int instance = 0; instance < deployment.layout().replicas(); instance++) {
      if (deployment.ranksOfStage(stage, instance).stream().map(Gpu::domain).distinct().count()
          > 1) {
        return false;
      }
    }
    return true;
  }
}
