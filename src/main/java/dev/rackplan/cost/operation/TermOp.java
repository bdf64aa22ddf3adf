package dev.rackplan.cost.operation;

import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.Op;
import dev.rackplan.law.OpKind;
import java.util.Map;

/**
 * An operation of a layer and the term that its time belongs to.
 *
 * @param term what it is called in tables
 * @param kind picks the law
 * @param format of weights or attention scores
 * @param cache of the KV cache; as {@code format} where there is none
 * @param variant of the law, as near as there is one
 * @param op its shape
 * @param count how often it runs; a share where it stands for several of like shape
 */
public record TermOp(
    Term term,
    OpKind kind,
    KernelFormat format,
    KernelFormat cache,
    Map<String, Double> variant,
    Op op,
    double count) {

  public static TermOp of(Term term, OpKind kind, KernelFormat format, Op op) {
    return new TermOp(term, kind, format, format, Map.of(), op, 1);
  }

  public TermOp times(double factor) {
    return new TermOp(term, kind, format, cache, variant, op, count * factor);
  }
}
