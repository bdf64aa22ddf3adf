package dev.rackplan.export;

import dev.rackplan.plan.Layout;
import dev.rackplan.plan.StartedLayout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.List;

/**
 * The flags by which an engine is told a layout's degrees: the one place that names them, engine by
 * engine. What else a launch needs stands in the engine's own class.
 *
 * <p>Source: the engines' argument parsers, November 2026: SGLang's {@code server_args.py}, vLLM's
 * {@code arg_utils.py}, TensorRT-LLM's {@code serve.py} and LLM API arguments, Megatron-LM's {@code
 * arguments.py}.
 */
enum DegreeFlags {
  /** SGLang: tensor parallelism spans the stage, data-parallel attention divides it. */
  SGLANG(EngineKind.SGLANG) {
    @Override
    List<String> words(Deployment deployment) {
      Layout layout = deployment.layout();
      List<String> words = SglangFlags.degrees(deployment);
      refuseUnless(layout, Degree.PREFILL_CONTEXT_PARALLEL, "SGLang's export");
      addIfAbove(1, words, "--dcp-size ", layout.decodeContextParallel());
      int drafts = drafts(deployment);
      if (drafts > 0) {
        words.add(
            "--speculative-algorithm "
                + DraftKind.of(deployment).sglang
                + " --speculative-eagle-topk 1 --speculative-num-steps "
                + drafts
                + " --speculative-num-draft-tokens "
                + (drafts + 1)
                + (DraftKind.of(deployment) == DraftKind.OWN_LAYERS
                    ? ""
                    : " --speculative-draft-model-path \"$DRAFT_MODEL\""));
      }
      if (overlaps(deployment)) {
        words.add("--enable-two-batch-overlap");
      }
      return words;
    }
  },
  /** vLLM: expert parallelism spans the stage, or there is none and experts are sliced over it. */
  VLLM(EngineKind.VLLM) {
    @Override
    List<String> words(Deployment deployment) {
      return ofVllm(deployment, true, overlaps(deployment));
    }
  },
  /** vllm-ascend: as vLLM, with ways to experts of its own. */
  VLLM_ASCEND(EngineKind.VLLM_ASCEND) {
    @Override
    List<String> words(Deployment deployment) {
      return ofVllm(deployment, false, overlaps(deployment));
    }
  },
  /** TensorRT-LLM: tensor parallelism spans the stage; slices of experts are what is left of it. */
  TENSORRT_LLM(EngineKind.TENSORRT_LLM) {
    @Override
    List<String> words(Deployment deployment) {
      Layout layout = deployment.layout();
      refuseUnless(layout, Degree.DECODE_CONTEXT_PARALLEL, "TensorRT-LLM's export");
      refuseUnless(layout, Degree.PREFILL_CONTEXT_PARALLEL, "TensorRT-LLM's export");
      if (layout.denseTensorParallel() != layout.attentionTensorParallel()) {
        throw refused("TensorRT-LLM", Degree.DENSE_TENSOR_PARALLEL, layout.denseTensorParallel());
      }
      int domain =
          deployment.problem().topology().domains().stream()
              .mapToInt(one -> one.gpus().size())
              .max()
              .orElseThrow();
      if (layout.get(Degree.MOE_COMMUNICATION) == MoeCommunication.ALL_GATHER.ordinal()
          && StartedLayout.tensorRtSends(domain)) {
        throw new ExportRefusal(
            "TensorRT-LLM chooses between all-to-all and all-gather by itself: over NVLink of"
                + " several nodes it sends tokens",
            "Solve with moeCommunication default.");
      }
      if (overlaps(deployment)) {
        throw new ExportRefusal(
            "TensorRT-LLM has no two-batch overlap", "Solve with twoBatchOverlap off.");
      }
      List<String> words = new ArrayList<>();
      words.add("--tp_size " + layout.gpusPerStage());
      words.add("--pp_size " + layout.pipelineStages());
      if (!deployment.plan().experts().isEmpty()) {
        words.add("--ep_size " + layout.expertParallel());
      }
      addIfAbove(0, words, "--max_num_tokens ", deployment.prefillTokensOfRank());
      return words;
    }
  },
  /** Megatron-LM. */
  MEGATRON(EngineKind.MEGATRON) {
    @Override
    List<String> words(Deployment deployment) {
      Layout layout = deployment.layout();
      List<String> words = new ArrayList<>();
      words.add("--tensor-model-parallel-size " + layout.attentionTensorParallel());
      words.add("--pipeline-model-parallel-size " + layout.pipelineStages());
      addIfAbove(1, words, "--context-parallel-size ", layout.prefillContextParallel());
      if (!deployment.plan().experts().isEmpty()) {
        words.add("--expert-model-parallel-size " + layout.expertParallel());
        words.add("--expert-tensor-parallel-size " + layout.expertTensorParallel());
      }
      return words;
    }
  };

  private final EngineKind engine;

