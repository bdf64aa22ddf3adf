package dev.rackplan.cli;

import dev.rackplan.accuracy.AccuracyStudy;
import dev.rackplan.accuracy.MeasuredStudy;
import dev.rackplan.accuracy.ServingDecisions;
import dev.rackplan.accuracy.TrainingRowStudy;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.MeasuredRowsFile;
import dev.rackplan.json.PublishedResultsFile;
import dev.rackplan.report.AccuracyText;
import dev.rackplan.report.AccuracyTree;
import dev.rackplan.report.MeasuredText;
import dev.rackplan.report.MeasuredTree;
import dev.rackplan.report.TrainingRowsTree;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rackplan accuracy}: predictions against published results, or a user's own. */
@Command(
    name = "accuracy",
    header = "Predictions against published results, or your own measurements, row by row.",
    description = {
      "",
      "Each row is judged as any plan is, with the layout as published. Constants were set by the rows marked calibration, once",
      "for a family of accelerators; the others check them. docs/accuracy.md explains the misses.",
      "With --measured your own rows take their place: each is priced in the layout that it says, without search, or says why not.",
      "Nothing is fitted to them. docs/formats.md#measured-rows lists the columns.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan accuracy",
      "  rackplan accuracy --json",
      "  rackplan accuracy --measured rows.csv",
      "  rackplan accuracy --measured rows.csv --decisions"
    })
final class AccuracyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--measured",
      paramLabel = "ROWS",
      description = "Your measurements: of serving .csv, .csv.gz or .json, of training .json.")
  private Optional<String> measured;

  @Option(
      names = "--decisions",
      description =
          "With --measured: what choosing among its rows by the model would have cost, by TPOT limit and by pairs of layouts.")
  private boolean decisions;

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
    if (decisions && measured.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--decisions needs --measured, the rows to choose among");
    }
    PrintWriter out = spec.commandLine().getOut();
    if (measured.isPresent()) {
      out.print(ofMeasured(measured.get()));
      return ExitCode.SOLVED;
    }
    out.print(json ? JsonText.of(AccuracyTree.of(study.get())) : AccuracyText.of(study.get()));
    return ExitCode.SOLVED;
  }

  private String ofMeasured(String file) {
    Path path = InputFiles.path(file);
    if (MeasuredRowsFile.isTraining(path, file)) {
      return ofTraining(path, file);
    }
    MeasuredStudy own = MeasuredStudy.of(MeasuredRowsFile.read(path, file));
    if (decisions) {
      ServingDecisions made = ServingDecisions.of(own);
      return json ? JsonText.of(MeasuredTree.of(own, made)) : MeasuredText.of(own, made);
    }
    return json ? JsonText.of(MeasuredTree.of(own)) : MeasuredText.of(own);
  }

  private String ofTraining(Path path, String file) {
    if (decisions) {
      throw new ParameterException(
          spec.commandLine(), "--decisions are among serving rows, " + file + " has training rows");
    }
    TrainingRowStudy own = TrainingRowStudy.of(MeasuredRowsFile.readTraining(path, file));
    return json ? JsonText.of(TrainingRowsTree.of(own)) : MeasuredText.of(own);
  }
}
