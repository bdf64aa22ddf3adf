package dev.rackplan.accuracy;

import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.operation.Stream;

/** What was measured, its unit, and where a costed plan holds it. */
public enum ResultKind {
  /** Output tokens/s and GPU. */
  DECODE("tokens/s/GPU") {
    @Override
    double predicted(CostedPlan costed) {
      return perGpu(costed);
    }
  },
  /** Prompt tokens/s and GPU. */
  PREFILL("tokens/s/GPU") {
    @Override
    double predicted(CostedPlan costed) {
      return perGpu(costed);
    }
  },
  /** Trained tokens/s and GPU, over a whole step. */
  TRAINING("tokens/s/GPU") {
    @Override
    double predicted(CostedPlan costed) {
      return perGpu(costed);
    }
  },
  /** Dispatch and combine of one MoE layer together, in s. */
  ALL_TO_ALL("s/layer") {
    @Override
    double predicted(CostedPlan costed) {
      double seconds = 0;
      for (CostedStage stage : costed.slowest().stages()) {
        seconds += stage.terms().sum(Stream.NETWORK);
      }
      return seconds / costed.plan().experts().size();
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

  private static double perGpu(CostedPlan costed) {
    return costed.tokensPerSecond() / costed.plan().layout().gpus();
  }

  abstract double predicted(CostedPlan costed);
}
