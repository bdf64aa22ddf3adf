package dev.rackplan.export;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who leads requests to the pods of a plan in Kubernetes. */
enum PodFront {
  /** The engine's own router, by names of pods. */
  ENGINE_ROUTER,

  /**
   * llm-d's router, which finds pods by their labels and tells a decode pod's side container which
   * prefill pod to ask first.
   *
   * <p>Source: llm-d's {@code guides/wide-ep-lws} and {@code guides/pd-disaggregation}: labels,
   * init container {@code routing-proxy} with its arguments.
   */
  LLM_D;

  /** Image of the side container. */
  static final String SIDE_IMAGE = "ghcr.io/llm-d/llm-d-routing-sidecar:v0.7.1";

  /** Ports of a decode engine lie so far above those at which its side container answers. */
  private static final int ABOVE_SIDE = 10;

  /** Where the ranks of an instance meet. */
  int port(Deployment deployment) {
    return LaunchScript.FIRST_PORT + (hasSide(deployment) ? ABOVE_SIDE : 0);
  }

  /** Where the engine's first pod answers. */
  int httpPort(Deployment deployment) {
    return port(deployment) + SglangExport.HTTP_OFFSET;
  }

  /**
   * Labels of a pod.
   *
   * @param answers whether requests go to it
   */
  Map<String, Object> labels(Deployment deployment, boolean answers) {
    Map<String, Object> labels = new LinkedHashMap<>();
    labels.put("app.kubernetes.io/name", KubernetesExport.name(deployment));
    if (this == LLM_D && answers) {
      labels.put("app.kubernetes.io/part-of", KubernetesExport.objectName(deployment.name()));
      labels.put("llm-d.ai/inference-serving", "true");
    }
    if (deployment.place().handsOver()) {
      labels.put("llm-d.ai/role", deployment.place().roleWord());
    }
    return labels;
  }

  /** The container that starts before the engine and goes on beside it; empty for none. */
  Optional<Map<String, Object>> side(Deployment deployment) {
    if (!hasSide(deployment)) {
      return Optional.empty();
    }
    int port = KubernetesExport.HTTP_PORT;
    Map<String, Object> side = new LinkedHashMap<>();
    side.put("name", "routing-proxy");
    side.put("image", SIDE_IMAGE);
    side.put(
        "args",
        List.of(
            "--port=" + port,
            "--vllm-port=" + httpPort(deployment),
            "--connector=nixlv2",
            "--secure-proxy=false"));
    side.put("ports", List.of(Map.of("containerPort", port)));
    side.put("restartPolicy", "Always");
    return Optional.of(side);
  }

  private boolean hasSide(Deployment deployment) {
    return this == LLM_D && deployment.place().decodes();
  }
}
