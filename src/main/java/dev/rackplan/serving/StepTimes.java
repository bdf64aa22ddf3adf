package dev.rackplan.serving;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.DoubleStream;

/**
 * What one step takes by what is in it. Priced where it is asked near to, and linear between: in
 * sequences between quarters of an octave, in prompt tokens between eighths of the budget and,
 * beyond it, its multiples. Safe to share between threads.
 */
public final class StepTimes {
  // Of the sequences from one power of two to the next: products take other tiles between, so that
  // a step of 82 sequences is 9% above the line from 64 to 128 (Llama-3.1-70B on two H100).
  private static final double PARTS = 4;

  private final DoubleBinaryOperator price;
  private final double budget;
  private final List<Double> tokens;
  private final Map<List<Double>, Double> known = new ConcurrentHashMap<>();

  /**
   * @param price seconds of a step with so many sequences (at least 1) and new tokens of prompts on
   *     each attention rank
   * @param tokenBudget new tokens that a step may have
   */
  public StepTimes(DoubleBinaryOperator price, double tokenBudget) {
    this(price, tokenBudget, tokenBudget);
  }

  /**
   * The same, exact for steps with one number of prompt tokens.
   *
   * @param exactTokens that number, at most the budget
   */
  public StepTimes(DoubleBinaryOperator price, double tokenBudget, double exactTokens) {
    this.price = price;
    this.budget = tokenBudget;
    this.tokens =
        DoubleStream.of(0, tokenBudget / 8, exactTokens, tokenBudget / 2, tokenBudget)
            .sorted()
            .distinct()
            .boxed()
            .toList();
  }

  /**
   * Seconds of a step.
   *
   * @param sequences that get a token, on each attention rank
   * @param promptTokens new tokens of prompts, likewise; both may be 0
   */
  public double seconds(double sequences, double promptTokens) {
    if (promptTokens == 0) {
      return alongSequences(sequences, 0);
    }
    for (int i = 1; i < tokens.size(); i++) {
      if (promptTokens <= tokens.get(i)) {
        return between(sequences, promptTokens, tokens.get(i - 1), tokens.get(i));
      }
    }
    double whole = Math.floor(promptTokens / budget);
    return between(sequences, promptTokens, whole * budget, (whole + 1) * budget);
  }

  private double between(double sequences, double asked, double low, double high) {
    double share = (asked - low) / (high - low);
    double below = share == 1 ? 0 : (1 - share) * alongSequences(sequences, low);
    return share == 0 ? below : below + share * alongSequences(sequences, high);
  }

  private double alongSequences(double sequences, double promptTokens) {
    double asked = Math.max(1, sequences);
    double octave = Math.pow(2, Math.floor(Math.log(asked) / Math.log(2) + 1e-9));
    double part = Math.max(1, octave / PARTS);
    double low = Math.max(octave, Math.floor(asked / part + 1e-9) * part);
    if (asked <= low) {
      return at(low, promptTokens);
    }
    double share = (asked - low) / part;
    return (1 - share) * at(low, promptTokens) + share * at(low + part, promptTokens);
  }

  private double at(double sequences, double promptTokens) {
    return known.computeIfAbsent(
        new ArrayList<>(List.of(sequences, promptTokens)),
        key -> price.applyAsDouble(sequences, promptTokens));
  }
}
