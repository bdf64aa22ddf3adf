package dev.rackplan.export;

import dev.rackplan.export.LaunchScript.Start;
import dev.rackplan.json.YamlText;
import dev.rackplan.problem.EngineKind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

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

  /** Where an instance's ranks meet. */
  static final int PORT = LaunchScript.FIRST_PORT;

  /** Where the first pod answers. */
  static final int HTTP_PORT = PORT + SglangExport.HTTP_OFFSET;

  private KubernetesExport() {}

  /**
   * Objects of one or two pools.
   *
   * @param name of all of them
   */
  static String write(String name, List<Deployment> pools, List<ExportedFile> files) {
    pools.forEach(pool -> pool.refuseTraining("the Kubernetes export"));
    String all = objectName(name);
    List<Object> objects = objects(all, pools, PodFront.ENGINE_ROUTER);
    boolean linked = NvlinkClaim.template(all, pools).isPresent();
    boolean routed = pools.size() > 1 || pools.get(0).layout().replicas() > 1;
    if (routed) {
      objects.addAll(RouterPod.objects(all, router(pools.get(0)), image(pools.get(0)), pools));
    }
    files.add(manifest(objects, "ConfigMap and a LeaderWorkerSet for each stage"));
    return about(all, pools, linked, routed);
  }

  /** All objects as one file. */
  static ExportedFile manifest(List<Object> objects, String what) {
    return new ExportedFile(
        MANIFEST,
        String.join("---\n", objects.stream().map(YamlText::of).toList()),
        what + ", for kubectl apply");
  }

  /**
   * A ConfigMap and a LeaderWorkerSet for each stage of each pool, and the NVLink between hosts.
   */
  static List<Object> objects(String all, List<Deployment> pools, PodFront front) {
    Optional<String> channel = NvlinkClaim.template(all, pools);
    List<Object> objects = new ArrayList<>();
    for (Deployment pool : pools) {
      addPool(pool, front, channel, objects);
    }
    channel.ifPresent(claim -> objects.add(1, NvlinkClaim.domain(all, pools, claim)));
    return objects;
  }

  private static void addPool(
      Deployment deployment, PodFront front, Optional<String> channel, List<Object> objects) {
    Engine engine = engine(deployment);
    String name = name(deployment);
    objects.add(configMap(name + "-plan", data(deployment, engine, front)));
    StageSet set = new StageSet(deployment, image(deployment), front, channel);
    for (int index = 0; index < deployment.ranks().podSets().size(); index++) {
      objects.add(set.of(index));
    }
  }

  private static String about(String name, List<Deployment> pools, boolean linked, boolean routed) {
    return """
        For clusters with LeaderWorkerSet (leaderworkerset.x-k8s.io/v1, 0.5 and newer) and a device plugin that offers `RESOURCE`:
        `kubectl apply -f manifest.yaml`. One LeaderWorkerSet a stage, or one for all stages where a host has several; one group of pods
        a replica, one pod a host; requests go to WHERE. The weights come from the PersistentVolumeClaim `model-weights`.DOMAINS
        Which host gets which pod is Kubernetes' choice, so ranks of a domain may be in another order than in the plan. EXTRA
        """
        .replace("RESOURCE", Accelerators.of(pools.get(0)).resource())
        .replace(
            "DOMAINS",
            Accelerators.of(pools.get(0)) == Accelerators.NVIDIA
                ? """
                 Pods stay in the plan's
                NVLink domains by the node label `nvidia.com/gpu.clique`: the values are those of the column `clique` of `--hosts`
                (without it, none are named), and the pods of a group that is on several hosts of one domain want one value in common
                (`matchLabelKeys`, Kubernetes 1.31 and newer). So traffic between domains is as planned."""
                : "")
        .replace(
            "WHERE",
            routed
                ? "the service `"
                    + name
                    + "`, port "
                    + Router.PORT
                    + ": ROUTER, installed where the image lacks it"
                        .replace("ROUTER", router(pools.get(0)).title())
                : "the first pod of stage 0, port " + HTTP_PORT)
        .replace(
            "EXTRA",
            linked
                ? "NVLink between\nnodes is shared by a ComputeDomain (resource.nvidia.com/v1beta1, NVIDIA's DRA driver): each pod claims a channel of it."
                : "")
        .stripTrailing()
        .concat(
            pools.stream().anyMatch(EnginePod::needsRdma)
                ? " Pods ask for `"
                    + EnginePod.RDMA
                    + "` of an RDMA device plugin; give it the name that\nit has in the cluster.\n"
                : "\n")
        .concat(
            pools.size() > 1
                ? "\nPods are labelled `llm-d.ai/role`, for routers that look for it.\n"
                : "");
  }

  private static Router router(Deployment deployment) {
    return deployment.servingEngine().flatMap(Router::of).orElseThrow(() -> refusal(deployment));
  }

  private static String image(Deployment deployment) {
    return deployment
        .image()
        .orElseGet(
            () -> {
              EngineKind kind = deployment.servingEngine().orElseThrow(() -> refusal(deployment));
              ExportTarget.refuseUnstarted(kind, deployment);
              return Accelerators.of(deployment).image(kind);
            });
  }

  private record Engine(Start start, List<ExportedFile> files) {}

  private static Engine engine(Deployment deployment) {
    List<ExportedFile> files = new ArrayList<>();
    List<HostRanks> pods = deployment.ranks().podsOfInstance();
    EngineKind kind = deployment.servingEngine().orElseThrow(() -> refusal(deployment));
    return switch (kind) {
      case SGLANG -> {
        SglangExport.write(deployment, files);
        yield new Engine(SglangExport.start(deployment, pods), files);
      }
      case VLLM -> {
        VllmExport.write(deployment, files);
        yield new Engine(VllmExport.start(deployment, pods), files);
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

  private static Map<String, Object> data(Deployment deployment, Engine engine, PodFront front) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("start.sh", start(deployment, engine.start(), front.port(deployment)));
    for (ExportedFile file : engine.files()) {
      if (!file.isExecutable()) {
        data.put(file.name(), file.text());
      }
    }
    return data;
  }

  private static String start(Deployment deployment, Start start, int port) {
    int perHost = deployment.ranks().podsOfInstance().get(0).devices().size();
    String template =
        """
        #!/usr/bin/env bash
        set -euo pipefail
        cd FOLDER
        node_rank=$((FIRST_HOST + LWS_WORKER_INDEX))
        first_rank=$((node_rank * PER_HOST))
        host=$POD_IP
        replica=0
        stage=$STAGE
        head=NAME-stage-0-$LWS_GROUP_INDEX.NAME-stage-0
        port=PORT
        export node_rank first_rank host replica stage head port
        SETUPexec env ENVIRONMENT\\
          COMMAND
        """;
    return ScriptText.filled(
        template,
        Map.of(
            "FOLDER",
            EnginePod.PLAN_FOLDER,
            "PER_HOST",
            String.valueOf(perHost),
            "NAME",
            name(deployment),
            "=PORT",
            "=" + port,
            "SETUP",
            start.setup().isEmpty() ? "" : start.setup().strip() + "\n",
            "ENVIRONMENT",
            start.environment().isEmpty() ? "" : start.environment() + " ",
            "COMMAND",
            start.command()));
  }

  /** Of a pool. */
  static String name(Deployment deployment) {
    String name = objectName(deployment.name());
    return deployment.place().isOneOfSeveral() ? name + "-" + deployment.place().word() : name;
  }

  /** By DNS-1035: lower case, begins with a letter, ends with a letter or digit. */
  static String objectName(String given) {
    String name = given.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
    name = name.replaceAll("^[^a-z]+", "");
    name = name.substring(0, Math.min(LONGEST_NAME, name.length())).replaceAll("-+$", "");
    return name.isEmpty() ? "plan" : name;
  }

  /**
   * Files in the cluster.
   *
   * @throws ExportRefusal where they are more than it takes
   */
  static Map<String, Object> configMap(String name, Map<String, Object> data) {
    int bytes =
        data.values().stream()
            .mapToInt(text -> text.toString().getBytes(StandardCharsets.UTF_8).length)
            .sum();
    if (bytes > MOST_CONFIG_BYTES) {
      throw new ExportRefusal(
          "a ConfigMap holds 1 MiB; start script and expert map are " + bytes + " bytes",
          "Export with --without-experts and bring the engine's map in a volume.");
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("apiVersion", "v1");
    map.put("kind", "ConfigMap");
    map.put("metadata", Map.of("name", name));
    map.put("data", data);
    return map;
  }
}
