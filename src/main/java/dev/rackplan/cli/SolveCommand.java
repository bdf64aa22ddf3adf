package dev.rackplan.cli;

import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.LayoutTable;
import dev.rackplan.report.PlanReport;
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
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan solve}: problems in, solution files and summaries out. */
@Command(
    name = "solve",
    header = "Finds a plan for each problem and writes it to a solution file.",
    description = {
      "",
      "Problems are solved one after another; a bad one does not stop the others, and the exit code is the highest of all.",
      "Ctrl-C writes the best plan so far and stops; a second Ctrl-C stops at once.",
      "With --steps instead of a time limit, two runs write the same bytes: no date is written then.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan solve problems/deepseek-v3-decode-gb200.json --time-limit 20s",
      "  rackplan solve problems/deepseek-v3-decode-gb200.json --from solutions/deepseek-v3-decode-gb200.json --layers 3-10,20"
    })
final class SolveCommand implements Callable<Integer> {
  private static final int INTERRUPTED = 130;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE|DIR",
      description = "Problem files, or folders of them.")
  private List<String> files;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Folder of the solution files; made if need be. Default: ${DEFAULT-VALUE}.",
      defaultValue = "solutions")
  private String output;

  @Mixin private SearchLimits limits;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of every random choice. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  private long seed;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description =
          "Begin with this solution, or expert map of SGLang, TensorRT-LLM or vLLM: only its layout is searched, and nothing worse comes out.")
  private Optional<String> from = Optional.empty();

  @Option(
      names = "--layers",
      paramLabel = "LIST",
      description =
          "With --from: search these MoE layers only, such as 3-10,20, counted among all layers from 0; the rest of the plan stays.")
  private Optional<String> layers = Optional.empty();

  @Option(
      names = "--top",
      paramLabel = "N",
      description =
          "Keep the N best plans, each of another layout: NAME.json is the best, NAME.top-2.json the next. Default: ${DEFAULT-VALUE}.",
      defaultValue = "1")
  private int top;

  @Option(
      names = "--json",
      description = "Print JSON: an object, or a list of them for several problems.")
  private boolean json;

  @Override
  public Integer call() {
    if (top < 1) {
      throw new ParameterException(spec.commandLine(), "--top must be >= 1, was " + top);
    }
    SolverOptions options = options().keeping(top);
    List<String> problems = InputFiles.expand(files);
    if (from.isPresent() && problems.size() > 1) {
      throw new ParameterException(
          spec.commandLine(), "--from begins one problem: give one, not " + problems.size());
    }
    Map<String, Path> targets = OutputFolder.targets(output, "-o", problems, ".json");
    PrintWriter out = spec.commandLine().getOut();
    List<Object> results = new ArrayList<>();
    int exitCode = ExitCode.SOLVED;
    try (Interruption interruption = new Interruption()) {
      for (String shown : problems) {
        if (interruption.asked()) {
          break;
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("problem", shown);
        exitCode =
            Math.max(exitCode, solve(shown, targets.get(shown), options, interruption, result));
        results.add(result);
      }
      if (json) {
        out.print(
            JsonText.of(problems.size() == 1 && !results.isEmpty() ? results.get(0) : results));
      }
      out.flush();
      return interruption.asked() ? INTERRUPTED : exitCode;
    }
  }

  private SolverOptions options() {
    limits.check();
    if (layers.isPresent() && from.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--layers needs --from, the plan whose other layers stay");
    }
    try {
      return new SolverOptions(limits.seconds(), limits.steps(), seed, limits.threads());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage());
    }
  }

  /** Solves one problem, reports it, and returns its exit code. */
  private int solve(
      String shown,
      Path target,
      SolverOptions options,
      Interruption interruption,
      Map<String, Object> result) {
    PrintWriter err = spec.commandLine().getErr();
    try {
      Path file = InputFiles.path(shown);
      if (ProblemFile.isServing(file, shown)) {
        return solveServing(shown, target, options, interruption, result);
      }
      ProblemFile.Loaded loaded = ProblemFile.load(file, shown);
      Problem problem = loaded.problem();
      SolutionFile.Provenance provenance = provenance(options, loaded.sha256());
      SolverOptions begun =
          from.map(start -> options.from(StartPlan.read(start, layers, problem, target)))
              .orElse(options);
      SolveOutcome outcome = search(problem, begun, interruption);
      if (outcome.plan().isEmpty()) {
        return infeasible(shown, problem, outcome, List.of(), result);
      }
      PlanReport report =
          Judge.report(problem, outcome.plan().get(), outcome.layoutsTried(), outcome.front());
      if (!report.evaluation().feasible()) {
        return infeasible(shown, problem, outcome, report.evaluation().violations(), result);
      }
      Map<String, Object> evaluation = EvaluationTree.of(report);
      String problemPath =
          InputFiles.relative(target.toAbsolutePath().normalize().getParent(), file);
      AtomicFile.write(
          target,
          SolutionFile.text(
              problemPath, provenance, report.plan(), problem.topology(), evaluation));
      result.put("solution", target.toString());
      List<Object> others = others(problem, outcome, target, problemPath, provenance);
      if (top > 1) {
        result.put("top", others);
      }
      result.put("evaluation", evaluation);
      if (!json) {
        spec.commandLine().getOut().print(SummaryText.of(report));
        spec.commandLine().getOut().println();
        spec.commandLine().getOut().flush();
      }
      err.println(
          shown + ": written to " + target + (interruption.asked() ? ", the best so far" : ""));
      return ExitCode.SOLVED;
    } catch (InputException e) {
      err.println(e.getMessage());
      result.put("error", e.getMessage());
      return ExitCode.BAD_INPUT;
    }
  }

  private int solveServing(
      String shown,
      Path target,
      SolverOptions options,
      Interruption interruption,
      Map<String, Object> result) {
    if (from.isPresent()) {
      throw new InputException(
          shown, "$.workload.phase", "serving can't begin with a plan", "Leave --from out.");
    }
    PrintWriter err = spec.commandLine().getErr();
    try (ProgressLines progress =
        new ProgressLines(InputFiles.baseName(target), err, limit(options))) {
      return new ServingSolve(shown, target, spec.commandLine().getOut(), err, json)
          .solve(
              options,
              sha256 -> provenance(options, sha256),
              progress,
              interruption::asked,
              result);
    }
  }

  private static OptionalDouble limit(SolverOptions options) {
    return options.steps().isEmpty()
        ? OptionalDouble.of(options.timeLimitSeconds())
        : OptionalDouble.empty();
  }

  /** Writes the next best plans beside the best; their paths and figures. */
  private List<Object> others(
      Problem problem,
      SolveOutcome outcome,
      Path target,
      String problemPath,
      SolutionFile.Provenance provenance) {
    List<Object> written = new ArrayList<>();
    String name = InputFiles.baseName(target);
    for (int place = 2; place <= Math.min(top, outcome.others().size() + 1); place++) {
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
      spec.commandLine().getErr().println("next best plan written to " + file);
    }
    return written;
  }

  // No date where steps limit the search: equal runs give equal bytes.
  private SolutionFile.Provenance provenance(SolverOptions options, String sha256) {
    boolean timed = options.steps().isEmpty();
    return new SolutionFile.Provenance(
        VersionProvider.version(),
        options.seed(),
        timed ? OptionalDouble.of(options.timeLimitSeconds()) : OptionalDouble.empty(),
        options.steps(),
        timed
            ? Optional.of(Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
            : Optional.empty(),
        sha256);
  }

  private SolveOutcome search(Problem problem, SolverOptions options, Interruption interruption) {
    try (ProgressLines progress =
        new ProgressLines(problem.name(), spec.commandLine().getErr(), limit(options))) {
      return PlanSolver.solve(problem, options, progress, interruption::asked);
    }
  }

  private int infeasible(
      String shown,
      Problem problem,
      SolveOutcome outcome,
      List<String> violations,
      Map<String, Object> result) {
    PrintWriter err = spec.commandLine().getErr();
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
    return ExitCode.NO_FEASIBLE_PLAN;
  }
}
