package dev.rackplan.cost.operation;

import dev.rackplan.law.KernelFormat;
import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuSpec;
import java.util.Map;

/**
 * What is left of a kernel's measured rate where all GPUs of a node multiply without a pause, as
 * training and the reading of prompts do: laws are fitted to kernels that ran a few times on idle
 * neighbours.
 *
 * <p>One figure a generation, chosen by the training rows that docs/decisions/0027 names; 1 where
 * no rows were at hand.
 */
public final class SustainedShare {
  private static final double AMPERE = 0.93;
  private static final double HOPPER = 0.9;
  private static final double BLACKWELL = 0.9;
  private static final double CDNA_WIDE = 0.47;
  private static final double CDNA_NARROW = 0.44;
  private static final double MI300X = 708.0 / 843;

  // Most power of a GPU of Blackwell Ultra over that of Blackwell on the same board, in W (NVIDIA,
  // "Inside NVIDIA Blackwell Ultra"; datasheets of HGX B300 and B200). Datasheet rates are equal,
  // except of NVFP4, of which Blackwell Ultra has 1.5 times as much.
  private static final Map<String, Double> MORE_POWER =
      Map.of("gb300", 1400.0 / 1200, "b300-sxm", 1100.0 / 1000);

  private SustainedShare() {}

  /**
   * The most of the datasheet rate that large products of that format sustain; infinite where laws
   * say it. AMD's laws are of kernels tuned one by one, with few rows of large products.
   *
   * <p>Source: AMD, ten products of DeepSeek-V3 for 30 s each on one MI325X: 616 TFLOP/s of 1,307
   * in BF16, 1,143 of 2,615 in FP8 (rocm.blogs.amd.com, "Typical Attained FLOPs", 2026-10). Assumed
   * for the others of these generations: AMD's best product of MI300X takes 0.84 of the MI325X's
   * rate at three quarters of its power; FP8 products on MI300X reach 0.39 to 0.44 (Azure ND MI300X
   * v5, random inputs), FP16 on MI350X 0.44.
   */
  public static double mostOfProducts(GpuSpec gpu, KernelFormat format) {
    boolean known =
        gpu.generation()
            .filter(is -> is == GpuGeneration.CDNA3 || is == GpuGeneration.CDNA4)
            .isPresent();
    if (!known) {
      return Double.POSITIVE_INFINITY;
    }
    boolean narrow = format.operandBits() < KernelFormat.BF16.operandBits();
    return (narrow ? CDNA_NARROW : CDNA_WIDE) * (gpu.name().equals("mi300x") ? MI300X : 1);
  }

  /**
   * The same in training, whose products hold the power limit from step to step: GPUs that differ
   * in multiprocessors and power alone multiply in proportion to their power, which may be more
   * than a law's rate. Assumed: a product takes as much energy on both, in NVFP4, too, whose
   * datasheet rates differ.
   */
  public static double inTraining(GpuSpec gpu) {
    return of(gpu) * MORE_POWER.getOrDefault(gpu.name(), 1.0);
  }

  /** In (0, 1]. */
  public static double of(GpuSpec gpu) {
    return gpu.generation().map(SustainedShare::of).orElse(1.0);
  }

  private static double of(GpuGeneration generation) {
    return switch (generation) {
      case AMPERE -> AMPERE;
      case HOPPER -> HOPPER;
      case BLACKWELL -> BLACKWELL;
      default -> 1;
    };
  }
}
