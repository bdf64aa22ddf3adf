package dev.rackplan.cli;

import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.Compared;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.LayoutTable;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.RunEnd;
import dev.rackplan.report.RunStatus;
import dev.rackplan.report.SummaryText;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolveOutcome;
import dev.rackplan.solver.SolverOptions;
import dev.rackplan.workload.Phase;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Solves one problem file, reports it, and writes its solution. */
final class ProblemSolve {
  /**
   * What counts for every problem of a run.
   *
   * @param from solution or map to begin with, as the user gave it
   * @param layers MoE layers to search, as the user gave them
   * @param resume whether a solution from the same inputs is enough
   * @param force whether whatever is in the way is written over
   */
  record How(
      SolverOptions options,
      Optional<String> from,
      Optional<String> layers,
      boolean resume,
      boolean force) {

    /** The same with another seed, where there is one. */
    How seeded(Optional<Long> seed) {
      return seed.isEmpty()
          ? this
          : new How(options.seeded(seed.get()), from, layers, resume, force);
    }
  }

  private final String shown;
  private final Path target;
  private final How how;
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;
  private final Map<String, Object> varied;
  private final BooleanSupplier stopped;
  private final long startNanos = System.nanoTime();
  private final Instant started = Instant.now();
  // For who wants JSON.
  private final Map<String, Object> result = new LinkedHashMap<>();

  /**
   * @param shown problem file as the user gave it
   * @param target the solution file
   * @param varied what a sweep gave the problem
   * @param stopped whether somebody asked to stop
   */
  ProblemSolve(
      String shown,
      Path target,
      How how,
      Map<String, Object> varied,
      PrintWriter out,
      PrintWriter err,
      boolean json,
      BooleanSupplier stopped) {
    this.shown = shown;
    this.target = target;
    this.how = how;
    this.varied = varied;
    this.out = out;
    this.err = err;
    this.json = json;
    this.stopped = stopped;
    result.put("problem", shown);
  }

  /** What {@code --json} prints of this problem. */
  Map<String, Object> result() {
    return result;
  }

  /**
   * Solves it.
   *
   * @param displays makes what shows a search, by its name, when it begins
   */
  RunEnd solve(Function<String, SearchDisplay> displays) {
    try {
      Path file = InputFiles.path(shown);
      if (ProblemFile.isServing(file, shown)) {
        return solveServing(displays);
      }
      ProblemFile.Loaded loaded = ProblemFile.load(file, shown);
      EarlierPlan earlier = EarlierPlan.of(target, shown, loaded, how.force());
      if (how.resume() && earlier.done(how.options())) {
        return done(loaded.problem(), earlier);
      }
      Problem problem = loaded.problem();
      SolverOptions begun =
          how.from()
              .map(
                  start -> how.options().from(StartPlan.read(start, how.layers(), problem, target)))
              .orElse(how.options());
      SolveOutcome outcome;
      try (SearchDisplay display = displays.apply(problem.name())) {
        outcome = PlanSolver.solve(problem, begun, display, stopped);
      }
      if (outcome.plan().isEmpty()) {
        return infeasible(problem, outcome, List.of());
      }
      PlanReport report =
          Judge.report(problem, outcome.plan().get(), outcome.layoutsTried(), outcome.front());
      if (!report.evaluation().feasible()) {
        return infeasible(problem, outcome, report.evaluation().violations());
      }
      return write(loaded, outcome, report, earlier);
    } catch (InputException e) {
      err.println(e.getMessage());
      result.put("error", e.getMessage());
      return end(RunStatus.BAD_INPUT, Optional.empty(), e.getMessage());
    }
  }

  /** How it ended that was not begun. */
  RunEnd notBegun() {
    return end(RunStatus.NOT_BEGUN, Optional.empty(), "");
  }

  /** How it ended where {@code fault} came out. */
  RunEnd failed(Throwable fault) {
    boolean memory = fault instanceof OutOfMemoryError;
    String message =
        memory
            ? "needs more than the "
                + (Runtime.getRuntime().maxMemory() >> 20)
                + " MB of memory that rackplan may use\n"
                + "  Lower routing tokens (topics.tokens or the sample), layouts tried or --threads; or give more with JAVA_OPTS=-Xmx8g."
            : "internal error: " + fault;
    err.println(shown + ": " + message);
    result.put("error", message);
    return end(memory ? RunStatus.OUT_OF_MEMORY : RunStatus.FAILED, Optional.empty(), message);
  }

  private RunEnd end(RunStatus status, Optional<Compared> plan, String message) {
    return new RunEnd(
        shown,
        varied,
        status,
        plan,
        plan.map(there -> target.toString()),
        (System.nanoTime() - startNanos) / 1e9,
        message);
  }

  private RunEnd done(Problem problem, EarlierPlan earlier) {
    err.println(shown + ": done before, in " + target);
    result.put("solution", target.toString());
    return end(RunStatus.DONE, Optional.of(compared(problem, earlier)), "");
  }

  private Compared compared(Problem problem, EarlierPlan earlier) {
    return compared(problem, earlier.plan(), new Evaluator(problem).evaluate(earlier.plan()));
  }

