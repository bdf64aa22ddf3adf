package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.problem.RankBalance;
import org.junit.jupiter.api.Test;

/** TensorRT-LLM's balance of attention ranks, step by step. */
class PromptWaitTest {
  private final PromptWait wait = new PromptWait(new RankBalance(3, 2));

  @Test
  void promptsOfAll_waitTheFurtherSteps() {
    assertFalse(wait.begins(true, true));
    assertFalse(wait.begins(true, true));
    assertTrue(wait.begins(true, true));
    assertFalse(wait.begins(true, true));
  }

  @Test
  void promptsOfSome_waitTheMostSteps() {
    assertFalse(wait.begins(false, true));
    assertFalse(wait.begins(false, true));
    assertTrue(wait.begins(false, true));
    assertFalse(wait.begins(false, true));
  }

  @Test
  void countBeginsAgain_whenAllHadPrompts() {
    wait.begins(false, true);
    wait.begins(false, true);
    wait.begins(true, true);

    assertFalse(wait.begins(false, true));
  }

  @Test
  void rankWithNothingToDecode_keepsNobodyWaiting() {
    assertTrue(wait.begins(true, false));
    assertTrue(wait.begins(false, false));
  }
}
