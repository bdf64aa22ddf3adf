package dev.rackplan.accuracy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.law.Confidence;
import dev.rackplan.law.RestsOn;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Summaries and decisions of rows whose predictions are made up, worked by hand. */
class ServingDecisionsTest {
  private static MeasuredPrediction row(
      String id, String layout, int gpus, int sequences, double predicted, double measured) {
    return row(id, "fp8", layout, gpus, sequences, predicted, measured);
  }

  private static MeasuredPrediction row(
      String id,
      String precision,
      String layout,
      int gpus,
      int sequences,
      double predicted,
      double measured,
      RowFlag... flags) {
    RowFamily family =
        new RowFamily(
            "m/one", "h100", "vllm", precision, 1000, 200, layout, gpus, sequences, sequences);
    MeasuredRow row =
        new MeasuredRow(
            id,
            Set.of(flags),
            new RowRun.NotExpressible("made up"),
            OptionalDouble.of(measured),
            OptionalDouble.empty());
    Confidence unknown =
        new Confidence(OptionalDouble.empty(), OptionalDouble.empty(), RestsOn.FORMULA);
    return new MeasuredPrediction(row, family, predicted, 1, unknown, unknown);
  }

  private static ServingDecisions decisions(RowResult... rows) {
    return ServingDecisions.of(new MeasuredStudy(List.of(rows)));
  }

  // 9 ms is kept at 10 and above, 16 ms at 20 and above: limits 10 and 15 tell them apart. By the
  // model both keep 10 ms, and b yields 64/9.5/2 = 3.4 a ms and GPU, a 16/8/2 = 1.
  @Test
  void choice_missesItsLimit_whereTheModelIsTooFast() {
    ServingDecisions made =
        decisions(row("a", "TP2", 2, 16, 8, 9), row("b", "TP2", 2, 64, 9.5, 16));

    assertEquals(List.of(10, 15), made.tpot().all().stream().map(c -> c.limitMillis()).toList());
    ServingDecisions.Choice ten = made.tpot().all().get(0);
    assertEquals(Optional.of("b"), ten.chosen());
    assertEquals("a", ten.best());
    assertTrue(ten.missed());
    assertTrue(ten.loss().isEmpty());
    // 16 ms is within 1.1 x 15, so this is no miss, and b yields more: nothing is lost.
    assertFalse(made.tpot().all().get(1).missed());
    assertEquals(0, made.tpot().all().get(1).loss().getAsDouble());
    assertEquals(0.5, made.tpot().missed().getAsDouble());
    assertEquals(0, made.tpot().nothingFound().getAsDouble());
  }

  // By measurement all but c keep 15 ms, by the model only a: 16/10/2 = 0.8 for 64/12/2 = 2.67.
  @Test
  void choice_loses_whereTheModelIsTooSlow() {
    ServingDecisions made =
        decisions(
            row("a", "TP2", 2, 16, 14, 10),
            row("b", "TP2", 2, 64, 18, 12),
            row("c", "TP2", 2, 128, 70, 40));

    ServingDecisions.Choice fifteen = made.tpot().all().get(1);
    assertEquals(15, fifteen.limitMillis());
    assertEquals(Optional.of("a"), fifteen.chosen());
    assertEquals("b", fifteen.best());
    assertEquals(1 - 0.8 / (64.0 / 24), fifteen.loss().getAsDouble(), 1e-12);
    // At 10 ms only a is within, and by the model none is.
    ServingDecisions.Choice ten = made.tpot().all().get(0);
    assertEquals(10, ten.limitMillis());
    assertTrue(ten.chosen().isEmpty());
    assertFalse(ten.missed());
    // 10, 15, 20 and 30 ms tell rows apart.
    assertEquals(0.25, made.tpot().nothingFound().getAsDouble());
  }

