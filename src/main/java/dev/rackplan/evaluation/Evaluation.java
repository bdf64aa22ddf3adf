package dev.rackplan.evaluation;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.law.Confidence;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a plan costs and what binds. Times are modelled; bytes, copies, balance and memory are
 * counted.
 *
 * @param violations what makes the plan infeasible, each with the limit and by how much; empty =
 *     feasible
 * @param tpotSeconds time per output token (decode) in s
 * @param ttftSeconds time to first token (prefill) in s
 * @param tokensPerSecond of the whole deployment
 * @param tokensPerSecondPerGpu the same over its GPUs
 * @param usdPerMillionTokens at the catalogue's prices; empty where a price is unknown
 * @param bubbleFraction share of stage time that is idle in steady state
 * @param stageImbalance slowest ÷ mean stage time
 * @param placement expert placement; empty for dense models
 * @param heldOut the same on tokens kept back; empty where none were
 * @param bottleneck one sentence
 * @param memory the fullest GPU
 * @param failures what failures do to it
 * @param stages breakdown of the slowest instance
 * @param moeLayers what the step spends in each MoE layer, ascending, slowest instance
 * @param drawnStepSeconds the step in s where each one's routing is drawn; empty without experts
 * @param bound what no plan of this layout on these GPUs can beat
 * @param training what only training has
 * @param confidence how sure the step's time is
 */
public record Evaluation(
    List<String> violations,
    OptionalDouble tpotSeconds,
    OptionalDouble ttftSeconds,
    double tokensPerSecond,
    double tokensPerSecondPerGpu,
    OptionalDouble usdPerMillionTokens,
    double bubbleFraction,
    double stageImbalance,
    Optional<PlacementFigures> placement,
    Optional<PlacementFigures> heldOut,
    String bottleneck,
    MemoryFigures memory,
    FailureFigures failures,
    List<CostedStage> stages,
    List<StepLayer> moeLayers,
    List<Double> drawnStepSeconds,
    BoundFigures bound,
    Optional<TrainingFigures> training,
    Confidence confidence) {
  public Evaluation {
    violations = List.copyOf(violations);
    stages = List.copyOf(stages);
    moeLayers = List.copyOf(moeLayers);
    drawnStepSeconds = List.copyOf(drawnStepSeconds);
  }

  public boolean feasible() {
    return violations.isEmpty();
  }

  /** TPOT (decode), TTFT (prefill) or the optimizer step (training) in s. */
  public double stepSeconds() {
    return training.isPresent()
        ? training.get().stepSeconds()
        : tpotSeconds.orElseGet(ttftSeconds::getAsDouble);
  }

  /**
   * TPOT (decode), TTFT (prefill) or step (training) in s that no plan of this layout on these GPUs
   * can beat.
   */
  public double boundSeconds() {
    return bound.seconds();
  }

  /** How far the plan is above the bound: 0.03 = 3%. */
  public double gap() {
    return stepSeconds() / boundSeconds() - 1;
  }
}
