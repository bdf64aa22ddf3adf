package dev.rackplan.cost.operation;

import dev.rackplan.law.Gemm;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Streaming;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.NoAttention;
import dev.rackplan.model.NoFfn;
import java.util.ArrayList;
import java.util.List;

/**
 * The operations of a feed-forward part on one GPU, routed experts aside, and of what surrounds it:
 * norms and the head.
 */
public final class FfnOps {
  private static final double BF16_BYTES = Dtype.BF16.bytes();
  // Gate, up and down.
  private static final double MATRICES = 3;
  // A norm with the residual's addition reads two vectors and writes two.
  private static final double NORM_PASSES = 4;

  private FfnOps() {}

  /** Gate and up, activation function, down. */
  public static List<TermOp> gated(
      Term term, KernelFormat format, double tokens, double parameters, double hiddenSize) {
    double inner = parameters / MATRICES / hiddenSize;
    return List.of(
        TermOp.of(term, OpKind.GEMM, format, new Gemm(tokens, 2 * inner, hiddenSize)),
        elementwise(MATRICES * inner * BF16_BYTES * tokens),
        TermOp.of(term, OpKind.GEMM, format, new Gemm(tokens, hiddenSize, inner)));
  }

  /** The product that scores experts. */
  static TermOp router(KernelFormat format, double tokens, MoeFfn moe, double hiddenSize) {
    return TermOp.of(Term.ROUTER, OpKind.GEMM, format, new Gemm(tokens, moe.experts(), hiddenSize));
  }

  /** The norms of a layer: one before its mixer, one before its FFN, as far as it has them. */
  public static List<TermOp> norms(Layer layer, double tokens, double hiddenSize) {
    TermOp norm = elementwise(NORM_PASSES * BF16_BYTES * tokens * hiddenSize);
    List<TermOp> norms = new ArrayList<>();
    if (!(layer.attention() instanceof NoAttention)) {
      norms.add(norm);
    }
    if (!(layer.ffn() instanceof NoFfn)) {
      norms.add(norm);
    }
    return norms;
  }

  /** A product of the head. */
  public static TermOp head(KernelFormat format, double tokens, double width, double hiddenSize) {
    return TermOp.of(Term.HEAD, OpKind.GEMM, format, new Gemm(tokens, width, hiddenSize));
  }

  /** A kernel that only streams. */
  public static TermOp elementwise(double bytes) {
    return TermOp.of(Term.ELEMENTWISE, OpKind.ELEMENTWISE, KernelFormat.BF16, new Streaming(bytes));
  }
}
