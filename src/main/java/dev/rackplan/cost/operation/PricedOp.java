package dev.rackplan.cost.operation;

import dev.rackplan.law.Answer;
import dev.rackplan.law.Op;
import dev.rackplan.law.OpKind;
import java.util.List;

/**
 * An operation of a layer with the law that prices it.
 *
 * @param term what it is called in tables
 * @param kind of operation
 * @param law prices it
 * @param op its shape
 * @param count how often it runs
 */
public record PricedOp(Term term, OpKind kind, Answer law, Op op, double count) {
  public PricedOp times(double factor) {
    return new PricedOp(term, kind, law, op, count * factor);
  }

  /** As often as it runs, in s. */
  public double seconds() {
    return count * law.seconds(op);
  }

  /** Operations that follow one another, by term. */
  public static Breakdown terms(List<PricedOp> ops) {
    Breakdown terms = Breakdown.NONE;
    for (PricedOp op : ops) {
      terms = terms.with(op.term(), terms.of(op.term()) + op.seconds());
    }
    return terms;
  }
}
