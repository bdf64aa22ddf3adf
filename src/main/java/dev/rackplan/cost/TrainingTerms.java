package dev.rackplan.cost;

import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.PricedOp;
import dev.rackplan.cost.operation.TrainingOps;
import dev.rackplan.model.Layer;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.List;
import java.util.function.Function;

/**
 * What a layer computes in training, pass by pass, in s on the slowest kind of GPU; routed experts
 * and the network are not among it.
 *
 * @param forward the forward pass
 * @param again what the backward pass computes again
 * @param inputs gradients of inputs
 * @param weights gradients of weights
 */
public record TrainingTerms(
    Breakdown forward, Breakdown again, Breakdown inputs, Breakdown weights) {

  static TrainingTerms of(
      Layer layer, Problem problem, Layout layout, Batch batch, StagePrices prices) {
    return of(prices, price -> TrainingOps.of(layer, problem, layout, batch, price));
  }

  static TrainingTerms ofHead(Problem problem, Layout layout, Batch batch, StagePrices prices) {
    return of(prices, price -> TrainingOps.ofHead(problem, layout, batch, price));
  }

  private static TrainingTerms of(StagePrices prices, Function<OpPrices, TrainingOps> made) {
    return new TrainingTerms(
        slowest(prices, made, TrainingOps::forward),
        slowest(prices, made, TrainingOps::again),
        slowest(prices, made, TrainingOps::inputs),
        slowest(prices, made, TrainingOps::weights));
  }

  private static Breakdown slowest(
      StagePrices prices,
      Function<OpPrices, TrainingOps> made,
      Function<TrainingOps, List<PricedOp>> pass) {
    Breakdown slowest = Breakdown.NONE;
    for (OpPrices kind : prices.kinds()) {
      slowest = slowest.max(PricedOp.terms(pass.apply(made.apply(kind))));
    }
    return slowest;
  }

  /** All passes together. */
  Breakdown all() {
    return forward.plus(again).plus(inputs).plus(weights);
  }
}
