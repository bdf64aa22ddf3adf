package dev.rackplan.replay;

import java.util.Optional;
import java.util.function.DoubleBinaryOperator;

/**
 * What a step of one instance takes by what its attention ranks put into it, in s. Ranks step
 * together, so the fullest one's amounts count; ranks that have less leave experts less to do.
 * Immutable.
 */
public final class StepTimes {
  private final Optional<Decode> decode;
  private final Optional<Prompts> prompts;
  private final int stages;

  private StepTimes(Optional<Decode> decode, Optional<Prompts> prompts, int stages) {
    this.decode = decode;
    this.prompts = prompts;
    this.stages = stages;
  }

  /**
   * Steps that decode.
   *
   * @param seconds of a step by sequences and mean context of each rank
   * @param saved what it takes less where one rank has so many sequences and the others one less
   */
  private record Decode(StepGrid seconds, StepGrid saved) {}

  /**
   * Steps that read prompts.
   *
   * @param seconds of a step, all stages, by tokens of each rank and tokens of context that each
   *     sees in the mean
   * @param held how long the slowest stage is held, likewise
   * @param saved what a step takes less where one rank alone has tokens
   */
  private record Prompts(StepGrid seconds, StepGrid held, StepGrid saved) {}

  /**
   * How an amount is priced and up to what.
   *
   * @param full seconds where every rank has as much
   * @param alone seconds where one rank has so much: the others nothing (prompts), one sequence
   *     less (decode)
   * @param most of the first amount
   * @param mostContext tokens of context
   */
  public record Priced(
      DoubleBinaryOperator full, DoubleBinaryOperator alone, int most, double mostContext) {}

  // Prompts of 32 tokens; shorter ones go on the same line.
  private static final double LEAST_ATTENDED = 16;

  /**
   * Prices steps on a grid.
   *
   * @param decode seconds by sequences of a rank and their mean context; empty where nothing
   *     decodes
   * @param prompts seconds of all stages by tokens of a rank and context that they see in the mean;
   *     empty where no prompts are read
   * @param held seconds of the slowest stage, likewise
   * @param stages of an instance
   */
  public static StepTimes of(
      Optional<Priced> decode,
      Optional<Priced> prompts,
      Optional<DoubleBinaryOperator> held,
      int stages) {
    return new StepTimes(
        decode.map(StepTimes::decode), prompts.map(priced -> prompts(priced, held)), stages);
  }

  private static Decode decode(Priced priced) {
    StepGrid.Range sequences = new StepGrid.Range(1, priced.most(), true);
    StepGrid.Range context = new StepGrid.Range(1, Math.max(2, priced.mostContext()), false);
    return new Decode(
        StepGrid.of(priced.full(), sequences, context),
        StepGrid.of(
            (n, c) ->
                Math.max(0, priced.full().applyAsDouble(n, c) - priced.alone().applyAsDouble(n, c)),
            sequences,
            new StepGrid.Range(1, 1, false)));
  }

  private static Prompts prompts(Priced priced, Optional<DoubleBinaryOperator> held) {
    StepGrid.Range tokens = new StepGrid.Range(1, priced.most(), true);
    StepGrid.Range attended =
        new StepGrid.Range(
            LEAST_ATTENDED, Math.max(2 * LEAST_ATTENDED, priced.mostContext()), false);
    StepGrid all = StepGrid.of(priced.full(), tokens, attended);
    return new Prompts(
        all,
        held.map(slowest -> StepGrid.of(slowest, tokens, attended)).orElse(all),
        StepGrid.of(
            (n, c) ->
                Math.max(
                    0,
                    priced.full().applyAsDouble(n, n / 2) - priced.alone().applyAsDouble(n, n / 2)),
            tokens,
            new StepGrid.Range(1, 1, false)));
  }

  /** Stages of an instance. */
  int stages() {
    return stages;
  }

  /** Points that were priced. */
  public int points() {
    return decode.map(grids -> grids.seconds().points()).orElse(0)
        + prompts.map(grids -> grids.seconds().points()).orElse(0);
  }

  /**
   * A step that decodes.
   *
   * @param sequences of the fullest rank
   * @param fill sequences of all ranks over what they were if all were as full
   * @param context mean of the fullest rank
   * @param ranks of the instance
   */
  double decodeSeconds(double sequences, double fill, double context, int ranks) {
    Decode grids = decode.orElseThrow();
    return grids.seconds().seconds(sequences, context)
        - lessOfDecode(grids, sequences, fill, ranks);
  }

  private static double lessOfDecode(Decode grids, double sequences, double fill, int ranks) {
    if (ranks == 1 || fill >= 1) {
      return 0;
    }
    double one = (ranks - 1) / (sequences * ranks);
    return Math.min(1, (1 - fill) / one) * grids.saved().seconds(sequences, 1);
  }

  /** By how much a step takes longer for each token more of context, up to {@link #contextEnd}. */
  double decodeSlope(double sequences, double context) {
    return decode.orElseThrow().seconds().slope(sequences, context);
  }

  /** Mean context up to which steps grow evenly from this one on. */
  double contextEnd(double context) {
    return decode.orElseThrow().seconds().end(context);
  }

  /**
   * How long a step is on its way through all stages.
   *
   * @param tokens of prompts of the fullest rank
   * @param fill tokens of all ranks over what they were if all were as full
   * @param attended tokens of context that each sees, in the mean
   * @param ranks of the instance
   */
  double promptSeconds(double tokens, double fill, double attended, int ranks) {
    Prompts grids = prompts.orElseThrow();
    return grids.seconds().seconds(tokens, attended) - lessOfPrompts(grids, tokens, fill, ranks);
  }

  /** How long such a step holds the slowest stage; then the next may begin. */
  double promptHeldSeconds(double tokens, double fill, double attended, int ranks) {
    if (stages == 1) {
      return promptSeconds(tokens, fill, attended, ranks);
    }
    Prompts grids = prompts.orElseThrow();
    double whole = grids.seconds().seconds(tokens, attended);
    double held = grids.held().seconds(tokens, attended);
    return held * (1 - lessOfPrompts(grids, tokens, fill, ranks) / whole);
  }

  private static double lessOfPrompts(Prompts grids, double tokens, double fill, int ranks) {
    return ranks == 1 || fill >= 1
        ? 0
        : (1 - fill) / (1 - 1.0 / ranks) * grids.saved().seconds(tokens, 1);
  }
}
