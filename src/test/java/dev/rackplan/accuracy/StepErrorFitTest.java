package dev.rackplan.accuracy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.RestsOn;
import dev.rackplan.law.StepErrors;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class StepErrorFitTest {
  private static MeasuredFigure row(
      String model, String gpu, String engine, double ratio, String alike, String layout) {
    return new MeasuredFigure(
        ModelledFigure.TPOT,
        model,
        gpu,
        Optional.of(gpu.equals("b200") ? "blackwell" : "hopper"),
        Optional.of(engine),
        ratio,
        new RestsOn(0.7, gpu.equals("b200") ? 0.3 : 0.1, gpu.equals("b200") ? 0 : 0.2, 0.01),
        alike,
        layout);
  }

  private static StepErrors fit(List<MeasuredFigure> rows) {
    return new StepErrorFit(rows).of("made up", "2026-01-31", 0.1, 0.2);
  }

  // Errors 0.1, 0.2, 0.3, 0.5 of H100: two thirds of the way is 0.3. With 0.7 of B200 it is 0.433.
  @Test
  void groups_haveTheErrorsOfTheirRows() {
    StepErrors errors =
        fit(
            List.of(
                row("a", "h100", "vllm", 0.9, "1", "x"),
                row("b", "h100", "vllm", 1.2, "2", "x"),
                row("b", "h100", "sglang", 1.3, "3", "x"),
                row("c", "h100", "sglang", 1.5, "4", "x"),
                row("c", "b200", "sglang", 0.3, "5", "x")));

    assertEquals(5, errors.groups().get(0).rows());
    assertEquals(3, errors.groups().get(0).models());
    assertEquals(0.3 + 2 / 3.0 * 0.2, errors.groups().get(0).error(), 1e-9);
    assertEquals(0.14, errors.groups().get(0).transferred(), 1e-9);
    assertEquals(0.16, errors.groups().get(0).formula(), 1e-9);
    StepErrors.Group h100 =
        errors.groups().stream()
            .filter(group -> group.gpu().equals(Optional.of("h100")) && group.engine().isEmpty())
            .findFirst()
            .orElseThrow();
    assertEquals(4, h100.rows());
    assertEquals(0.3, h100.error(), 1e-9);
    // All; two generations, three of them with an engine; two GPUs, three of them with an engine.
    assertEquals(1 + 2 + 3 + 2 + 3, errors.groups().size());
    assertEquals(0, errors.pairs());
    assertEquals(OptionalDouble.empty(), errors.ratioError());
  }

  // Twenty pairs: one row of a pair is met, the other's ratio is off by 1% to 20%, up or down.
  @Test
  void pairs_areOfOtherLayoutsUnderTheSameConditions() {
    List<MeasuredFigure> rows = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      double off = i % 2 == 0 ? 1 + i / 100.0 : 1 / (1 + i / 100.0);
      rows.add(row("a", "h100", "vllm", 1, "pair " + i, "TP1"));
      rows.add(row("a", "h100", "vllm", off, "pair " + i, "TP2"));
      rows.add(row("b", "h100", "vllm", 9, "alone " + i, "TP2"));
      rows.add(row("b", "h100", "vllm", 3, "alone " + i, "TP2"));
    }
    StepErrors errors = fit(rows);

    assertEquals(20, errors.pairs());
    assertEquals(0.01 * (1 + 2 / 3.0 * 19), errors.ratioError().orElseThrow(), 1e-9);
  }

  // Each model errs by one figure. Left out, the largest lies outside what the others say.
  @Test
  void coverage_ofUnseenModels_leavesTheirRowsOut() {
    List<MeasuredFigure> rows =
        List.of(
            row("a", "h100", "vllm", 1.1, "1", "x"),
            row("b", "h100", "vllm", 1.1, "2", "x"),
            row("c", "h100", "vllm", 0.2, "3", "x"));
    StepErrorFit fit = new StepErrorFit(rows);

    assertEquals(2 / 3.0, fit.coverageOfUnseen(0, 0).orElseThrow(), 1e-9);
    assertTrue(new StepErrorFit(rows.subList(0, 1)).coverageOfUnseen(0, 0).isEmpty());
  }
}
