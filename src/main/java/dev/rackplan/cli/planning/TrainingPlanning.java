package dev.rackplan.cli.planning;

import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.FirstRows;
import dev.rackplan.cli.terminal.Interruption;
import dev.rackplan.cli.terminal.ProgressLines;
import dev.rackplan.evaluation.TrainingOption;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.TrainingPlanReport;
import dev.rackplan.report.TrainingPlanTree;
import dev.rackplan.report.TrainingRunReport;
import dev.rackplan.solver.TrainingSearch;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;

/** {@code rackplan plan --train}: searches, and prints what was found. */
public record TrainingPlanning(TrainingFiles files, TrainOptions options) {
  /** Engine that stands for none: then every schedule is looked at. */
  public static final String ANY_ENGINE = "any";

  // Layouts that are run in full.
  private static final int MOST_RUN = 24;

  private static final String REMEDY =
      "Give more --gpus or another --global-batch, or leave out degrees that are given.";

  /** The exit code. */
  public int plan(
      CommandLine command, Optional<Double> timeLimit, Optional<String> to, boolean json) {
    long end = timeLimit.map(s -> System.nanoTime() + (long) (1e9 * s)).orElse(Long.MAX_VALUE);
    ProblemFile.Loaded loaded = PlanFolder.inTemporaryFolder(files::question);
    Problem problem = loaded.problem();
    try (Interruption interruption = new Interruption()) {
      BooleanSupplier stop = () -> interruption.asked() || System.nanoTime() - end >= 0;
      int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
      TrainingSearch search = new TrainingSearch(problem, MOST_RUN, threads);
      TrainingSearch.Answer answer;
      boolean terminal = !json && ProgressLines.isTerminal();
      try (FirstRows rows = new FirstRows(command.getErr(), terminal)) {
        answer =
            search.answer(
                files.question()::allows,
                stop,
                found -> rows.show(() -> report(problem, found).table()));
      }
      int code =
          answer.options().isEmpty()
              ? nothing(command, answer, json)
              : print(command, loaded, report(problem, answer), to, json);
      return interruption.exitCode(code);
    }
  }

  private int nothing(CommandLine command, TrainingSearch.Answer answer, boolean json) {
    String nearest =
        answer.layouts() == 0 && answer.nearest().isEmpty()
            ? "no replicas of these degrees share the global batch evenly"
            : answer.nearest();
    command
        .getErr()
        .println(
            answer.complete()
                ? "no layout fits: " + nearest + "\n  " + REMEDY
                : "stopped before a layout was found");
    if (json) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("complete", answer.complete());
      tree.put("nearest", nearest);
      tree.put("options", List.of());
      command.getOut().print(JsonText.of(tree));
    }
    return ExitCode.NO_FEASIBLE_PLAN;
  }

  private TrainingPlanReport report(Problem problem, TrainingSearch.Answer answer) {
    return new TrainingPlanReport(
        problem,
        answer.options(),
        answer.layouts(),
        answer.beyondMemory(),
        answer.complete(),
        options.tokensOfRun().map(tokens -> run(problem, answer.options().get(0), tokens)));
  }

  private TrainingRunReport run(Problem problem, TrainingOption best, double tokens) {
    double ofStep = (double) files.question().globalBatch() * files.question().sequenceTokens();
    double steps = Math.ceil(tokens / ofStep);
    OptionalDouble usd = files.gpu().spec().usdPerHour();
    return new TrainingRunReport(
        tokens,
        steps,
        options.run(steps * best.stepSeconds(), best.plan().layout().gpus()),
        usd.isPresent()
            ? OptionalDouble.of(usd.getAsDouble() * problem.topology().usableGpus().size())
            : usd);
  }

  private int print(
      CommandLine command,
      ProblemFile.Loaded loaded,
      TrainingPlanReport report,
      Optional<String> to,
      boolean json) {
    TrainingOption best = report.options().get(0);
    TrainingFiles.Launch made = TrainingFiles.launch(loaded, best.plan());
    TrainingFiles.Written written =
        to.map(folder -> files.write(folder, best.plan(), made))
            .orElse(TrainingFiles.Written.NOTHING);
    String launch = made.words();
    PrintWriter out = command.getOut();
    if (json) {
      Map<String, Object> tree = TrainingPlanTree.of(report);
      tree.put("launch", launch.lines().skip(1).map(String::strip).toList());
      out.print(JsonText.of(tree));
      return ExitCode.SOLVED;
    }
    out.println(report.headline());
    out.println();
    out.println(report.table());
    report.run().ifPresent(run -> out.println(run.words()));
    out.print(launch);
    written.files().forEach(file -> out.println("written: " + file));
    written.refusals().forEach(refusal -> out.println("not written: " + refusal));
    return ExitCode.SOLVED;
  }
}
