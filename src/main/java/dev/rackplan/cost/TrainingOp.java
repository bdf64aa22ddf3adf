package dev.rackplan.cost;

import dev.rackplan.law.Answer;
import dev.rackplan.law.Op;
import java.util.List;

/**
 * An operation of one pass in training with its law.
 *
 * @param term what it is called in tables
 * @param law prices it
 * @param op its shape
 * @param count how often it runs
 */
record TrainingOp(Term term, Answer law, Op op, double count) {
  TrainingOp times(double factor) {
    return new TrainingOp(term, law, op, count * factor);
  }

  /** As often as it runs, in s. */
  double seconds() {
    return count * law.seconds(op);
  }

  /** Operations that follow one another, by term. */
  static Breakdown terms(List<TrainingOp> ops) {
    Breakdown terms = Breakdown.NONE;
    for (TrainingOp op : ops) {
      terms = terms.with(op.term(), terms.of(op.term()) + op.seconds());
    }
    return terms;
  }
}