  private Compared compared(Problem problem, Plan plan, Evaluation evaluation) {
    return Compared.of(InputFiles.baseName(target), problem, plan.layout(), evaluation);
  }

  private RunEnd write(
      ProblemFile.Loaded loaded, SolveOutcome outcome, PlanReport report, EarlierPlan earlier) {
    Problem problem = loaded.problem();
    SolutionFile.Provenance provenance = provenance(loaded.sha256());
    String problemPath =
        FileReference.relative(
            target.toAbsolutePath().normalize().getParent(), InputFiles.path(shown));
    Map<String, Object> evaluation = EvaluationTree.of(report);
    boolean kept = earlier.isBetterThan(problem, report.plan());
    if (!kept) {
      AtomicFile.write(
          target,
          SolutionFile.text(
              problemPath, provenance, report.plan(), problem.topology(), evaluation));
    }
    result.put("solution", target.toString());
    result.put("kept", kept);
    List<Object> others = others(problem, outcome, problemPath, provenance);
    if (how.options().keep() > 1) {
      result.put("top", others);
    }
    result.put("evaluation", evaluation);
    if (!json) {
      out.print(SummaryText.of(report));
      out.println();
      out.flush();
    }
    if (kept) {
      String message = "not written: the plan in " + target + " is better and stays";
      err.println(shown + ": " + message + "\n  --force writes over it.");
      return end(RunStatus.KEPT, Optional.of(compared(problem, earlier)), message);
    }
    err.println(
        shown + ": written to " + target + (stopped.getAsBoolean() ? ", the best so far" : ""));
    return end(
        stopped.getAsBoolean() ? RunStatus.STOPPED : RunStatus.SOLVED,
        Optional.of(compared(problem, report.plan(), report.evaluation())),
        "");
  }

  private RunEnd solveServing(Function<String, SearchDisplay> displays) {
    if (how.from().isPresent()) {
      throw new InputException(
          shown, "$.workload.phase", "serving can't begin with a plan", "Leave --from out.");
    }
    try (SearchDisplay display = displays.apply(InputFiles.baseName(target))) {
      int code =
          new ServingSolve(shown, target, out, err, json)
              .solve(how.options(), this::provenance, display, stopped, result);
      return end(
          code == ExitCode.SOLVED ? RunStatus.SOLVED : RunStatus.NO_PLAN, Optional.empty(), "");
    }
  }

  /** Writes the next best plans beside the best; their paths and figures. */
  private List<Object> others(
      Problem problem,
      SolveOutcome outcome,
      String problemPath,
      SolutionFile.Provenance provenance) {
    List<Object> written = new ArrayList<>();
    String name = InputFiles.baseName(target);
    for (int place = 2;
        place <= Math.min(how.options().keep(), outcome.others().size() + 1);
        place++) {
      PlanReport report = Judge.report(problem, outcome.others().get(place - 2));
      Map<String, Object> evaluation = EvaluationTree.of(report);
      Path file = target.resolveSibling(name + ".top-" + place + ".json");
      AtomicFile.write(
          file,
          SolutionFile.text(
              problemPath, provenance, report.plan(), problem.topology(), evaluation));
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("solution", file.toString());
      tree.put("evaluation", evaluation);
      written.add(tree);
      err.println("next best plan written to " + file);
    }
    return written;
  }

  // No date and time where steps limit the search: equal runs give equal bytes.
  private SolutionFile.Provenance provenance(String sha256) {
    SolverOptions options = how.options();
    boolean timed = options.steps().isEmpty();
    return new SolutionFile.Provenance(
        VersionProvider.version(),
        options.seed(),
        timed ? OptionalDouble.of(options.timeLimitSeconds()) : OptionalDouble.empty(),
        options.steps(),
        timed ? Optional.of(started.truncatedTo(ChronoUnit.SECONDS).toString()) : Optional.empty(),
        timed
            ? OptionalDouble.of(Math.max(1, (System.nanoTime() - startNanos) / 1_000_000) / 1e3)
            : OptionalDouble.empty(),
        stopped.getAsBoolean(),
        sha256);
  }

  private RunEnd infeasible(Problem problem, SolveOutcome outcome, List<String> violations) {
    Phase phase = problem.workload().phase();
    err.println(shown + ": no feasible plan; nothing written");
    violations.forEach(
        violation -> err.println("  the best plan found breaks a limit: " + violation));
    outcome.remedies().forEach(remedy -> err.println("  " + remedy));
    err.print(
        LayoutTable.of(Judge.layouts(outcome.layoutsTried()), PlanReport.stepName(phase))
            .indent(2));
    result.put("feasible", false);
    result.put("violations", violations);
    result.put("remedies", outcome.remedies());
    result.put(
        "layoutsTried",
        EvaluationTree.layouts(Judge.layouts(outcome.layoutsTried()), PlanReport.stepKey(phase)));
    return end(RunStatus.NO_PLAN, Optional.empty(), String.join("\n", outcome.remedies()));
  }
}
