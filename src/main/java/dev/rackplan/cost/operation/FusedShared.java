package dev.rackplan.cost.operation;

import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuGeneration;
import java.util.Optional;

/**
 * A shared expert that runs in the kernel of the routed ones, as one more that every token chooses:
 * it takes no products, no activation function and no starts of its own.
 *
 * <p>SGLang does so with DeepSeek-V3 and models of its form, 256 experts and one shared expert of
 * the same size and format, where a GPU has a part of every expert and no dispatch kernel runs; on
 * Ampere and Hopper, and on CDNA 3 and 4 from 0.5.6 on. Not on Blackwell, where it takes
 * FlashInfer's kernel, which can't. Sources: github.com/sgl-project/sglang, {@code deepseek_v2.py}
 * ({@code determine_num_fused_shared_experts}) and {@code server_args.py}; pull requests 4918 and
 * 12201. Earlier than 0.5 it is taken not to.
 *
 * @param experts that run beside those that tokens chose: one, or none
 * @param pairs of a call: each of its tokens with that expert
 */
public record FusedShared(double experts, double pairs) {
  /** Shared experts run by themselves, or there are none. */
  static final FusedShared NONE = new FusedShared(0, 0);

  private static final int EXPERTS = 256;
  private static final String FIRST = "0.5";
  private static final String FIRST_ON_CDNA = "0.5.6";

  /** What a call of so many tokens runs. */
  public static FusedShared of(
      Problem problem,
      Layout layout,
      Layer layer,
      MoeFfn moe,
      Optional<GpuGeneration> generation,
      double tokens) {
    return runs(problem, layout, layer, moe, generation) ? new FusedShared(1, tokens) : NONE;
  }

  /** Whether a layer's shared expert runs so on GPUs of that generation. */
  public static boolean runs(
      Problem problem, Layout layout, Layer layer, MoeFfn moe, Optional<GpuGeneration> generation) {
    Precision precision = problem.precision();
    return moe.experts() == EXPERTS
        && moe.sharedParameters() == moe.parametersPerExpert()
        && layout.expertParallel() == 1
        && Exchange.of(problem, layout) != Exchange.ALL_TO_ALL
        && problem.engine().kind().equals(Optional.of(EngineKind.SGLANG))
        && precision.ffn(layer) == precision.experts(layer)
        && generation.filter(known -> knows(problem.engine(), known)).isPresent();
  }

  private static boolean knows(Engine engine, GpuGeneration generation) {
    return switch (generation) {
      case AMPERE, HOPPER -> !engine.isBefore(FIRST);
      case CDNA3, CDNA4 -> !engine.isBefore(FIRST_ON_CDNA);
      default -> false;
    };
  }
}
