package dev.rackplan.cost;

import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.memory.StageRule;
import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.RestsOn;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.workload.Phase;
import java.util.List;
import java.util.OptionalDouble;
import org.hipparchus.special.Erf;

/**
 * How sure a training plan's memory is. An inference engine sizes its cache by what is left, so
 * that its memory is not asked.
 *
 * @param plusMinus half-width as a share of what the framework's allocator holds: two of three
 *     measured runs lie within it; empty in inference, and where no runs were measured
 * @param chanceBeyond chance, 0 to 1, that a run with this plan runs out of memory, if errors are
 *     normal about their middle with that half-width about what was said; of the stage that most
 *     likely does; empty likewise
 */
public record MemoryConfidence(OptionalDouble plusMinus, OptionalDouble chanceBeyond) {
  /** Of what nobody measured. */
  public static final MemoryConfidence UNKNOWN =
      new MemoryConfidence(OptionalDouble.empty(), OptionalDouble.empty());

  // Two of three normal errors lie within so many standard deviations.
  private static final double DEVIATIONS = Math.sqrt(2) * Erf.erfInv(2 / 3.0);

  // Errors about their middle: no less than a third of those about what was said.
  private static final double LEAST_SPREAD = 1 / 9.0;

  /** Of a plan whose stages are costed. */
  public static MemoryConfidence of(Problem problem, Plan plan, List<CostedStage> stages) {
    if (problem.workload().phase() != Phase.TRAINING) {
      return UNKNOWN;
    }
    MemoryConfidence likeliest = UNKNOWN;
    for (int s = 0; s < stages.size(); s++) {
      MemoryConfidence stage = of(problem, plan.stages().get(s), stages.get(s).memory());
      if (stage.chanceBeyond().orElse(0) >= likeliest.chanceBeyond().orElse(0)) {
        likeliest = stage;
      }
    }
    return likeliest;
  }

  // By the errors of its first GPU.
  private static MemoryConfidence of(Problem problem, Stage stage, MemoryUse use) {
    GpuSpec gpu = problem.topology().gpus().get(stage.gpus().get(0)).spec();
    ModelledFigure memory = ModelledFigure.TRAINING_MEMORY;
    OptionalDouble plusMinus = StepConfidence.plusMinus(problem, gpu, memory, RestsOn.FORMULA);
    if (plusMinus.isEmpty()) {
      return UNKNOWN;
    }
    double bias =
        problem
            .laws()
            .bias(memory, gpu.name(), gpu.generationKey(), problem.engine().lawName())
            .orElseThrow();
    double besides = use.working().frameworkBytes();
    double limit = StageRule.limitBytes(problem, stage);
    return new MemoryConfidence(
        plusMinus,
        OptionalDouble.of(
            chanceBeyond(use.bytes() - besides, limit - besides, plusMinus.getAsDouble(), bias)));
  }

  /**
   * Chance that more than {@code limit} is held.
   *
   * @param bytes that are said
   * @param limit in bytes
   * @param plusMinus half-width in which two of three measured ones lie, as a share of {@code
   *     bytes}
   * @param bias median of measured over said, less 1: within the half-width
   */
  public static double chanceBeyond(double bytes, double limit, double plusMinus, double bias) {
    double middle = bias / plusMinus * DEVIATIONS;
    double spread = Math.sqrt(Math.max(LEAST_SPREAD, 1 - middle * middle));
    double deviations = ((limit / bytes - 1) / plusMinus * DEVIATIONS - middle) / spread;
    return Erf.erfc(deviations / Math.sqrt(2)) / 2;
  }
}
