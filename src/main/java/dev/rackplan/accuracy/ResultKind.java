package dev.rackplan.accuracy;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.Stream;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.plan.Plan;

/** What was measured, its unit, and where an evaluation holds it. */
public enum ResultKind {
  /** Output tokens/s and GPU. */
  DECODE("tokens/s/GPU") {
    @Override
    double predicted(Plan plan, Evaluation evaluation) {
      return evaluation.tokensPerSecondPerGpu();
    }
  },
  /** Prompt tokens/s and GPU. */
  PREFILL("tokens/s/GPU") {
    @Override
    double predicted(Plan plan, Evaluation evaluation) {
      return evaluation.tokensPerSecondPerGpu();
    }
  },
  /** Trained tokens/s and GPU, over a whole step. */
  TRAINING("tokens/s/GPU") {
    @Override
    double predicted(Plan plan, Evaluation evaluation) {
      return evaluation.tokensPerSecondPerGpu();
    }
  },
  /** Dispatch and combine of one MoE layer together, in s. */
  ALL_TO_ALL("s/layer") {
    @Override
    double predicted(Plan plan, Evaluation evaluation) {
      double seconds = 0;
      for (CostedStage stage : evaluation.stages()) {
        seconds += stage.terms().sum(Stream.NETWORK);
      }
      return seconds / plan.experts().size();
    }
  };

  private final String unit;

  ResultKind(String unit) {
    this.unit = unit;
  }

  public String unit() {
    return unit;
  }

  /** Whether the row counts as a serving result. */
  public boolean serving() {
    return this == DECODE || this == PREFILL;
  }

  abstract double predicted(Plan plan, Evaluation evaluation);
}
