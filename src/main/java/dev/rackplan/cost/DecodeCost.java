package dev.rackplan.cost;

import dev.rackplan.model.Layer;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.List;

/** Decode: each running sequence gets its next tokens, micro-batches follow each other round. */
final class DecodeCost extends PhaseCost {
  DecodeCost(Problem problem) {
    super(problem);
  }

  @Override
  double attendedTokens() {
    return problem.workload().contextTokens();
  }

  @Override
  double headTokens(Batch batch) {
    return batch.tokensPerRank();
  }

  @Override
  double tokensPerSequence() {
    return problem.workload().acceptedTokens();
  }

  @Override
  Roof mixer(Layer layer, StageShape shape, Batch batch, int degree) {
    return AttentionTime.of(layer.attention(), problem.precision(), shape, batch, degree);
  }

  @Override
  public double stepSecondsOf(int microBatches, List<Double> stageSeconds) {
    return PipelineCost.tpotSeconds(stageSeconds, microBatches);
  }

  @Override
  public double[] stagePasses(int microBatches, List<Double> stageSeconds) {
    return PipelineCost.tpotPasses(stageSeconds, microBatches);
  }

  @Override
  public double leastStepSeconds(Layout layout, StageFloors stages) {
    return Math.max(layout.microBatches() * stages.largestSeconds(), stages.sumSeconds());
  }
}
