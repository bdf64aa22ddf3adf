package dev.rackplan.cli;

import dev.rackplan.batch.Batch;
import dev.rackplan.batch.FolderLock;
import dev.rackplan.batch.Workers;
import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.OutputFolder;
import dev.rackplan.cli.option.DurationConverter;
import dev.rackplan.cli.option.SearchLimits;
import dev.rackplan.cli.solving.BatchItem;
import dev.rackplan.cli.solving.BatchTasks;
import dev.rackplan.cli.solving.ProblemSolve;
import dev.rackplan.cli.terminal.BatchDisplay;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.Interruption;
import dev.rackplan.cli.terminal.ProgressLines;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.FileTree;
import dev.rackplan.json.JsonText;
import dev.rackplan.report.RunEnd;
import dev.rackplan.report.RunTable;
import dev.rackplan.solver.SolverOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
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
      "Several problems are solved side by side, each on its share of the processors; a bad one does not stop the others, and the exit code is the highest of all. A sweep file is a problem for each combination of the values that it varies.",
      "The best plan so far is written as it gets better, marked as stopped. Ctrl-C writes it once more and stops; a second Ctrl-C stops at once. The same command with --resume goes on with a killed run. A better plan of the same inputs that is there already stays, except with --force.",
      "With --steps instead of a time limit, two runs write the same bytes: no date is written then.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan solve problems/deepseek-v3-decode-gb200.json --time-limit 20s",
      "  rackplan solve problems/deepseek-v3-decode-gb200.json --from solutions/deepseek-v3-decode-gb200.json --layers 3-10,20",
      "  rackplan solve docs/sweeps/gpt-oss-120b-context.json --steps 1000 --resume -o sweep --results sweep/results"
    })
