package dev.rackplan.replay;

import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.memory.StageRule;
import dev.rackplan.cost.memory.WorkingMemory;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;

/**
 * What an attention rank keeps of sequences, on its fullest GPU. Pages are not rounded up.
 *
 * @param tokens of context of all its sequences, with what each takes whatever its length
 * @param tokensPerSequence what a sequence takes whatever its length, in tokens: states of linear
 *     attention, windows; 0 where every layer's cache grows
 */
public record KvRoom(double tokens, double tokensPerSequence) {
  public KvRoom {
    if (!(tokens > 0 && tokensPerSequence >= 0)) {
      throw new IllegalArgumentException(
          "tokens must be > 0 and tokensPerSequence >= 0, were "
              + tokens
              + " and "
              + tokensPerSequence);
    }
  }

  /** What a plan leaves, in the stage that holds the fewest tokens. */
  static KvRoom of(Problem problem, Plan plan) {
    KvRoom least = new KvRoom(Double.POSITIVE_INFINITY, 0);
    for (int s = 0; s < plan.stages().size(); s++) {
      KvRoom room = ofStage(problem, plan, s);
      least = room.tokens() < least.tokens() ? room : least;
    }
    return least;
  }

  // What a model keeps without growth is counted in tokens of one byte.
  private static KvRoom ofStage(Problem problem, Plan plan, int index) {
    Layout layout = plan.layout();
    Stage stage = plan.stages().get(index);
    MemoryUse use = MemoryUse.of(problem, plan, index);
    double free =
        Math.max(0, StageRule.limitBytes(problem, stage) - use.bytes())
            / WorkingMemory.kvShareOfUse(problem);
    double perToken =
        MemoryUse.growingKvBytesPerToken(problem, layout, stage.firstLayer(), stage.lastLayer());
    double perSequence = use.kvBytes() / MemoryUse.residentSequences(problem, layout);
    double still = Math.max(0, perSequence - perToken * MemoryUse.heldTokens(problem, layout));
    double unit = perToken > 0 ? perToken : 1;
    double all = (free + use.kvBytes()) / unit;
    return all > 0 ? new KvRoom(all, still / unit) : new KvRoom(1, 0);
  }
}
