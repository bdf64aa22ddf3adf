package dev.rackplan.export;

import dev.rackplan.problem.EngineKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * NVIDIA Dynamo: a DynamoGraphDeployment with a frontend and a component for each pool, whose
 * operator starts the ranks of an instance on its hosts.
 *
 * <p>Source: {@code deploy/operator/api/v1beta1} of ai-dynamo/dynamo (fields), its {@code
 * internal/dynamo/backend_*.go} (what the operator adds to the commands), {@code
 * component_worker.go} (ports and probes that it sets) and {@code examples/backends/*}{@code
 * /deploy}.
 */
final class DynamoExport {
  private static final String RELEASE = "1.5.1";

  // Releases of the engines in Dynamo's images (its page on compatibility).
  private static final String SGLANG = "0.5.18";
  private static final String VLLM = "0.28.0";

  // A word, or what stands between single quotes.
  private static final Pattern WORD = Pattern.compile("'([^']*)'|\\S+");

  /** Engines that it starts, by the names that it has for them. */
  private static final Map<EngineKind, String> STARTED =
      Map.of(
          EngineKind.SGLANG, "sglang", EngineKind.VLLM, "vllm", EngineKind.TENSORRT_LLM, "trtllm");

  private static final int FRONTEND_PORT = 8000;
  private static final int MEETING_PORT = 30001;

  private DynamoExport() {}

  /** Objects of one or several pools. */
  static String write(String name, List<Deployment> pools, List<ExportedFile> files) {
    pools.forEach(pool -> pool.refuseTraining("the export for dynamo"));
    String all = KubernetesExport.objectName(name);
    Optional<String> channel = NvlinkClaim.template(all, pools);
    List<Object> objects = new ArrayList<>();
    List<Object> components = new ArrayList<>();
    components.add(frontend(pools.get(0)));
    for (Deployment pool : pools) {
      Worker worker = worker(pool);
      if (Accelerators.of(pool) != Accelerators.NVIDIA) {
        throw new ExportRefusal(
            "Dynamo's images are built for NVIDIA's GPUs", "Export for kubernetes or llm-d.");
      }
      Map<String, Object> data = new LinkedHashMap<>();
      worker.files().forEach(file -> data.put(file.name(), file.text()));
      if (!data.isEmpty()) {
        objects.add(KubernetesExport.configMap(KubernetesExport.name(pool) + "-plan", data));
      }
      components.add(component(pool, worker, channel));
    }
    channel.ifPresent(claim -> objects.add(NvlinkClaim.domain(all, pools, claim)));
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("backendFramework", framework(pools.get(0)));
    spec.put("components", components);
    Map<String, Object> graph = new LinkedHashMap<>();
    graph.put("apiVersion", "nvidia.com/v1beta1");
    graph.put("kind", "DynamoGraphDeployment");
    graph.put("metadata", Map.of("name", all));
    graph.put("spec", spec);
    objects.add(graph);
    files.add(KubernetesExport.manifest(objects, "ConfigMaps and the DynamoGraphDeployment"));
    return about(all, pools, channel.isPresent());
  }

  private static String about(String name, List<Deployment> pools, boolean linked) {
    return """
        For clusters with the Dynamo platform (RELEASE): `kubectl apply -f manifest.yaml`. Its operator starts the frontend and the pools, joins the
        ranks of an instance, and sets ports (9090), probes and their times; requests go to the service `NAME-frontend`, port PORT.
        The weights come from the PersistentVolumeClaim `model-weights`. Flags are those of IMAGE. Hosts of an instance are Kubernetes'
        choice, in the order of its pods: an instance that spans NVLink domains may have its ranks in another order than in the plan.
        """
        .replace("RELEASE", RELEASE)
        .replace("NAME", name)
        .replace("PORT", String.valueOf(FRONTEND_PORT))
        .replace(
            "IMAGE",
            switch (engine(pools.get(0))) {
              case SGLANG -> "SGLang " + SGLANG + ", which Dynamo " + RELEASE + " brings";
              case VLLM -> "vLLM " + VLLM + ", which Dynamo " + RELEASE + " brings";
              default -> "TensorRT-LLM's LLM API";
            })
        .concat(
            engine(pools.get(0)) == EngineKind.VLLM && pools.stream().anyMatch(Deployment::hasMaps)
                ? "vLLM takes no expert map at its start and balances experts itself: the plan's placement is not in here.\n"
                : "")
        .concat(
            linked
                ? "NVLink between hosts is shared by a ComputeDomain (NVIDIA's DRA driver): each pod claims a channel of it.\n"
                : "")
        .concat(
            pools.stream().anyMatch(EnginePod::needsRdma)
                ? "Pods ask for `" + EnginePod.RDMA + "` of an RDMA device plugin.\n"
                : "");
  }

  private static EngineKind engine(Deployment deployment) {
    Optional<EngineKind> engine = deployment.servingEngine();
    if (engine.filter(STARTED::containsKey).isEmpty()) {
      throw new ExportRefusal(
          "the export for dynamo starts sglang, vllm or tensorrt-llm; the engine is \""
              + engine.map(EngineKind::title).orElse(deployment.problem().engine().name())
              + "\"",
          "Name one of the three with --engine.");
    }
    return engine.get();
  }

  private static String framework(Deployment deployment) {
    return STARTED.get(engine(deployment));
  }

  private static String image(Deployment deployment) {
    String runtime =
        engine(deployment) == EngineKind.TENSORRT_LLM ? "tensorrtllm" : framework(deployment);
    return deployment.image().orElse("nvcr.io/nvidia/ai-dynamo/" + runtime + "-runtime:" + RELEASE);
  }

  private static Map<String, Object> frontend(Deployment deployment) {
    Map<String, Object> container = new LinkedHashMap<>();
    container.put("name", "main");
    container.put("image", image(deployment));
    container.put("command", List.of("python3", "-m", "dynamo.frontend"));
    container.put("args", List.of("--http-port", String.valueOf(FRONTEND_PORT)));
    Map<String, Object> component = new LinkedHashMap<>();
    component.put("name", "frontend");
    component.put("type", "frontend");
    component.put("replicas", 1);
    component.put("podTemplate", Map.of("spec", Map.of("containers", List.of(container))));
    return component;
  }

  /**
   * What a pod of a pool runs.
   *
   * @param arguments without those that the operator adds
   * @param environment by name
   * @param files that it reads
   */
  private record Worker(
      String module,
      List<String> arguments,
      Map<String, String> environment,
      List<ExportedFile> files) {}

  private static Worker worker(Deployment deployment) {
    return switch (engine(deployment)) {
      case SGLANG -> sglang(deployment);
      case VLLM -> vllm(deployment);
      default -> tensorRt(deployment);
    };
  }

  private static Worker sglang(Deployment given) {
    Deployment deployment = given.inRelease(EngineKind.SGLANG, SGLANG);
    List<String> words = new ArrayList<>(List.of("--model-path", EnginePod.MODEL_FOLDER));
    words.addAll(named(deployment));
    words.addAll(words(SglangExport.words(deployment)));
    if (deployment.place().handsOver()) {
      words.addAll(List.of("--disaggregation-mode", deployment.place().roleWord()));
      words.addAll(List.of("--disaggregation-transfer-backend", "nixl"));
      words.addAll(List.of("--disaggregation-bootstrap-port", String.valueOf(MEETING_PORT)));
      words.addAll(List.of("--host", "0.0.0.0"));
    }
    Map<String, String> environment = new LinkedHashMap<>();
    for (String setting : SglangFlags.engineEnvironment(deployment)) {
      environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
    }
    caches(deployment, environment);
    return new Worker(
        "dynamo.sglang",
        words,
        environment,
        deployment.hasMaps() ? List.of(SglangExport.map(deployment)) : List.of());
  }

  // Dynamo wants NixlConnector named, with this role (components/src/dynamo/vllm/args.py).
  private static Worker vllm(Deployment given) {
    Deployment deployment = given.inRelease(EngineKind.VLLM, VLLM);
    List<String> words = new ArrayList<>(List.of("--model", EnginePod.MODEL_FOLDER));
    words.addAll(named(deployment));
    words.addAll(words(VllmExport.flags(deployment)));
    if (deployment.place().handsOver()) {
      words.addAll(List.of("--disaggregation-mode", deployment.place().roleWord()));
      words.addAll(
          List.of(
              "--kv-transfer-config",
              "{\"kv_connector\": \"NixlConnector\", \"kv_role\": \"kv_both\"}"));
    }
    Map<String, String> environment = new LinkedHashMap<>();
    if (deployment.layout().pipelineStages() > 1) {
      environment.put("VLLM_PP_LAYER_PARTITION", deployment.partition());
    }
    caches(deployment, environment);
    return new Worker("dynamo.vllm", words, environment, List.of());
  }

  private static Worker tensorRt(Deployment deployment) {
    List<ExportedFile> files = new ArrayList<>();
    files.add(TensorRtExport.wholeConfig(deployment, EnginePod.PLAN_FOLDER, files));
    List<String> words = new ArrayList<>(List.of("--model-path", EnginePod.MODEL_FOLDER));
    words.addAll(named(deployment));
    words.addAll(
        List.of("--extra-engine-args", EnginePod.PLAN_FOLDER + "/" + TensorRtExport.CONFIG));
    if (deployment.place().handsOver()) {
      words.addAll(List.of("--disaggregation-mode", deployment.place().roleWord()));
    }
    Map<String, String> environment = new LinkedHashMap<>();
    caches(deployment, environment);
    return new Worker("dynamo.trtllm", words, environment, files);
  }

  // NIXL's transport over NVLink of several hosts.
  private static void caches(Deployment deployment, Map<String, String> environment) {
    if (deployment.place().cachesOverNvlink()) {
      environment.put("UCX_CUDA_IPC_ENABLE_MNNVL", "y");
    }
  }

  private static List<String> named(Deployment deployment) {
    return List.of("--served-model-name", ScriptText.word(deployment.problem().model().name()));
  }

  // Each as one argument.
  private static List<String> words(List<String> lines) {
    List<String> words = new ArrayList<>();
    for (String line : lines) {
      if (line.contains("$")) {
        throw new ExportRefusal(
            "a DynamoGraphDeployment has no shell that fills in " + ScriptText.markdown(line),
            "Export for kubernetes, or solve without workload.drafts.model.");
      }
      WORD.matcher(line)
          .results()
          .map(word -> Objects.requireNonNullElse(word.group(1), word.group()))
          .forEach(words::add);
    }
    return words;
  }

  private static Map<String, Object> component(
      Deployment deployment, Worker worker, Optional<String> channel) {
    List<HostRanks> hosts = deployment.ranks().podsOfInstance();
    PoolPlace place = deployment.place();
    Map<String, Object> component = new LinkedHashMap<>();
    component.put("name", place.isOneOfSeveral() ? place.word() : "worker");
    component.put("type", place.handsOver() ? place.roleWord() : "worker");
    component.put("replicas", deployment.layout().replicas());
    if (hosts.size() > 1) {
      component.put("multinode", Map.of("nodeCount", hosts.size()));
    }
    component.put("podTemplate", Map.of("spec", pod(deployment, worker, hosts, channel)));
    return component;
  }

  private static Map<String, Object> pod(
      Deployment deployment, Worker worker, List<HostRanks> hosts, Optional<String> channel) {
    Map<String, Object> container = new LinkedHashMap<>();
    container.put("name", "main");
    container.put("image", image(deployment));
    container.put("command", List.of("python3", "-m", worker.module()));
    container.put("args", worker.arguments());
    if (!worker.environment().isEmpty()) {
      List<Object> environment = new ArrayList<>();
      worker
          .environment()
          .forEach((key, value) -> environment.add(EnginePod.pair("name", key, "value", value)));
      container.put("env", environment);
    }
    container.put("resources", EnginePod.resources(deployment, channel.isPresent(), hosts));
    EnginePod.security(deployment, container);
    List<Object> mounts = new ArrayList<>();
    List<Object> volumes = new ArrayList<>();
    if (!worker.files().isEmpty()) {
      container.put("workingDir", EnginePod.PLAN_FOLDER);
      mounts.add(EnginePod.pair("name", "plan", "mountPath", EnginePod.PLAN_FOLDER));
      volumes.add(
          EnginePod.pair(
              "name",
              "plan",
              "configMap",
              Map.of("name", KubernetesExport.name(deployment) + "-plan")));
    }
    mounts.add(EnginePod.pair("name", "model", "mountPath", EnginePod.MODEL_FOLDER));
    volumes.add(EnginePod.weights());
    container.put("volumeMounts", mounts);
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("containers", List.of(container));
    channel.ifPresent(claim -> spec.put("resourceClaims", NvlinkClaim.ofPod(claim)));
    spec.put("volumes", volumes);
    return spec;
  }
}
