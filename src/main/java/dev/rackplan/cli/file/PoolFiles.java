package dev.rackplan.cli.file;

import dev.rackplan.cost.PoolTraffic;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.ServingProblem;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** The problem that a solution answers: the whole file's, or that of one of two pools. */
public final class PoolFiles {
  private PoolFiles() {}

  /**
   * Reads {@code problem} for {@code solution}; with two pools also checks that they share no GPU.
   */
  public static ProblemFile.Loaded load(
      Path problem, String problemShown, Path solution, String solutionShown) {
    Optional<SolutionFile.PoolLink> link = SolutionFile.pool(solution, solutionShown);
    boolean serving = ProblemFile.isServing(problem, problemShown);
    if (!serving && link.isEmpty()) {
      return ProblemFile.load(problem, problemShown);
    }
    if (!serving) {
      throw new InputException(
          solutionShown, "$.pool", problemShown + " has no pools", "Remove it.");
    }
    if (link.isEmpty()) {
      throw new InputException(
          solutionShown,
          "$",
          "key \"pool\" is missing; " + problemShown + " has two pools",
          "Add it, such as \"pool\": {\"name\": \"prefill\", \"beside\": \"NAME-decode.json\"}.");
    }
    refuseSharedGpus(solution, solutionShown, link.get());
    ProblemFile.LoadedServing loaded = ProblemFile.loadServing(problem, problemShown);
    ProblemFile.Loaded own = loaded.of(link.get().pool());
    ServingProblem both = together(loaded.serving(), solution, solutionShown, link.get());
    return new ProblemFile.Loaded(both.of(link.get().pool()), own.files(), own.sha256());
  }

  /** The problem with each pool beside the other's plan, as these files have them. */
  private static ServingProblem together(
      ServingProblem serving, Path solution, String shown, SolutionFile.PoolLink link) {
    Pool other = link.pool() == Pool.PREFILL ? Pool.DECODE : Pool.PREFILL;
    Plan own = SolutionFile.read(solution, shown, serving.of(link.pool())).plan();
    Plan beside =
        SolutionFile.read(link.beside().file(), link.beside().shown(), serving.of(other)).plan();
    return link.pool() == Pool.PREFILL
        ? PoolTraffic.together(serving, own, beside)
        : PoolTraffic.together(serving, beside, own);
  }

  /** Refuses a pool that has a GPU of the other. */
  public static void refuseSharedGpus(
      Path solution, String solutionShown, SolutionFile.PoolLink link) {
    FileReference beside = link.beside();
    Set<String> own = SolutionFile.gpuNames(solution, solutionShown);
    for (String gpu : SolutionFile.gpuNames(beside.file(), beside.shown())) {
      if (own.contains(gpu)) {
        throw new InputException(
            solutionShown,
            "$.plan.stages",
            "has " + gpu + ", which " + beside.shown() + " has, too",
            "Give each pool GPUs of its own, or solve the problem again.");
      }
    }
  }
}
