package dev.rackplan.solver;

import dev.rackplan.Lcg;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Prints what the wide layout search chooses beside random feasible layouts, each solved with the
 * same number of moves a layer: the table of docs/performance.md. Not a test.
 *
 * <pre>{@code
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp target/test-classes:target/classes:$(cat target/classpath) dev.rackplan.solver.LayoutComparison 200 200 problems/open/deepseek-v3-decode-gb200-x4.json
 * }</pre>
 */
final class LayoutComparison {
  private static final int MOST_TENSOR_PARALLEL = 16;

  private final Problem problem;
  private final ProblemRouting routing;
  private final SolverOptions options;
  private final Lcg random = new Lcg(1);

  private LayoutComparison(Problem problem, long moves) {
    this.problem = problem;
    this.routing = ProblemRouting.of(problem);
    this.options =
        new SolverOptions(
            3600, OptionalLong.of(moves), 0, Runtime.getRuntime().availableProcessors());
  }

  /** Random layouts, moves a layer, then problem files. */
  public static void main(String[] arguments) {
    int layouts = Integer.parseInt(arguments[0]);
    long moves = Long.parseLong(arguments[1]);
    for (int i = 2; i < arguments.length; i++) {
      Problem problem = ProblemFile.read(Path.of(arguments[i]), arguments[i]);
      new LayoutComparison(problem, moves).compare(layouts);
    }
  }

  private void compare(int layouts) {
    long begin = System.nanoTime();
    Plan chosen = solve(problem).orElseThrow();
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.printf(Locale.ROOT, "%s: search took %.1f s%n", problem.name(), seconds);
    print("chosen", chosen);
    List<Plan> plans = new ArrayList<>();
    int drawn = 0;
    while (plans.size() < layouts) {
      drawn++;
      solve(problem.withLayoutSpace(only(draw()))).ifPresent(plans::add);
      if (drawn % 100 == 0) {
        System.err.println(drawn + " drawn, " + plans.size() + " feasible");
      }
    }
    plans.sort(Comparator.comparingDouble(this::loss));
    System.out.printf(Locale.ROOT, "%d drawn, %d feasible%n", drawn, plans.size());
    for (int place : new int[] {0, 1, 2, plans.size() / 4, plans.size() / 2}) {
      print("random, place " + (place + 1), plans.get(place));
    }
  }

  private double loss(Plan plan) {
    return Standing.of(problem, routing, plan).loss().objective();
  }

  private void print(String name, Plan plan) {
    Standing standing = Standing.of(problem, routing, plan);
    System.out.printf(
        Locale.ROOT,
        "%-18s %10.3f ms %10.1f tokens/s/GPU  %s%n",
        name,
        standing.stepSeconds() * 1e3,
        standing.tokensPerSecondPerGpu(),
        plan.layout());
  }

  private Optional<Plan> solve(Problem asked) {
    return PlanSolver.solve(asked, options, (a, b, c, d, e) -> {}, () -> false).plan();
  }

  // Any degrees that divide and fit the cluster; slots are even, as engines run them.
  private Layout draw() {
    int usable = problem.topology().usableGpus().size();
    Optional<MoeFfn> moe =
        problem.model().moeLayers().stream().findFirst().flatMap(problem.model()::moe);
    int experts = moe.map(MoeFfn::experts).orElse(1);
    int parallel = moe.isPresent() ? random.in(1, Math.min(usable, 2 * experts)) : 1;
    int degree;
    do {
      degree = random.in(1, MOST_TENSOR_PARALLEL);
    } while (moe.isPresent() && parallel % degree != 0);
    int perStage = Math.max(parallel, degree);
    int stages = random.in(1, Math.min(usable / perStage, problem.model().layers().size()));
    int replicas = random.in(1, usable / perStage / stages);
    int[] microBatches = {stages, 1, 2 * stages};
    int redundant =
        moe.isPresent() ? Math.floorMod(-experts, parallel) + random.in(0, 3) * parallel : 0;
    return Layout.neutral()
        .with(Degree.REPLICAS, replicas)
        .with(Degree.PIPELINE_STAGES, stages)
        .with(Degree.EXPERT_PARALLEL, parallel)
        .with(Degree.ATTENTION_TENSOR_PARALLEL, degree)
        .with(Degree.MICRO_BATCHES, microBatches[random.in(0, 2)])
        .with(Degree.REDUNDANT_EXPERTS, redundant);
  }

  private static LayoutSpace only(Layout layout) {
    return LayoutSpace.open()
        .with(Degree.REPLICAS, List.of(layout.replicas()))
        .with(Degree.PIPELINE_STAGES, List.of(layout.pipelineStages()))
        .with(Degree.EXPERT_PARALLEL, List.of(layout.expertParallel()))
        .with(Degree.ATTENTION_TENSOR_PARALLEL, List.of(layout.attentionTensorParallel()))
        .with(Degree.MICRO_BATCHES, List.of(layout.microBatches()))
        .with(Degree.REDUNDANT_EXPERTS, List.of(layout.redundantExperts()));
  }
}
