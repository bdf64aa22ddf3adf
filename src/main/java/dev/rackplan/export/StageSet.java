package dev.rackplan.export;

import dev.rackplan.plan.Stage;
import dev.rackplan.topology.Gpu;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The LeaderWorkerSet of a stage, or of several on the same hosts: a group of pods for each
 * replica, a pod for each host.
 *
 * @param front who leads requests to the first pods of stage 0
 * @param channel claim template of the NVLink between hosts, if any
 */
record StageSet(Deployment deployment, String image, PodFront front, Optional<String> channel) {
  /** Of the stages with that index in {@link Deployment#podSets}. */
  Map<String, Object> of(int index) {
    List<HostRanks> hosts = deployment.ranks().hostsOf(deployment.ranks().podSets().get(index));
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", name(index));
    Map<String, Object> template = new LinkedHashMap<>();
    template.put("size", hosts.size());
    template.put("restartPolicy", "RecreateGroupOnPodRestart");
    if (index == 0) {
      template.put("leaderTemplate", pod(index, hosts, true));
    }
    template.put("workerTemplate", pod(index, hosts, false));
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

  private Map<String, Object> pod(int index, List<HostRanks> hosts, boolean answers) {
    Map<String, Object> spec = new LinkedHashMap<>();
    if (answers) {
      front.side(deployment).ifPresent(side -> spec.put("initContainers", List.of(side)));
    }
    spec.putAll(EnginePod.spec(this, index, hosts, answers));
    Map<String, Object> pod = new LinkedHashMap<>();
    pod.put("metadata", Map.of("labels", front.labels(deployment, answers)));
    pod.put("spec", spec);
    return pod;
  }

  /** What the one with that index is called. */
  String name(int index) {
    return KubernetesExport.name(deployment) + "-stage-" + index;
  }

  /** Whether each of its groups has several hosts, all of them in one domain. */
  boolean sharesDomain(int index) {
    List<Stage> stages = deployment.ranks().podSets().get(index);
    for (int instance = 0; instance < deployment.layout().replicas(); instance++) {
      int group = instance;
      List<Gpu> ranks =
          stages.stream()
              .flatMap(stage -> deployment.ranks().ofStage(stage, group).stream())
              .toList();
      if (ranks.stream().map(Gpu::domain).distinct().count() > 1
          || ranks.stream().map(Gpu::node).distinct().count() == 1) {
        return false;
      }
    }
    return true;
  }
}
