package dev.rackplan.cost;

import dev.rackplan.cost.operation.SourceTally;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.law.Confidence;
import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.RestsOn;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.workload.Phase;
import java.util.OptionalDouble;

/**
 * How sure the step of a costed plan is. Asked for what is reported, not while plans are searched:
 * its parts are priced once more.
 */
public final class StepConfidence {
  private StepConfidence() {}

  /** Of the slowest instance's step. */
  public static Confidence of(Problem problem, CostedPlan costed) {
    GpuSpec gpu = costed.slowest().shapes().get(0).spec(0);
    return of(problem, gpu, step(problem.workload().phase()), restsOn(problem, costed));
  }

  /**
   * Of a time on that GPU under the problem's engine and laws.
   *
   * @param time what it is
   * @param restsOn what it rests on
   */
  public static Confidence of(Problem problem, GpuSpec gpu, ModelledFigure time, RestsOn restsOn) {
    OptionalDouble own = plusMinus(problem, gpu, time, restsOn);
    // Prompts were measured of few models: they are no surer than tokens.
    OptionalDouble tokens =
        time == ModelledFigure.PREFILL
            ? plusMinus(problem, gpu, ModelledFigure.TPOT, restsOn)
            : OptionalDouble.empty();
    return new Confidence(
        own.isPresent() && tokens.isPresent()
            ? OptionalDouble.of(Math.max(own.getAsDouble(), tokens.getAsDouble()))
            : own.isPresent() ? own : tokens,
        problem
            .laws()
            .ratioPlusMinus(time, gpu.name(), gpu.generationKey(), problem.engine().lawName()),
        restsOn);
  }

  /** Half-width of a figure alone, as a share of it; empty where none of its kind were measured. */
  static OptionalDouble plusMinus(
      Problem problem, GpuSpec gpu, ModelledFigure figure, RestsOn restsOn) {
    return problem
        .laws()
        .plusMinus(figure, gpu.name(), gpu.generationKey(), problem.engine().lawName(), restsOn);
  }

  private static ModelledFigure step(Phase phase) {
    return switch (phase) {
      case DECODE -> ModelledFigure.TPOT;
      case PREFILL -> ModelledFigure.PREFILL;
      case TRAINING -> ModelledFigure.TRAINING;
    };
  }

  /**
   * What the slowest instance's step rests on: its stages as often as they count in it, each term
   * as if nothing ran side by side. Draft passes rest on what the rest does; hops and the end of an
   * optimizer step on formulas.
   */
  public static RestsOn restsOn(Problem problem, CostedPlan costed) {
    CostedInstance slowest = costed.slowest();
    SourceTally tally = new SourceTally();
    double seconds = 0;
    for (int s = 0; s < slowest.stages().size(); s++) {
      CostedStage stage = slowest.stages().get(s);
      double passes = slowest.passes().get(s);
      SourceTally ofStage = new SourceTally();
      new StageModel(problem, costed.plan().layout(), slowest.shapes().get(s))
          .addSources(ofStage, stage);
      tally.add(ofStage, passes);
      seconds += passes * stage.terms().sum(term -> term != Term.DRAFTS);
    }
    return tally.of(seconds);
  }
}
