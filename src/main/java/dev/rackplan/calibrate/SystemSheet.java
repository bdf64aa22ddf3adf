package dev.rackplan.calibrate;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.YamlFile;
import dev.rackplan.topology.PeakFlops;
import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * AIConfigurator's description of a system, {@code <gpu>.yaml}: of its GPU, memory bandwidth in
 * bytes/s and dense rates in FLOP/s; other keys are not looked at.
 */
final class SystemSheet {
  private SystemSheet() {}

  static DatasheetRates read(Path file) {
    JsonCursor gpu = YamlFile.read(file, file.toString()).get("gpu");
    return gpu.build(
        () ->
            new DatasheetRates(
                gpu.positive("mem_bw"),
                new PeakFlops(
                    rate(gpu, "bfloat16_tc_flops"),
                    rate(gpu, "fp8_tc_flops"),
                    rate(gpu, "fp4_tc_flops")),
                file.toString()),
        "Give the rates of the datasheet.");
  }

  // A unit that the GPU lacks is absent, null or 0.
  private static OptionalDouble rate(JsonCursor gpu, String key) {
    return gpu.findNullable(key)
        .map(value -> value.numberIn(0, Double.MAX_VALUE))
        .filter(rate -> rate > 0)
        .map(OptionalDouble::of)
        .orElse(OptionalDouble.empty());
  }
}
