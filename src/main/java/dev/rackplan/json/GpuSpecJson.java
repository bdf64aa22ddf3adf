package dev.rackplan.json;

import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.KernelOverhead;
import dev.rackplan.topology.PeakFlops;
import java.util.OptionalDouble;

/** An accelerator's own constants: the keys that the catalogue and inline specs share. */
final class GpuSpecJson {
  static final double GIGA = 1e9;
  static final double TERA = 1e12;
  static final double MICROS_PER_SECOND = 1e6;
  private static final double GIBI = 1L << 30;

  /** Assumed, see gpus.json. */
  private static final double DEFAULT_COMPUTE_EFFICIENCY = 0.7;

  /** Assumed, see gpus.json. */
  private static final double DEFAULT_MEMORY_EFFICIENCY = 0.8;

  /** Calibrated on H800, see gpus.json. */
  private static final double DEFAULT_MOE_LAYER_MICROS = 191;

  /** Calibrated on H800, see gpus.json. */
  private static final double DEFAULT_ELEMENTWISE_PASSES = 18.0;

  private static final double MOST_LAYER_MICROS = 1e6;
  private static final double MOST_PASSES = 1e4;

  private GpuSpecJson() {}

  static GpuSpec read(JsonCursor at) {
    String name = at.text("name");
    double hbmBytes = hbmBytes(at);
    double hbmBytesPerSecond = at.positive("hbmTBps") * TERA;
    OptionalDouble bf16 = scaled(at.findPositive("bf16Tflops"));
    OptionalDouble fp8 = scaled(at.findPositive("fp8Tflops"));
    OptionalDouble fp4 = scaled(at.findPositive("fp4Tflops"));
    if (bf16.isEmpty() && fp8.isEmpty() && fp4.isEmpty()) {
      throw at.error(
          "no dense rate is given",
          "Add at least one of \"bf16Tflops\", \"fp8Tflops\", \"fp4Tflops\".");
    }
    double compute = efficiency(at, "computeEfficiency", DEFAULT_COMPUTE_EFFICIENCY);
    double memory = efficiency(at, "memoryEfficiency", DEFAULT_MEMORY_EFFICIENCY);
    OptionalDouble price =
        at.find("usdPerHour")
            .map(child -> OptionalDouble.of(child.numberIn(0, 1e6)))
            .orElse(OptionalDouble.empty());
    KernelOverhead overhead =
        new KernelOverhead(
            at.find("moeLayerMicros")
                    .map(child -> child.numberIn(0, MOST_LAYER_MICROS))
                    .orElse(DEFAULT_MOE_LAYER_MICROS)
                / MICROS_PER_SECOND,
            at.find("elementwisePasses")
                .map(child -> child.numberIn(0, MOST_PASSES))
                .orElse(DEFAULT_ELEMENTWISE_PASSES));
    return at.build(
        () ->
            new GpuSpec(
                name,
                hbmBytes,
                hbmBytesPerSecond,
                new PeakFlops(bf16, fp8, fp4),
                compute,
                memory,
                price,
                overhead),
        "Correct the accelerator's constants.");
  }

  /** A share in (0, 1]. */
  static double efficiency(JsonCursor at, String key, double absent) {
    return at.find(key).map(GpuSpecJson::share).orElse(absent);
  }

  private static double share(JsonCursor child) {
    child.positive();
    return child.numberIn(0, 1);
  }

  private static double hbmBytes(JsonCursor at) {
    OptionalDouble decimal = at.findPositive("hbmGB");
    OptionalDouble binary = at.findPositive("hbmGiB");
    if (decimal.isPresent() == binary.isPresent()) {
      throw at.error(
          decimal.isPresent()
              ? "both \"hbmGB\" and \"hbmGiB\" are given"
              : "key \"hbmGB\" is missing",
          "Give the memory once: \"hbmGB\" (1e9 bytes) or \"hbmGiB\" (2^30 bytes).");
    }
    return decimal.isPresent() ? decimal.getAsDouble() * GIGA : binary.getAsDouble() * GIBI;
  }

  private static OptionalDouble scaled(OptionalDouble teraflops) {
    return teraflops.isPresent() ? OptionalDouble.of(teraflops.getAsDouble() * TERA) : teraflops;
  }
}
