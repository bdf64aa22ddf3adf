package dev.rackplan.export;

import dev.rackplan.export.LaunchScript.Start;
import dev.rackplan.json.JsonText;
import dev.rackplan.plan.Stage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * vLLM: the degrees as flags; where it is asked for, the initial mapping of pull request 41141 as
 * JSON lines, which no release reads.
 */
final class VllmExport {
  // Steps after which vLLM rearranges experts, by default; and that a running map outlives.
  private static final int REARRANGING_STEPS = 3000;
  private static final int NEVER = 1_000_000_000;

  // Most tokens of a step by default: fewer than a plan's sequences are refused.
  private static final int STEP_TOKENS = 2048;

  // From the port where engines meet to that of HTTP.
  private static final int HTTP_OFFSET = SglangExport.HTTP_OFFSET;

  // Where the first attention rank is asked for KV caches; the others follow, one port each
  // (nixl/base_scheduler.py adds data_parallel_index).
  private static final int FIRST_CACHE_PORT = 26000;

  // The plan's folder as a text of JSON.
  private static final String FOLDER =
      """
      folder=${PWD//\\\\/\\\\\\\\}
      folder=${folder//\\"/\\\\\\"}""";

  private VllmExport() {}

  static String write(Deployment deployment, List<ExportedFile> files) {
    deployment.refuseTraining("vLLM");
    if (deployment.hasMaps()) {
      deployment.slots("vLLM");
    }
    if (hasMapping(deployment)) {
      for (int stage = 0; stage < deployment.plan().stages().size(); stage++) {
        files.add(map(deployment, stage));
      }
    }
    files.add(
        LaunchScript.of(deployment, start(deployment, deployment.ranks().launchersOfInstance())));
    if (hasMapping(deployment)) {
      return """
          **Needs a branch:** `initial_mapping_path` is that of pull request #41141 of vllm-project/vllm, open in November 2026; a
          release refuses the key. Experts stay where the plan puts them: rearranging is off, by a `step_interval` that no run reaches.
          """;
    }
    return deployment.hasMaps()
        ? """
        vLLM takes no expert map at its start: it begins with experts in order and rearranges them itself every STEPS steps
        (`step_interval`), with as many redundant experts as the plan has. The plan's expert placement is not in here, so that its figures
        hold as far as vLLM's own balancing does as well. Export with `--initial-mapping` for the branch that reads a map.
        """
            .replace("STEPS", String.valueOf(REARRANGING_STEPS))
        : "Nothing here needs an unreleased change.";
  }

  private static boolean hasMapping(Deployment deployment) {
    return deployment.hasMaps() && deployment.initialMapping();
  }

