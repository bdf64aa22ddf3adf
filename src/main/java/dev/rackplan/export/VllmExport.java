package dev.rackplan.export;

import dev.rackplan.export.Deployment.HostRanks;
import dev.rackplan.json.JsonText;
import dev.rackplan.plan.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** vLLM: the initial mapping of pull request 41141 as JSON lines, and the degrees as flags. */
final class VllmExport {
  private VllmExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    deployment.refuseTraining("vLLM");
    if (deployment.hasMaps()) {
      deployment.slots("vLLM");
      for (int stage = 0; stage < deployment.plan().stages().size(); stage++) {
        files.add(map(deployment, stage));
      }
    }
    files.add(
        LaunchScript.of(
            deployment,
            environment(deployment),
            command(deployment, deployment.hostsOfInstance())));
    String waits =
        deployment.hasMaps()
            ? """
            The flags are those of vLLM 0.11 and newer. **Not merged yet:** `initial_mapping_path` is pull request #41141 of
            vllm-project/vllm, open in November 2026; vLLM without it refuses the key. Until then run a build of that branch, or
            leave the key out: vLLM then starts with experts in order and its own balancer.
            """
            : "The flags are those of vLLM 0.11 and newer; nothing here waits for a merge.";
    return waits;
  }

  private static ExportedFile map(Deployment deployment, int index) {
    Stage stage = deployment.plan().stages().get(index);
    Map<String, Object> assignments = new LinkedHashMap<>();
    for (int layer : deployment.moeLayers(stage)) {
      assignments.put(
          String.valueOf(assignments.size()),
          Deployment.row(deployment.plan().experts().get(layer)));
    }
    Map<String, Object> mapping = new LinkedHashMap<>();
    mapping.put("record_type", "eplb_initial_mapping");
    mapping.put("version", 1);
    mapping.put("num_redundant_experts", deployment.layout().redundantExperts());
    mapping.put("num_slots", deployment.slots("vLLM"));
    mapping.put("initial_global_assignments", assignments);
    return new ExportedFile(
        mapName(deployment, String.valueOf(index)),
        JsonText.line(mapping),
        "expert in each slot of the MoE layers of stage " + index + ", counted from 0");
  }

  private static String mapName(Deployment deployment, String stage) {
    return deployment.layout().pipelineStages() == 1
        ? "expert-map.jsonl"
        : "expert-map-stage-" + stage + ".jsonl";
  }

  static String environment(Deployment deployment) {
    return deployment.layout().pipelineStages() > 1
        ? "VLLM_PP_LAYER_PARTITION=" + deployment.partition()
        : "";
  }

  /**
   * With the variables of {@link LaunchScript}.
   *
   * @param hosts of one replica
   */
  static String command(Deployment deployment, List<HostRanks> hosts) {
    String eplb =
        deployment.hasMaps()
            ? "--enable-eplb --eplb-config '{\"num_redundant_experts\": "
                + deployment.layout().redundantExperts()
                + ", \"initial_mapping_path\": \"'\"$PWD\"'/"
                + mapName(deployment, "'\"$stage\"'")
                + "\"}'"
            : "";
    return command(deployment, hosts, DegreeFlags.VLLM, eplb);
  }

  /**
   * The same for vLLM or what runs on it.
   *
   * @param degrees who names the degrees
   * @param experts flags of the expert placement; empty for none
   */
  static String command(
      Deployment deployment, List<HostRanks> hosts, DegreeFlags degrees, String experts) {
    var layout = deployment.layout();
    int perHost = hosts.get(0).devices().size();
    int tensor = layout.attentionTensorParallel();
    List<String> words = new ArrayList<>();
    words.add("vllm serve \"$MODEL\" --port \"$((port + 1))\"");
    words.addAll(degrees.words(deployment));
    if (layout.attentionRanks() > 1) {
      refuseSplitEngines(deployment, perHost);
      words.add(
          "--data-parallel-size "
              + layout.attentionRanks()
              + " --data-parallel-size-local "
              + perHost / tensor);
      words.add(
          "--data-parallel-start-rank \"$((first_rank / "
              + tensor
              + "))\""
              + " --data-parallel-address \"$head\" --data-parallel-rpc-port \"$port\"");
      words.add("$( ((node_rank == 0)) || printf -- --headless )");
    } else if (hosts.size() > 1) {
      words.add(
          "--nnodes "
              + hosts.size()
              + " --node-rank \"$node_rank\" --master-addr \"$head\" --master-port \"$port\"");
      words.add("$( ((node_rank == 0)) || printf -- --headless )");
    }
    if (!experts.isEmpty()) {
      words.add(experts);
    }
    words.addAll(MemoryFlags.vllm(deployment));
    // vLLM's limit is that of one data-parallel engine.
    words.add(
        "--max-num-seqs "
            + Math.max(
                1,
                layout.microBatches() * layout.sequencesPerMicroBatch() / layout.attentionRanks()));
    return String.join(" \\\n  ", words);
  }

  private static void refuseSplitEngines(Deployment deployment, int perHost) {
    var layout = deployment.layout();
    if (layout.pipelineStages() > 1) {
      throw new ExportRefusal(
          "vLLM starts each data-parallel engine with all its stages on neighbouring ranks; the plan has "
              + layout.pipelineStages()
              + " stages of "
              + layout.attentionRanks()
              + " attention ranks",
          "Solve with pipelineStages 1, or with attention tensor parallel over the whole stage.");
    }
    if (perHost % layout.attentionTensorParallel() != 0) {
      throw new ExportRefusal(
          "vLLM keeps a data-parallel engine on one host; "
              + layout.attentionTensorParallel()
              + " GPUs of an attention rank do not divide the "
              + perHost
              + " of a host",
          "Solve with an attentionTensorParallel that divides them.");
    }
  }
}
