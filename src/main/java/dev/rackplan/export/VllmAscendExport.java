package dev.rackplan.export;

import dev.rackplan.json.JsonText;
import dev.rackplan.plan.ExpertMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** vllm-ascend: {@code expert_map_path} with the experts of each device. */
final class VllmAscendExport {
  private static final String MAP = "expert-map.json";

  private VllmAscendExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    deployment.refuseTraining("vllm-ascend");
    if (deployment.hasMaps()) {
      files.add(map(deployment));
    }
    String experts =
        deployment.hasMaps()
            ? "--additional-config '{\"eplb_config\": {\"expert_map_path\": \"'\"$PWD\"'/"
                + MAP
                + "\"}}'"
            : "";
    files.add(
        LaunchScript.of(
            deployment,
            VllmExport.environment(deployment),
            VllmExport.command(
                deployment, deployment.hostsOfInstance(), DegreeFlags.VLLM_ASCEND, experts)));
    return """
        For vllm-ascend's main branch of November 2026 on vLLM. It picks replica (expert-parallel rank mod replicas): dispatch rule
        `rankModulo` of a problem file. Nothing here waits for a merge.
        """;
  }

  private static ExportedFile map(Deployment deployment) {
    deployment.refuseMapOfStages("vllm-ascend");
    deployment.slots("vllm-ascend");
    deployment.refuseSecondCopies("vllm-ascend");
    List<Object> layers = new ArrayList<>();
    for (ExpertMap map : deployment.plan().experts().values()) {
      List<Object> devices = new ArrayList<>();
      for (int gpu = 0; gpu < map.gpus(); gpu++) {
        Map<String, Object> device = new LinkedHashMap<>();
        device.put("device_id", gpu);
        device.put("device_expert", Deployment.row(map.expertsOf(gpu)));
        devices.add(device);
      }
      Map<String, Object> layer = new LinkedHashMap<>();
      layer.put("layer_id", layers.size());
      layer.put("device_count", devices.size());
      layer.put("device_list", devices);
      layers.add(layer);
    }
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("moe_layer_count", layers.size());
    root.put("layer_list", layers);
    return new ExportedFile(
        MAP, JsonText.of(root), "experts of each device, MoE layers counted from 0");
  }
}
