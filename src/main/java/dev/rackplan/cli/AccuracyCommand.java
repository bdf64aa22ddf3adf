package dev.rackplan.cli;

import dev.rackplan.accuracy.AccuracyStudy;
import dev.rackplan.accuracy.MeasuredErrors;
import dev.rackplan.accuracy.MeasuredRow;
import dev.rackplan.accuracy.MeasuredStudy;
import dev.rackplan.accuracy.ServingDecisions;
import dev.rackplan.accuracy.TrainingRow;
import dev.rackplan.accuracy.TrainingRowStudy;
import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.OutputFile;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.CommandInputs;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.LawsFile;
import dev.rackplan.json.rows.MeasuredRowsFile;
import dev.rackplan.json.rows.PublishedResultsFile;
import dev.rackplan.law.LawSet;
import dev.rackplan.law.StepErrors;
import dev.rackplan.report.CoverageText;
import dev.rackplan.report.html.MeasuredPage;
import dev.rackplan.report.measured.AccuracyText;
import dev.rackplan.report.measured.AccuracyTree;
import dev.rackplan.report.measured.MeasuredText;
import dev.rackplan.report.measured.MeasuredTree;
import dev.rackplan.report.measured.TrainingRowsTree;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
      "Each row is judged as any plan is, with the layout as published. Constants were set by the rows marked calibration, once for a family of accelerators; the others check them. docs/accuracy.md explains the misses.",
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
      "  rackplan accuracy --measured rows.csv --decisions --html rows.html",
      "  rackplan accuracy --measured rows.csv --errors our-errors.json"
    })
final class AccuracyCommand implements Callable<Integer> {
  private static final String PUBLISHED = "published prefill, docs/accuracy.md";
  private static final String DESCRIPTION =
      "What modelled times were off by on measured rows, by rackplan accuracy --errors.";

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

  @Option(
      names = "--errors",
      paramLabel = "FILE",
      description = {
        "Also write what times are off by on these rows: a file that problems and topologies name under laws, from which their ±",
        "is made. What FILE says of other times, or by files of other names, stays. Without --measured: prefill of the published rows."
      })
  private Optional<String> errors = Optional.empty();

  @Mixin private OutputFile.Force force = new OutputFile.Force();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "With --measured serving rows: also write a page with charts.")
  private Optional<String> html = Optional.empty();

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
    if (measured.isEmpty()) {
      refuseWithoutRows("--decisions", decisions, "the rows to choose among");
      refuseWithoutRows("--html", html.isPresent(), "the rows to draw");
    }
    Optional<LawSet> before = errors.map(AccuracyCommand::errorsThere);
    PrintWriter out = spec.commandLine().getOut();
    if (measured.isPresent()) {
      OutputFile.refuseInput("--errors", errors, measured.get());
      OutputFile.refuseInput("--html", html, measured.get());
      out.print(ofMeasured(measured.get(), before));
      return ExitCode.SOLVED;
    }
    AccuracyStudy published = study.get();
    writeErrors(before, date -> MeasuredErrors.of(published, PUBLISHED, date));
    out.print(json ? JsonText.of(AccuracyTree.of(published)) : AccuracyText.of(published));
    return ExitCode.SOLVED;
  }

  private void refuseWithoutRows(String option, boolean given, String what) {
    if (given) {
      throw new ParameterException(spec.commandLine(), option + " needs --measured, " + what);
    }
  }

  private String ofMeasured(String file, Optional<LawSet> before) {
    Path path = InputFiles.path(file);
    List<TrainingRow> runs = MeasuredRowsFile.readTraining(path, file);
    List<MeasuredRow> rows = MeasuredRowsFile.read(path, file);
    if (rows.isEmpty()) {
      return ofTraining(runs, path, file, before);
    }
    String served = ofServing(MeasuredStudy.of(rows), path, before, runs);
    if (runs.isEmpty() || json) {
      return served;
    }
    TrainingRowStudy trained = TrainingRowStudy.of(runs);
    writeErrors(
        errors.map(AccuracyCommand::errorsThere),
        date -> MeasuredErrors.of(trained, path.getFileName().toString(), date));
    return served + "\n" + MeasuredText.of(trained);
  }

  private String ofServing(
      MeasuredStudy own, Path path, Optional<LawSet> before, List<TrainingRow> runs) {
    writeErrors(before, date -> MeasuredErrors.of(own, path.getFileName().toString(), date));
    html.ifPresent(page -> OutputFile.write(spec, page, MeasuredPage.of(own), force));
    Optional<ServingDecisions> made =
        decisions ? Optional.of(ServingDecisions.of(own)) : Optional.empty();
    if (json) {
      Map<String, Object> tree =
          made.map(found -> MeasuredTree.of(own, found)).orElseGet(() -> MeasuredTree.of(own));
      if (!runs.isEmpty()) {
        tree.put("training", TrainingRowsTree.of(TrainingRowStudy.of(runs)));
      }
      return JsonText.of(tree);
    }
    return made.map(found -> MeasuredText.of(own, found)).orElseGet(() -> MeasuredText.of(own));
  }

  private String ofTraining(
      List<TrainingRow> runs, Path path, String file, Optional<LawSet> before) {
    if (decisions) {
      throw new ParameterException(
          spec.commandLine(), "--decisions are among serving rows, " + file + " has training rows");
    }
    if (html.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--html draws serving rows, " + file + " has training rows");
    }
    TrainingRowStudy own = TrainingRowStudy.of(runs);
    writeErrors(before, date -> MeasuredErrors.of(own, path.getFileName().toString(), date));
    return json ? JsonText.of(TrainingRowsTree.of(own)) : MeasuredText.of(own);
  }

  private static LawSet errorsThere(String shown) {
    Path file = InputFiles.path(shown);
    if (!Files.exists(file)) {
      return LawSet.of(List.<StepErrors>of());
    }
    LawSet there = LawsFile.read(file, shown);
    // What these rows don't say stays in it.
    CommandInputs.mayReplace(file);
    return there;
  }

  // Times that these rows have not stay as they are in the file.
  private void writeErrors(Optional<LawSet> before, Function<String, MeasuredErrors> made) {
    if (before.isEmpty()) {
      return;
    }
    LawSet there = before.get();
    MeasuredErrors found = made.apply(LocalDate.now().toString());
    LawSet after =
        new LawSet(there.fittedShare(), there.hash(), there.gpus(), found.over(there.stepErrors()));
    OutputFile.write(spec, errors.orElseThrow(), LawsFile.text(after, DESCRIPTION));
    CoverageText.of(found).forEach(spec.commandLine().getErr()::println);
  }
}
