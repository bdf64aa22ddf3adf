package dev.rackplan.export;

import dev.rackplan.json.YamlText;
import dev.rackplan.problem.EngineKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * llm-d: the pods of vLLM with the labels that its router looks for, a side container before each
 * instance that decodes for others, and the values of the router's chart.
 *
 * <p>Source: {@code guides/wide-ep-lws}, {@code guides/pd-disaggregation} and {@code
 * guides/recipes/router} of llm-d/llm-d; {@code config/charts/routerlib/values.yaml} of
 * llm-d/llm-d-router.
 */
final class LlmDExport {
  static final String VALUES = "router-values.yaml";
  private static final String CHART = "oci://ghcr.io/llm-d/charts/llm-d-router-standalone";
  private static final String RELEASE = "v0.11.0";
  private static final String PLUGINS = "pools.yaml";

  // Where the router's Envoy listens, and its service.
  private static final int ENVOY_PORT = 8081;
  private static final int SERVICE_PORT = 80;

  private LlmDExport() {}

  /** Objects of one or several pools. */
  static String write(String name, List<Deployment> given, List<ExportedFile> files) {
    given.forEach(pool -> pool.refuseTraining("the export for llm-d"));
    List<Deployment> pools = given.stream().map(pool -> pool.servedBy(EngineKind.VLLM)).toList();
    String all = KubernetesExport.objectName(name);
    files.add(
        KubernetesExport.manifest(
            KubernetesExport.objects(all, pools, PodFront.LLM_D),
            "ConfigMap and a LeaderWorkerSet for each stage"));
    boolean handOver = pools.stream().anyMatch(pool -> pool.place().handsOver());
    files.add(
        new ExportedFile(
            VALUES,
            YamlText.of(Map.of("router", values(all, handOver))),
            "values of the router's chart: which pods it gives requests to, and how"));
    return """
        For clusters with LeaderWorkerSet (leaderworkerset.x-k8s.io/v1, 0.5 and newer), a device plugin of the accelerators
        and the Gateway API Inference Extension's InferencePool. The router, then the pods:

        ```sh
        helm install NAME CHART --version RELEASE -f VALUES
        kubectl apply -f manifest.yaml
        ```

        Requests go to the service `NAME-epp`, port 80. The router finds the first pod of each instance by its labels, port HTTP. SIDE
        The weights come from the PersistentVolumeClaim `model-weights`. Domains, cliques, NVLink between hosts and RDMA are as in the
        export for kubernetes.
        """
        .replace("NAME", all)
        .replace("CHART", CHART)
        .replace("RELEASE", RELEASE)
        .replace("VALUES", VALUES)
        .replace("HTTP", String.valueOf(KubernetesExport.HTTP_PORT))
        .replace(
            "SIDE",
            handOver
                ? "Before each instance\nthat decodes stands `routing-proxy`, which has the prefill instance that the router chose read the prompt first."
                : "")
        .replaceAll(" +\n", "\n");
  }

  private static Map<String, Object> values(String name, boolean handOver) {
    Map<String, Object> port = new LinkedHashMap<>();
    port.put("name", "http");
    port.put("port", SERVICE_PORT);
    port.put("protocol", "TCP");
    port.put("targetPort", ENVOY_PORT);
    Map<String, Object> servers = new LinkedHashMap<>();
    servers.put("type", "vllm");
    servers.put("targetPorts", List.of(Map.of("number", KubernetesExport.HTTP_PORT)));
    servers.put(
        "matchLabels",
        EnginePod.pair("llm-d.ai/inference-serving", "true", "app.kubernetes.io/part-of", name));
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("extraServicePorts", List.of(port));
    if (handOver) {
      values.put("epp", pickers());
    }
    values.put("modelServers", servers);
    return values;
  }

  // A prefill instance with the fewest tokens to read, a decode instance with the fewest requests.
  // Loads are counted in the picker, so that there is one.
  private static Map<String, Object> pickers() {
    Map<String, Object> handler = new LinkedHashMap<>();
    handler.put("type", "disagg-profile-handler");
    handler.put("parameters", Map.of("deciders", Map.of("prefill", "always-disagg-pd-decider")));
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("apiVersion", "llm-d.ai/v1");
    config.put("kind", "EndpointPickerConfig");
    config.put(
        "plugins",
        List.of(
            Map.of("type", "always-disagg-pd-decider"),
            handler,
            Map.of("type", "prefill-filter"),
            Map.of("type", "decode-filter"),
            Map.of("type", "inflight-load-producer"),
            Map.of("type", "token-load-scorer"),
            Map.of("type", "active-request-scorer"),
            Map.of("type", "max-score-picker")));
    config.put(
        "schedulingProfiles",
        List.of(
            profile("prefill", "prefill-filter", "token-load-scorer"),
            profile("decode", "decode-filter", "active-request-scorer")));
    Map<String, Object> pickers = new LinkedHashMap<>();
    pickers.put("replicas", 1);
    pickers.put("pluginsConfigFile", PLUGINS);
    pickers.put("pluginsCustomConfig", Map.of(PLUGINS, YamlText.of(config)));
    return pickers;
  }

  private static Map<String, Object> profile(String name, String filter, String scorer) {
    Map<String, Object> profile = new LinkedHashMap<>();
    profile.put("name", name);
    profile.put(
        "plugins",
        List.of(
            Map.of("pluginRef", filter),
            Map.of("pluginRef", scorer),
            Map.of("pluginRef", "max-score-picker")));
    return profile;
  }
}
