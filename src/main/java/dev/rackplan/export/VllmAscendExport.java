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
            ? "--additional-config '{\"eplb_config\": {\"expert_map_path\": \"'\"$folder\"'/"
                + MAP
                + "\"}}'"
            : "";
    files.add(
        LaunchScript.of(
            deployment,
            Accelerators.HUAWEI,
            VllmExport.start(
                deployment,
                deployment.ranks().launchersOfInstance(),
                DegreeFlags.VLLM_ASCEND,
                experts)));
    return """
        A plugin of vLLM, whose command it is; devices are chosen by `ASCEND_RT_VISIBLE_DEVICES`. RULE
        Experts stay as planned: `dynamic_eplb` is off. Turned on, `eplb_policy_type` 0 (random), 1 (default), 2 (swift, the usual one)
        or 3 (FlashLB) moves them, and `expert_map_record_path` writes the map that then runs, which `rackplan import` reads.
        Nothing here needs an unreleased change.
        """
        .replace("RULE", rule(deployment));
  }

  /** Source: {@code vllm_ascend/eplb/core/eplb_utils.py}, {@code generate_log2phy_map}. */
  private static String rule(Deployment deployment) {
    return deployment.layout().attentionTensorParallel() == 1
        ? "It picks replica (expert-parallel rank mod replicas): dispatch rule\n`rankModulo` of a problem file."
        : "With tensor parallelism it picks replica ((rank in the\ntensor-parallel group + group + expert) mod replicas), which no"
            + " dispatch rule of a problem file is: `rankModulo` is that of attentionTensorParallel 1.";
  }

  static ExportedFile map(Deployment deployment) {
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