  // Measured TTFT of 100, 200 and 900 ms: the limit is 2 x 200. At 20 ms a and b keep both limits,
  // c
  // only that of TPOT. By the model c is as quick as the others and yields most: it misses.
  @Test
  void bothLimits_missWhereTheTtftWasMeasuredTooLong() {
    ServingDecisions made =
        decisions(
            answered("a", 16, 12, 12, 150, 100),
            answered("b", 32, 14, 14, 250, 200),
            answered("c", 64, 18, 18, 300, 900));

    ServingDecisions.Choice twenty =
        made.both().all().stream().filter(c -> c.limitMillis() == 20).findFirst().orElseThrow();
    assertEquals(400, twenty.ttftLimitMillis().getAsDouble(), 1e-9);
    assertEquals("b", twenty.best());
    assertEquals(Optional.of("c"), twenty.chosen());
    assertTrue(twenty.missed());
    // All three keep 20 ms of TPOT, so it tells none apart there.
    assertEquals(List.of(15), made.tpot().all().stream().map(c -> c.limitMillis()).toList());
    // 15 and 20 to 80 ms tell them apart by both; c is never within, and chosen from 20 ms on.
    assertEquals(5, made.both().all().size());
    assertEquals(0.8, made.both().missed().getAsDouble(), 1e-9);
    assertEquals(0, made.both().meanLoss().getAsDouble(), 1e-9);
  }

  private static MeasuredPrediction answered(
      String id, int sequences, double tpot, double measuredTpot, double ttft, double measured) {
    MeasuredPrediction known = row(id, "TP2", 2, sequences, tpot, measuredTpot);
    MeasuredRow row =
        new MeasuredRow(
            id, Set.of(), known.row().run(), known.row().tpotMillis(), OptionalDouble.of(measured));
    return new MeasuredPrediction(row, known.family(), tpot, ttft, known.tpot(), known.ttft());
  }

  @Test
  void otherPrecisions_andRowsThatDontCount_areOtherGroups() {
    assertEquals(
        List.of(),
        decisions(
                row("a", "fp8", "TP2", 2, 16, 8, 9),
                row("b", "nvfp4", "TP2", 2, 16, 9, 16),
                row("c", "fp8", "TP2", 2, 16, 9, 16, RowFlag.MAYBE_MTP),
                row("d", "fp8", "TP4", 2, 16, 9, 16, RowFlag.DUPLICATE))
            .tpot()
            .all());
  }

  // a and b are the one pair of two layouts on as many GPUs with as many sequences that is apart
  // in order, c and b one out of order; d has other sequences, e is 4% from a.
  @Test
  void pairs_areOfOtherLayoutsWithEqualLoad() {
    ServingDecisions made =
        decisions(
            row("a", "TP4", 4, 16, 10, 10),
            row("b", "EP4", 4, 16, 12, 11),
            row("c", "TP2 PP2", 4, 16, 12, 12.1),
            row("d", "DP4", 4, 32, 1, 99),
            row("e", "DP2", 4, 16, 1, 10.4));

    assertEquals(
        List.of("a/b true", "a/c true", "b/c false", "e/b true", "e/c true"),
        made.pairs().stream()
            .map(pair -> pair.faster() + "/" + pair.slower() + " " + pair.inOrder())
            .toList());
    assertEquals(0.8, made.inOrder().getAsDouble(), 1e-12);
    // Equal predictions are no order; the worse of the two would cost 10%.
    assertEquals(0.1, made.pairs().get(2).regret(), 1e-12);
    assertEquals(0.02, made.meanRegret().getAsDouble(), 1e-12);
  }