  DegreeFlags(EngineKind engine) {
    this.engine = engine;
  }

  /** Lines of flags. */
  abstract List<String> words(Deployment deployment);

  private static List<String> ofVllm(Deployment deployment, boolean backends, boolean overlaps) {
    Layout layout = deployment.layout();
    List<String> words = new ArrayList<>();
    words.add(
        "--tensor-parallel-size "
            + layout.attentionTensorParallel()
            + " --pipeline-parallel-size "
            + layout.pipelineStages());
    if (!deployment.plan().experts().isEmpty()) {
      expertsOfVllm(deployment, backends, words);
    }
    addIfAbove(1, words, "--decode-context-parallel-size ", layout.decodeContextParallel());
    addIfAbove(1, words, "--prefill-context-parallel-size ", layout.prefillContextParallel());
    addIfAbove(0, words, "--max-num-batched-tokens ", deployment.prefillTokensOfRank());
    int drafts = drafts(deployment);
    if (drafts > 0) {
      words.add(
          DraftKind.of(deployment) != DraftKind.OWN_LAYERS
              ? "--speculative-config '{\"method\": \""
                  + DraftKind.of(deployment).vllm
                  + "\", \"model\": \"'\"$DRAFT_MODEL\"'\","
                  + " \"num_speculative_tokens\": "
                  + drafts
                  + "}'"
              : "--speculative-config '{\"method\": \"mtp\", \"num_speculative_tokens\": "
                  + drafts
                  + "}'");
    }
    if (overlaps) {
      words.add("--enable-dbo");
    }
    return words;
  }

  private static void expertsOfVllm(Deployment deployment, boolean backends, List<String> words) {
    Layout layout = deployment.layout();
    if (layout.get(Degree.DENSE_TENSOR_PARALLEL) > 0
        && layout.denseTensorParallel() != layout.attentionTensorParallel()) {
      throw refused("vLLM", Degree.DENSE_TENSOR_PARALLEL, layout.denseTensorParallel());
    }
    if (layout.expertParallel() > 1 && layout.expertTensorParallel() > 1) {
      throw new ExportRefusal(
          "vLLM slices experts over all GPUs of a stage or spreads whole ones over them; the plan"
              + " has expertParallel "
              + layout.expertParallel()
              + " and expertTensorParallel "
              + layout.expertTensorParallel(),
          "Solve with one of the two at 1.");
    }
    if (layout.expertParallel() == 1) {
      return;
    }
    words.add("--enable-expert-parallel");
    if (backends && layout.tokenGroups() > 1) {
      words.add(
          "--all2all-backend "
              + (deployment.sends()
                  ? Accelerators.of(deployment).sender()
                      + (deployment.isPrefill() ? "_high_throughput" : "_low_latency")
                  : "allgather_reducescatter"));
    }
  }

  // What an engine is set to is told to that engine; to others only what the layout says.
  boolean overlaps(Deployment deployment) {
    boolean own = deployment.problem().engine().kind().filter(kind -> kind == engine).isPresent();
    return (own || deployment.layout().get(Degree.TWO_BATCH_OVERLAP) > 0)
        && deployment.layout().twoBatchOverlap(deployment.problem().engine());
  }

  /** Tokens that a decode step checks beside its own: the layout's, or the workload's. */
  static int drafts(Deployment deployment) {
    var workload = deployment.problem().workload();
    return workload.phase() == Phase.DECODE
        ? (int) Math.round(deployment.layout().queryTokens(workload)) - 1
        : 0;
  }

  /** What drafts, in the engines' words. */
  enum DraftKind {
    /** The model's next-token layers. */
    OWN_LAYERS("EAGLE", "mtp"),
    /** A head on the model's hidden states, which has one layer. */
    HEAD("EAGLE3", "eagle3"),
    /** A small model. */
    MODEL("STANDALONE", "draft_model");

    private final String sglang;
    private final String vllm;

    DraftKind(String sglang, String vllm) {
      this.sglang = sglang;
      this.vllm = vllm;
    }

    static DraftKind of(Deployment deployment) {
      var model = deployment.problem().workload().draftModel();
      if (model.isPresent()) {
        return model.get().layers().size() == 1 ? HEAD : MODEL;
      }
      return deployment.problem().model().nextTokenLayers().isEmpty() ? HEAD : OWN_LAYERS;
    }
  }

  private static void refuseUnless(Layout layout, Degree degree, String target) {
    if (layout.get(degree) != degree.neutral()) {
      throw refused(target, degree, layout.get(degree));
    }
  }

  private static void addIfAbove(int neutral, List<String> words, String flag, int value) {
    if (value > neutral) {
      words.add(flag + value);
    }
  }

  static ExportRefusal refused(String engine, Degree degree, int value) {
    return new ExportRefusal(
        engine + " has no " + degree.inSentence(value),
        "Solve with " + degree.key() + " " + degree.inFile(degree.neutral()) + ".");
  }
}
