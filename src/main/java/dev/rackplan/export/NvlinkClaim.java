package dev.rackplan.export;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * NVLink between hosts in Kubernetes: a ComputeDomain for all pods, and the claim of one of its
 * IMEX channels that each pod makes. NVIDIA's DRA driver makes the claim's template.
 *
 * <p>Source: the CRD {@code resource.nvidia.com_computedomains.yaml} of NVIDIA/k8s-dra-driver-gpu,
 * v1beta1, and its {@code demo/specs/imex/channel-injection.yaml}.
 */
final class NvlinkClaim {
  /** Of the claim, in a pod. */
  static final String NAME = "nvlink-channel";

  private NvlinkClaim() {}

  /** The claim template's name; empty where no pool needs NVLink between hosts. */
  static Optional<String> template(String name, List<Deployment> pools) {
    boolean linked =
        pools.stream()
            .filter(pool -> Accelerators.of(pool) == Accelerators.NVIDIA)
            .anyMatch(pool -> pool.ranks().spansNodesOfDomain() || pool.place().cachesOverNvlink());
    return linked ? Optional.of(name + "-channel") : Optional.empty();
  }

  /** The ComputeDomain that has that template. */
  static Map<String, Object> domain(String name, List<Deployment> pools, String template) {
    Set<String> hosts = new TreeSet<>();
    pools.forEach(pool -> pool.ranks().byStage().forEach(gpu -> hosts.add(pool.ranks().host(gpu))));
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("numNodes", hosts.size());
    spec.put("channel", Map.of("resourceClaimTemplate", Map.of("name", template)));
    Map<String, Object> domain = new LinkedHashMap<>();
    domain.put("apiVersion", "resource.nvidia.com/v1beta1");
    domain.put("kind", "ComputeDomain");
    domain.put("metadata", Map.of("name", name));
    domain.put("spec", spec);
    return domain;
  }

  /** What a container's resources say of it. */
  static List<Object> ofContainer() {
    return List.of(Map.of("name", NAME));
  }

  /** What a pod says of it. */
  static List<Object> ofPod(String template) {
    Map<String, Object> claim = new LinkedHashMap<>();
    claim.put("name", NAME);
    claim.put("resourceClaimTemplateName", template);
    return List.of(claim);
  }
}
