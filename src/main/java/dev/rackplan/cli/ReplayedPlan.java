package dev.rackplan.cli;

import dev.rackplan.cost.PoolTraffic;
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

/** What requests are sent through: one plan, or those of two pools. */
sealed interface ReplayedPlan {
  /** The problem's name. */
  String name();

  /** The problem's limits. */
  Limits limits();

  /** The rate that it is for, where it says so. */
  Optional<Double> requestsPerSecond();

  /** Its mean prompt, likewise. */
  Optional<Integer> inputTokens();

  /** Its mean answer, likewise. */
  Optional<Integer> outputTokens();

  /** What a trace goes through. */
  Deployment deployment(RequestTrace trace, PlannedPools.Settings settings);

  /** Reads a solution, and with one of two pools the other's. */
  static ReplayedPlan read(String shown) {
    Optional<SolutionFile.PoolLink> link = SolutionFile.pool(InputFiles.path(shown), shown);
    FileReference problem = SolutionFile.problem(InputFiles.path(shown), shown);
    if (link.isPresent() && ProblemFile.isServing(problem.file(), problem.shown())) {
      return pair(shown, problem, link.get());
    }
    Solved solved = Solved.read(shown);
    if (solved.problem().workload().phase() == Phase.TRAINING) {
      throw new InputException(
          shown,
          "$.problem",
          "is of training, which serves no requests",
          "Give a plan that serves.");
    }
    return new OnePlan(solved.problem(), solved.plan());
  }

  private static ReplayedPlan pair(
      String shown, FileReference problem, SolutionFile.PoolLink link) {
    PoolFiles.refuseSharedGpus(InputFiles.path(shown), shown, link);
    ServingProblem serving = ProblemFile.loadServing(problem.file(), problem.shown()).serving();
    boolean prefillGiven = link.pool() == Pool.PREFILL;
    SolutionFile.Contents given =
        SolutionFile.read(InputFiles.path(shown), shown, serving.of(link.pool()));
    SolutionFile.Contents beside =
        SolutionFile.read(
            link.beside().file(),
            link.beside().shown(),
            serving.of(prefillGiven ? Pool.DECODE : Pool.PREFILL));
    SolutionFile.Contents prefill = prefillGiven ? given : beside;
    SolutionFile.Contents decode = prefillGiven ? beside : given;
    return new TwoPlans(
        PoolTraffic.together(
            new ServingProblem(
                serving.name(),
                serving.inputTokens(),
                serving.outputTokens(),
                serving.rate(),
                prefill.problem(),
                decode.problem()),
            prefill.plan(),
            decode.plan()),
        prefill.plan(),
        decode.plan());
  }

  /** GPUs that read prompts and decode. */
  record OnePlan(Problem problem, Plan plan) implements ReplayedPlan {
    @Override
    public String name() {
      return problem.name();
    }

    @Override
    public Limits limits() {
      return problem.limits();
    }

    @Override
    public Optional<Double> requestsPerSecond() {
      return Optional.empty();
    }

    @Override
    public Optional<Integer> inputTokens() {
      return Optional.empty();
    }

    @Override
    public Optional<Integer> outputTokens() {
      return Optional.empty();
    }

    @Override
    public Deployment deployment(RequestTrace trace, PlannedPools.Settings settings) {
      return PlannedPools.one(problem, plan, trace, settings);
    }
  }

  /**
   * Two pools.
   *
   * @param prefill the plan that reads prompts
   * @param decode the plan that decodes
   */
  record TwoPlans(ServingProblem serving, Plan prefill, Plan decode) implements ReplayedPlan {
    @Override
    public String name() {
      return serving.name();
    }

    @Override
    public Limits limits() {
      return serving.decode().limits();
    }

    @Override
    public Optional<Double> requestsPerSecond() {
      return serving.rate().isPresent()
          ? Optional.of(serving.requestsPerSecond())
          : Optional.empty();
    }

    @Override
    public Optional<Integer> inputTokens() {
      return Optional.of((int) Math.round(serving.inputTokens()));
    }

    @Override
    public Optional<Integer> outputTokens() {
      return Optional.of((int) Math.round(serving.outputTokens()));
    }

    @Override
    public Deployment deployment(RequestTrace trace, PlannedPools.Settings settings) {
      return PlannedPools.two(serving, prefill, decode, trace, settings);
    }
  }
}
