package dev.rackplan.cli.solving;

import dev.rackplan.batch.Batch;
import dev.rackplan.batch.Workers;
import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Judge;
import dev.rackplan.cli.file.PlanFile;
import dev.rackplan.cli.file.StartPlan;
import dev.rackplan.cli.terminal.HeapNeed;
import dev.rackplan.cli.terminal.MemoryWords;
import dev.rackplan.cli.terminal.SearchDisplay;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.Compared;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.FormatsText;
import dev.rackplan.report.LayoutTable;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.RunEnd;
import dev.rackplan.report.RunStatus;
import dev.rackplan.report.SummaryText;
import dev.rackplan.solver.PlanSoFar;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolverOptions;
import dev.rackplan.workload.Phase;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Solves one problem file, reports it, and writes its solution. */
public final class ProblemSolve {
  /**
   * What counts for every problem of a run.
   *
   * @param from solution or map to begin with, as the user gave it
   * @param layers MoE layers to search, as the user gave them
   * @param resume whether a solution from the same inputs is enough
   * @param force whether whatever is in the way is written over
   * @param drafts whether the best plan so far is written while the search goes on
   */
  public record How(
      SolverOptions options,
      Optional<String> from,
      Optional<String> layers,
      boolean resume,
      boolean force,
      boolean drafts) {

    /** The same with another seed, where there is one. */
    How seeded(Optional<Long> seed) {
      return seed.isEmpty()
          ? this
          : new How(options.seeded(seed.get()), from, layers, resume, force, drafts);
    }
  }

  private final FileReference source;
  private final FileReference target;
  private final How how;
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;
  private final Map<String, Object> varied;
  private final BooleanSupplier stopped;
  private final PlanFile file;
  // Of the search, where it writes any.
  private Optional<PlanDrafts> drafts = Optional.empty();
  // For who wants JSON.
  private final Map<String, Object> result = new LinkedHashMap<>();

  /**
   * @param source the problem file
   * @param target the solution file
   * @param varied what a sweep gave the problem
   * @param stopped whether somebody asked to stop
   */
  ProblemSolve(
      FileReference source,
      FileReference target,
      How how,
      Map<String, Object> varied,
      PrintWriter out,
      PrintWriter err,
      boolean json,
      BooleanSupplier stopped) {
    this.source = source;
    this.target = target;
    this.how = how;
    this.varied = varied;
    this.out = out;
    this.err = err;
    this.json = json;
    this.stopped = stopped;
    this.file = new PlanFile(source, target, how.options(), System.nanoTime(), Instant.now());
    result.put("problem", source.shown());
  }

  /** Of a batch's item. */
  public static ProblemSolve of(
      BatchItem item,
      Path target,
      How how,
      PrintWriter out,
      PrintWriter err,
      boolean json,
      BooleanSupplier stopped) {
    return new ProblemSolve(
        new FileReference(InputFiles.path(item.shown()), item.shown()),
        new FileReference(target, target.toString()),
        how.seeded(item.seed()),
        item.varied(),
        out,
        err,
        json,
        stopped);
  }

  /** What {@code --json} prints of this problem. */
  public Map<String, Object> result() {
    return result;
  }

  /**
   * Solves it.
   *
   * @param displays makes what shows a search, by its name, when it begins
   */
  RunEnd solve(Function<String, SearchDisplay> displays) {
    try {
      if (ProblemFile.isServing(source.file(), source.shown())) {
        return solveServing(displays);
      }
      ProblemFile.Loaded loaded = ProblemFile.load(source.file(), source.shown());
      EarlierPlan earlier = EarlierPlan.of(target, source.shown(), loaded, how.force());
      if (how.resume() && earlier.done(how.options())) {
        return done(loaded.problem(), earlier);
      }
      Problem problem = loaded.problem();
      SolverOptions begun =
          how.from()
              .map(
                  start ->
                      how.options()
                          .from(StartPlan.read(start, how.layers(), problem, target.file())))
              .orElse(how.options());
      ProblemRouting routing = ProblemRouting.of(problem);
      Judge judge = new Judge(problem, routing);
      Outcome outcome = search(loaded, routing, begun, judge, displays);
      if (outcome.plan().isEmpty()) {
        return infeasible(problem, outcome, List.of());
      }
      PlanReport report =
          judge.report(outcome.plan().get(), outcome.layoutsTried(), outcome.front());
      if (!report.evaluation().feasible()) {
        return infeasible(problem, outcome, report.evaluation().violations());
      }
      return write(loaded, outcome, report, earlier);
    } catch (InputException e) {
      return refused(e);
    }
  }

