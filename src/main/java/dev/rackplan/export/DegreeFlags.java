package dev.rackplan.export;

import dev.rackplan.plan.Layout;
import java.util.ArrayList;
import java.util.List;

/**
 * The flags by which an engine is told a layout's degrees: the one place that names them, engine by
 * engine. What else a launch needs stands in the engine's own class.
 */
enum DegreeFlags {
  /** SGLang: tensor parallelism spans the stage, data-parallel attention divides it. */
  SGLANG {
    @Override
    List<String> words(Layout layout, boolean experts) {
      List<String> words = new ArrayList<>();
      words.add("--tp-size " + layout.gpusPerStage() + " --pp-size " + layout.pipelineStages());
      if (layout.attentionRanks() > 1) {
        words.add("--dp-size " + layout.attentionRanks() + " --enable-dp-attention");
      }
      if (experts) {
        words.add("--ep-size " + layout.expertParallel() + " --moe-a2a-backend deepep");
      }
      return words;
    }
  },
  /** vLLM: expert parallelism follows from the others. */
  VLLM {
    @Override
    List<String> words(Layout layout, boolean experts) {
      List<String> words = new ArrayList<>();
      words.add(
          "--tensor-parallel-size "
              + layout.attentionTensorParallel()
              + " --pipeline-parallel-size "
              + layout.pipelineStages());
      if (experts) {
        words.add("--enable-expert-parallel");
      }
      return words;
    }
  },
  /** TensorRT-LLM: tensor parallelism spans the stage. */
  TENSORRT_LLM {
    @Override
    List<String> words(Layout layout, boolean experts) {
      List<String> words = new ArrayList<>();
      words.add("--tp_size " + layout.gpusPerStage());
      words.add("--pp_size " + layout.pipelineStages());
      if (experts) {
        words.add("--ep_size " + layout.expertParallel());
      }
      return words;
    }
  },
  /** Megatron-LM. */
  MEGATRON {
    @Override
    List<String> words(Layout layout, boolean experts) {
      List<String> words = new ArrayList<>();
      words.add("--tensor-model-parallel-size " + layout.attentionTensorParallel());
      words.add("--pipeline-model-parallel-size " + layout.pipelineStages());
      if (experts) {
        words.add("--expert-model-parallel-size " + layout.expertParallel());
        words.add("--expert-tensor-parallel-size 1");
      }
      return words;
    }
  };

  /**
   * Lines of flags.
   *
   * @param experts whether the model has any
   */
  abstract List<String> words(Layout layout, boolean experts);

  /** The same of a deployment. */
  List<String> words(Deployment deployment) {
    return words(deployment.layout(), !deployment.plan().experts().isEmpty());
  }
}
