package dev.rackplan.problem;

import dev.rackplan.model.Attention;
import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.KvFormat;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.topology.GpuGeneration;
import java.util.Optional;

/**
 * How a problem's engine keeps the KV cache of a kind of attention: the one place that knows the
 * engines' layouts. Engines that are not known keep whole tokens without pages.
 */
final class KvFormats {
  private static final int VLLM_PAGE = 16;
  private static final int VLLM_ASCEND_PAGE = 128;
  private static final int TENSORRT_PAGE = 32;

  /** FlashMLA's, and that of TensorRT-LLM's latent kernels on Blackwell. */
  private static final int LATENT_PAGE = 64;

  private static final int COMPRESSED_PAGE = 256;

  private KvFormats() {}

  static KvFormat of(Problem problem, Attention attention) {
    String engine = problem.engine().lawName();
    EngineMemory memory = problem.engine().memory();
    boolean known = MemoryRule.ofEngine(engine).isPresent();
    return new KvFormat(
        problem.precision().kv(),
        !known || !denseLatents(engine, problem),
        known,
        memory.pageTokens().orElse(known ? page(engine, attention, problem) : 1),
        memory.hybridAllocator());
  }

  // Kernels of TensorRT-LLM read plain FP8 latents on Blackwell, also for SGLang; FlashMLA, which
  // vLLM takes everywhere, reads scaled ones. Source: the engines' choice of sparse backends.
  private static boolean denseLatents(String engine, Problem problem) {
    return blackwell(problem) && !engine.startsWith("vllm") || engine.equals("trtllm");
  }

  // Defaults: block_size of vLLM and vllm-ascend, page_size of SGLang, tokens_per_block of
  // TensorRT-LLM; latent kernels insist on their own.
  private static int page(String engine, Attention attention, Problem problem) {
    if (attention instanceof CompressedAttention) {
      return COMPRESSED_PAGE;
    }
    return switch (engine) {
      case "vllm" -> attention instanceof LatentAttention ? LATENT_PAGE : VLLM_PAGE;
      case "vllmascend" -> VLLM_ASCEND_PAGE;
      case "trtllm" -> TENSORRT_PAGE;
      default ->
          attention instanceof LatentAttention mla
                  && (mla.index().isPresent() || blackwell(problem))
              ? LATENT_PAGE
              : 1;
    };
  }

  private static boolean blackwell(Problem problem) {
    return problem.topology().firstSpec().generation().equals(Optional.of(GpuGeneration.BLACKWELL));
  }
}
