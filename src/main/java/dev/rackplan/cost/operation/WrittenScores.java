package dev.rackplan.cost.operation;

import dev.rackplan.law.Norm;
import java.util.List;

/**
 * Attention whose kernels write their scores: two products of heads, which move the scores as they
 * compute, then softmax and its dropout.
 *
 * <p>Bytes of a score, counted from Megatron's kernels: the products write and read it once in the
 * forward pass (4) and four times in the backward pass (8); softmax and dropout read and write it
 * with a mask of one byte (9), backward 13.
 */
public record WrittenScores(OpPrices prices, double sustained, double scores, double flops) {
  // Of the laws of products on A100: 1.2 to 1.3.
  private static final double PRODUCT_NORM = 1.3;
  private static final double MOVED_FORWARD = 4;
  private static final double MOVED_BACKWARD = 8;
  private static final double SOFTMAX_FORWARD = 9;
  private static final double SOFTMAX_BACKWARD = 13;

  /** As many bytes as take as long to stream as the forward pass takes. */
  public List<PricedOp> forward() {
    return ops(flops, MOVED_FORWARD, SOFTMAX_FORWARD);
  }

  /** The same of the backward pass. */
  public List<PricedOp> backward() {
    return ops(2 * flops, MOVED_BACKWARD, SOFTMAX_BACKWARD);
  }

  private List<PricedOp> ops(double flops, double moved, double softmax) {
    double rate = prices.rates().bytesPerSecond() * prices.memoryShare();
    double compute = flops / (prices.rates().bf16() * prices.computeShare() * sustained);
    double products = Norm.of(PRODUCT_NORM, compute, moved * scores / rate);
    return List.of(
        TrainingOps.streaming(prices, Term.ATTENTION, products * rate),
        TrainingOps.streaming(prices, Term.ATTENTION, softmax * scores));
  }
}