final class SolveCommand implements Callable<Integer> {
  // Problems handed to other machines at the same time, each with a thread here that waits.
  private static final int MOST_WAITING = 256;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE|DIR|SWEEP",
      description =
          "Problem or sweep files, folders of them, or patterns such as 'problems/deepseek*.json'.")
  private List<String> files;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Folder of the solution files; made if need be. Default: ${DEFAULT-VALUE}.",
      defaultValue = "plans")
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
      names = "--parallel",
      paramLabel = "N",
      description =
          "Problems solved at the same time. Default: as many as threads, at most as many as problems; with --engine up to 256, which wait for room.")
  private Optional<Integer> parallel = Optional.empty();

  @Option(
      names = "--total-time",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "Wall-clock time of the whole run, such as 1h, shared by the problems alike, instead of --time-limit.")
  private Optional<Double> totalTime = Optional.empty();

  @Option(
      names = "--resume",
      description =
          "Leave out problems that have a solution from the same inputs, version, seed and limit.")
  private boolean resume;

  @Option(
      names = "--force",
      description = "Write over what is there, better or not, a solution or not.")
  private boolean force;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description =
          "Write results.csv, results.json, a page for each plan and index.html that leads to them.")
  private Optional<String> results = Optional.empty();

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description =
          "Solve on other machines: 'spark', of a build with -Pspark. --threads is then for each problem, 1 by default (docs/scale.md).")
  private Optional<String> engine = Optional.empty();

  @Option(
      names = "--master",
      paramLabel = "URL",
      description =
          "With --engine: the cluster, such as spark://host:7077 or local[2]. Default: as spark-submit says.")
  private Optional<String> master = Optional.empty();

  @Option(
      names = "--publish",
      paramLabel = "URI",
      description =
          "With --engine: also copy each solution into this folder, such as hdfs://host/plans, whole or not at all.")
  private Optional<String> publish = Optional.empty();

  @Option(
      names = "--json",
      description = "Print JSON: an object, or a list of them for several problems.")
  private boolean json;

  @Override
  public Integer call() {
    if (top < 1) {
      throw new ParameterException(spec.commandLine(), "--top must be >= 1, was " + top);
    }
    List<BatchItem> items = BatchItem.of(files, output);
    List<String> problems = items.stream().map(BatchItem::shown).toList();
    if (from.isPresent() && problems.size() > 1) {
      throw new ParameterException(
          spec.commandLine(), "--from begins one problem: give one, not " + problems.size());
    }
    Map<String, Path> targets = OutputFolder.targets(output, "-o", problems, ".json");
    checkEngine();
    int atOnce = atOnce(problems.size());
    ProblemSolve.How how =
        new ProblemSolve.How(options(problems.size(), atOnce), from, layers, resume, force, true);
    FolderLock lock = FolderLock.of(InputFiles.path(output), output);
    FileTree.Trust named =
        FileTree.trust(items.stream().flatMap(item -> item.names().stream()).distinct().toList());
    try (Interruption interruption = new Interruption()) {
      List<ProblemSolve> solves = new ArrayList<>();
      List<RunEnd> ends =
          problems.size() == 1 && engine.isEmpty()
              ? one(items.get(0), targets, how, interruption, solves)
              : many(items, targets, how, atOnce, interruption, solves);
      if (json) {
        List<Object> trees = solves.stream().map(solve -> (Object) solve.result()).toList();
        spec.commandLine().getOut().print(JsonText.of(trees.size() == 1 ? trees.get(0) : trees));
      }
      results.ifPresent(folder -> BatchResults.write(folder, new RunTable(ends)));
      spec.commandLine().getOut().flush();
      return interruption.exitCode(exitCode(ends));
    } finally {
      named.close();
      lock.close();
    }
  }

  private static int exitCode(List<RunEnd> ends) {
    int code = ExitCode.SOLVED;
    for (RunEnd end : ends) {
      code =
          Math.max(
              code,
              switch (end.status()) {
                case SOLVED, KEPT, DONE, STOPPED, NOT_BEGUN -> ExitCode.SOLVED;
                case FAILED -> ExitCode.BUG;
                case BAD_INPUT, OUT_OF_MEMORY -> ExitCode.BAD_INPUT;
                case NO_PLAN -> ExitCode.NO_FEASIBLE_PLAN;
              });
    }
    return code;
  }

  private List<RunEnd> one(
      BatchItem item,
      Map<String, Path> targets,
      ProblemSolve.How how,
      Interruption interruption,
      List<ProblemSolve> solves) {
    PrintWriter err = spec.commandLine().getErr();
    ProblemSolve solve =
        ProblemSolve.of(
            item,
            targets.get(item.shown()),
            how,
            spec.commandLine().getOut(),
            err,
            json,
            interruption::asked);
    solves.add(solve);
    return List.of(solve.solveAlone(name -> new ProgressLines(name, err, limit(how.options()))));
  }

  private List<RunEnd> many(
      List<BatchItem> items,
      Map<String, Path> targets,
      ProblemSolve.How how,
      int atOnce,
      Interruption interruption,
      List<ProblemSolve> solves) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (Workers workers = engine.isPresent() ? connect(how.options()) : null;
        BatchDisplay display = new BatchDisplay(items.size(), err)) {
      BatchTasks tasks =
          new BatchTasks(
              items,
              targets,
              how,
              json,
              interruption::asked,
              display,
              Optional.ofNullable(workers).map(there -> new BatchTasks.Elsewhere(there, publish)));
      List<RunEnd> ends = Batch.run(items.size(), atOnce, tasks, interruption::asked);
      solves.addAll(tasks.solves());
      if (!json) {
        RunTable table = new RunTable(ends);
        out.print(table.text());
        out.println(table.summary());
      }
      return ends;
    }
  }

  private Workers connect(SolverOptions options) {
    Workers.Provider provider =
        Workers.provider(engine.orElseThrow())
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "--engine "
                            + engine.get()
                            + " is not in this build; for spark, build it with: mvn -Pspark -Dquickly package"));
    return provider.connect(master, options.threads());
  }

  private void checkEngine() {
    if (engine.isEmpty() && (master.isPresent() || publish.isPresent())) {
      throw new ParameterException(
          spec.commandLine(),
          (master.isPresent() ? "--master" : "--publish") + " needs --engine spark");
    }
    if (engine.isPresent() && from.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--from begins one problem here, not on --engine");
    }
    if (engine.isPresent() && totalTime.isPresent() && parallel.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--total-time with --engine needs --parallel, the problems that the cluster solves at the same time");
    }
  }

  private int atOnce(int problems) {
    if (parallel.orElse(1) < 1) {
      throw new ParameterException(
          spec.commandLine(), "--parallel must be >= 1, was " + parallel.orElse(1));
    }
    int unsaid = engine.isPresent() ? MOST_WAITING : Math.max(1, limits.threads());
    return Math.min(parallel.orElse(unsaid), problems);
  }

  private SolverOptions options(int problems, int atOnce) {
    limits.check();
    if (layers.isPresent() && from.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--layers needs --from, the plan whose other layers stay");
    }
    if (totalTime.isPresent() && limits.limited()) {
      throw new ParameterException(
          spec.commandLine(), "--total-time excludes --time-limit and --steps");
    }
    int rounds = (problems + atOnce - 1) / atOnce;
    double seconds = totalTime.map(total -> total / rounds).orElse(limits.seconds());
    // At least one each, unless the user asked for none.
    int threads =
        engine.isPresent()
            ? limits.threadsOr(1)
            : Math.max(Math.min(1, limits.threads()), limits.threads() / atOnce);
    try {
      return new SolverOptions(seconds, limits.steps(), seed, threads).keeping(top);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage());
    }
  }

  private static OptionalDouble limit(SolverOptions options) {
    return options.steps().isEmpty()
        ? OptionalDouble.of(options.timeLimitSeconds())
        : OptionalDouble.empty();
  }
}
