package dev.rackplan;

import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.nio.file.Path;
import java.util.Map;

/** Plans a problem, and looks at the plan's time and files. */
final class RackplanExample {
  private RackplanExample() {}

  /** Tokens per second and GPU of the best plan. */
  static double plan(Path file, long steps) {
    Problem problem = Rackplan.problem(file);
    Plan plan = Rackplan.plan(problem, Rackplan.Search.steps(steps)).orElseThrow();
    Evaluation evaluation = Rackplan.evaluate(problem, plan);
    Map<String, String> files = Rackplan.export("chat", problem, plan, "sglang");
    return files.containsKey("launch.sh") ? evaluation.tokensPerSecondPerGpu() : 0;
  }
}
