package dev.rackplan.cost;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.TermOp;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What operations take on a stage's GPUs, each kind of GPU once. */
public final class StagePrices {
  private final List<OpPrices> kinds = new ArrayList<>();
  private final int[] kindOfGpu;

  public StagePrices(Problem problem, StageShape shape) {
    this.kindOfGpu = new int[shape.gpuCount()];
    for (int g = 0; g < kindOfGpu.length; g++) {
      int kind = 0;
      while (kind < kinds.size() && !kinds.get(kind).isOf(shape.spec(g))) {
        kind++;
      }
      if (kind == kinds.size()) {
        kinds.add(new OpPrices(problem, shape.spec(g)));
      }
      kindOfGpu[g] = kind;
    }
  }

  /** Prices on the GPU at {@code position}. */
  public OpPrices of(int position) {
    return kinds.get(kindOfGpu[position]);
  }

  /**
   * Whether {@code count} GPUs from {@code first} on are of the kinds of those from {@code other}.
   */
  boolean sameAt(int first, int other, int count) {
    for (int g = 0; g < count; g++) {
      if (kindOfGpu[first + g] != kindOfGpu[other + g]) {
        return false;
      }
    }
    return true;
  }

  /** Of each kind of GPU once. */
  List<OpPrices> kinds() {
    return kinds;
  }

  /** Term by term the slowest GPU's operations. */
  Breakdown slowest(Function<OpPrices, List<TermOp>> ops) {
    Breakdown slowest = Breakdown.NONE;
    for (OpPrices prices : kinds) {
      slowest = slowest.max(prices.terms(ops.apply(prices)));
    }
    return slowest;
  }
}
