package dev.rackplan.export;

import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.Model;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.EngineMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * What SGLang is told of a layout: its degrees, and the limits that it would else work out for
 * itself, wrongly for wide data parallelism.
 *
 * <p>Source: SGLang 0.5.23, {@code arg_groups/memory_hook.py}, {@code parallel_hook.py}, {@code
 * validation_hook.py}; {@code environ.py} and {@code token_dispatcher/deepep.py}.
 */
final class SglangFlags {
  /** The first release with {@code --attn-dp-size}; before, {@code --enable-dp-attention}. */
  static final String ATTENTION_DATA_FLAG = "0.5.22";

  /** The first release that was looked at with {@code --cuda-graph-max-bs-decode}. */
  static final String DECODE_GRAPH_FLAG = "0.5.15";

  // Tokens of a page: 64 is a multiple of what attention kernels choose, 1, 16, 32 or 64; models
  // with compressed attention set 256.
  private static final int PAGE_TOKENS = 64;
  private static final int COMPRESSED_PAGE_TOKENS = 256;

  // max_prefill_tokens by default.
  private static final int PREFILL_TOKENS = 16_384;

  // SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK by default, and the most that DeepEP's
  // low-latency kernels count to.
  private static final int DISPATCH_TOKENS = 128;
  private static final int MOST_DISPATCH_TOKENS = 1024;

  // SGLANG_MORI_NUM_MAX_DISPATCH_TOKENS_PER_RANK by default, which a chunk must stay within.
  private static final int MORI_TOKENS = 4096;

  private SglangFlags() {}

  /** Lines of flags. */
  static List<String> degrees(Deployment deployment) {
    var layout = deployment.layout();
    List<String> words = new ArrayList<>();
    words.add("--tp-size " + layout.gpusPerStage() + " --pp-size " + layout.pipelineStages());
    if (layout.pipelineStages() > 1) {
      words.add("--pp-max-micro-batch-size " + ceil(layout.sequencesPerMicroBatch(), deployment));
    }
    if (layout.attentionRanks() > 1) {
      words.add(
          deployment.isForReleaseBefore(EngineRelease.SGLANG, ATTENTION_DATA_FLAG)
              ? "--dp-size " + layout.attentionRanks() + " --enable-dp-attention"
              : "--attn-dp-size " + layout.attentionRanks());
    }
    if (!deployment.plan().experts().isEmpty()) {
      words.add(
          "--ep-size "
              + layout.expertParallel()
              + (deployment.sends()
                  ? " --moe-a2a-backend "
                      + Accelerators.of(deployment).sender()
                      + " --deepep-mode "
                      + kernels(deployment)
                  : ""));
      dense(deployment, words);
    }
    return words;
  }

  // DeepEP's: a pool that only prefills or decodes needs one kind.
  private static String kernels(Deployment deployment) {
    if (deployment.place().prefills()) {
      return "normal";
    }
    return deployment.place().decodes() ? "low_latency" : "auto";
  }

  /**
   * Lines of flags that hand KV caches from one pool to the other; none where a deployment serves
   * alone. {@code IB_DEVICES} of the environment names NICs where Mooncake is not to choose.
   *
   * <p>Source: {@code arg_groups/fields/disagg.py}; Mooncake is the default.
   */
  static List<String> pool(Deployment deployment) {
    PoolPlace place = deployment.place();
    if (!place.handsOver()) {
      return List.of();
    }
    String meeting =
        place.prefills()
            ? " --disaggregation-bootstrap-port \"$((port + "
                + SglangExport.BOOTSTRAP_OFFSET
                + "))\""
            : "";
    return List.of(
        "--disaggregation-mode "
            + deployment.place().roleWord()
            + " --disaggregation-transfer-backend "
            + (Accelerators.of(deployment) == Accelerators.HUAWEI ? "ascend" : "mooncake")
            + meeting,
        "${IB_DEVICES:+--disaggregation-ib-device \"$IB_DEVICES\"}");
  }

  // Without the flag dense FFNs are cut over the whole stage.
  private static void dense(Deployment deployment, List<String> words) {
    var layout = deployment.layout();
    int dense = layout.denseTensorParallel();
    if (dense == layout.gpusPerStage() || !deployment.problem().model().mixesDenseAndExperts()) {
      return;
    }
    if (dense != 1) {
      throw DegreeFlags.refused("SGLang", Degree.DENSE_TENSOR_PARALLEL, dense);
    }
    words.add("--moe-dense-tp-size 1");
  }

