package dev.rackplan.cli;

import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.replay.Deployment;
import dev.rackplan.replay.PlannedPools;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.RequestTrace;
import java.util.Optional;

/**
 * What requests are sent through: one plan, or those of two pools.
 *
 * @param solved the solution that was named
 * @param pools the pair that it belongs to; empty where it is of no pool
 */
record ReplayedPlan(Solved solved, Optional<Pair> pools) {
  /**
   * Two pools.
   *
   * @param prefill the plan that reads prompts
   * @param decode the plan that decodes
   */
  private record Pair(ServingProblem serving, Plan prefill, Plan decode) {}

  static ReplayedPlan read(String shown) {
    Solved solved = Solved.read(shown);
    if (solved.problem().workload().phase() == Phase.TRAINING) {
      throw new InputException(
          shown, "$.problem", "is of training, which serves no requests", "Give a plan that serves.");
    }
    return new ReplayedPlan(
        solved,
        SolutionFile.pool(InputFiles.path(shown), shown).map(link -> pair(solved, link)));
  }

  private static Pair pair(Solved solved, SolutionFile.PoolLink link) {
    FileReference problem =
        SolutionFile.problem(InputFiles.path(solved.shown()), solved.shown());
    ProblemFile.LoadedServing loaded = ProblemFile.loadServing(problem.file(), problem.shown());
    Pool other = link.pool() == Pool.PREFILL ? Pool.DECODE : Pool.PREFILL;
    SolutionFile.Contents beside =
        SolutionFile.read(
            link.beside().file(), link.beside().shown(), loaded.serving().of(other));
    SolutionFile.Contents prefill = other == Pool.PREFILL ? beside : solved.contents();
    SolutionFile.Contents decode = other == Pool.DECODE ? beside : solved.contents();
    ServingProblem serving = loaded.serving();
    return new Pair(
        new ServingProblem(
            serving.name(),
            serving.inputTokens(),
            serving.outputTokens(),
            serving.requestsPerSecond(),
            prefill.problem(),
            decode.problem()),
        prefill.plan(),
        decode.plan());
  }

  /** The problem's name. */
  String name() {
    return pools.map(pair -> pair.serving().name()).orElse(solved.problem().name());
  }

  /** The problem's limits. */
  Limits limits() {
    Problem problem = pools.map(pair -> pair.serving().decode()).orElse(solved.problem());
    return problem.limits();
  }

  /** The rate that pools were sized for. */
  Optional<Double> requestsPerSecond() {
    return pools.map(pair -> pair.serving().requestsPerSecond());
  }

  /** Their mean prompt. */
  Optional<Integer> inputTokens() {
    return pools.map(pair -> (int) Math.round(pair.serving().inputTokens()));
  }

  /** Their mean answer. */
  Optional<Integer> outputTokens() {
    return pools.map(pair -> (int) Math.round(pair.serving().outputTokens()));
  }

  /** What a trace goes through. */
  Deployment deployment(RequestTrace trace, PlannedPools.Settings settings) {
    return pools
        .map(
            pair ->
                PlannedPools.two(pair.serving(), pair.prefill(), pair.decode(), trace, settings))
        .orElseGet(() -> PlannedPools.one(solved.problem(), solved.plan(), trace, settings));
  }
}
