package dev.rackplan.cost;

import dev.rackplan.model.Layer;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import java.util.List;

/** Prefill: prompts are read in chunks, which follow each other through the stages. */
final class PrefillCost extends PhaseCost {
  PrefillCost(Problem problem) {
    super(problem);
  }

  // What is cached, and half of the rest on average: causal mask.
  @Override
  double attendedTokens() {
    Contexts contexts = problem.workload().contexts();
    return contexts.cachedTokens() + contexts.computedTokens() / 2;
  }

  // Of a prompt only the last token is asked for its next one.
  @Override
  double headTokens(Batch batch) {
    return batch.sequencesPerRank();
  }

  @Override
  double tokensPerSequence() {
    return problem.workload().contexts().computedTokens();
  }

  @Override
  int chunks() {
    return (int)
        Math.ceil(
            problem.workload().contexts().computedTokens() / problem.workload().queryTokens());
  }

  @Override
  Roof mixer(Layer layer, StageShape shape, Batch batch, int degree) {
    return AttentionTime.ofChunks(
        layer.attention(), problem.precision(), shape, batch, degree, chunks());
  }

  @Override
  public double stepSecondsOf(int microBatches, List<Double> stageSeconds) {
    return PipelineCost.ttftSeconds(stageSeconds, chunks());
  }

  @Override
  public double[] stagePasses(int microBatches, List<Double> stageSeconds) {
    return PipelineCost.ttftPasses(stageSeconds, chunks());
  }

  @Override
  public double cycleSeconds(int microBatches, List<Double> stageSeconds) {
    return PipelineCost.prefillCycleSeconds(stageSeconds, microBatches, chunks());
  }

  // A cut for the cycle alone might leave the first token waiting.
  @Override
  public double cutSeconds(int microBatches, List<Double> stageSeconds) {
    return cycleSeconds(microBatches, stageSeconds) + stepSecondsOf(microBatches, stageSeconds);
  }

  @Override
  public double leastStepSeconds(Layout layout, StageFloors stages) {
    return stages.sumSeconds() + (chunks() - 1) * stages.largestSeconds();
  }

  @Override
  public double leastCycleSeconds(Layout layout, StageFloors stages) {
    return Math.max(
        (double) layout.microBatches() * chunks() * stages.largestSeconds(),
        leastStepSeconds(layout, stages));
  }
}