  private Outcome search(
      ProblemFile.Loaded loaded,
      ProblemRouting routing,
      SolverOptions options,
      Judge judge,
      Function<String, SearchDisplay> displays) {
    Problem problem = loaded.problem();
    PlanSoFar soFar = new PlanSoFar();
    try (SearchDisplay display = displays.apply(problem.name())) {
      String heap = HeapNeed.words(problem);
      if (!display.begins(heap) && !HeapNeed.fits(problem)) {
        err.println(heap);
      }
      if (!how.drafts()) {
        return PlanSolver.solve(problem, routing, options, display, stopped, soFar);
      }
      PlanDrafts written =
          new PlanDrafts(
              problem,
              soFar,
              judge,
              () -> EarlierPlan.ofSameInputs(target, source.shown(), loaded).loss(problem),
              report -> {
                file.writeDraft(report, loaded.sha256());
                display.written(target.shown());
              });
      drafts = Optional.of(written);
      try (BestOnDisk disk = new BestOnDisk(written, options.threads(), err)) {
        disk.begin();
        return PlanSolver.solve(problem, routing, options, display, stopped, soFar);
      }
    }
  }

  /** Solves it where no other problem runs: out of memory is how it ends. */
  public RunEnd solveAlone(Function<String, SearchDisplay> displays) {
    try {
      return solve(displays);
    } catch (OutOfMemoryError | IllegalStateException e) {
      if (!Batch.causedByMemory(e)) {
        throw e;
      }
      return failed(new OutOfMemoryError());
    }
  }

  /**
   * Has it solved on another machine; what comes back is written here.
   *
   * @param publish a folder of the workers' file systems that gets a copy of each solution
   */
  RunEnd solveOn(Workers workers, Optional<String> publish) {
    try {
      Optional<RemoteSolve.Answer> answered =
          RemoteSolve.of(source, target, how, json).on(workers, stopped);
      if (answered.isEmpty()) {
        return notBegun();
      }
      RemoteSolve.Answer answer = answered.get();
      answer
          .files()
          .forEach((name, bytes) -> AtomicFile.replace(target.sibling(name).file(), bytes));
      err.print(answer.words());
      ((Map<?, ?>) JsonCursor.parse(answer.result(), source.shown()).tree())
          .forEach((key, value) -> result.put(key.toString(), value));
      Optional<Compared> plan =
          switch (answer.status()) {
            case SOLVED, KEPT, DONE -> plan();
            default -> Optional.empty();
          };
      if (publish.isPresent()) {
        Set<FileReference> made = new LinkedHashSet<>();
        plan.ifPresent(there -> made.add(target));
        answer.files().keySet().forEach(name -> made.add(target.sibling(name)));
        made.forEach(file -> workers.publish(file.file(), publish.get()));
      }
      return new RunEnd(
          source.shown(),
          varied,
          answer.status(),
          plan,
          plan.map(there -> target.shown()),
          answer.seconds(),
          answer.message());
    } catch (InputException e) {
      return refused(e);
    }
  }

  // What is in the solution file; empty for the two of a serving problem.
  private Optional<Compared> plan() {
    if (ProblemFile.isServing(source.file(), source.shown())) {
      return Optional.empty();
    }
    ProblemFile.Loaded loaded = ProblemFile.load(source.file(), source.shown());
    EarlierPlan there = EarlierPlan.of(target, source.shown(), loaded, false);
    return Optional.of(compared(loaded.problem(), there));
  }

  private RunEnd refused(InputException e) {
    err.println(e.getMessage());
    result.put("error", e.getMessage());
    return end(RunStatus.BAD_INPUT, Optional.empty(), e.getMessage());
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
            ? MemoryWords.of(
                "Lower routing tokens (topics.tokens or the sample), layouts tried or --threads")
            : "internal error: " + fault;
    err.println(source.shown() + ": " + message);
    result.put("error", message);
    return end(memory ? RunStatus.OUT_OF_MEMORY : RunStatus.FAILED, Optional.empty(), message);
  }

  private RunEnd end(RunStatus status, Optional<Compared> plan, String message) {
    return new RunEnd(
        source.shown(),
        varied,
        status,
        plan,
        plan.map(there -> target.shown()),
        (System.nanoTime() - file.startNanos()) / 1e9,
        message);
  }

