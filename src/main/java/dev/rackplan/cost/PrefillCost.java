package dev.rackplan.cost;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.AttentionOps;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.FfnOps;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.TermOp;
import dev.rackplan.cost.pipeline.PipelineCost;
import dev.rackplan.cost.pipeline.StageFloors;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.Attention;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import java.util.ArrayList;
import java.util.List;

/** Prefill: prompts are read in chunks, which follow each other through the stages. */
final class PrefillCost extends InferenceCost {
  private static final int MOST_CHUNKS = 32;

  // Of a chunk: a prompt that fills its chunks exactly has no more.
  private static final double ROUNDING = 1e-9;

  PrefillCost(Problem problem, Layout layout) {
    super(problem, layout);
  }

  @Override
  boolean readsPrompts() {
    return true;
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
  public int chunks() {
    return (int)
        Math.ceil(
            problem.workload().contexts().computedTokens()
                / layout.queryTokens(problem.workload()));
  }

  // Mean over a prompt's chunks: chunk i of n follows what is cached and i/n of the rest. A batch
  // holds as many tokens of prompts of each length as there are.
  @Override
  List<TermOp> mixer(AttentionOps ops, Attention attention, Batch batch, int ranks) {
    double sequences = batch.sequencesPerRank() / batch.parts();
    Contexts contexts = batch.contexts();
    int chunks = chunks();
    double meanChunk = contexts.computedTokens() / chunks;
    List<Contexts.Length> lengths = contexts.lengths();
    int sampled = Math.min(chunks, lengths.size() == 1 ? MOST_CHUNKS : MOST_CHUNKS / 4);
    List<TermOp> mixer =
        new ArrayList<>(ops.prefillProjections(attention, batch.tokensPerRank() / batch.parts()));
    for (int i = 0; i < sampled; i++) {
      for (Contexts.Length length : lengths) {
        double computed = length.relative() * contexts.computedTokens();
        double chunk =
            chunks == 1 ? computed : computed / Math.ceil(computed / meanChunk - ROUNDING);
        double middle = (i + 0.5) * computed / sampled;
        double prefix =
            length.relative() * contexts.cachedTokens() + Math.max(0, middle - chunk / 2);
        double prompts = sequences * meanChunk / chunk;
        // GPUs that divide a chunk take turns along it, so that each sees as much as the others.
        double own = chunk / layout.prefillContextParallel();
        double before = prefix + (chunk - own) / 2;
        for (TermOp op : ops.prefillCore(attention, prompts, own, before)) {
          mixer.add(op.times(length.share() * length.relative() / sampled));
        }
      }
    }
    return mixer;
  }

  // Tokens are quantised before they are sent; what shared experts give is added at the end.
  @Override
  List<TermOp> aroundTransfers(MoeFfn moe, double tokens) {
    double elements = tokens * moe.tokenWidth();
    List<TermOp> ops = new ArrayList<>();
    double sent = problem.precision().dispatch().bytes();
    if (sent < Dtype.BF16.bytes()) {
      ops.add(FfnOps.elementwise((Dtype.BF16.bytes() + sent) * elements));
    }
    if (moe.sharedParameters() > 0) {
      ops.add(FfnOps.elementwise(3 * Dtype.BF16.bytes() * elements));
    }
    return ops;
  }

  @Override
  OpKind dispatchedExperts() {
    return OpKind.EXPERTS_AFTER_PREFILL_DISPATCH;
  }

  @Override
  List<OpKind> transfer(StageShape shape, OpPrices prices) {
    return wasMeasured(OpKind.MESH_DISPATCH, prices)
        ? List.of(OpKind.MESH_DISPATCH, OpKind.MESH_COMBINE)
        : List.of(OpKind.THROUGHPUT_DISPATCH, OpKind.THROUGHPUT_COMBINE);
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
