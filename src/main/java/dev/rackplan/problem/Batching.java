package dev.rackplan.problem;

import dev.rackplan.topology.GpuSpec;

/**
 * How an engine puts prompts and decoding sequences into steps where the same GPUs do both. Each
 * attention rank has its own such schedule.
 *
 * @param order which tokens a step takes
 * @param tokenBudget most tokens of one step of one rank: new tokens of prompts, and with {@link
 *     Order#MIXED} those that are decoded
 * @param mostRunning most sequences that one rank decodes at a time
 * @param cutsPrompts whether a prompt that does not fit the budget is read in parts
 */
public record Batching(Order order, int tokenBudget, int mostRunning, boolean cutsPrompts) {

  /** Which tokens a step takes. */
  public enum Order {
    /** While a prompt waits no sequence gets a token: steps read prompts, or decode. */
    PROMPTS_FIRST,
    /** Every running sequence gets its token in each step; prompts take what the budget leaves. */
    MIXED
  }

  private static final double GIB = 1024.0 * 1024 * 1024;
  // SGLang's tiers of memory in MiB: server_args.py, _handle_gpu_memory_settings.
  private static final double SGLANG_SMALL_GIB = 35;
  private static final double SGLANG_LARGE_GIB = 160;
  // SGLang takes what memory holds, 2,048 at least: model_runner.py, max_num_reqs up to 4,096.
  private static final int SGLANG_RUNNING = 4096;
  // vLLM's tiers for its server: arg_utils.py, get_batch_defaults.
  private static final double VLLM_LARGE_GIB = 70;

  public Batching {
    if (tokenBudget < 1 || mostRunning < 1) {
      throw new IllegalArgumentException(
          "tokenBudget and mostRunning must be >= 1, were " + tokenBudget + " and " + mostRunning);
    }
  }

  /**
   * What an engine does where it is told nothing. SGLang divides its budget among attention ranks.
   * Source: the engines' defaults; TensorRT-LLM's for {@code trtllm-serve}.
   *
   * @param attentionRanks data-parallel ranks of an instance
   */
  public static Batching usual(EngineKind engine, GpuSpec gpu, int attentionRanks) {
    double gibibytes = gpu.hbmBytes() / GIB;
    return switch (engine) {
      case SGLANG -> {
        int budget =
            gibibytes < SGLANG_SMALL_GIB ? 2048 : gibibytes < SGLANG_LARGE_GIB ? 8192 : 16384;
        yield new Batching(
            Order.PROMPTS_FIRST, Math.max(1, budget / attentionRanks), SGLANG_RUNNING, true);
      }
      case VLLM, VLLM_ASCEND -> {
        boolean large = gibibytes >= VLLM_LARGE_GIB && !gpu.name().contains("a100");
        yield new Batching(Order.MIXED, large ? 8192 : 2048, large ? 1024 : 256, true);
      }
      case TENSORRT_LLM -> new Batching(Order.MIXED, 8192, 2048, false);
      case MEGATRON -> throw new IllegalArgumentException("Megatron-LM serves nothing");
    };
  }

  /** The same with steps of at most so many tokens. */
  public Batching withTokenBudget(int tokens) {
    return new Batching(order, tokens, mostRunning, cutsPrompts);
  }

  /** The same with no more than {@code sequences} at a time. */
  public Batching withMostRunning(int sequences) {
    return new Batching(order, tokenBudget, sequences, cutsPrompts);
  }
}
