package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.OutputFile;
import dev.rackplan.cli.file.PoolFiles;
import dev.rackplan.cli.option.SearchLimits;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.Interruption;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.report.SensitivityReport;
import dev.rackplan.report.html.SensitivityPage;
import dev.rackplan.sensitivity.SensitivityStudy;
import dev.rackplan.solver.SolverOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan sensitivity}: what becomes of a plan where an input is otherwise. */
@Command(
    name = "sensitivity",
    header = "How a plan's figures and its layout move with each input.",
    description = {
      "",
      "Bandwidths, latency, compute, memory, context, cached tokens and the variation of lengths where there are any, load and routing skew are moved one at a time by the percentages of --changes, down and up. The plan is judged again each time, and against the best plans of other layouts that searches find.",
      "A flip is where another layout becomes better, found to 0.1%%. A plan that keeps every limit, and that no rival beats by more than 0.5%%, is robust.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan sensitivity problems/gpt-oss-120b-decode-h100.json --solution solutions/gpt-oss-120b-decode-h100.json --html sensitivity.html"
    })
final class SensitivityCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PROBLEM", description = "Problem file.")
  private String problemFile;

  @Option(
      names = "--solution",
      required = true,
      paramLabel = "FILE",
      description = "Its solution: the plan to look at.")
  private String solutionFile;

  @Option(
      names = "--changes",
      paramLabel = "LIST",
      split = ",",
      defaultValue = "10,30",
      description = "Percentages below 100. Default: ${DEFAULT-VALUE}.")
  private List<Double> changes;

  @Mixin private SearchLimits limits;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of every random choice. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  private long seed;

  @Option(names = "--csv", paramLabel = "FILE", description = "Also write CSV, all digits.")
  private Optional<String> csv = Optional.empty();

  @Mixin private OutputFile.Force force = new OutputFile.Force();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write a page with a tornado chart; it opens without a network.")
  private Optional<String> html = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    limits.check();
    for (String input : List.of(problemFile, solutionFile)) {
      OutputFile.refuseInput("--csv", csv, input);
      OutputFile.refuseInput("--html", html, input);
    }
    ProblemFile.Loaded loaded =
        PoolFiles.load(
            InputFiles.path(problemFile), problemFile, InputFiles.path(solutionFile), solutionFile);
    SolutionFile.Contents contents =
        SolutionFile.read(InputFiles.path(solutionFile), solutionFile, loaded.problem());
    try (Interruption interruption = new Interruption()) {
      write(report(contents, interruption));
      return interruption.exitCode(ExitCode.SOLVED);
    }
  }

  private SensitivityReport report(SolutionFile.Contents contents, Interruption interruption) {
    try {
      return new SensitivityReport(
          SensitivityStudy.of(
              contents.problem(),
              contents.plan(),
              factors(),
              new SolverOptions(limits.seconds(), limits.steps(), seed, limits.threads()),
              interruption::asked));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage());
    }
  }

  private void write(SensitivityReport report) {
    spec.commandLine().getOut().print(json ? JsonText.of(report.tree()) : report.text());
    spec.commandLine().getOut().flush();
    csv.ifPresent(file -> OutputFile.write(spec, file, report.csv(), force));
    html.ifPresent(file -> OutputFile.write(spec, file, SensitivityPage.of(report), force));
  }

  private List<Double> factors() {
    List<Double> factors = new ArrayList<>();
    for (double percent : changes) {
      if (!(percent > 0 && percent < 100)) {
        throw new ParameterException(
            spec.commandLine(), "--changes must be > 0 and < 100, was " + percent);
      }
      factors.add(1 - percent / 100);
      factors.add(1 + percent / 100);
    }
    return factors.stream().distinct().sorted().toList();
  }
}
