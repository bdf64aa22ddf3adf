package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Demand;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of a layout that lost, against the best plan of all. */
class AttemptTest {
  private static final Layout LAYOUT =
      Layout.neutral()
          .with(Degree.PIPELINE_STAGES, 2)
          .with(Degree.EXPERT_PARALLEL, 8)
          .with(Degree.MICRO_BATCHES, 2)
          .with(Degree.SEQUENCES_PER_MICRO_BATCH, 16);
  // Cheaper GPUs: fewer tokens/s per GPU, yet the smaller loss.
  private static final Standing BEST = new Standing(0.020, 1000, new Loss(0, 4e-7));
  private static final Standing OTHER = new Standing(0.015, 1500, new Loss(0, 5e-7));

  @Test
  void layoutThatLost_isComparedByTheObjective() {
    LayoutTrial trial = Attempt.solved(LAYOUT, OTHER).comparedWith(Optional.of(BEST));

    assertEquals("25.0% worse than the best plan", trial.outcome());
    assertEquals(OptionalDouble.of(0.015), trial.stepSeconds());
    assertEquals(OptionalDouble.of(1500), trial.tokensPerSecondPerGpu());
  }

  @Test
  void layoutThatNeedsMoreGpusForTheRate_losesWhateverItsObjective() {
    Standing few = new Standing(0.020, 900, new Loss(32, 6e-7));
    Standing many = new Standing(0.020, 1000, new Loss(48, 4e-7));
    assertTrue(few.loss().isLessThan(many.loss()));
    assertEquals(
        "50.0% more GPUs for the rate than the best plan",
        Attempt.solved(LAYOUT, many).comparedWith(Optional.of(few)).outcome());

    Standing worse = new Standing(0.020, 1000, new Loss(32, 9e-7));
    assertTrue(few.loss().isLessThan(worse.loss()));
    assertEquals(
        "50.0% worse than the best plan",
        Attempt.solved(LAYOUT, worse).comparedWith(Optional.of(few)).outcome());
  }

  @ParameterizedTest
  @CsvSource({"100, 250, 1", "100, 100, 1", "100, 99, 2", "100, 33.4, 3", "1e-9, 5, 1"})
  void deployments_areWhole(double required, double each, double count) {
    assertEquals(count, new Demand(required, 1e6).deployments(each, 8));
    // The links of 8 GPUs carry as much.
    assertEquals(count, new Demand(required, each / 8).deployments(1e9, 8), 1e-12);
  }

  @Test
  void layoutThatCannotWin_hasNoFiguresButItsBound() {
    LayoutTrial trial = Attempt.beaten(LAYOUT, OTHER).comparedWith(Optional.of(BEST));

    assertEquals("cannot win: its bound is 25.0% worse than the best plan", trial.outcome());
    assertEquals(OptionalDouble.empty(), trial.stepSeconds());
  }

  @Test
  void lateLayout_keepsItsFiguresAndItsFault() {
    LayoutTrial trial = Attempt.late(LAYOUT, OTHER, "too late").comparedWith(Optional.of(BEST));

    assertEquals("too late", trial.outcome());
    assertEquals(OptionalDouble.of(0.015), trial.stepSeconds());
  }

  @Test
  void layoutThatWasEstimated_saysSoAndKeepsTheEstimate() {
    LayoutTrial trial = Attempt.estimated(LAYOUT, OTHER).comparedWith(Optional.of(BEST));

    assertEquals("not solved: estimated 25.0% worse than the best plan", trial.outcome());
    assertEquals(LayoutTrial.Reason.ESTIMATE, trial.reason());
    assertEquals(OptionalDouble.of(1500), trial.tokensPerSecondPerGpu());
  }

  @Test
  void fault_isOfMemoryTimeOrDegrees() {
    assertEquals(
        LayoutTrial.Reason.MEMORY,
        Attempt.faulty(LAYOUT, "memory: 3 GB too much").comparedWith(Optional.empty()).reason());
    assertEquals(
        LayoutTrial.Reason.TIME,
        Attempt.lateAtBest(LAYOUT, OTHER, "too late").comparedWith(Optional.empty()).reason());
    assertEquals(
        LayoutTrial.Reason.OTHER,
        Attempt.faulty(LAYOUT, "needs 9 GPUs").comparedWith(Optional.of(BEST)).reason());
  }
}
