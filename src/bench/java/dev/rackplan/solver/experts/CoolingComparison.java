package dev.rackplan.solver.experts;

import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.ExpertBaseline;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.PlanSolver;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.optaplanner.core.config.solver.EnvironmentMode;

/**
 * Prints what the layer search finds from different first temperatures: the table of
 * docs/decisions/0003-cooling.md. Not a test.
 *
 * <pre>{@code
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp target/test-classes:target/classes:$(cat target/classpath) dev.rackplan.solver.experts.CoolingComparison 20000 problems/*.json
 * }</pre>
 */
final class CoolingComparison {
  private static final double[] SHARES = {0.02, 0.005, 0.002, 0.0005};
  private static final int SEEDS = 2;

  private CoolingComparison() {}

  /** Moves a layer, then problem files. */
  public static void main(String[] arguments) {
    long moves = Long.parseLong(arguments[0]);
    System.out.println(
        "expert time + all-to-all of one layer in us, mean of the first, middle and last MoE layer and "
            + SEEDS
            + " seeds");
    System.out.printf(Locale.ROOT, "%-32s %10s", "problem", "start");
    for (double share : SHARES) {
      System.out.printf(Locale.ROOT, " %9.2f%%", 100 * share);
    }
    System.out.println();
    for (int i = 1; i < arguments.length; i++) {
      compare(ProblemFile.read(Path.of(arguments[i]), arguments[i]), moves);
    }
  }

  private static void compare(Problem problem, long moves) {
    List<Integer> layers = problem.model().moeLayers();
    if (layers.isEmpty()) {
      return;
    }
    Plan plan = PlanSolver.startPlan(problem).orElseThrow();
    List<Integer> ordinals = List.of(0, layers.size() / 2, layers.size() - 1);
    double start = 0;
    double[] found = new double[SHARES.length];
    for (int ordinal : ordinals) {
      LayerProblem layer = layerProblem(problem, plan, ordinal);
      List<ExpertMap> starts = starts(problem, plan, ordinal);
      start += layer.seconds(LayerStarts.bestOf(layer, starts)) / ordinals.size();
      for (int s = 0; s < SHARES.length; s++) {
        for (int seed = 0; seed < SEEDS; seed++) {
          SearchBudget budget = SearchBudget.ofMoves(moves, () -> false);
          found[s] +=
              LayerSearch.search(
                          layer, starts, budget, seed, EnvironmentMode.NON_REPRODUCIBLE, SHARES[s])
                      .seconds()
                  / ordinals.size()
                  / SEEDS;
        }
      }
    }
    System.out.printf(Locale.ROOT, "%-32s %10.2f", problem.name(), start * 1e6);
    for (double seconds : found) {
      System.out.printf(Locale.ROOT, " %10.2f", seconds * 1e6);
    }
    System.out.println();
  }

  private static List<Integer> hosts(Problem problem, Plan plan, int ordinal) {
    Layout layout = plan.layout();
    return plan.stages()
        .get(plan.stageOf(problem.model().moeLayers().get(ordinal)))
        .gpusOfInstance(0, layout.gpusPerStage());
  }

  private static LayerProblem layerProblem(Problem problem, Plan plan, int ordinal) {
    int layer = problem.model().moeLayers().get(ordinal);
    StageModel model =
        new StageModel(
            problem,
            plan.layout(),
            StageShape.of(problem.topology(), hosts(problem, plan, ordinal)));
    return LayerProblem.of(problem, ProblemRouting.of(problem), model, layer);
  }

  private static List<ExpertMap> starts(Problem problem, Plan plan, int ordinal) {
    List<ExpertMap> starts = new ArrayList<>();
    for (ExpertBaseline baseline : ExpertBaseline.all()) {
      starts.add(
          baseline.place(
              BaselinePlans.request(
                  problem,
                  plan.experts().get(problem.model().moeLayers().get(ordinal)).slots(),
                  hosts(problem, plan, ordinal),
                  ordinal)));
    }
    return starts;
  }
}
