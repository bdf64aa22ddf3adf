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
  VOLTA(GpuVendor.NVIDIA),
  TURING(GpuVendor.NVIDIA),
  AMPERE(GpuVendor.NVIDIA),
  /** Ampere of graphics cards, sm_86: other tensor cores than A100's. */
  AMPERE_WORKSTATION(GpuVendor.NVIDIA),
  ADA(GpuVendor.NVIDIA),
  HOPPER(GpuVendor.NVIDIA),
  /** Data-center Blackwell, sm_100 and sm_103. */
  BLACKWELL(GpuVendor.NVIDIA),
  /** Blackwell of the RTX PRO cards, sm_120: other tensor cores and no tensor memory. */
  BLACKWELL_WORKSTATION(GpuVendor.NVIDIA),
  RUBIN(GpuVendor.NVIDIA),
  CDNA2(GpuVendor.AMD),
  CDNA3(GpuVendor.AMD),
  CDNA4(GpuVendor.AMD),
  CDNA5(GpuVendor.AMD),
  TPU_V4(GpuVendor.GOOGLE),
  TPU_V5E(GpuVendor.GOOGLE),
  TPU_V5P(GpuVendor.GOOGLE),
  TPU_V6E(GpuVendor.GOOGLE),
  TPU7X(GpuVendor.GOOGLE),
  TRAINIUM1(GpuVendor.AWS),
  TRAINIUM2(GpuVendor.AWS),
  TRAINIUM3(GpuVendor.AWS),
  GAUDI2(GpuVendor.INTEL),
  GAUDI3(GpuVendor.INTEL),
  ASCEND_910B(GpuVendor.HUAWEI),
  ASCEND_910C(GpuVendor.HUAWEI);

  private final GpuVendor vendor;

  GpuGeneration(GpuVendor vendor) {
    this.vendor = vendor;
  }

  /** Who makes it. */
  public GpuVendor vendor() {
    return vendor;
  }

  /**
   * Whether its FP4 units take NVFP4, an FP8 scale for 16 values, and not only MXFP4.
   *
   * <p>Source: PTX ISA, {@code tcgen05.mma} and {@code mma} of kind {@code mxf4nvf4} (sm_100 and
   * sm_120); LLVM's AMDGPU guide, {@code v_mfma_scale} of gfx950 scales blocks of 32 by E8M0 alone,
   * {@code wmma_scale16} of gfx1250 blocks of 16; AWS, Trainium3 multiplies MXFP8 and MXFP4.
   */
  public boolean scalesFp4By16() {
    return switch (this) {
      case BLACKWELL, BLACKWELL_WORKSTATION, RUBIN, CDNA5 -> true;
      case VOLTA,
          TURING,
          AMPERE,
          AMPERE_WORKSTATION,
          ADA,
          HOPPER,
          CDNA2,
          CDNA3,
          CDNA4,
          TPU_V4,
          TPU_V5E,
          TPU_V5P,
          TPU_V6E,
          TPU7X,
          TRAINIUM1,
          TRAINIUM2,
          TRAINIUM3,
          GAUDI2,
          GAUDI3,
          ASCEND_910B,
          ASCEND_910C ->
          false;
    };
  }

  /**
   * Whether its matrix units multiply BF16; else 16 bits are FP16.
   *
   * <p>Source: CUDA C++ Programming Guide, BF16 from compute capability 8.0 on.
   */
  public boolean multipliesBf16() {
    return this != VOLTA && this != TURING;
  }

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
