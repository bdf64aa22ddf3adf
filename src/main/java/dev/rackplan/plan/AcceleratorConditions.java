package dev.rackplan.plan;

import dev.rackplan.model.Dtype;
import dev.rackplan.problem.Degree;
import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.GpuVendor;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * Conditions on the cluster's accelerators: whose an engine runs on, and which formats of weights
 * it multiplies there. No degree helps where they are broken. An accelerator whose generation a
 * topology does not name breaks none.
 */
final class AcceleratorConditions {
  /** It runs on NVIDIA's alone. */
  static final EngineCondition ON_NVIDIA = runsOn(Set.of(GpuVendor.NVIDIA));

  /** It runs on Huawei's alone. */
  static final EngineCondition ON_ASCEND = runsOn(Set.of(GpuVendor.HUAWEI));

  /** It runs on all except Huawei's, where a plugin with rules of its own takes over. */
  static final EngineCondition NOT_ON_ASCEND =
      runsOn(
          Set.of(
              GpuVendor.NVIDIA, GpuVendor.AMD, GpuVendor.GOOGLE, GpuVendor.AWS, GpuVendor.INTEL));

  /** It runs on neither TPU nor Trainium, whose compilers want programs of their own. */
  static final EngineCondition ON_EAGER_DEVICES =
      runsOn(Set.of(GpuVendor.NVIDIA, GpuVendor.AMD, GpuVendor.INTEL, GpuVendor.HUAWEI));

  /** Tokens are sent to experts where DeepEP or MoRI is built: on NVIDIA's and AMD's. */
  static final EngineCondition SENDS_BY_A_LIBRARY =
      sendsOn(Set.of(GpuVendor.NVIDIA, GpuVendor.AMD));

  /** The same, and on Huawei's, where Ascend's kernels for SGLang have DeepEP's interface. */
  static final EngineCondition SENDS_BY_A_LIBRARY_OR_ASCENDS =
      sendsOn(Set.of(GpuVendor.NVIDIA, GpuVendor.AMD, GpuVendor.HUAWEI));

  /** FP8 and BF16 weights need units for them, NVFP4 weights units that scale FP4 by 16 values. */
  static final EngineCondition WEIGHTS_HAVE_UNITS =
      new EngineCondition(
          (asked, layout) -> without(asked, AcceleratorConditions::servesUnwidened));

  /** Formats in which matrices are multiplied in training have units. */
  static final EngineCondition RECIPES_HAVE_UNITS =
      new EngineCondition((asked, layout) -> without(asked, AcceleratorConditions::trainsIn));

  /** It has a recipe to train in the formats of weights: FP8, MXFP8, NVFP4, or 16 bits and more. */
  static final EngineCondition RECIPES_ARE_KNOWN =
      new EngineCondition((asked, layout) -> withoutRecipe(asked));

  /** Those of whose accelerators an engine runs on. */
  static final Set<EngineCondition> OF_VENDORS =
      Set.of(ON_NVIDIA, ON_ASCEND, NOT_ON_ASCEND, ON_EAGER_DEVICES);

  /** Those of which formats its accelerators multiply. */
  static final Set<EngineCondition> OF_UNITS = Set.of(WEIGHTS_HAVE_UNITS, RECIPES_HAVE_UNITS);

  private static final Set<Dtype> TRAINED =
      EnumSet.of(
          Dtype.FP32,
          Dtype.BF16,
          Dtype.FP16,
          Dtype.FP8,
          Dtype.FP8_BLOCK,
          Dtype.FP8_TENSOR,
          Dtype.MXFP8,
          Dtype.FP4,
          Dtype.NVFP4);

  private AcceleratorConditions() {}

  private static EngineCondition runsOn(Set<GpuVendor> vendors) {
    return new EngineCondition((asked, layout) -> foreign(asked.accelerators(), vendors));
  }

  private static EngineCondition sendsOn(Set<GpuVendor> vendors) {
    return new EngineCondition(
        (asked, layout) ->
            asked.sends(layout) && foreign(asked.accelerators(), vendors).isPresent()
                ? Optional.of("has no library that sends tokens to experts on these accelerators")
                : Optional.empty(),
        Degree.MOE_COMMUNICATION,
        Degree.EXPERT_PARALLEL);
  }

  // Loops: a search asks of thousands of layouts.
  private static Optional<String> foreign(List<GpuSpec> accelerators, Set<GpuVendor> vendors) {
    for (GpuSpec gpu : accelerators) {
      Optional<GpuVendor> maker = gpu.vendor();
      if (maker.isPresent() && !vendors.contains(maker.get())) {
        return Optional.of("does not run on " + gpu.name() + " of " + maker.get().title());
      }
    }
    return Optional.empty();
  }

  private static Optional<String> without(
      EngineQuestion asked, BiPredicate<GpuSpec, Dtype> hasUnits) {
    for (GpuSpec gpu : asked.accelerators()) {
      for (Dtype format : asked.formats()) {
        if (gpu.generation().isPresent() && !hasUnits.test(gpu, format)) {
          return Optional.of(gpu.name() + " has no units for it to multiply " + format.key());
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> withoutRecipe(EngineQuestion asked) {
    return asked.formats().stream()
        .filter(format -> !TRAINED.contains(format))
        .findFirst()
        .map(format -> "has no recipe that multiplies " + format.key());
  }

  private static boolean servesUnwidened(GpuSpec gpu, Dtype format) {
    return switch (format) {
      case FP8, FP8_BLOCK, FP8_TENSOR, MXFP8, W4A8 -> gpu.peakFlops().fp8().isPresent();
      case NVFP4 -> gpu.generation().orElseThrow().scalesFp4By16();
      case BF16 -> gpu.generation().orElseThrow().multipliesBf16();
      case FP32,
          FP16,
          INT8,
          FP8_WEIGHT_ONLY,
          INT8_WEIGHT_ONLY,
          INT4,
          INT4_AWQ,
          INT4_GROUP_64,
          INT4_GROUP_32,
          FP4,
          NVFP4_WEIGHT_ONLY,
          MXFP4,
          MXFP4_BOTH,
          MXFP4_WEIGHT_ONLY ->
          true;
    };
  }

  // Transformer Engine's matrix: FP8 in blocks from Hopper on, MXFP8 not on workstation Blackwell.
  // Plain FP8 is trained in blocks, plain FP4 as NVFP4.
  private static boolean trainsIn(GpuSpec gpu, Dtype format) {
    GpuGeneration generation = gpu.generation().orElseThrow();
    return switch (format) {
      case FP8, FP8_BLOCK -> gpu.peakFlops().fp8().isPresent() && generation != GpuGeneration.ADA;
      case MXFP8 ->
          gpu.peakFlops().fp4().isPresent() && generation != GpuGeneration.BLACKWELL_WORKSTATION;
      case FP4, NVFP4 -> generation.scalesFp4By16();
      default -> servesUnwidened(gpu, format);
    };
  }
}
