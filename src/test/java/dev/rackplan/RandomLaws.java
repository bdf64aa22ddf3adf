package dev.rackplan;

import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.FitError;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.LawBook;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Parameter;
import dev.rackplan.law.Rates;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.GpuSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/** Laws with random parameters within their forms' bounds, of every operation. */
public final class RandomLaws {
  private static final List<KernelFormat> FORMATS = List.of(KernelFormat.FP8, KernelFormat.BF16);
  // TensorRT-LLM tunes between those two.
  private static final List<String> KERNELS = List.of("cutlass", "min_latency");

  private RandomLaws() {}

  /** {@code problem} with laws of its engine on each of its kinds of GPUs. */
  public static Problem with(Problem problem, Lcg random) {
    List<GpuLaws> laws = new ArrayList<>();
    for (GpuSpec spec : problem.topology().gpus().stream().map(Gpu::spec).distinct().toList()) {
      List<Cell> cells = new ArrayList<>();
      for (OpKind kind : OpKind.values()) {
        for (KernelFormat format : FORMATS) {
          for (String kernel : KERNELS) {
            cells.add(cell(kind, format, kernel, problem, random));
          }
        }
      }
      laws.add(
          new GpuLaws(
              spec.name(),
              "none",
              new Rates(
                  spec.hbmBytesPerSecond(),
                  spec.peakFlops().bf16().orElseThrow(),
                  spec.peakFlops().fp8(),
                  spec.peakFlops().fp4()),
              "drawn",
              "2026-11-29",
              cells));
    }
    return problem.withLaws(new LawBook(laws));
  }

  private static Cell cell(
      OpKind kind, KernelFormat format, String kernel, Problem problem, Lcg random) {
    return new Cell(
        new CellKey(
            kind,
            problem.engine().name().toLowerCase(Locale.ROOT),
            "1",
            format,
            format,
            kernel,
            new TreeMap<>()),
        kind.form().parameters().stream().map(bounds -> parameter(bounds, random)).toList(),
        9,
        8,
        new FitError(0, 0),
        Optional.empty());
  }

  /** Within the bounds: often at one of them, else evenly on a logarithmic scale. */
  public static double parameter(Parameter bounds, Lcg random) {
    if (random.below(6) == 0) {
      return random.coin() ? bounds.least() : bounds.most();
    }
    double least = bounds.least() > 0 ? bounds.least() : bounds.most() * 1e-6;
    return random.between(least, bounds.most());
  }
}
