package dev.rackplan.cost;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.AttentionOps;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.TermOp;
import dev.rackplan.cost.pipeline.PipelineCost;
import dev.rackplan.cost.pipeline.StageFloors;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.Attention;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Decode: each running sequence gets its next tokens, micro-batches follow each other round. */
sealed class DecodeCost extends InferenceCost permits MixedCost {
  DecodeCost(Problem problem, Layout layout) {
    super(problem, layout);
  }

  @Override
  boolean readsPrompts() {
    return false;
  }

  @Override
  double headTokens(Batch batch) {
    return batch.tokensPerRank();
  }

  @Override
  double tokensPerSequence() {
    return layout.acceptedTokens(problem.workload());
  }

  // The rank with the longest contexts is waited for. Lengths differ, so that windows cut some.
  @Override
  List<TermOp> mixer(AttentionOps ops, Attention attention, Batch batch, int ranks) {
    double sequences = batch.sequencesPerRank() / batch.parts();
    double queries = layout.queryTokens(problem.workload());
    double longest = ContextSpread.factor(ranks, batch.sequencesPerRank(), batch.contexts());
    List<TermOp> mixer = new ArrayList<>();
    for (Contexts.Length length : batch.contexts().lengths()) {
      double context = longest * length.relative() * batch.attendedTokens();
      for (TermOp op : ops.decode(attention, sequences, queries, context)) {
        mixer.add(op.times(length.share()));
      }
    }
    return mixer;
  }

  // Low-latency kernels quantise and sum up themselves.
  @Override
  List<TermOp> aroundTransfers(MoeFfn moe, double tokens) {
    return List.of();
  }

  @Override
  OpKind dispatchedExperts() {
    return OpKind.EXPERTS_AFTER_DISPATCH;
  }

  @Override
  List<OpKind> transfer(StageShape shape, OpPrices prices) {
    if (wasMeasured(OpKind.MESH_DISPATCH, prices)) {
      return List.of(OpKind.MESH_DISPATCH, OpKind.MESH_COMBINE);
    }
    boolean nvlink =
        prices.engine().equals("trtllm")
            && shape.domainCount() == 1
            && wasMeasured(OpKind.NVLINK_DISPATCH, prices);
    return nvlink
        ? List.of(OpKind.NVLINK_DISPATCH, OpKind.NVLINK_COMBINE)
        : List.of(OpKind.LOW_LATENCY_DISPATCH, OpKind.LOW_LATENCY_COMBINE);
  }

  // A step yields as many tokens of a sequence as it accepts: TPOT is per token.
  @Override
  public double stepSecondsOf(int microBatches, List<Double> stageSeconds) {
    return cycleSeconds(microBatches, stageSeconds) / tokensPerSequence();
  }

  @Override
  public double cycleSeconds(int microBatches, List<Double> stageSeconds) {
    return PipelineCost.tpotSeconds(stageSeconds, microBatches);
  }

  @Override
  public double[] stagePasses(int microBatches, List<Double> stageSeconds) {
    return Arrays.stream(PipelineCost.tpotPasses(stageSeconds, microBatches))
        .map(passes -> passes / tokensPerSequence())
        .toArray();
  }

  @Override
  public double leastStepSeconds(Layout layout, StageFloors stages) {
    return leastCycleSeconds(layout, stages) / tokensPerSequence();
  }

  @Override
  public double leastCycleSeconds(Layout layout, StageFloors stages) {
    return Math.max(layout.microBatches() * stages.largestSeconds(), stages.sumSeconds());
  }
}
