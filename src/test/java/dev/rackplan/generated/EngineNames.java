package dev.rackplan.generated;

import static dev.rackplan.topology.GpuVendor.AMD;
import static dev.rackplan.topology.GpuVendor.AWS;
import static dev.rackplan.topology.GpuVendor.GOOGLE;
import static dev.rackplan.topology.GpuVendor.HUAWEI;
import static dev.rackplan.topology.GpuVendor.INTEL;
import static dev.rackplan.topology.GpuVendor.NVIDIA;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuVendor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Serving engines that run on all of a drawn topology's accelerators. */
final class EngineNames {
  private static final Map<String, Set<GpuVendor>> VENDORS = vendors();

  private EngineNames() {}

  private static Map<String, Set<GpuVendor>> vendors() {
    Map<String, Set<GpuVendor>> vendors = new LinkedHashMap<>();
    vendors.put("sglang", Set.of(NVIDIA, AMD, INTEL, HUAWEI));
    vendors.put("vllm", Set.of(NVIDIA, AMD, INTEL, GOOGLE, AWS));
    vendors.put("vllm-ascend", Set.of(HUAWEI));
    vendors.put("trtllm", Set.of(NVIDIA));
    return vendors;
  }

  static List<String> all() {
    return List.copyOf(VENDORS.keySet());
  }

  /** May be none where vendors are mixed. */
  static List<String> on(Map<String, Object> topology) {
    Set<GpuGeneration> generations =
        Cluster.of(topology).nodes().stream()
            .map(Cluster.Node::gpu)
            .distinct()
            .flatMap(gpu -> generation(gpu).stream())
            .collect(Collectors.toSet());
    Set<GpuVendor> there =
        generations.stream().map(GpuGeneration::vendor).collect(Collectors.toSet());
    boolean widened = !generations.stream().allMatch(GpuGeneration::multipliesBf16);
    return VENDORS.entrySet().stream()
        .filter(entry -> entry.getValue().containsAll(there))
        // Plain formats are drawn for engines: TensorRT-LLM widens none.
        .filter(entry -> !(widened && entry.getKey().equals("trtllm")))
        .map(Map.Entry::getKey)
        .toList();
  }

  // An accelerator of no known generation is anybody's.
  private static Optional<GpuGeneration> generation(Object gpu) {
    return gpu instanceof Map<?, ?> own
        ? Optional.ofNullable((String) own.get("generation")).flatMap(GpuGeneration::ofKey)
        : GpuCatalog.load().entry((String) gpu).spec().generation();
  }
}
