package dev.rackplan.export;

import dev.rackplan.json.YamlText;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.ParallelMixers;
import dev.rackplan.plan.Stage;
import dev.rackplan.topology.Gpu;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** TensorRT-LLM: a load balancer file, the configuration that names it, and an MPI launch. */
final class TensorRtExport {
  static final String BALANCER = "moe_load_balancer.yaml";
  static final String CONFIG = "config.yaml";

  // Of trtllm-serve's flags, those of the LLM API.
  private static final Map<String, String> KEYS =
      Map.of(
          "--tp_size", "tensor_parallel_size",
          "--pp_size", "pipeline_parallel_size",
          "--ep_size", "moe_expert_parallel_size",
          "--max_num_tokens", "max_num_tokens");

  private TensorRtExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    var layout = deployment.layout();
    files.add(config(new LinkedHashMap<>(), deployment, ".", files));
    for (int replica = 0; replica < layout.replicas(); replica++) {
      files.add(hostFile(deployment, replica));
    }
    files.add(launch(deployment));
    return """
        For the PyTorch backend. The load balancer is static (`layer_updates_per_iter: 0`): experts stay where the plan puts them. Ranks
        go to hosts line by line (`--map-by seq`) and are bound to no core (`--bind-to none`): a rankfile would pin each to one core,
        as its slots are cores and not devices. Nothing here needs an unreleased change.
        """;
  }

  /**
   * The options of the LLM API with the degrees among them, for who starts it without {@code
   * trtllm-serve}'s flags.
   *
   * @param folder of the load balancer's file, which is added to {@code files}
   */
  static ExportedFile wholeConfig(Deployment deployment, String folder, List<ExportedFile> files) {
    Map<String, Object> config = new LinkedHashMap<>();
    for (String flag : DegreeFlags.TENSORRT_LLM.words(deployment)) {
      String[] words = flag.split(" ");
      config.put(KEYS.get(words[0]), Integer.valueOf(words[1]));
    }
    return config(config, deployment, folder, files);
  }

  private static ExportedFile config(
      Map<String, Object> config, Deployment deployment, String folder, List<ExportedFile> files) {
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
    if (data) {
      config.put("enable_attention_dp", true);
    }
    config.put(
        "max_batch_size", Math.max(1, deployment.sequencesAtATime() / layout.attentionRanks()));
    if (chunksPrompts(deployment)) {
      config.put("enable_chunked_prefill", true);
    }
    if (!LongestContext.override(deployment).isEmpty()) {
      throw new ExportRefusal(
          "The export for TensorRT-LLM scales no positions, which contexts of "
              + LongestContext.tokens(deployment).orElseThrow()
              + " tokens need",
          "Give a config.json that has the scaling as the model, or export for SGLang or vLLM.");
    }
    LongestContext.tokens(deployment).ifPresent(longest -> config.put("max_seq_len", longest));
    Map<String, Object> cache = MemoryFlags.tensorRt(deployment);
    CacheFormat.tensorRt(deployment).ifPresent(format -> cache.put("dtype", format));
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
      refuseWideExperts(deployment);
      files.add(balancer(deployment));
      Map<String, Object> moe = new LinkedHashMap<>();
      moe.put("backend", "WIDEEP");
      moe.put("load_balancer", folder + "/" + BALANCER);
      config.put("moe_config", moe);
    }
    pool(deployment, config);
    return new ExportedFile(CONFIG, YamlText.of(config), "options of the LLM API");
  }

  // Without it a prompt of more than max_num_tokens is refused; no recurrent state is kept from
  // chunk to chunk.
  private static boolean chunksPrompts(Deployment deployment) {
    return deployment.problem().model().layers().stream()
        .map(Layer::attention)
        .noneMatch(own -> own instanceof LinearAttention || own instanceof ParallelMixers);
  }

  /**
   * Source: {@code tensorrt_llm/_torch/modules/fused_moe}: {@code fused_moe_wide_ep.py} asserts
   * attention data parallelism, {@code create_moe.py} refuses a bias for it.
   */
  private static void refuseWideExperts(Deployment deployment) {
    if (deployment.layout().attentionRanks() == 1) {
      throw new ExportRefusal(
          "TensorRT-LLM takes expert maps with data-parallel attention only; the plan has one attention rank",
          "Solve with attentionTensorParallel 1, or export with --without-experts.");
    }
    for (int layer : deployment.plan().experts().keySet()) {
      if (deployment.problem().model().moe(layer).orElseThrow().hasBias()) {
        throw new ExportRefusal(
            "TensorRT-LLM's WIDEEP backend, which reads expert maps, takes no experts with biases; those of "
                + deployment.problem().model().name()
                + " have them",
            deployment.layout().redundantExperts() > 0
                ? "Solve with redundantExperts 0 and export with --without-experts."
                : "Export with --without-experts.");
      }
    }
  }

  /** Where an instance answers. */
  static int port(Deployment deployment, int instance) {
    return LaunchScript.FIRST_PORT + deployment.place().instancesBefore() + instance;
  }

  // Source: TensorRT-LLM's docs/source/features/disagg-serving.md: the buffer holds a prompt at
  // least, and context servers run without the overlap scheduler.
  private static void pool(Deployment deployment, Map<String, Object> config) {
    if (!deployment.place().handsOver()) {
      return;
    }
    if (deployment.place().prefills()) {
      config.put("disable_overlap_scheduler", true);
    }
    Map<String, Object> caches = new LinkedHashMap<>();
    caches.put("backend", "DEFAULT");
    caches.put("max_tokens_in_buffer", deployment.place().cacheTokens());
    config.put("cache_transceiver_config", caches);
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

  static ExportedFile balancer(Deployment deployment) {
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

  private static ExportedFile hostFile(Deployment deployment, int replica) {
    return new ExportedFile(
        "hosts-replica-" + replica + ".txt",
        SlurmExport.hostFile(deployment, ranks(deployment, replica)),
        "host of each rank of replica " + replica + ", for Open MPI");
  }

  /** What TensorRT-LLM counts on: a host's ranks in a row, which take its devices in turn. */
  private static String devices(Deployment deployment, int replica) {
    String first = "";
    for (HostRanks host : deployment.ranks().byHost(ranks(deployment, replica))) {
      if (!first.isEmpty() && !first.equals(host.deviceList())) {
        throw new ExportRefusal(
            "TensorRT-LLM takes the same devices on each host of a replica; "
                + host.node()
                + " has "
                + host.deviceList()
                + ", the first "
                + first,
            "Export for sglang or vllm.");
      }
      first = host.deviceList();
    }
    return first;
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
      List<Gpu> planned = deployment.ranks().ofStage(stage, replica);
      for (int rank = 0; rank < planned.size(); rank++) {
        ranks.add(planned.get(rank % hosts * layout.gpusPerExpertHost() + rank / hosts));
      }
    }
    return ranks;
  }

  private static ExportedFile launch(Deployment deployment) {
    var layout = deployment.layout();
    StringBuilder table = new StringBuilder();
    for (int replica = 0; replica < layout.replicas(); replica++) {
      table.append(replica).append(' ').append(devices(deployment, replica)).append('\n');
    }
    String template =
        """
        #!/usr/bin/env bash
        # Starts replicas from a host that reaches all of their hosts by Open MPI; ends with the first status that is not 0.
        #   MODEL=/path/to/model ./launch.sh [REPLICA]     all replicas without one; DRY_RUN=1 prints the commands instead
        set -euo pipefail
        cd "$(dirname "${BASH_SOURCE[0]}")"
        : "${MODEL:?set MODEL to the folder or name of the weights}"
        wanted=${1:-}
        GATHERrun() {
          if [[ -n ${DRY_RUN:-} ]]; then
            printf '%q ' "$@"
            printf '\\n'
          else
            watched "replica $replica" "$@" &
            pids+=("$!")
          fi
        }
        started=0
        while read -r replica devices; do
          [[ -z $wanted || $replica == "$wanted" ]] || continue
          started=$((started + 1))
          run mpirun -np RANKS --hostfile "hosts-replica-$replica.txt" --map-by seq --bind-to none --wdir "$PWD" \\
            -x MODEL SETTINGS-x CUDA_VISIBLE_DEVICES="$devices" \\
            trtllm-llmapi-launch trtllm-serve "$MODEL" --host 0.0.0.0 --port "$((FIRST + replica))" \\
            DEGREES --config config.yaml
        done <<'TABLE'
        ROWSTABLE
        if ((started == 0)); then
          printf 'launch.sh: there is no replica %s; give one of 0 to LAST, or none for all\\n' "$wanted" >&2
          exit 2
        fi
        gather
        """;
    String text =
        ScriptText.filled(
            template,
            Map.of(
                "GATHER",
                LaunchScript.gather("launch.sh"),
                "FIRST",
                String.valueOf(port(deployment, 0)),
                "SETTINGS",
                deployment.place().cachesOverNvlink() ? "-x UCX_CUDA_IPC_ENABLE_MNNVL=y " : "",
                "ROWS",
                table.toString(),
                "LAST",
                String.valueOf(layout.replicas() - 1),
                "RANKS",
                String.valueOf(layout.pipelineStages() * layout.gpusPerStage()),
                "DEGREES",
                String.join(" ", DegreeFlags.TENSORRT_LLM.words(deployment))));
    return new ExportedFile("launch.sh", text, "starts one replica, or all of them, by MPI");
  }
}
