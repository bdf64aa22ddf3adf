package dev.rackplan.cost.operation;

import dev.rackplan.law.Gemm;
import dev.rackplan.law.OpKind;
import java.util.List;

/**
 * What a lightning indexer takes in training beside its projections, on one GPU.
 *
 * <p>Forward: scores of every query with all keys before it; they are written and read by the
 * choice in FP32; and what the indexer learns from, the main attention's own scores of the chosen
 * entries, half of its core's products (queries with keys, no values). Its loss is the
 * Kullback-Leibler divergence of these two over the chosen entries. Backward: both are computed
 * again and the indexer's gradients of queries and keys are taken, of the chosen entries alone. The
 * main attention's scores are detached, and so are the indexer's inputs.
 *
 * <p>Source: DeepSeek-V3.2 report, 2.1.1 (sparse training stage); Megatron-Core's {@code dsa.py},
 * {@code fwd_} and {@code bwd_fused_indexer_loss_naive} with {@code dsa_indexer_use_sparse_loss}.
 * Left out: softmax, logarithm and sums over chosen entries, and that no gradient of the
 * projections' inputs is needed.
 *
 * @param scores one product of all queries' index heads with all keys
 * @param chosen share of these keys that attention reads
 * @param pairs of queries and keys that it scores
 * @param core of attention over the chosen entries, one forward pass
 */
record TrainedIndex(PricedOp scores, double chosen, double pairs, PricedOp core) {
  // Queries with keys, of two products.
  private static final double TARGET = 0.5;
  // Scores once more, then gradients of queries and of keys.
  private static final double BACKWARD_PRODUCTS = 3;
  // Written by the product, read by the choice.
  private static final double MOVED_BYTES = 2 * Float.BYTES;

  /** The forward pass. */
  List<PricedOp> forward(OpPrices prices) {
    return List.of(
        scores,
        TrainingOps.streaming(prices, Term.ATTENTION, MOVED_BYTES * pairs),
        core.times(TARGET));
  }

  /** The backward pass. */
  List<PricedOp> backward() {
    Gemm all = (Gemm) scores.op();
    Gemm some = new Gemm(all.rows(), chosen * all.width(), all.depth());
    PricedOp once = new PricedOp(scores.term(), OpKind.GEMM, scores.law(), some, scores.count());
    return List.of(once.times(BACKWARD_PRODUCTS), core.times(TARGET));
  }
}
