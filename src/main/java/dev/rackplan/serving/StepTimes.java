package dev.rackplan.serving;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleBinaryOperator;

/**
 * What one step takes by what is in it. Priced where it is asked near to, and linear between: in
 * sequences between powers of two, in prompt tokens between eighths of the budget and, beyond it,
 * its multiples. Safe to share between threads.
 */
public final class StepTimes {
  private final DoubleBinaryOperator price;
  private final double budget;
  private final Map<List<Double>, Double> known = new ConcurrentHashMap<>();

  /**
   * @param price seconds of a step with so many sequences (at least 1) and new tokens of prompts on
   *     each attention rank
   * @param tokenBudget new tokens that a step may have
   */
  public StepTimes(DoubleBinaryOperator price, double tokenBudget) {
    this.price = price;
    this.budget = tokenBudget;
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
    List<Double> steps = List.of(0.0, budget / 8, budget / 2, budget);
    for (int i = 1; i < steps.size(); i++) {
      if (promptTokens <= steps.get(i)) {
        return between(sequences, promptTokens, steps.get(i - 1), steps.get(i));
      }
    }
    double whole = Math.floor(promptTokens / budget);
    return between(sequences, promptTokens, whole * budget, (whole + 1) * budget);
  }

  private double between(double sequences, double tokens, double low, double high) {
    double share = (tokens - low) / (high - low);
    double below = share == 1 ? 0 : (1 - share) * alongSequences(sequences, low);
    return share == 0 ? below : below + share * alongSequences(sequences, high);
  }

  private double alongSequences(double sequences, double tokens) {
    double asked = Math.max(1, sequences);
    double low = Math.pow(2, Math.floor(Math.log(asked) / Math.log(2) + 1e-9));
    if (asked <= low) {
      return at(low, tokens);
    }
    double share = asked / low - 1;
    return (1 - share) * at(low, tokens) + share * at(2 * low, tokens);
  }

  private double at(double sequences, double tokens) {
    return known.computeIfAbsent(
        new ArrayList<>(List.of(sequences, tokens)), key -> price.applyAsDouble(sequences, tokens));
  }
}
