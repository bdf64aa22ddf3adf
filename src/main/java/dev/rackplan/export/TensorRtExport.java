package dev.rackplan.export;

import dev.rackplan.json.YamlText;
import dev.rackplan.plan.Stage;
import dev.rackplan.topology.Gpu;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** TensorRT-LLM: a load balancer file, the configuration that names it, and an MPI launch. */
final class TensorRtExport {
  static final String BALANCER = "moe_load_balancer.yaml";

  private TensorRtExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    deployment.refuseTraining("TensorRT-LLM");
    var layout = deployment.layout();
    boolean data = layout.attentionRanks() > 1;
    if (data && layout.attentionTensorParallel() > 1) {
      throw new ExportRefusal(
          "TensorRT-LLM runs attention tensor parallel over a whole stage or data parallel over it; the plan has "
              + layout.attentionRanks()
              + " ranks of "
              + layout.attentionTensorParallel()
              + " GPUs",
          "Solve with attentionTensorParallel 1 or " + layout.gpusPerStage() + ".");
    }
    Map<String, Object> config = new LinkedHashMap<>();
    if (data) {
      config.put("enable_attention_dp", true);
    }
    config.put(
        "max_batch_size",
        Math.max(
            1, layout.microBatches() * layout.sequencesPerMicroBatch() / layout.attentionRanks()));
    Map<String, Object> cache = MemoryFlags.tensorRt(deployment);
    if (!cache.isEmpty()) {
      config.put("kv_cache_config", cache);
    }
    int drafts = DegreeFlags.drafts(deployment);
    if (drafts > 0) {
      config.put("speculative_config", speculation(deployment, drafts));
    }
    if (layout.pipelineStages() > 1) {
      config.put("pp_partition", deployment.layersOfStages());
    }
    if (deployment.hasMaps()) {
      files.add(balancer(deployment));
      Map<String, Object> moe = new LinkedHashMap<>();
      moe.put("backend", "WIDEEP");
      moe.put("load_balancer", "./" + BALANCER);
      config.put("moe_config", moe);
    }
    files.add(new ExportedFile("config.yaml", YamlText.of(config), "options of the LLM API"));
    for (int replica = 0; replica < layout.replicas(); replica++) {
      files.add(rankFile(deployment, replica));
    }
    files.add(launch(deployment));
    return """
        For TensorRT-LLM 1.0 and newer, PyTorch backend. The load balancer is static (`layer_updates_per_iter: 0`): experts stay where
        the plan puts them. Nothing here waits for a merge.
        """;
  }

  private static Map<String, Object> speculation(Deployment deployment, int drafts) {
    Map<String, Object> speculation = new LinkedHashMap<>();
    if (DegreeFlags.DraftKind.of(deployment) != DegreeFlags.DraftKind.OWN_LAYERS) {
      throw new ExportRefusal(
          "The export for TensorRT-LLM drafts with the model's own next-token layers only",
          "Solve for a model that has such layers and without workload.drafts.model, or export for SGLang or vLLM.");
    }
    speculation.put("decoding_type", "MTP");
    speculation.put("num_nextn_predict_layers", drafts);
    return speculation;
  }

  private static ExportedFile balancer(Deployment deployment) {
    Map<Integer, Object> assignments = new LinkedHashMap<>();
    deployment
        .plan()
        .experts()
        .forEach((layer, map) -> assignments.put(layer, Deployment.row(map)));
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("num_slots", deployment.slots("TensorRT-LLM"));
    root.put("initial_global_assignments", assignments);
    root.put("layer_updates_per_iter", 0);
    return new ExportedFile(
        BALANCER,
        YamlText.compact(root),
        "expert in each slot, by index of the layer in the model");
  }

  private static ExportedFile rankFile(Deployment deployment, int replica) {
    return new ExportedFile(
        rankFileName(replica),
        SlurmExport.rankFile(deployment, ranks(deployment, replica)),
        "host and device of each rank of replica " + replica + ", for Open MPI");
  }

  /**
   * GPUs of a replica by TensorRT-LLM's ranks: those that slice the same experts are not neighbours
   * there, but expertParallel ranks apart. Source: {@code tensorrt_llm/mapping.py}, {@code
   * moe_ep_rank} = rank in the stage mod {@code moe_ep_size}. Attention ranks are one GPU or the
   * whole stage, so that their order means nothing.
   */
  private static List<Gpu> ranks(Deployment deployment, int replica) {
    var layout = deployment.layout();
    int hosts = layout.expertHostCount();
    List<Gpu> ranks = new ArrayList<>();
    for (Stage stage : deployment.plan().stages()) {
      List<Gpu> planned = deployment.ranksOfStage(stage, replica);
      for (int rank = 0; rank < planned.size(); rank++) {
        ranks.add(planned.get(rank % hosts * layout.gpusPerExpertHost() + rank / hosts));
      }
    }
    return ranks;
  }

  private static String rankFileName(int replica) {
    return "rankfile-replica-" + replica;
  }

  private static ExportedFile launch(Deployment deployment) {
    var layout = deployment.layout();
    List<Gpu> ranks = deployment.ranksOfInstance(0);
    String text =
        """
        #!/usr/bin/env bash
        # Starts one replica from a host that reaches all of its hosts by Open MPI.
        #   MODEL=/path/to/model ./launch.sh REPLICA
        set -euo pipefail
        cd "$(dirname "${BASH_SOURCE[0]}")"
        : "${MODEL:?set MODEL to the folder or name of the weights}"
        replica=${1:?give a replica, 0 to LAST}
        exec mpirun -np RANKS --rankfile "rankfile-replica-$replica" --wdir "$PWD" -x MODEL \\
          trtllm-llmapi-launch trtllm-serve "$MODEL" --port "$((20000 + replica))" \\
          DEGREES --extra_llm_api_options config.yaml
        """
            .replace("LAST", String.valueOf(layout.replicas() - 1))
            .replace("RANKS", String.valueOf(ranks.size()))
            .replace("DEGREES", String.join(" ", DegreeFlags.TENSORRT_LLM.words(deployment)));
    return new ExportedFile("launch.sh", text, "starts one replica by MPI");
  }
}
