package dev.rackplan.topology;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Accelerators whose kernels behave alike. Laws of measured kernels are carried over within a
 * generation, scaled by the rates, and never across.
 */
public enum GpuGeneration {
  AMPERE,
  ADA,
  HOPPER,
  /** Data-center Blackwell, sm_100 and sm_103. */
  BLACKWELL,
  /** Blackwell of the RTX PRO cards, sm_120: other tensor cores and no tensor memory. */
  BLACKWELL_WORKSTATION,
  RUBIN,
  CDNA3,
  CDNA4,
  CDNA5,
  TPU_V5E,
  TPU_V5P,
  TPU_V6E,
  TPU7X,
  TRAINIUM1,
  TRAINIUM2,
  TRAINIUM3,
  GAUDI3,
  ASCEND_910B,
  ASCEND_910C;

  /** As files write it: {@code blackwell-workstation}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** All keys, in the order of the constants. */
  public static List<String> keys() {
    return Arrays.stream(values()).map(GpuGeneration::key).toList();
  }

  /** The generation of that key. */
  public static Optional<GpuGeneration> ofKey(String key) {
    return Arrays.stream(values()).filter(generation -> generation.key().equals(key)).findFirst();
  }
}
