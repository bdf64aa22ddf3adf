package dev.rackplan.cost.operation;

import dev.rackplan.law.Answer;
import dev.rackplan.law.Cell;
import dev.rackplan.law.GemmRangeLaw;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * What a MoE layer runs on one GPU whichever experts tokens choose: the router, shared experts, and
 * what the rows of the experts' kernel leave out.
 *
 * @param experts the law of its routed experts
 */
public record MoeOps(
    Problem problem, Layout layout, Layer layer, OpPrices prices, Batch batch, Answer experts) {
  // Whose rows of experts are of tuned kernels alone.
  private static final String TUNED = "aiter";

  /**
   * Of one part of the batch.
   *
   * @param aroundTransfers what engines do beside dispatch and combine kernels, where there are any
   */
  public List<TermOp> ops(MoeFfn moe, List<TermOp> aroundTransfers) {
    List<TermOp> ops = new ArrayList<>();
    if (!routesInside()) {
      ops.add(
          FfnOps.router(
              prices.formats(layer).router(),
              sends() ? ownTokens() : rankTokens(),
              moe,
              problem.model().hiddenSize()));
    }
    ops.addAll(shared(moe));
    if (sends()) {
      ops.addAll(aroundTransfers);
    }
    if (choosesApart()) {
      ops.add(FfnOps.elementwise(Float.BYTES * moe.experts() * ownTokens()));
    }
    if (sortsApart()) {
      ops.add(FfnOps.elementwise(2 * Integer.BYTES * moe.expertsPerToken() * ownTokens()));
      ops.add(FfnOps.elementwise(GemmRangeLaw.ROUNDING_BYTES * moe.tokenWidth() * ownTokens()));
    }
    return ops;
  }

  // Whole on each GPU, which takes its own tokens, where tokens travel one by one; else divided
  // among the GPUs that have the same tokens; or in the kernel of the routed ones.
  private List<TermOp> shared(MoeFfn moe) {
    if (moe.sharedParameters() == 0
        || FusedShared.runs(problem, layout, layer, moe, prices.generation())) {
      return List.of();
    }
    return FfnOps.gated(
        Term.SHARED,
        prices.formats(layer).ffn(),
        sends() ? ownTokens() : rankTokens() * sharedGroups(),
        MoeShard.of(moe, layout, problem).sharedParameters(),
        problem.model().hiddenSize());
  }

  private boolean sends() {
    return Exchange.of(problem, layout) == Exchange.ALL_TO_ALL;
  }

  private double ownTokens() {
    return batch.tokensPerGpu() / batch.parts();
  }

  private double rankTokens() {
    return batch.tokensPerRank() / batch.parts();
  }

  // Ranks whose tokens a part of the shared experts computes.
  private double sharedGroups() {
    return Math.max(1, MoeShard.sharedParts(layout, problem) / layout.attentionTensorParallel());
  }

  // AMD's tuned rows leave out choosing, sorting and quantising.
  private boolean sortsApart() {
    return experts.cells().stream().anyMatch(cell -> cell.key().engine().equals(TUNED));
  }

  // Rows of experts behind a dispatch kernel begin with tokens that know their experts.
  private boolean choosesApart() {
    return sortsApart()
        || experts.cells().stream()
            .map(Cell::key)
            .anyMatch(
                key ->
                    key.op() == OpKind.EXPERTS_AFTER_DISPATCH
                        || key.op() == OpKind.EXPERTS_AFTER_PREFILL_DISPATCH);
  }

  private boolean routesInside() {
    return experts.cells().stream().anyMatch(cell -> cell.key().op() == OpKind.WIDE_EXPERTS);
  }
}