  static List<ExportedFile> maps(Deployment deployment) {
    return IntStream.range(0, deployment.plan().stages().size())
        .mapToObj(index -> map(deployment, index))
        .toList();
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

  /**
   * With the variables of {@link LaunchScript}.
   *
   * @param hosts of one replica
   */
  static Start start(Deployment deployment, List<HostRanks> hosts) {
    String balancer = deployment.hasMaps() ? balancer(deployment, hasMapping(deployment)) : "";
    return start(deployment, hosts, DegreeFlags.VLLM, balancer);
  }

  // In JSON between single quotes.
  private static String balancer(Deployment deployment, boolean mapping) {
    return "--enable-eplb --eplb-config '{\"num_redundant_experts\": "
        + deployment.layout().redundantExperts()
        + ", \"step_interval\": "
        + (mapping ? NEVER : REARRANGING_STEPS)
        + (mapping
            ? ", \"initial_mapping_path\": \"'\"$folder\"'/"
                + mapName(deployment, "'\"$stage\"'")
                + "\""
            : "")
        + "}'";
  }

  /**
   * Flags where something else names hosts, ranks and ports, and no map is read: degrees,
   * balancing, formats, memory, sequences. Blanks part words, except between single quotes.
   */
  static List<String> flags(Deployment deployment) {
    List<String> words = new ArrayList<>(DegreeFlags.VLLM.words(deployment));
    if (deployment.layout().attentionRanks() > 1) {
      refuseSplitEngines(
          deployment, deployment.ranks().launchersOfInstance().get(0).devices().size());
      words.add("--data-parallel-size " + deployment.layout().attentionRanks());
    }
    if (deployment.hasMaps()) {
      words.add(balancer(deployment, false));
    }
    words.addAll(formats(deployment));
    words.addAll(MemoryFlags.vllm(deployment));
    words.addAll(sequences(deployment));
    return words;
  }

  /**
   * The same for vLLM or what runs on it.
   *
   * @param degrees who names the degrees
   * @param experts flags of the expert placement, in whose JSON {@code $folder} is the plan's;
   *     empty for none
   */
  static Start start(
      Deployment deployment, List<HostRanks> hosts, DegreeFlags degrees, String experts) {
    var layout = deployment.layout();
    List<String> words = new ArrayList<>();
    words.add("vllm serve \"$MODEL\" --port \"$((port + " + HTTP_OFFSET + "))\"");
    words.addAll(degrees.words(deployment));
    String setup = "";
    if (layout.attentionRanks() > 1) {
      setup = dataParallel(deployment, hosts, words);
    } else if (hosts.size() > 1) {
      words.add(
          "--nnodes "
              + hosts.size()
              + " --node-rank \"$node_rank\" --master-addr \"$head\" --master-port \"$port\"");
      setup = "worker=()\n((node_rank == 0)) || worker=(--headless)";
    }
    if (!setup.isEmpty()) {
      words.add("\"${worker[@]}\"");
    }
    if (!experts.isEmpty()) {
      words.add(experts);
      if (experts.contains("$folder")) {
        setup = setup.isEmpty() ? FOLDER : setup + "\n" + FOLDER;
      }
    }
    if (degrees == DegreeFlags.VLLM) {
      words.addAll(formats(deployment));
    } else {
      CacheFormat.refuseOnAscend(deployment);
    }
    words.addAll(MemoryFlags.vllm(deployment));
    words.addAll(sequences(deployment));
    words.addAll(pool(deployment));
    return new Start(environment(deployment), setup, String.join(" \\\n  ", words));
  }

  private static List<String> formats(Deployment deployment) {
    List<String> words = Quantization.flags(deployment);
    words.addAll(CacheFormat.vllm(deployment));
    return words;
  }

  // Source: config/kv_transfer.py; kv_both is deprecated for this connector.
  private static List<String> pool(Deployment deployment) {
    PoolPlace place = deployment.place();
    if (!place.handsOver()) {
      return List.of();
    }
    List<String> words = new ArrayList<>();
    words.add(
        "--kv-transfer-config '{\"kv_connector\": \"NixlConnector\", \"kv_role\": \""
            + (place.prefills() ? "kv_producer" : "kv_consumer")
            + "\"}'");
    if (place.cachesOverNvlink()) {
      words.add("--enable-cumem-allocator");
    }
    return words;
  }

  private static String environment(Deployment deployment) {
    var layout = deployment.layout();
    List<String> settings = new ArrayList<>();
    if (layout.pipelineStages() > 1) {
      settings.add("VLLM_PP_LAYER_PARTITION=" + deployment.partition());
    }
    PoolPlace place = deployment.place();
    if (place.handsOver()) {
      settings.add("VLLM_NIXL_SIDE_CHANNEL_HOST=\"$host\"");
      settings.add(
          "VLLM_NIXL_SIDE_CHANNEL_PORT=\"$(("
              + (FIRST_CACHE_PORT + place.attentionRanksBefore())
              + " + replica * "
              + layout.attentionRanks()
              + "))\"");
      if (place.cachesOverNvlink()) {
        settings.add("UCX_CUDA_IPC_ENABLE_MNNVL=y");
      }
    }
    return String.join(" ", settings);
  }

  // The first host balances over all engines, the others only run theirs. A first rank at the
  // first host would make each host balance over its own (arg_utils.py: hybrid load balancing).
  private static String dataParallel(
      Deployment deployment, List<HostRanks> hosts, List<String> words) {
    var layout = deployment.layout();
    int perHost = hosts.get(0).devices().size();
    int tensor = layout.attentionTensorParallel();
    refuseSplitEngines(deployment, perHost);
    words.add(
        "--data-parallel-size "
            + layout.attentionRanks()
            + " --data-parallel-size-local "
            + perHost / tensor);
    words.add("--data-parallel-address \"$head\" --data-parallel-rpc-port \"$port\"");
    if (hosts.size() == 1) {
      return "";
    }
    return "worker=()\n((node_rank == 0)) || worker=(--headless --data-parallel-start-rank"
        + " \"$((first_rank / "
        + tensor
        + "))\")";
  }

  // vLLM's limit is that of one data-parallel engine; a step holds a token of each sequence.
  private static List<String> sequences(Deployment deployment) {
    int sequences =
        Math.max(1, deployment.sequencesAtATime() / deployment.layout().attentionRanks());
    List<String> words = new ArrayList<>();
    words.add("--max-num-seqs " + sequences);
    words.addAll(LongestContext.flags(deployment, "--max-model-len", "--hf-overrides"));
    int tokens = (DegreeFlags.drafts(deployment) + 1) * sequences;
    if (tokens > STEP_TOKENS && deployment.prefillTokensOfRank() == 0) {
      words.add("--max-num-batched-tokens " + tokens);
    }
    return words;
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
