package dev.rackplan.cli;

import dev.rackplan.law.Cell;
import dev.rackplan.law.FitError;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.LawSet;
import java.math.BigDecimal;
import java.math.MathContext;

/** Laws with six digits, far more than a fit knows: their files are a third smaller. */
final class RoundedLaws {
  private static final MathContext DIGITS = new MathContext(6);

  private RoundedLaws() {}

  static LawSet of(LawSet laws) {
    return new LawSet(
        laws.fittedShare(), laws.hash(), laws.gpus().stream().map(RoundedLaws::of).toList());
  }

  private static GpuLaws of(GpuLaws gpu) {
    return new GpuLaws(
        gpu.gpu(),
        gpu.generation(),
        gpu.rates(),
        gpu.source(),
        gpu.date(),
        gpu.cells().stream().map(RoundedLaws::of).toList());
  }

  private static Cell of(Cell cell) {
    return new Cell(
        cell.key(),
        cell.parameters().stream().map(RoundedLaws::rounded).toList(),
        cell.rows(),
        cell.fittedRows(),
        of(cell.error()),
        cell.shapesLeftOut().map(RoundedLaws::of));
  }

  private static FitError of(FitError error) {
    return new FitError(rounded(error.median()), rounded(error.p90()));
  }

  private static double rounded(double value) {
    return new BigDecimal(value).round(DIGITS).doubleValue();
  }
}
