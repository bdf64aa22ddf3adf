package dev.rackplan.law;

import java.util.List;

/**
 * Laws of one fit.
 *
 * @param fittedShare share of rows that laws were fitted to; errors are those of the others
 * @param hash how rows were chosen for it, from their key columns
 * @param gpus laws of each GPU
 * @param stepErrors errors of whole steps on measured rows, of a phase each
 */
public record LawSet(
    double fittedShare, String hash, List<GpuLaws> gpus, List<StepErrors> stepErrors) {
  public LawSet {
    gpus = List.copyOf(gpus);
    stepErrors = List.copyOf(stepErrors);
  }

  /** Errors of steps alone: no laws were fitted to any row. */
  public static LawSet of(List<StepErrors> errors) {
    return new LawSet(0, "none", List.of(), errors);
  }

  /** What a book holds. */
  public static LawSet of(LawBook book) {
    return new LawSet(0, "none", book.gpus(), book.stepErrors());
  }

  /** Laws alone. */
  public LawSet(double fittedShare, String hash, List<GpuLaws> gpus) {
    this(fittedShare, hash, gpus, List.of());
  }
}
