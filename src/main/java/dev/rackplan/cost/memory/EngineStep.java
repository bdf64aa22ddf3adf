package dev.rackplan.cost.memory;

import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Exchange;
import dev.rackplan.cost.operation.MoeShard;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.EngineMemory;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuGeneration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The largest step that an engine prepares memory for: its defaults, or the plan's own where that
 * is larger.
 *
 * @param tokens of the fullest attention rank
 * @param sequences of that rank whose next token is sampled at once
 * @param logitBytes bytes that sampling holds for each sequence and word of the vocabulary
 */
record EngineStep(double tokens, double sequences, double logitBytes) {
  private static final double GIB = 1 << 30;

  // vLLM's defaults for its server: GPUs of 70 GiB and more except the A100, and others. Source:
  // EngineArgs.get_batch_defaults.
  private static final double LARGE_GPU_GIB = 70;
  private static final double LARGE_TOKENS = 8192;
  private static final double LARGE_SEQUENCES = 1024;
  private static final double SMALL_TOKENS = 2048;
  private static final double SMALL_SEQUENCES = 256;

  // max_num_tokens of TensorRT-LLM.
  private static final double TENSORRT_TOKENS = 8192;

  // Gathered logits in BF16 and a copy in FP32, both held; vLLM's profile run then sorts them:
  // sorted values (4) and indices (8), a list of indices (8), and the sort's own values and indices
  // (12). SGLang and TensorRT-LLM turn the copy into probabilities and sample from these (4).
  // Counted from vLLM's top-p sampler and PyTorch's segmented sort.
  private static final double SORTED_LOGIT_BYTES = 2 + 4 + 4 + 8 + 8 + 12;
  private static final double LOGIT_BYTES = 2 + 4 + 4;

  // Residual, hidden state, norm's output and what it is quantised into. Assumed.
  private static final double STREAMS = 4;
  private static final double ACTIVATION_BYTES = 2;

  /** Gate, up and down. */
  private static final double MATRICES = 3;

  static EngineStep of(Problem problem, Layout layout, Batch batch) {
    double resident = layout.microBatches() * batch.sequencesPerRank();
    double hbm = hbmBytes(problem);
    EngineMemory told = problem.engine().memory();
    return switch (told.rule()) {
      case RESERVE -> new EngineStep(batch.tokensPerRank(), resident, 0);
      case OF_TOTAL -> {
        boolean large = hbm >= LARGE_GPU_GIB * GIB && !ampere(problem);
        yield new EngineStep(
            Math.max(
                told(told.stepTokens(), large ? LARGE_TOKENS : SMALL_TOKENS),
                batch.tokensPerRank()),
            Math.max(
                told(told.stepSequences(), large ? LARGE_SEQUENCES : SMALL_SEQUENCES), resident),
            SORTED_LOGIT_BYTES);
      }
      case OF_FREE_BEFORE_LOAD ->
          new EngineStep(
              Math.max(
                  told(told.stepTokens(), EngineMemory.chunkTokens(hbm)), batch.tokensPerRank()),
              resident,
              LOGIT_BYTES);
      case OF_FREE_AFTER_STEP ->
          new EngineStep(
              Math.max(told(told.stepTokens(), TENSORRT_TOKENS), batch.tokensPerRank()),
              resident,
              LOGIT_BYTES);
    };
  }

  private static double told(OptionalInt value, double usual) {
    return value.isPresent() ? value.getAsInt() : usual;
  }

  /** Memory of a GPU in bytes, for limits that engines set alike on all. */
  static double hbmBytes(Problem problem) {
    return problem.topology().firstSpec().hbmBytes();
  }

  private static boolean ampere(Problem problem) {
    return problem.topology().firstSpec().generation().equals(Optional.of(GpuGeneration.AMPERE));
  }

  /**
   * Bytes at the step's peak: activations of the widest layer, or the hidden states and what
   * sampling makes of them, whichever is more.
   *
   * @param sampling whether the stage has the head
   */
  double bytes(Problem problem, Layout layout, int first, int last, boolean sampling) {
    double widest = 0;
    for (int l = first; l <= last; l++) {
      widest = Math.max(widest, elements(problem, layout, problem.model().layers().get(l)));
    }
    double hidden = problem.model().hiddenSize();
    double activations = ACTIVATION_BYTES * tokens * (STREAMS * hidden + widest);
    double sampled =
        ACTIVATION_BYTES * tokens * hidden
            + sequences * logitBytes * problem.model().vocabularySize();
    return sampling ? Math.max(activations, sampled) : activations;
  }

  // Elements a token of the wider part of a layer: what a mixer's projections put out, a dense
  // FFN's gate, up and product, or those of each expert that a token chose and its output.
  private static double elements(Problem problem, Layout layout, Layer layer) {
    double degree = layout.attentionTensorParallel();
    double hidden = problem.model().hiddenSize();
    double mixer = layer.attention().keptElements(problem.model().hiddenSize(), false) / degree;
    double ffn = 0;
    if (layer.ffn() instanceof DenseFfn dense) {
      ffn = dense.parameters() / hidden / degree;
    }
    if (layer.ffn() instanceof MoeFfn moe) {
      double width =
          MoeShard.of(moe, layout, problem).expertParameters() / (MATRICES * moe.tokenWidth());
      double gathered =
          Exchange.of(problem, layout) == Exchange.ALL_GATHER ? layout.tokenGroups() : 1;
      double inputs = gathered > 1 ? moe.tokenWidth() : 0;
      ffn =
          gathered
              * (inputs + moe.expertsPerToken() * (Math.max(2 * width, moe.tokenWidth()) + width));
    }
    return Math.max(mixer, ffn);
  }
}