  private RunEnd done(Problem problem, EarlierPlan earlier) {
    err.println(source.shown() + ": done before, in " + target.shown());
    result.put("solution", target.shown());
    return end(RunStatus.DONE, Optional.of(compared(problem, earlier)), "");
  }

  private Compared compared(Problem problem, EarlierPlan earlier) {
    return compared(problem, earlier.plan(), new Evaluator(problem).evaluate(earlier.plan()));
  }

  private Compared compared(Problem problem, Plan plan, Evaluation evaluation) {
    return Compared.of(InputFiles.baseName(target.file()), problem, plan.layout(), evaluation);
  }

  private RunEnd write(
      ProblemFile.Loaded loaded, Outcome outcome, PlanReport report, EarlierPlan earlier) {
    Problem problem = loaded.problem();
    SolutionFile.Provenance provenance = file.provenance(loaded.sha256(), stopped.getAsBoolean());
    boolean kept = earlier.outlasts(problem, report.plan(), how.options());
    Map<String, Object> evaluation =
        kept ? EvaluationTree.of(report) : file.write(target, report, provenance);
    result.put("solution", target.shown());
    result.put("kept", kept);
    List<Object> others = others(problem, outcome, provenance);
    if (how.options().keep() > 1) {
      result.put("top", others);
    }
    result.put("formats", FormatsText.lines(problem));
    result.put("evaluation", evaluation);
    if (!json) {
      out.print(SummaryText.of(report));
      out.println();
      out.flush();
    }
    if (kept) {
      String message = "not written: the plan in " + target.shown() + " is better and stays";
      err.println(source.shown() + ": " + message + "\n  --force writes over it.");
      return end(RunStatus.KEPT, Optional.of(compared(problem, earlier)), message);
    }
    err.println(
        source.shown()
            + ": written to "
            + target.shown()
            + (stopped.getAsBoolean() ? ", the best so far" : ""));
    return end(
        stopped.getAsBoolean() ? RunStatus.STOPPED : RunStatus.SOLVED,
        Optional.of(compared(problem, report.plan(), report.evaluation())),
        "");
  }

  private RunEnd solveServing(Function<String, SearchDisplay> displays) {
    if (how.from().isPresent()) {
      throw new InputException(
          source.shown(),
          "$.workload.phase",
          "serving can't begin with a plan",
          "Leave --from out.");
    }
    RunStatus status =
        new ServingSolve(source, target, out, err, json)
            .solve(
                how,
                sha -> file.provenance(sha, stopped.getAsBoolean()),
                displays,
                stopped,
                result);
    return end(status, Optional.empty(), "");
  }

  /** Writes the next best plans beside the best; their paths and figures. */
  private List<Object> others(
      Problem problem, Outcome outcome, SolutionFile.Provenance provenance) {
    List<Object> written = new ArrayList<>();
    String name = InputFiles.baseName(target.file());
    for (int place = 2;
        place <= Math.min(how.options().keep(), outcome.others().size() + 1);
        place++) {
      PlanReport report = Judge.report(problem, outcome.others().get(place - 2));
      FileReference next = target.sibling(name + ".top-" + place + ".json");
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("solution", next.shown());
      tree.put("evaluation", file.write(next, report, provenance));
      written.add(tree);
      err.println("next best plan written to " + next.shown());
    }
    return written;
  }

  private RunEnd infeasible(Problem problem, Outcome outcome, List<String> violations) {
    drafts.ifPresent(written -> written.withdraw(target.file()));
    Phase phase = problem.workload().phase();
    err.println(source.shown() + ": no feasible plan; nothing written");
    violations.forEach(
        violation -> err.println("  the best plan found breaks a limit: " + violation));
    outcome.remedies().forEach(remedy -> err.println("  " + remedy));
    FormatsText.lines(problem).forEach(line -> err.println("  " + line));
    err.print(LayoutTable.of(outcome.layoutsTried(), phase.stepName()).indent(2));
    result.put("feasible", false);
    result.put("formats", FormatsText.lines(problem));
    result.put("violations", violations);
    result.put("remedies", outcome.remedies());
    result.put("layoutsTried", EvaluationTree.layouts(outcome.layoutsTried(), phase.stepKey()));
    return end(RunStatus.NO_PLAN, Optional.empty(), String.join("\n", outcome.remedies()));
  }
}