  // 16 sequences on two H100 are 8 a GPU, as are 32 on four B200 and 8 on one: both are faster by
  // measurement, one of them by the model. c has twice as many, d other lengths, e is 4% apart.
  @Test
  void hardware_isInOrder_whereTheModelTakesTheFasterGpu() {
    ServingDecisions made =
        decisions(
            row("a", "TP2", 2, 16, 10, 10),
            on("b200", 1000, row("b", "TP4", 4, 32, 8, 6)),
            on("b200", 1000, row("c", "TP2", 2, 32, 8, 6)),
            on("b200", 2000, row("d", "TP2", 2, 16, 8, 6)),
            on("h200", 1000, row("e", "TP2", 2, 16, 99, 9.7)),
            on("b200", 1000, row("f", "1 GPU", 1, 8, 11, 7)));

    assertEquals(
        List.of("b/a true", "f/a false", "b/e true", "f/e true"),
        made.hardware().stream()
            .map(pair -> pair.faster() + "/" + pair.slower() + " " + pair.inOrder())
            .toList());
    assertEquals(0.75, made.hardwareInOrder().getAsDouble(), 1e-12);
    assertEquals(10.0 / 7 - 1, made.hardware().get(1).regret(), 1e-12);
  }

  private static MeasuredPrediction on(String gpu, int inputTokens, MeasuredPrediction row) {
    RowFamily family = row.family();
    return new MeasuredPrediction(
        row.row(),
        new RowFamily(
            family.model(),
            gpu,
            family.engine(),
            family.precision(),
            inputTokens,
            family.outputTokens(),
            family.layout(),
            family.gpus(),
            family.sequences(),
            family.sequencesPerRank()),
        row.tpotMillis(),
        row.ttftMillis(),
        row.tpot(),
        row.ttft());
  }

  @Test
  void noRows_haveNoShares() {
    ServingDecisions none = decisions();

    assertTrue(none.tpot().missed().isEmpty());
    assertTrue(none.tpot().nothingFound().isEmpty());
    assertTrue(none.tpot().meanLoss().isEmpty());
    assertTrue(none.inOrder().isEmpty());
    assertTrue(none.meanRegret().isEmpty());
    assertTrue(none.hardwareInOrder().isEmpty());
  }

  // Errors -30%, +5%, +10% and +60%.
  @Test
  void figures_areOfCountedRowsOnly() {
    MeasuredStudy study =
        new MeasuredStudy(
            List.of(
                row("a", "TP2", 2, 16, 7, 10),
                row("b", "fp8", "TP4", 2, 16, 10.5, 10, RowFlag.RELABELLED),
                row("c", "TP4", 2, 16, 11, 10),
                row("d", "TP4", 2, 16, 16, 10),
                row("e", "fp8", "TP2", 2, 16, 99, 10, RowFlag.BELOW_FLOOR),
                row("f", "fp8", "TP2", 2, 16, 12, 10, RowFlag.MAYBE_MTP, RowFlag.RELABELLED)));

    ErrorFigures all = study.tpot(MeasuredRow::counts).orElseThrow();
    assertEquals(4, all.rows());
    assertEquals(0.075, all.median(), 1e-12);
    assertEquals(0.2, all.medianAbsolute(), 1e-12);
    // 0.7 of the way from the third to the last.
    assertEquals(0.3 + 0.7 * 0.3, all.ninetieth(), 1e-12);
    assertEquals(0.25, all.withinTenth(), 1e-12);
    assertEquals(0.5, all.withinFifth(), 1e-12);
    assertEquals(0.75, all.withinHalf(), 1e-12);
    assertEquals(0.2, study.tpot(MeasuredRow::mayHaveDrafted).orElseThrow().median(), 1e-12);
    assertTrue(study.ttft(MeasuredRow::counts).isEmpty());
    assertEquals(
        List.of("TP2", "TP4"),
        study.families(RowAttribute.LAYOUT).stream().map(MeasuredStudy.Family::name).toList());
    assertEquals(0.1, study.families(RowAttribute.LAYOUT).get(1).tpot().medianAbsolute(), 1e-9);
    assertEquals(2, study.flags().get(RowFlag.RELABELLED));
  }

  @Test
  void batches_goByFourTimes() {
    assertEquals("1 to 3", row("a", "TP2", 2, 3, 1, 1).family().batch());
    assertEquals("4 to 15", row("a", "TP2", 2, 4, 1, 1).family().batch());
    assertEquals("64 to 255", row("a", "TP2", 2, 255, 1, 1).family().batch());
  }
}
