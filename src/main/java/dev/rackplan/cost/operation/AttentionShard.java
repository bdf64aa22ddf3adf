package dev.rackplan.cost.operation;

import dev.rackplan.law.Gemm;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.Op;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.Attention;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.SparseIndex;
import java.util.List;
import java.util.Map;

/**
 * One GPU's part of a token mixer: what the operations of all kinds of attention are made of. Heads
 * are divided over an attention rank's GPUs, as is the width of projections.
 */
final class AttentionShard {
  private static final double BF16_BYTES = Dtype.BF16.bytes();

  private final KernelFormats formats;
  private final double degree;
  private final double cacheParts;
  private final double hiddenSize;

  /**
   * @param formats of the layer
   * @param degree GPUs of one attention rank that divide its heads
   * @param cacheParts GPUs that divide each KV head's cache by tokens in decode
   * @param hiddenSize width of the residual
   */
  AttentionShard(KernelFormats formats, double degree, double cacheParts, double hiddenSize) {
    this.formats = formats;
    this.degree = degree;
    this.cacheParts = cacheParts;
    this.hiddenSize = hiddenSize;
  }

  double degree() {
    return degree;
  }

  double hiddenSize() {
    return hiddenSize;
  }

  /** GPUs that divide this kind's cache by tokens in decode. */
  double parts(Attention attention) {
    return attention.contextExchange().isPresent() ? cacheParts : 1;
  }

  /** Scores of all index keys, one product a sequence, and reading the keys. */
  void addIndex(
      List<TermOp> ops, SparseIndex index, double sequences, double queries, double entries) {
    if (!index.shared()) {
      ops.add(indexScores(index, sequences, queries, entries));
    }
  }

  /** One product of every query's index heads with so many index keys of each sequence. */
  TermOp indexScores(SparseIndex index, double sequences, double queries, double entries) {
    return TermOp.of(
        Term.ATTENTION,
        OpKind.GEMM,
        formats.cache() == KernelFormat.FP8 ? KernelFormat.FP8 : KernelFormat.BF16,
        new Gemm(queries * index.heads(), sequences * entries, index.keyDimension()));
  }

  /** A projection of so many tokens; none of no width. */
  void addProduct(List<TermOp> ops, double tokens, double width, double depth) {
    if (width > 0 && depth > 0) {
      ops.add(
          TermOp.of(
              Term.ATTENTION, OpKind.GEMM, formats.attention(), new Gemm(tokens, width, depth)));
    }
  }

  /** The kernel that reads the cache. */
  TermOp core(OpKind kind, KernelFormat format, Map<String, Double> variant, Op op) {
    return new TermOp(Term.ATTENTION, kind, format, formats.cache(), variant, op, 1);
  }

  /** Reads and writes each element. */
  static TermOp inPlace(double elements) {
    return FfnOps.elementwise(2 * BF16_BYTES * elements);
  }

  /** Heads of a GPU, which holds a whole one at least. */
  double heads(double all) {
    return Math.max(1, all / degree);
  }
}
