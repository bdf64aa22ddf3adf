package dev.rackplan.cost;

import dev.rackplan.Lcg;
import dev.rackplan.cost.operation.ExpertPrice;
import dev.rackplan.cost.placement.NormalMaximum;
import dev.rackplan.cost.placement.SlowestRank;
import dev.rackplan.cost.placement.StepLoads;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.workload.UnevenLoads;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Steps of a MoE layer drawn token by token, held against the formula: 256 experts, 8 a token, of
 * 14.7M weights each, at 50e12 FLOP/s and 1.6e12 bytes/s of which the longer counts; experts lie in
 * order.
 *
 * <p>{@code main} prints the table of docs/decisions/0023-expected-slowest-rank.md:
 *
 * <pre>{@code
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp target/test-classes:target/classes:$(cat target/classpath) dev.rackplan.cost.SampledSteps
 * }</pre>
 *
 * @param gpus that experts are dealt to
 * @param tokens of a step
 * @param variation of the experts' loads
 * @param perSequence tokens of one sequence in a step
 * @param likeness of these tokens' choices: each takes the sequence's own choice with chance
 *     √likeness
 */
public record SampledSteps(
    int gpus, int tokens, double variation, int perSequence, double likeness) {
  private static final int EXPERTS = 256;
  private static final int CHOSEN = 8;
  private static final MoeFfn MOE = new MoeFfn(6, 2, 3L * 2048 * 2400, 0, 11, 2048, 1, 1);

  /**
   * Means of many steps and what the model says.
   *
   * @param sampledSeconds of the slowest GPU, mean
   * @param seconds by the formula
   * @param slowestMeanSeconds of the GPU with the largest mean load
   * @param sampledPairs of the GPU with most, mean
   * @param pairs by the formula
   */
  public record Result(
      double sampledSeconds,
      double seconds,
      double slowestMeanSeconds,
      double sampledPairs,
      double pairs) {}

  private static ExpertPrice price() {
    Layer layer =
        new Layer(
            new GroupedQueryAttention(
                5000, 4, 2, 8, GroupedQueryAttention.Window.full(), Optional.empty()),
            MOE,
            9,
            1);
    return OpsCase.DECODE.stage(Layout.neutral(), layer).expertLayer(0).price(0);
  }

  public Result result(int steps) {
    double[] weights = new double[EXPERTS];
    for (int e = 0; e < EXPERTS; e++) {
      weights[e] = new UnevenLoads(variation, 7).layer(0, EXPERTS, CHOSEN).frequency(e);
    }
    Draws draws = new Draws(weights, new Lcg(gpus + 31L * tokens));
    ExpertPrice price = price();
    double sampled = 0;
    double sampledPairs = 0;
    long[] chosen = new long[EXPERTS];
    for (int step = 0; step < steps; step++) {
      int[] counts = step(draws);
      double slowest = 0;
      double most = 0;
      for (int g = 0; g < gpus; g++) {
        double pairs = 0;
        int active = 0;
        for (int e = g * EXPERTS / gpus; e < (g + 1) * EXPERTS / gpus; e++) {
          pairs += counts[e];
          active += counts[e] > 0 ? 1 : 0;
          chosen[e] += counts[e];
        }
        slowest = Math.max(slowest, price.seconds(pairs, active));
        most = Math.max(most, pairs);
      }
      sampled += slowest / steps;
      sampledPairs += most / steps;
    }
    double[] frequency =
        Arrays.stream(chosen).mapToDouble(count -> count / (double) steps / tokens).toArray();
    return formula(price, frequency, sampled, sampledPairs);
  }

  private Result formula(
      ExpertPrice price, double[] frequency, double sampled, double sampledPairs) {
    StepLoads loads = StepLoads.of(frequency, CHOSEN, likeness, gpus, tokens, perSequence);
    ExpertPrice[] prices = new ExpertPrice[gpus];
    Arrays.fill(prices, price);
    double[] pairs = new double[gpus];
    double[] seconds = new double[gpus];
    for (int g = 0; g < gpus; g++) {
      double active = 0;
      for (int e = g * EXPERTS / gpus; e < (g + 1) * EXPERTS / gpus; e++) {
        pairs[g] += tokens * frequency[e];
        active += 1 - Math.pow(1 - frequency[e], tokens);
      }
      seconds[g] = price.seconds(pairs[g], active);
    }
    double excess =
        loads.pairsDeviation() * NormalMaximum.of(gpus).deviations(loads.pairsSkewness());
    return new Result(
        sampled,
        loads.slowestRank(prices).seconds(seconds),
        SlowestRank.STEADY.seconds(seconds),
        sampledPairs,
        SlowestRank.of(excess, gpus).seconds(pairs));
  }

  private int[] step(Draws draws) {
    int[] counts = new int[EXPERTS];
    int[] own = new int[CHOSEN];
    int[] token = new int[CHOSEN];
    for (int t = 0; t < tokens; t++) {
      if (t % perSequence == 0) {
        draws.token(own);
      }
      boolean copies = draws.share() < Math.sqrt(likeness);
      if (!copies) {
        draws.token(token);
      }
      for (int expert : copies ? own : token) {
        counts[expert]++;
      }
    }
    return counts;
  }

  /** Tokens with different experts, drawn one after the other by weight. */
  private static final class Draws {
    private final double[] below = new double[EXPERTS];
    private final Lcg random;

    Draws(double[] weights, Lcg random) {
      double sum = 0;
      for (int e = 0; e < EXPERTS; e++) {
        sum += weights[e];
        below[e] = sum;
      }
      this.random = random;
    }

    /** In [0, 1). */
    double share() {
      return random.below(1 << 30) / (double) (1 << 30);
    }

    void token(int[] experts) {
      int count = 0;
      while (count < CHOSEN) {
        int at = Arrays.binarySearch(below, share() * below[EXPERTS - 1]);
        int expert = Math.min(EXPERTS - 1, at < 0 ? -at - 1 : at + 1);
        boolean known = false;
        for (int i = 0; i < count; i++) {
          known |= experts[i] == expert;
        }
        if (!known) {
          experts[count++] = expert;
        }
      }
    }
  }

  /** Prints the table. */
  public static void main(String[] arguments) {
    for (double variation : new double[] {0, 0.77, 1.5}) {
      for (int gpus : new int[] {2, 8, 32, 64}) {
        for (int tokens : new int[] {1, 8, 64, 512, 4096}) {
          print(new SampledSteps(gpus, tokens, variation, 1, 0));
        }
      }
    }
    for (int gpus : new int[] {8, 32}) {
      for (int tokens : new int[] {512, 4096}) {
        print(new SampledSteps(gpus, tokens, 0.77, 512, 0.15));
        print(new SampledSteps(gpus, tokens, 0.77, 64, 0.15));
      }
    }
  }

  private static void print(SampledSteps steps) {
    Result result = steps.result(Math.max(200, 400_000 / Math.max(100, steps.tokens)));
    System.out.printf(
        Locale.ROOT,
        "| %4.2f | %3d | %5d | %4d | %7.1f | %+5.1f%% | %+5.1f%% | pairs %7.2f | %+5.1f%% |%n",
        steps.variation,
        steps.gpus,
        steps.tokens,
        steps.perSequence,
        result.sampledSeconds() * 1e6,
        100 * (result.slowestMeanSeconds() / result.sampledSeconds() - 1),
        100 * (result.seconds() / result.sampledSeconds() - 1),
        result.sampledPairs(),
        100 * (result.pairs() / result.sampledPairs() - 1));
  }
}
