package dev.rackplan.export;

import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.workload.Drafts;
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
  SGLANG {
    @Override
    List<String> words(Deployment deployment) {
      Layout layout = deployment.layout();
      List<String> words = new ArrayList<>();
      words.add("--tp-size " + layout.gpusPerStage() + " --pp-size " + layout.pipelineStages());
      if (layout.attentionRanks() > 1) {
        words.add("--dp-size " + layout.attentionRanks() + " --enable-dp-attention");
      }
      if (!deployment.plan().experts().isEmpty()) {
        words.add(
            "--ep-size "
                + layout.expertParallel()
                + (sends(deployment) ? " --moe-a2a-backend deepep" : ""));
        dense(layout, words);
      }
      addIfAbove(1, words, "--dcp-size ", layout.decodeContextParallel());
      addIfAbove(1, words, "--attn-cp-size ", layout.prefillContextParallel());
      addIfAbove(0, words, "--chunked-prefill-size ", chunk(deployment));
      int drafts = layout.get(Degree.DRAFT_TOKENS);
      if (drafts > 0) {
        words.add(
            "--speculative-algorithm EAGLE --speculative-eagle-topk 1 --speculative-num-steps "
                + drafts
                + " --speculative-num-draft-tokens "
                + (drafts + 1)
                + (hasDraftModel(deployment)
                    ? " --speculative-draft-model-path \"$DRAFT_MODEL\""
                    : ""));
      }
      if (overlaps(deployment)) {
        words.add("--enable-two-batch-overlap");
      }
      return words;
    }

    private static void dense(Layout layout, List<String> words) {
      int dense = layout.get(Degree.DENSE_TENSOR_PARALLEL);
      if (dense == 1) {
        words.add("--moe-dense-tp-size 1");
      } else if (dense > 1 && dense != layout.gpusPerStage()) {
        throw refused("SGLang", Degree.DENSE_TENSOR_PARALLEL, dense);
      }
    }
  },
  /** vLLM: expert parallelism spans the stage, or there is none and experts are sliced over it. */
  VLLM {
    @Override
    List<String> words(Deployment deployment) {
      Layout layout = deployment.layout();
      List<String> words = new ArrayList<>();
      words.add(
          "--tensor-parallel-size "
              + layout.attentionTensorParallel()
              + " --pipeline-parallel-size "
              + layout.pipelineStages());
      if (!deployment.plan().experts().isEmpty()) {
        experts(deployment, words);
      }
      addIfAbove(1, words, "--decode-context-parallel-size ", layout.decodeContextParallel());
      addIfAbove(1, words, "--prefill-context-parallel-size ", layout.prefillContextParallel());
      addIfAbove(0, words, "--max-num-batched-tokens ", chunk(deployment));
      int drafts = layout.get(Degree.DRAFT_TOKENS);
      if (drafts > 0) {
        words.add(
            hasDraftModel(deployment)
                ? "--speculative-config '{\"method\": \"eagle3\", \"model\": \"'\"$DRAFT_MODEL\"'\","
                    + " \"num_speculative_tokens\": "
                    + drafts
                    + "}'"
                : "--speculative-config '{\"method\": \"mtp\", \"num_speculative_tokens\": "
                    + drafts
                    + "}'");
      }
      if (overlaps(deployment)) {
        words.add("--enable-dbo");
      }
      return words;
    }

    private static void experts(Deployment deployment, List<String> words) {
      Layout layout = deployment.layout();
      if (layout.get(Degree.DENSE_TENSOR_PARALLEL) > 0
          && layout.denseTensorParallel() != layout.attentionTensorParallel()) {
        throw refused("vLLM", Degree.DENSE_TENSOR_PARALLEL, layout.denseTensorParallel());
      }
      if (layout.expertParallel() > 1 && layout.expertTensorParallel() > 1) {
        throw new ExportRefusal(
            "vLLM slices experts over all GPUs of a stage or spreads whole ones over them; the plan has"
                + " expertParallel "
                + layout.expertParallel()
                + " and expertTensorParallel "
                + layout.expertTensorParallel(),
            "Solve with one of the two at 1.");
      }
      if (layout.expertParallel() == 1) {
        return;
      }
      words.add("--enable-expert-parallel");
      if (layout.attentionRanks() > 1) {
        words.add(
            "--all2all-backend "
                + (sends(deployment)
                    ? deployment.isPrefill() ? "deepep_high_throughput" : "deepep_low_latency"
                    : "allgather_reducescatter"));
      }
    }
  },
  /** TensorRT-LLM: tensor parallelism spans the stage; slices of experts are what is left of it. */
  TENSORRT_LLM {
    @Override
    List<String> words(Deployment deployment) {
      Layout layout = deployment.layout();
      for (Degree degree :
          List.of(
              Degree.DENSE_TENSOR_PARALLEL,
              Degree.DECODE_CONTEXT_PARALLEL,
              Degree.PREFILL_CONTEXT_PARALLEL)) {
        if (layout.get(degree) != degree.neutral()) {
          throw refused("TensorRT-LLM's export", degree, layout.get(degree));
        }
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
      addIfAbove(0, words, "--max_num_tokens ", chunk(deployment));
      return words;
    }
  },
  /** Megatron-LM. */
  MEGATRON {
    @Override
    List<String> words(Deployment deployment) {
      Layout layout = deployment.layout();
      List<String> words = new ArrayList<>();
      words.add("--tensor-model-parallel-size " + layout.attentionTensorParallel());
      words.add("--pipeline-model-parallel-size " + layout.pipelineStages());
      if (!deployment.plan().experts().isEmpty()) {
        words.add("--expert-model-parallel-size " + layout.expertParallel());
        words.add("--expert-tensor-parallel-size " + layout.expertTensorParallel());
      }
      return words;
    }
  };

  /** Lines of flags. */
  abstract List<String> words(Deployment deployment);

  private static boolean sends(Deployment deployment) {
    return deployment.layout().communication(deployment.problem().workload().phase())
        == MoeCommunication.ALL_TO_ALL;
  }

  private static boolean overlaps(Deployment deployment) {
    return deployment.layout().get(Degree.TWO_BATCH_OVERLAP) > 0
        && deployment.layout().twoBatchOverlap(deployment.problem().engine());
  }

  private static int chunk(Deployment deployment) {
    return deployment.layout().get(Degree.CHUNK_TOKENS);
  }

  private static boolean hasDraftModel(Deployment deployment) {
    return deployment.problem().workload().drafts().flatMap(Drafts::model).isPresent();
  }

  private static void addIfAbove(int neutral, List<String> words, String flag, int value) {
    if (value > neutral) {
      words.add(flag + value);
    }
  }

  private static ExportRefusal refused(String engine, Degree degree, int value) {
    return new ExportRefusal(
        engine + " has no " + degree.inSentence(value),
        "Solve with " + degree.key() + " " + degree.inFile(degree.neutral()) + ".");
  }
}
