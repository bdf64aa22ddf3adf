package dev.rackplan.export;

import dev.rackplan.export.Router.Answering;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The router in Kubernetes: its script, one pod that runs it, and the service that leads there. */
final class RouterPod {
  private static final String LABEL = "app.kubernetes.io/name";

  private RouterPod() {}

  /**
   * ConfigMap, Deployment and Service.
   *
   * @param name of the service
   * @param image of the engine, in which the router is installed where it lacks it
   * @param pools one or several
   */
  static List<Object> objects(String name, Router router, String image, List<Deployment> pools) {
    List<Answering> prefill = answering(pools, pool -> pool.place().prefills());
    List<ExportedFile> files =
        prefill.isEmpty()
            ? router.files(answering(pools, pool -> true))
            : router.files(prefill, answering(pools, pool -> pool.place().decodes()));
    Map<String, Object> data = new LinkedHashMap<>();
    files.forEach(file -> data.put(file.name(), file.text()));
    return List.of(
        KubernetesExport.configMap(name + "-router", data),
        deployment(name, router, image),
        service(name));
  }

  // Pods of LeaderWorkerSets have names of their own: the first of stage 0 answers.
  private static List<Answering> answering(List<Deployment> pools, Predicate<Deployment> wanted) {
    List<Answering> instances = new ArrayList<>();
    for (Deployment pool : pools.stream().filter(wanted).toList()) {
      String set = KubernetesExport.name(pool) + "-stage-0";
      for (int group = 0; group < pool.layout().replicas(); group++) {
        instances.add(
            new Answering(
                set + "-" + group + "." + set,
                KubernetesExport.HTTP_PORT,
                KubernetesExport.PORT + SglangExport.BOOTSTRAP_OFFSET));
      }
    }
    return instances;
  }

  private static Map<String, Object> deployment(String name, Router router, String image) {
    String installed = router.title().replace(' ', '=').replace("=", "==");
    String module = router.title().split(" ")[0].replace('-', '_');
    Map<String, Object> container = new LinkedHashMap<>();
    container.put("name", "router");
    container.put("image", image);
    container.put(
        "command",
        List.of(
            "bash",
            "-c",
            "python3 -c 'import "
                + module
                + "' || python3 -m pip install "
                + installed
                + "; exec bash "
                + EnginePod.PLAN_FOLDER
                + "/"
                + Router.SCRIPT));
    container.put("ports", List.of(Map.of("containerPort", Router.PORT)));
    container.put("readinessProbe", EnginePod.probe("/readiness", Router.PORT, 1));
    container.put(
        "volumeMounts",
        List.of(EnginePod.pair("name", "plan", "mountPath", EnginePod.PLAN_FOLDER)));
    Map<String, Object> pod = new LinkedHashMap<>();
    pod.put("containers", List.of(container));
    pod.put(
        "volumes",
        List.of(EnginePod.pair("name", "plan", "configMap", Map.of("name", name + "-router"))));
    Map<String, Object> labels = Map.of(LABEL, name + "-router");
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("replicas", 1);
    spec.put("selector", Map.of("matchLabels", labels));
    spec.put("template", EnginePod.pair("metadata", Map.of("labels", labels), "spec", pod));
    return object("apps/v1", "Deployment", name + "-router", spec);
  }

  private static Map<String, Object> service(String name) {
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("selector", Map.of(LABEL, name + "-router"));
    spec.put("ports", List.of(EnginePod.pair("port", Router.PORT, "targetPort", Router.PORT)));
    return object("v1", "Service", name, spec);
  }

  private static Map<String, Object> object(
      String version, String kind, String name, Map<String, Object> spec) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("apiVersion", version);
    object.put("kind", kind);
    object.put("metadata", Map.of("name", name));
    object.put("spec", spec);
    return object;
  }
}
