package dev.rackplan.cost.placement;

import dev.rackplan.cost.operation.FixedPoint;
import dev.rackplan.problem.CopyRule;
import java.util.Arrays;
import java.util.Optional;

/**
 * Copies of one scenario's tokens to single GPUs, counted when they are asked for, from the experts
 * of that GPU alone. Mutable.
 */
final class GpuCopies {
  private final ScenarioLayer routing;
  private final ShareTable table;
  private final CopyRule copyRule;
  private final Optional<RankCopies> byRank;
  private final int homes;
  // GPU by GPU, a place per home class; the last one counts tokens of the receiver's own domain
  // that live on another GPU.
  private final double[] copies;
  private final boolean[] counted;

  private final double[] savedCopies;
  private final boolean[] savedCounted;

  // Scratch: what share of each of a GPU's experts it gets; tokens that surely send a copy, those
  // that may, and of each its chance to send none.
  private final double[] shares;
  private final long[] surely;
  private final long[] perhaps;
  private final double[] noCopy;

  /**
   * @param byRank where a sender's choice is certain
   */
  GpuCopies(
      ScenarioLayer routing, ShareTable table, CopyRule copyRule, Optional<RankCopies> byRank) {
    this.routing = routing;
    this.table = table;
    this.copyRule = copyRule;
    this.byRank = byRank;
    this.homes = table.homes();
    int gpus = table.shape().gpuCount();
    this.copies = new double[(homes + 1) * gpus];
    this.counted = new boolean[gpus];
    this.savedCopies = new double[copies.length];
    this.savedCounted = new boolean[gpus];
    this.shares = new double[routing.experts()];
    this.surely = new long[copyRule == CopyRule.PER_EXPERT ? 0 : routing.tokenSets().words()];
    this.perhaps = new long[surely.length];
    this.noCopy = new double[routing.tokens()];
    Arrays.fill(noCopy, 1);
  }

  /** Keeps the state of {@code gpu} for {@link #putBack}. */
  void keep(int gpu) {
    savedCounted[gpu] = counted[gpu];
    System.arraycopy(copies, gpu * (homes + 1), savedCopies, gpu * (homes + 1), homes + 1);
  }

  /** Back to what was kept of {@code gpu}. */
  void putBack(int gpu) {
    counted[gpu] = savedCounted[gpu];
    System.arraycopy(savedCopies, gpu * (homes + 1), copies, gpu * (homes + 1), homes + 1);
  }

  /** Told of each GPU that a change touches. */
  void touch(int gpu) {
    counted[gpu] = false;
  }

  /**
   * Copies that GPU {@code gpu} receives per token of home class {@code row}, or, in the row after
   * the last class, per token that lives in its own domain but not on itself.
   */
  double copies(int row, int gpu) {
    if (!counted[gpu]) {
      count(gpu);
    }
    return copies[gpu * (homes + 1) + row];
  }

  /** As {@link PlacementTally#mostCopies}, by what tokens choose; cheap beside counting copies. */
  double most(int gpu) {
    double[] chosen = routing.chosenShares();
    double sum = 0;
    for (int i = 0; i < table.expertCount(gpu); i++) {
      int expert = table.expertsOf(gpu)[i];
      sum += chosen[expert] * table.shares(expert).totalShareOf(gpu);
    }
    return sum;
  }

  private void count(int gpu) {
    counted[gpu] = true;
    if (byRank.isPresent()) {
      byRank.get().toGpu(gpu, copies, gpu * (homes + 1));
      return;
    }
    for (int row = 0; row <= homes; row++) {
      for (int i = 0; i < table.expertCount(gpu); i++) {
        shares[i] = table.shares(table.expertsOf(gpu)[i]).shareOfGpu(row, gpu);
      }
      double sum =
          FixedPoint.toDouble(
              copyRule == CopyRule.PER_EXPERT ? choicesOf(gpu) : copiesOfTokens(gpu));
      if (copyRule != CopyRule.PER_EXPERT && routing.loadProfiles() > 0) {
        sum += CopiesOfLoads.sum(routing, logsOf(gpu), 1, 0);
      }
      copies[gpu * (homes + 1) + row] = sum;
    }
  }

  // The following read the shares of one row, in the order of the GPU's experts.

  private long choicesOf(int gpu) {
    long sum = 0;
    for (int i = 0; i < table.expertCount(gpu); i++) {
      sum += FixedPoint.of(routing.frequency(table.expertsOf(gpu)[i]) * shares[i]);
    }
    return sum;
  }

  // Tokens that surely send a copy are joined a word at a time; each other's chance is worked out.
  private long copiesOfTokens(int gpu) {
    TokenSets sets = routing.tokenSets();
    int[] experts = table.expertsOf(gpu);
    Arrays.fill(surely, 0);
    boolean others = false;
    for (int i = 0; i < table.expertCount(gpu); i++) {
      if (shares[i] == 1) {
        TokenSets.join(sets.of(experts[i]), surely);
      } else {
        others |= shares[i] > 0;
      }
    }
    long sum = sets.weigh(surely);
    return others ? sum + copiesOfOthers(gpu, sets) : sum;
  }

  private long copiesOfOthers(int gpu, TokenSets sets) {
    int[] experts = table.expertsOf(gpu);
    for (int i = 0; i < table.expertCount(gpu); i++) {
      double share = shares[i];
      if (share > 0 && share != 1) {
        long[] set = sets.of(experts[i]);
        for (int word = 0; word < set.length; word++) {
          for (long left = set[word] & ~surely[word]; left != 0; left &= left - 1) {
            noCopy[sets.token(word, Long.numberOfTrailingZeros(left))] *= 1 - share;
          }
          perhaps[word] |= set[word] & ~surely[word];
        }
      }
    }
    long sum = 0;
    for (int word = 0; word < perhaps.length; word++) {
      for (long left = perhaps[word]; left != 0; left &= left - 1) {
        int token = sets.token(word, Long.numberOfTrailingZeros(left));
        sum += FixedPoint.weighted(sets.weight(word), 1 - noCopy[token]);
        noCopy[token] = 1;
      }
      perhaps[word] = 0;
    }
    return sum;
  }

  private long[] logsOf(int gpu) {
    long[] logs = new long[routing.loadProfiles()];
    for (int i = 0; i < table.expertCount(gpu); i++) {
      int expert = table.expertsOf(gpu)[i];
      for (int p = 0; p < logs.length; p++) {
        logs[p] += CopiesOfLoads.logOfNone(routing.loadFrequency(p, expert) * shares[i]);
      }
    }
    return logs;
  }
}
