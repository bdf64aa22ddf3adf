package dev.rackplan.json;

import dev.rackplan.topology.DatasheetMemory;
import dev.rackplan.topology.GpuGeneration;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.PeakFlops;
import java.util.Optional;
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

  /** Assumed, see gpus.json. */
  private static final double DEFAULT_KERNEL_MICROS = 3;

  private static final double MOST_KERNEL_MICROS = 1e6;

  /** A driver's reading further from the data sheet is a slip of units. */
  private static final double MOST_MEMORY_RATIO = 1.25;

  private GpuSpecJson() {}

  static GpuSpec read(JsonCursor at) {
    String name = at.text("name");
    DatasheetMemory datasheet = datasheet(at);
    double hbmBytes = planned(at, "hbmBytes", 1, datasheet.bytes());
    double hbmBytesPerSecond = planned(at, "planningTBps", TERA, datasheet.bytesPerSecond());
    Optional<GpuGeneration> generation = at.find("generation").map(GpuSpecJson::generation);
    OptionalDouble bf16 = scaled(at.findPositive("bf16Tflops"));
    OptionalDouble fp8 = scaled(at.findPositive("fp8Tflops"));
    OptionalDouble fp4 = scaled(at.findPositive("fp4Tflops"));
    OptionalDouble int8 = scaled(at.findPositive("int8Tflops"));
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
    double kernelSeconds =
        at.find("kernelMicros")
                .map(child -> child.numberIn(0, MOST_KERNEL_MICROS))
                .orElse(DEFAULT_KERNEL_MICROS)
            / MICROS_PER_SECOND;
    return at.build(
        () ->
            new GpuSpec(
                name,
                hbmBytes,
                hbmBytesPerSecond,
                new PeakFlops(bf16, fp8, fp4, int8),
                compute,
                memory,
                price,
                kernelSeconds,
                datasheet,
                generation),
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

  private static DatasheetMemory datasheet(JsonCursor at) {
    double bytes = datasheetBytes(at);
    double rate = at.positive("hbmTBps") * TERA;
    return at.build(() -> new DatasheetMemory(bytes, rate), "Correct the accelerator's memory.");
  }

  /** What plans reckon with in place of the data sheet's figure. */
  private static double planned(JsonCursor at, String key, double unit, double datasheet) {
    return at.find(key).map(child -> near(child, unit, datasheet)).orElse(datasheet);
  }

  private static double near(JsonCursor child, double unit, double datasheet) {
    double value = child.positive() * unit;
    if (value > datasheet * MOST_MEMORY_RATIO || value < datasheet / MOST_MEMORY_RATIO) {
      throw child.error(
          "must be within a factor of "
              + MOST_MEMORY_RATIO
              + " of the data sheet's "
              + datasheet / unit
              + ", was "
              + value / unit,
          unit == 1
              ? "Give bytes as the driver reports them: MiB times 1048576."
              : "Give TB/s, or leave the key out.");
    }
    return value;
  }

  private static GpuGeneration generation(JsonCursor child) {
    String key = child.text();
    return GpuGeneration.ofKey(key)
        .orElseThrow(
            () ->
                child.error(
                    "no generation \"" + key + "\" is known",
                    Spelling.nearest(key, GpuGeneration.keys())
                            .map(near -> "Did you mean \"" + near + "\"? ")
                            .orElse("")
                        + "Known: "
                        + String.join(", ", GpuGeneration.keys())
                        + ". Leave the key out for an accelerator of none of these."));
  }

  private static double datasheetBytes(JsonCursor at) {
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
