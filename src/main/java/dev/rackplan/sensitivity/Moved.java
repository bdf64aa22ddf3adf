package dev.rackplan.sensitivity;

import dev.rackplan.plan.Layout;
import java.util.List;

/**
 * A plan under one change.
 *
 * @param factor the input over what the problem says
 * @param stepSeconds TPOT, TTFT or optimizer step of the plan in s
 * @param tokensPerSecondPerGpu of the plan
 * @param loss of the plan by the problem's objective; smaller is better
 * @param violations limits that the plan breaks then, in words
 * @param best layout of the best plan known then; sequences as the change asks
 * @param bestLoss its loss
 */
public record Moved(
    double factor,
    double stepSeconds,
    double tokensPerSecondPerGpu,
    double loss,
    List<String> violations,
    Layout best,
    double bestLoss) {
  public Moved {
    violations = List.copyOf(violations);
  }

  /** Share by which the best plan known is better than this one; 0 where this one is it. */
  public double regret() {
    return loss / bestLoss - 1;
  }
}
