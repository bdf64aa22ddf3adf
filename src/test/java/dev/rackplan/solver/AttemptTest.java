package dev.rackplan.solver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.plan.Layout;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** What is said of a layout that lost, against the best plan of all. */
class AttemptTest {
  private static final Layout LAYOUT = new Layout(1, 2, 8, 1, 2, 16, 0);
  // Cheaper GPUs: fewer tokens/s per GPU, yet the smaller loss.
  private static final Standing BEST = new Standing(0.020, 1000, 4e-7);
  private static final Standing OTHER = new Standing(0.015, 1500, 5e-7);

  @Test
  void layoutThatLost_isComparedByTheObjective() {
    LayoutTrial trial = Attempt.solved(LAYOUT, OTHER).comparedWith(BEST);

    assertEquals("25.0% worse than the best plan", trial.outcome());
    assertEquals(OptionalDouble.of(0.015), trial.stepSeconds());
    assertEquals(OptionalDouble.of(1500), trial.tokensPerSecondPerGpu());
  }

  @Test
  void layoutThatCannotWin_hasNoFiguresButItsBound() {
    LayoutTrial trial = Attempt.beaten(LAYOUT, OTHER).comparedWith(BEST);

    assertEquals("cannot win: its bound is 25.0% worse than the best plan", trial.outcome());
    assertEquals(OptionalDouble.empty(), trial.stepSeconds());
  }

  @Test
  void lateLayout_keepsItsFiguresAndItsFault() {
    LayoutTrial trial = Attempt.late(LAYOUT, OTHER, "too late").comparedWith(BEST);

    assertEquals("too late", trial.outcome());
    assertEquals(OptionalDouble.of(0.015), trial.stepSeconds());
  }
}
