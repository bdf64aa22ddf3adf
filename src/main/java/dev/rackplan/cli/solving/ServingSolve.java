package dev.rackplan.cli.solving;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Judge;
import dev.rackplan.cli.terminal.SearchDisplay;
import dev.rackplan.cost.PoolTraffic;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.FormatsText;
import dev.rackplan.report.LayoutTable;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.ReplayedLimits;
import dev.rackplan.report.RunStatus;
import dev.rackplan.report.ServingReport;
import dev.rackplan.solver.ServingSolver;
import dev.rackplan.solver.SolverOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Solves a serving problem: two pools, two solution files that name each other. */
final class ServingSolve {
  private final FileReference source;
  private final FileReference target;
  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean json;

  /**
   * @param source the problem file
   * @param target the solution file of a problem without pools; {@code -prefill} and {@code
   *     -decode} are added to its name
   */
  ServingSolve(
      FileReference source, FileReference target, PrintWriter out, PrintWriter err, boolean json) {
    this.source = source;
    this.target = target;
    this.out = out;
    this.err = err;
    this.json = json;
  }

  /** The file that one pool's solution is written to. */
  private FileReference file(Pool pool) {
    return file(target, pool);
  }

  private static FileReference file(FileReference target, Pool pool) {
    return target.sibling(
        InputFiles.baseName(target.file()) + "-" + JsonCursor.camelCase(pool) + ".json");
  }

  /** Where solutions of a problem may lie: the target, and the files of two pools. */
  static List<FileReference> targets(FileReference target) {
    return List.of(target, file(target, Pool.PREFILL), file(target, Pool.DECODE));
  }

  /**
   * Solves it, unless a resumed run finds it done.
   *
   * @param displays makes what shows the search, when it begins
   */
  RunStatus solve(
      ProblemSolve.How how,
      Function<String, SolutionFile.Provenance> provenance,
      Function<String, SearchDisplay> displays,
      BooleanSupplier cancelled,
      Map<String, Object> result) {
    ProblemFile.LoadedServing loaded = ProblemFile.loadServing(source.file(), source.shown());
    ServingProblem serving = loaded.serving();
    Map<Pool, EarlierPlan> earlier = new EnumMap<>(Pool.class);
    for (Pool pool : Pool.values()) {
      earlier.put(pool, EarlierPlan.of(file(pool), source.shown(), loaded.of(pool), how.force()));
    }
    boolean pair = isPair(earlier);
    if (how.resume()
        && pair
        && earlier.values().stream().allMatch(plan -> plan.done(how.options()))) {
      err.println(source.shown() + ": done before, in " + bothFiles());
      result.put("solutions", solutions());
      return RunStatus.DONE;
    }
    SizedByReplay.Sized sized;
    try (SearchDisplay display = displays.apply(InputFiles.baseName(target.file()))) {
      sized =
          new SizedByReplay(serving)
              .solve(
                  asked -> ServingSolver.solve(asked, options(serving, how), display, cancelled),
                  cancelled);
    }
    ServingSolver.PoolPlans outcome = sized.pools();
    List<PlanReport> reports = new ArrayList<>();
    List<String> violations = new ArrayList<>();
    for (ServingSolver.PoolPlan pool : outcome.pools()) {
      Optional<Plan> plan = pool.outcome().plan();
      if (outcome.fault().isEmpty() && plan.isPresent()) {
        PlanReport report =
            new Judge(outcome.serving().of(pool.pool()))
                .report(plan.get(), pool.outcome().layoutsTried(), pool.outcome().front());
        reports.add(report);
        violations.addAll(report.evaluation().violations());
      }
    }
    outcome.fault().ifPresent(violations::add);
    sized
        .replayed()
        .filter(limits -> !limits.kept())
        .map(ReplayedLimits::words)
        .ifPresent(violations::add);
    if (reports.size() < outcome.pools().size() || !violations.isEmpty()) {
      return infeasible(serving, outcome, violations, result);
    }
    ServingReport report = new ServingReport(outcome.serving(), reports.get(0), reports.get(1));
    boolean kept = pair && isBetter(serving, earlier, report);
    write(report, kept, provenance.apply(loaded.sha256()), result);
    sized.replayed().ifPresent(limits -> tell(limits, report, result));
    if (kept) {
      err.println(
          source.shown()
              + ": not written: the plan in "
              + bothFiles()
              + " is better and stays\n  --force writes over it.");
      return RunStatus.KEPT;
    }
    err.println(source.shown() + ": written to " + bothFiles());
    return cancelled.getAsBoolean() ? RunStatus.STOPPED : RunStatus.SOLVED;
  }

  // Each of several searches has its share of the time.
  private static SolverOptions options(ServingProblem serving, ProblemSolve.How how) {
    SolverOptions all = how.options();
    return serving.decode().limits().ofPercentiles()
        ? new SolverOptions(
            all.timeLimitSeconds() / SizedByReplay.MOST_ROUNDS,
            all.steps(),
            all.seed(),
            all.threads())
        : all;
  }

