package dev.rackplan.cost;

import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.FitError;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.LawBook;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Parameter;
import dev.rackplan.law.Rates;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Laws of the GPU of {@link OpsCase} that are a start and nothing else: any work is done at once.
 */
public final class StartLaws {
  private StartLaws() {}

  /** Start of a kind of kernel in s: no two sums of a few of them are equal. */
  static double start(OpKind kind) {
    return 1e-6 * StrictMath.pow(1.37, kind.ordinal());
  }

  /** Of {@code engine}, of the kinds that {@code which} takes. */
  public static LawBook of(String engine, Predicate<OpKind> which) {
    List<Cell> cells = new ArrayList<>();
    for (OpKind kind : OpKind.values()) {
      for (KernelFormat format : List.of(KernelFormat.BF16, KernelFormat.FP8)) {
        if (which.test(kind)) {
          cells.add(cell(kind, engine, format));
        }
      }
    }
    return book(cells);
  }

  private static LawBook book(List<Cell> cells) {
    return new LawBook(
        List.of(
            new GpuLaws(
                "g",
                "none",
                new Rates(2e12, 100e12, OptionalDouble.of(200e12), OptionalDouble.empty()),
                "made up",
                "2026-11-29",
                cells)));
  }

  /** SGLang's experts, which take {@code bytes} for each element of a token and nothing else. */
  public static LawBook ofTokens(double bytes) {
    OpKind kind = OpKind.EXPERTS;
    List<Double> values =
        kind.form().parameters().stream()
            .map(
                parameter ->
                    switch (parameter.name()) {
                      case "startSeconds" -> 0.0;
                      case "bytesPerTokenElement" -> bytes;
                      default -> value(parameter, kind);
                    })
            .toList();
    return book(List.of(cell(kind, "sglang", KernelFormat.BF16, values)));
  }

  /** All-reduces of SGLang's own kernel and of NCCL, which take so long and nothing else. */
  static LawBook ofAllReduces(double ownSeconds, double ncclSeconds) {
    return book(List.of(allReduce("sglang", ownSeconds), allReduce("nccl", ncclSeconds)));
  }

  private static Cell allReduce(String engine, double seconds) {
    OpKind kind = OpKind.ALL_REDUCE;
    List<Double> values =
        kind.form().parameters().stream()
            .map(
                parameter ->
                    parameter.name().equals("startSeconds") ? seconds : value(parameter, kind))
            .toList();
    return cell(kind, engine, KernelFormat.BF16, values);
  }

  private static Cell cell(OpKind kind, String engine, KernelFormat format) {
    return cell(
        kind,
        engine,
        format,
        kind.form().parameters().stream().map(parameter -> value(parameter, kind)).toList());
  }

  private static Cell cell(
      OpKind kind, String engine, KernelFormat format, List<Double> parameters) {
    return new Cell(
        new CellKey(kind, engine, "1", format, format, "k", new TreeMap<>()),
        parameters,
        9,
        8,
        new FitError(0, 0),
        Optional.empty());
  }

  // What work is divided by is infinite, what it is multiplied by is 0.
  private static double value(Parameter parameter, OpKind kind) {
    String name = parameter.name();
    if (name.endsWith("startSeconds") || name.endsWith("StartSeconds")) {
      return start(kind);
    }
    if (name.endsWith("orm")) {
      return 1;
    }
    return parameter.least() > 0 ? Double.POSITIVE_INFINITY : 0;
  }
}
