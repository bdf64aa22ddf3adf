package dev.rackplan.serving;

import dev.rackplan.problem.RankBalance;

/** Whether attention ranks that wait for each other begin prompts, asked before each step. */
final class PromptWait {
  private final RankBalance balance;
  private int apart;
  private int together;

  PromptWait(RankBalance balance) {
    this.balance = balance;
  }

  /**
   * Whether this step reads what prompts there are.
   *
   * @param allHave each rank has a prompt, and a place for it
   * @param allDecode each rank has a sequence that runs
   */
  boolean begins(boolean allHave, boolean allDecode) {
    if (allHave) {
      apart = 0;
      together = allDecode && together < balance.furtherSteps() ? together + 1 : 0;
      return together == 0;
    }
    apart++;
    boolean up = apart >= balance.mostSteps() || !allDecode;
    apart = up ? 0 : apart;
    return up;
  }
}
