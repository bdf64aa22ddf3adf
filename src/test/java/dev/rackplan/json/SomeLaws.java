package dev.rackplan.json;

import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.FitError;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.LawSet;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Parameter;
import dev.rackplan.law.Rates;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Laws files made up for tests, at the parameters that fits start from. */
public final class SomeLaws {
  private static final Rates H100 =
      new Rates(3.35e12, 989e12, OptionalDouble.of(1979e12), OptionalDouble.empty());

  private SomeLaws() {}

  /** One law of {@code op} on H100. */
  public static LawSet of(OpKind op) {
    return new LawSet(0.3, "fnv1a-64", List.of(gpu(List.of(cell(op, "vllm")))));
  }

  /** The same as a file's text. */
  public static String text(OpKind op) {
    return LawsFile.text(of(op), "made up");
  }

  /** Laws of an engine for each operation on H100, as a file's text. */
  public static String all(String engine) {
    return LawsFile.text(
        new LawSet(
            0.3,
            "fnv1a-64",
            List.of(gpu(Stream.of(OpKind.values()).map(op -> cell(op, engine)).toList()))),
        "made up");
  }

  private static GpuLaws gpu(List<Cell> cells) {
    return new GpuLaws("h100-sxm", "hopper", H100, "tests", "2026-01-31", cells);
  }

  private static Cell cell(OpKind op, String engine) {
    CellKey key =
        new CellKey(
            op,
            engine,
            "0.9",
            KernelFormat.BF16,
            KernelFormat.FP8,
            "made_up",
            new TreeMap<>(Map.of("headSize", 128.0)));
    return new Cell(
        key,
        op.form().parameters().stream().map(Parameter::start).toList(),
        1000,
        300,
        new FitError(0.05, 0.125),
        Optional.of(new FitError(0.25, 0.5)));
  }
}
