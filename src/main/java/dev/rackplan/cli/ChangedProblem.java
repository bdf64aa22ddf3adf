package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.option.NamedParts;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Draining;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a running plan is changed for.
 *
 * @param shown of the problem file
 * @param loaded the problem as its file has it
 * @param problem the same without what is drained
 * @param drained racks, domains, nodes and GPUs that are out of use beside those of the file
 */
record ChangedProblem(
    String shown, ProblemFile.Loaded loaded, Problem problem, List<String> drained) {
  ChangedProblem {
    drained = List.copyOf(drained);
  }

  /** The running plan's own problem. */
  static ChangedProblem none(Solved old) {
    return new ChangedProblem(
        old.problemShown(), old.loaded(), old.problem(), old.contents().drained());
  }

  /**
   * The given problem, or the running plan's.
   *
   * @param given the problem's file
   * @param drain names that are taken out of use
   */
  static ChangedProblem of(Solved old, Optional<String> given, List<String> drain) {
    String shown = given.orElse(old.problemShown());
    ProblemFile.Loaded loaded =
        given.isPresent() ? ProblemFile.load(InputFiles.path(shown), shown) : old.loaded();
    List<String> drained =
        new ArrayList<>(given.isPresent() ? List.of() : old.contents().drained());
    drained.addAll(drain);
    Set<Integer> out = NamedParts.gpus("--drain", loaded.problem().topology(), drained);
    Problem problem = loaded.problem();
    if (!out.isEmpty()) {
      // The sizes were given for more GPUs than are left.
      problem = problem.withLayoutSpace(problem.layoutSpace().withOpenSizes());
    }
    return new ChangedProblem(shown, loaded, drained(problem, out), drained);
  }

  /** The problem without the GPUs that the other pool works on: none is idle. */
  Problem withoutOtherPool(SolutionFile.PoolLink pool) {
    FileReference beside = pool.beside();
    Set<String> taken = SolutionFile.gpuNames(beside.file(), beside.shown());
    return drained(
        problem,
        problem.topology().gpus().stream()
            .filter(gpu -> taken.contains(gpu.name()))
            .map(Gpu::index)
            .collect(Collectors.toSet()));
  }

  private static Problem drained(Problem problem, Set<Integer> out) {
    Topology topology = problem.topology();
    try {
      return problem.withTopology(Draining.drain(topology, out));
    } catch (IllegalArgumentException e) {
      throw new InputException(
          "command line",
          "--drain",
          "leaves no GPU of " + topology.name() + " in use",
          "Drain less.");
    }
  }

  /** Refuses another model than the one that runs in {@code from}. */
  void refuseOtherModel(Problem old, String from) {
    if (!old.model().equals(problem.model())) {
      throw new InputException(
          shown,
          "$.model",
          problem.model().name() + " is not " + old.model().name() + " that runs in " + from,
          "Solve the problem: none of the weights can stay.");
    }
  }
}
