package dev.rackplan.export;

import dev.rackplan.export.Deployment.HostRanks;
import dev.rackplan.export.LaunchScript.Start;
import dev.rackplan.json.YamlText;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.EngineKind;
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

  /** File of all objects. */
  static final String MANIFEST = "manifest.yaml";

  private static final int PORT = 20000;

  /** Where the first pod answers. */
  static final int HTTP_PORT = PORT + SglangExport.HTTP_OFFSET;

  private KubernetesExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    deployment.refuseTraining("the Kubernetes export");
    Engine engine = engine(deployment);
    Map<String, Object> data = data(deployment, engine);
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
    if (deployment.spansNodesOfDomain()) {
      manifest.append("---\n").append(YamlText.of(computeDomain(deployment, name)));
    }
    for (int stage = 0; stage < deployment.plan().stages().size(); stage++) {
      manifest
          .append("---\n")
          .append(
              YamlText.of(
                  leaderWorkerSet(
                      deployment, name, stage, deployment.image().orElse(engine.image()))));
    }
    files.add(
        new ExportedFile(
            MANIFEST,
            manifest.toString(),
            "ConfigMap and a LeaderWorkerSet for each stage, for kubectl apply"));
    return """
        For clusters with LeaderWorkerSet (leaderworkerset.x-k8s.io/v1, 0.5 and newer) and NVIDIA's device plugin:
        `kubectl apply -f manifest.yaml`. One LeaderWorkerSet a stage, one group of pods a replica, one pod a host; requests go to the
        first pod of stage 0, port HTTP. The weights come from the PersistentVolumeClaim `model-weights`. Pods stay in the plan's
        NVLink domains by the node label `nvidia.com/gpu.clique` (column `clique` of `--hosts`; without it, no affinity is written), and
        where a stage fits in one domain, each group keeps to one by the annotation `exclusive-topology`. Which host of a domain gets
        which pod is Kubernetes' choice, so ranks of a domain may be in another order than in the plan; traffic between domains is as
        planned. EXTRA
        """
        .replace("HTTP", String.valueOf(HTTP_PORT))
        .replace(
            "EXTRA",
            deployment.spansNodesOfDomain()
                ? "NVLink between\nnodes is shared by a ComputeDomain (resource.nvidia.com/v1beta1, NVIDIA's DRA driver): each pod claims a channel of it."
                : "")
        .stripTrailing()
        .concat(
            deployment.spansDomains()
                ? " Pods ask for `"
                    + EnginePod.RDMA
                    + "` of an RDMA device plugin; give it the name that\nit has in the cluster.\n"
                : "\n");
  }

  private record Engine(Start start, String image, List<ExportedFile> files) {}

  private static Engine engine(Deployment deployment) {
    List<ExportedFile> files = new ArrayList<>();
    List<HostRanks> pods = deployment.podsOfInstance();
    EngineKind kind = deployment.servingEngine().orElseThrow(() -> refusal(deployment));
    return switch (kind) {
      case SGLANG -> {
        SglangExport.write(deployment, files);
        yield new Engine(
            SglangExport.start(deployment, pods),
            "lmsysorg/sglang:v" + EngineRelease.SGLANG.version(),
            files);
      }
      case VLLM -> {
        VllmExport.write(deployment, files);
        yield new Engine(
            VllmExport.start(deployment, pods),
            "vllm/vllm-openai:v" + EngineRelease.VLLM.version(),
            files);
      }
      case VLLM_ASCEND, TENSORRT_LLM, MEGATRON -> throw refusal(deployment);
    };
  }

  private static ExportRefusal refusal(Deployment deployment) {
    String name =
        deployment.served().map(EngineKind::title).orElse(deployment.problem().engine().name());
    return new ExportRefusal(
        "the Kubernetes export starts sglang or vllm; the engine is \"" + name + "\"",
        "Name one of the two with --engine, or set engine.name in the problem.");
  }

  private static Map<String, Object> data(Deployment deployment, Engine engine) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("start.sh", start(deployment, engine.start()));
    for (ExportedFile file : engine.files()) {
      if (!file.isExecutable()) {
        data.put(file.name(), file.text());
      }
    }
    return data;
  }

  private static String start(Deployment deployment, Start start) {
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
        export node_rank first_rank stage head port
        SETUPexec env ENVIRONMENT\\
          COMMAND
        """
        .replace("FOLDER", EnginePod.PLAN_FOLDER)
        .replace("PER_HOST", String.valueOf(perHost))
        .replace("NAME", name(deployment))
        .replace("=PORT", "=" + PORT)
        .replace("SETUP", start.setup().isEmpty() ? "" : start.setup().strip() + "\n")
        .replace("ENVIRONMENT", start.environment().isEmpty() ? "" : start.environment() + " ")
        .replace("COMMAND", start.command());
  }

  /** By DNS-1035: lower case, begins with a letter, ends with a letter or digit. */
  static String name(Deployment deployment) {
    String name = deployment.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
    name = name.replaceAll("^[^a-z]+", "");
    name = name.substring(0, Math.min(LONGEST_NAME, name.length())).replaceAll("-+$", "");
    return name.isEmpty() ? "plan" : name;
  }

  /** NVLink between nodes, for all pods: NVIDIA's DRA driver makes a claim template of it. */
  private static Map<String, Object> computeDomain(Deployment deployment, String name) {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("numNodes", deployment.podsOfInstance().size() * deployment.layout().replicas());
    spec.put("channel", Map.of("resourceClaimTemplate", Map.of("name", name + EnginePod.CHANNEL)));
    Map<String, Object> domain = new LinkedHashMap<>();
    domain.put("apiVersion", "resource.nvidia.com/v1beta1");
    domain.put("kind", "ComputeDomain");
    domain.put("metadata", Map.of("name", name));
    domain.put("spec", spec);
    return domain;
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
    Map<String, Object> template = new LinkedHashMap<>();
    template.put("size", hosts.size());
    template.put("restartPolicy", "RecreateGroupOnPodRestart");
    if (index == 0) {
      template.put(
          "leaderTemplate", pod(name, EnginePod.spec(deployment, name, index, image, hosts, true)));
    }
    template.put(
        "workerTemplate", pod(name, EnginePod.spec(deployment, name, index, image, hosts, false)));
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

  private static Map<String, Object> pod(String name, Map<String, Object> spec) {
    Map<String, Object> pod = new LinkedHashMap<>();
    pod.put("metadata", Map.of("labels", Map.of("app.kubernetes.io/name", name)));
    pod.put("spec", spec);
    return pod;
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
