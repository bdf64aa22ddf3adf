package dev.rackplan.cli;

import dev.rackplan.accuracy.AccuracyStudy;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.PublishedResultsFile;
import dev.rackplan.report.AccuracyText;
import dev.rackplan.report.AccuracyTree;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rackplan accuracy}: predictions against published results. */
@Command(
    name = "accuracy",
    header = "Predictions against published results, row by row.",
    description = {
      "",
      "Each row is judged as any plan is, with the layout as published. Constants were set by the rows marked calibration, once",
      "for a family of accelerators; the others check them. docs/accuracy.md explains the misses.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {"  rackplan accuracy", "  rackplan accuracy --json"})
final class AccuracyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  private final Supplier<AccuracyStudy> study;

  AccuracyCommand() {
    this(AccuracyCommand::published);
  }

  /** Prints that study, made when the command runs. */
  AccuracyCommand(Supplier<AccuracyStudy> study) {
    this.study = study;
  }

  /** Predicts every published result: a minute or more of processor time. */
  static AccuracyStudy published() {
    return AccuracyStudy.of(PublishedResultsFile.load());
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? JsonText.of(AccuracyTree.of(study.get())) : AccuracyText.of(study.get()));
    return ExitCode.SOLVED;
  }
}
