package dev.rackplan.cost;

import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.problem.Problem;

/** What a model's training computes at least, whatever is computed again. */
public final class ModelFlops {
  private final Problem problem;

  /** Of the problem's model on its sequences. */
  public ModelFlops(Problem problem) {
    this.problem = problem;
  }

  /**
   * FLOPs of one token, forward and backward, nothing computed again: {@code 6·weights} that it
   * uses (the embedding's lookup not among them) and three times the scores over the whole
   * sequence, as published utilisations count them (no causal mask).
   */
  public double perToken() {
    return weightFlops() + scoreFlops();
  }

  /** The same with half of the scores, as far as a causal mask lets a token see on average. */
  public double causalPerToken() {
    return weightFlops() + scoreFlops() / 2;
  }

  private double weightFlops() {
    Model model = problem.model();
    double flops = 6.0 * model.predictions() * model.embeddingParameters();
    for (Layer layer : model.layers()) {
      flops += 6.0 * layer.activeParameters();
    }
    return flops;
  }

  private double scoreFlops() {
    double flops = 0;
    for (Layer layer : problem.model().layers()) {
      flops += 3 * layer.attention().passScoreFlops(problem.workload().contextTokens());
    }
    return flops;
  }
}
