package dev.rackplan.cli.solving;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.PoolFiles;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cost.PoolTraffic;
import dev.rackplan.cost.link.CacheTransfer;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.GpuCatalog;
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
import dev.rackplan.replay.Role;
import dev.rackplan.topology.Tier;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.RequestTrace;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What requests are sent through: one plan, or those of two pools. */
public sealed interface ReplayedPlan {
  /** The problem's name. */
  String name();

  /** The problem's limits. */
  Limits limits();

  /** The rate that it is for, where it says so. */
  default Optional<Double> requestsPerSecond() {
    return Optional.empty();
  }

  /** Its mean prompt, likewise. */
  default Optional<Integer> inputTokens() {
    return Optional.empty();
  }

  /** Its mean answer, likewise. */
  default Optional<Integer> outputTokens() {
    return Optional.empty();
  }

  /** What a trace goes through. */
  Deployment deployment(RequestTrace trace, PlannedPools.Settings settings);

  /** Reads a solution, and with one of two pools the other's; or those of several pools. */
  static ReplayedPlan read(List<String> shown) {
    return shown.size() == 1 ? read(shown.get(0)) : SeveralPlans.of(shown);
  }

  private static ReplayedPlan read(String shown) {
    Optional<SolutionFile.PoolLink> link = SolutionFile.pool(InputFiles.path(shown), shown);
    FileReference problem = SolutionFile.problem(InputFiles.path(shown), shown);
    if (link.isPresent() && ProblemFile.isServing(problem.file(), problem.shown())) {
      return pair(shown, problem, link.get());
    }
    Solved solved = serving(shown);
    return new OnePlan(solved.problem(), solved.plan());
  }

  private static Solved serving(String shown) {
    Solved solved = Solved.read(shown);
    if (solved.problem().workload().phase() == Phase.TRAINING) {
      throw new InputException(
          shown,
          "$.problem",
          "is of training, which serves no requests",
          "Give a plan that serves.");
    }
    return solved;
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
    public Deployment deployment(RequestTrace trace, PlannedPools.Settings settings) {
      return PlannedPools.one(problem, plan, trace, settings);
    }
  }

  /**
   * Pools of their own files, each with GPUs of its own: all do both, or those of prefill read
   * prompts for those of decode. Caches go over NICs, except where all GPUs fit one domain of their
   * kind.
   */
  record SeveralPlans(List<PlannedPools.Part> parts) implements ReplayedPlan {
    static SeveralPlans of(List<String> shown) {
      List<Solved> all = shown.stream().map(ReplayedPlan::serving).toList();
      Set<Phase> phases = new HashSet<>();
      all.forEach(one -> phases.add(one.problem().workload().phase()));
      for (Solved one : all) {
        if (!one.problem().model().name().equals(all.get(0).problem().model().name())) {
          throw new InputException(
              one.shown(),
              "$.problem",
              "is of "
                  + one.problem().model().name()
                  + ", and "
                  + all.get(0).shown()
                  + " of "
                  + all.get(0).problem().model().name(),
              "Give plans of one model.");
        }
      }
      return new SeveralPlans(
          all.stream()
              .map(one -> new PlannedPools.Part(role(one, phases), one.problem(), one.plan()))
              .sorted(Comparator.comparing(PlannedPools.Part::role))
              .toList());
    }

    private static Role role(Solved one, Set<Phase> phases) {
      boolean prefill = one.problem().workload().phase() == Phase.PREFILL;
      return phases.size() == 1 ? Role.BOTH : prefill ? Role.PREFILL : Role.DECODE;
    }

    @Override
    public String name() {
      return parts.stream().map(part -> part.problem().name()).collect(Collectors.joining(", "));
    }

    @Override
    public Limits limits() {
      return new Limits(
          limit(part -> part.problem().limits().tpotSeconds()),
          limit(part -> part.problem().limits().ttftSeconds()),
          0);
    }

    private OptionalDouble limit(Function<PlannedPools.Part, OptionalDouble> of) {
      return parts.stream().map(of).flatMapToDouble(OptionalDouble::stream).min();
    }

    @Override
    public Deployment deployment(RequestTrace trace, PlannedPools.Settings settings) {
      return PlannedPools.of(parts, link(), trace, settings);
    }

    private OptionalDouble link() {
      if (parts.get(0).role() == Role.BOTH) {
        return OptionalDouble.empty();
      }
      Set<String> kinds = new HashSet<>();
      parts.forEach(part -> kinds.add(part.problem().topology().firstSpec().name()));
      int gpus = parts.stream().mapToInt(part -> part.plan().layout().gpus()).sum();
      boolean oneDomain =
          kinds.size() == 1
              && GpuCatalog.load()
                  .meant(kinds.iterator().next())
                  .filter(entry -> gpus <= entry.scaleUpDomainGpus())
                  .isPresent();
      return OptionalDouble.of(
          CacheTransfer.linkBytesPerSecond(
              parts.stream().map(part -> part.problem().topology()).toList(),
              oneDomain ? Tier.SCALE_UP : Tier.SCALE_OUT));
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
