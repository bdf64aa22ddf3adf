package dev.rackplan.report;

import dev.rackplan.cost.operation.GpuFormats;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.model.Dtype;
import dev.rackplan.topology.GpuSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Which number formats one accelerator multiplies, and at which rate. */
final class GpuFormatsTable {
  private final GpuSpec gpu;
  private final GpuFormats formats;

  GpuFormatsTable(GpuSpec gpu) {
    this.gpu = gpu;
    this.formats = new GpuFormats(gpu, true);
  }

  /** A row for each format of weights. */
  String text() {
    TextTable table =
        new TextTable(List.of("weights in", "bits", "multiplied in", "dense [TFLOP/s]", "unit"));
    for (Dtype dtype : Dtype.values()) {
      OptionalDouble rate = flopsPerSecond(dtype);
      table.add(
          List.of(
              dtype.key(),
              Figures.shortest(bits(dtype)),
              multiplied(dtype),
              rate.isPresent() ? Figures.shortest(rate.getAsDouble() / 1e12) : Figures.NONE,
              words(dtype)));
    }
    return table.text();
  }

  /** The same as plain values: a list in the order of the table. */
  List<Object> tree() {
    List<Object> rows = new ArrayList<>();
    for (Dtype dtype : Dtype.values()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("format", dtype.key());
      row.put("bits", bits(dtype));
      row.put("multipliedIn", multiplied(dtype));
      flopsPerSecond(dtype).ifPresent(rate -> row.put("tflops", rate / 1e12));
      row.put("widened", formats.widens(dtype));
      rows.add(row);
    }
    return rows;
  }

  private String words(Dtype dtype) {
    if (formats.widens(dtype)) {
      return "none: widened";
    }
    if (!formats.hasUnit(dtype)) {
      return "rate of bf16 taken";
    }
    return dtype.operandBits() == Dtype.BF16.operandBits() && dtype.bytes() < Dtype.BF16.bytes()
        ? "widened by design"
        : "own";
  }

  private static double bits(Dtype dtype) {
    return Math.rint(8 * dtype.bytes() * 1e4) / 1e4;
  }

  // Width and kind of the unit's operands.
  private String multiplied(Dtype dtype) {
    KernelFormat kernel = formats.of(dtype);
    return switch (kernel.operandBits()) {
      case 4 -> "fp4";
      case 8 -> kernel == KernelFormat.INT8 ? "int8" : "fp8";
      case 16 -> "bf16";
      default -> "fp32";
    };
  }

  private OptionalDouble flopsPerSecond(Dtype dtype) {
    KernelFormat kernel = formats.of(dtype);
    if (kernel == KernelFormat.INT8 && gpu.peakFlops().int8().isPresent()) {
      return gpu.peakFlops().int8();
    }
    OptionalDouble rate = gpu.peakFlops().rate(kernel.operandBits());
    return kernel.operandBits() > 16 && rate.isPresent()
        ? OptionalDouble.of(rate.getAsDouble() / 2)
        : rate;
  }
}