  /** Lines of flags: formats, memory, the chunk, graphs and requests. */
  static List<String> limits(Deployment deployment) {
    int chunk = chunkTokens(deployment);
    List<String> words = Quantization.flags(deployment);
    words.addAll(CacheFormat.sglang(deployment));
    words.addAll(MemoryFlags.sglang(deployment));
    // Of all data-parallel ranks together: each takes its part.
    words.add("--chunked-prefill-size " + chunk * deployment.layout().attentionRanks());
    if (chunk > PREFILL_TOKENS) {
      words.add("--max-prefill-tokens " + chunk);
    }
    words.add(
        (deployment.isForReleaseBefore(EngineRelease.SGLANG, DECODE_GRAPH_FLAG)
                ? "--cuda-graph-max-bs "
                : "--cuda-graph-max-bs-decode ")
            + graphSequences(deployment));
    words.add("--max-running-requests " + requests(deployment));
    words.addAll(
        LongestContext.flags(deployment, "--context-length", "--json-model-override-args"));
    return words;
  }

  /** The algorithm that picks replicas as the plan's dispatch rule does; the nearest to it. */
  static String dispatchAlgorithm(DispatchRule rule) {
    return switch (rule) {
      case EVEN -> "dynamic";
      case NEAREST, RANK_MODULO -> "static";
    };
  }

  /** Settings that come before the command, a space between; empty for none. */
  static String environment(Deployment deployment) {
    List<String> settings = new ArrayList<>(engineEnvironment(deployment));
    // Source: SGLang's docs/advanced_features/pd_disaggregation.md, NVL72.
    if (deployment.place().cachesOverNvlink()) {
      settings.add("SGLANG_MOONCAKE_CUSTOM_MEM_POOL=NVLINK");
      settings.add("MC_FORCE_MNNVL=True");
    }
    return String.join(" ", settings);
  }

  /** Those of them that have nothing to do with how KV caches are handed over. */
  static List<String> engineEnvironment(Deployment deployment) {
    List<String> settings = new ArrayList<>();
    if (deployment.layout().pipelineStages() > 1) {
      settings.add("SGLANG_PP_LAYER_PARTITION=" + deployment.partition());
    }
    boolean amd = Accelerators.of(deployment) == Accelerators.AMD;
    int chunk = chunkTokens(deployment);
    if (amd && deployment.sends() && !deployment.place().decodes() && chunk > MORI_TOKENS) {
      settings.add("SGLANG_MORI_NUM_MAX_DISPATCH_TOKENS_PER_RANK=" + chunk);
    }
    int tokens = amd ? 0 : dispatchTokens(deployment);
    if (tokens > DISPATCH_TOKENS) {
      settings.add("SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK=" + tokens);
    }
    return settings;
  }

  // What a GPU sends to experts in a decode step; 0 where it sends nothing.
  private static int dispatchTokens(Deployment deployment) {
    if (deployment.isPrefill() || !deployment.sends()) {
      return 0;
    }
    var layout = deployment.layout();
    int sequences = ceil(layout.sequencesPerMicroBatch(), deployment);
    double tokens = sequences * layout.queryTokens(deployment.problem().workload());
    int each = (int) Math.ceil(tokens / layout.attentionTensorParallel());
    if (each > MOST_DISPATCH_TOKENS) {
      throw new ExportRefusal(
          "DeepEP's low-latency kernels take at most "
              + MOST_DISPATCH_TOKENS
              + " tokens of a GPU and step; the plan has "
              + each,
          "Solve with fewer concurrentSequences, or with moeCommunication allGather.");
    }
    return each;
  }

  /**
   * Tokens of one attention rank in a prefill step, in whole pages: the plan's; where the plan
   * decodes, SGLang's default shared out.
   */
  static int chunkTokens(Deployment deployment) {
    int page = pageTokens(deployment);
    double planned = deployment.prefillTokensOfRank();
    double tokens =
        planned > 0
            ? planned
            : EngineMemory.chunkTokens(deployment.gpu().hbmBytes())
                / (double) deployment.layout().attentionRanks();
    return page * (int) Math.ceil(tokens / page);
  }

  private static int pageTokens(Deployment deployment) {
    int usual = isCompressed(deployment.problem().model()) ? COMPRESSED_PAGE_TOKENS : PAGE_TOKENS;
    int given = deployment.problem().engine().memory().pageTokens().orElse(1);
    int multiple = usual;
    while (multiple % given != 0) {
      multiple += usual;
    }
    return multiple;
  }

  private static boolean isCompressed(Model model) {
    return model.layers().stream()
        .anyMatch(layer -> layer.attention() instanceof CompressedAttention);
  }

  /** Sequences of the largest graph: those of a rank, or SGLang's usual most. */
  static int graphSequences(Deployment deployment) {
    var layout = deployment.layout();
    double gpus = (double) layout.pipelineStages() * layout.gpusPerStage();
    return Math.min(
        EngineMemory.graphSequences(gpus), ceil(layout.sequencesPerMicroBatch(), deployment));
  }

  // Each rank takes its part, and at least one.
  private static int requests(Deployment deployment) {
    return Math.max(deployment.layout().attentionRanks(), deployment.sequencesAtATime());
  }

  private static int ceil(int sequences, Deployment deployment) {
    int ranks = deployment.layout().attentionRanks();
    return (sequences + ranks - 1) / ranks;
  }
}