  private void tell(ReplayedLimits limits, ServingReport report, Map<String, Object> result) {
    result.put("replayed", limits.tree());
    if (!json) {
      out.println(limits.words());
      out.print(
          limits.text(
              report.prefill().evaluation().confidence().plusMinus(),
              report.decode().evaluation().confidence().plusMinus(),
              report.serving().requestsPerSecond()));
      out.flush();
    }
  }

  // Two files of two runs, one of which was killed between them, may share GPUs.
  private boolean isPair(Map<Pool, EarlierPlan> earlier) {
    return earlier.values().stream().allMatch(EarlierPlan::isThere)
        && Collections.disjoint(gpuNames(Pool.PREFILL), gpuNames(Pool.DECODE));
  }

  private Set<String> gpuNames(Pool pool) {
    return SolutionFile.gpuNames(file(pool).file(), file(pool).shown());
  }

  /**
   * Whether both keep up and keep every limit, and have fewer GPUs, or as many and are faster;
   * where the rate is open, take more requests.
   */
  private static boolean isBetter(
      ServingProblem serving, Map<Pool, EarlierPlan> earlier, ServingReport now) {
    Plan reads = earlier.get(Pool.PREFILL).plan();
    Plan writes = earlier.get(Pool.DECODE).plan();
    ServingProblem both = PoolTraffic.together(serving, reads, writes);
    PlanReport prefill = Judge.report(both.of(Pool.PREFILL), reads);
    PlanReport decode = Judge.report(both.of(Pool.DECODE), writes);
    ServingReport there = new ServingReport(now.serving(), prefill, decode);
    return prefill.evaluation().feasible()
        && decode.evaluation().feasible()
        && there.keepsUp()
        && keepsPercentiles(both, reads, writes)
        && (serving.rate().isEmpty()
            ? there.capacity() > now.capacity()
            : there.gpus() < now.gpus()
                || there.gpus() == now.gpus() && there.requestSeconds() < now.requestSeconds());
  }

  private static boolean keepsPercentiles(ServingProblem both, Plan reads, Plan writes) {
    return !both.decode().limits().ofPercentiles()
        || new SizedByReplay(both).replayed(both, reads, writes).kept();
  }

  private String bothFiles() {
    return file(Pool.PREFILL).shown() + " and " + file(Pool.DECODE).shown();
  }

  private Map<String, Object> solutions() {
    Map<String, Object> solutions = new LinkedHashMap<>();
    for (Pool pool : Pool.values()) {
      solutions.put(JsonCursor.camelCase(pool), file(pool).shown());
    }
    return solutions;
  }

  private void write(
      ServingReport report,
      boolean kept,
      SolutionFile.Provenance provenance,
      Map<String, Object> result) {
    Path folder = target.file().toAbsolutePath().normalize().getParent();
    Map<Pool, String> texts = new LinkedHashMap<>();
    Map<String, Object> evaluations = new LinkedHashMap<>();
    for (Pool pool : Pool.values()) {
      Pool other = pool == Pool.PREFILL ? Pool.DECODE : Pool.PREFILL;
      PlanReport part = report.of(pool);
      Map<String, Object> evaluation = EvaluationTree.of(part);
      texts.put(
          pool,
          SolutionFile.text(
              FileReference.relative(folder, source.file()),
              Optional.of(
                  new SolutionFile.PoolName(pool, file(other).file().getFileName().toString())),
              List.of(),
              provenance,
              part.plan(),
              part.problem().topology(),
              evaluation));
      evaluations.put(JsonCursor.camelCase(pool), evaluation);
    }
    if (!kept) {
      texts.forEach((pool, text) -> AtomicFile.replace(file(pool).file(), text));
    }
    result.put("solutions", solutions());
    result.put("kept", kept);
    result.put("serving", report.tree());
    result.put("evaluations", evaluations);
    if (!json) {
      out.println(report.text());
      out.flush();
    }
  }

  private RunStatus infeasible(
      ServingProblem serving,
      ServingSolver.PoolPlans outcome,
      List<String> violations,
      Map<String, Object> result) {
    err.println(source.shown() + ": no feasible plan; nothing written");
    violations.forEach(violation -> err.println("  " + violation));
    FormatsText.lines(serving.decode()).forEach(line -> err.println("  " + line));
    Map<String, Object> tried = new LinkedHashMap<>();
    for (ServingSolver.PoolPlan pool : outcome.pools()) {
      Problem problem = serving.of(pool.pool());
      String name = JsonCursor.camelCase(pool.pool());
      err.println("  " + name + ", one instance:");
      err.print(
          LayoutTable.of(pool.outcome().layoutsTried(), problem.workload().phase().stepName())
              .indent(4));
      tried.put(
          name,
          EvaluationTree.layouts(
              pool.outcome().layoutsTried(), problem.workload().phase().stepKey()));
    }
    result.put("feasible", false);
    result.put("violations", violations);
    result.put("layoutsTried", tried);
    return RunStatus.NO_PLAN;
  }
}
