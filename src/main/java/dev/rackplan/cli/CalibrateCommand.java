package dev.rackplan.cli;

import dev.rackplan.calibrate.Calibration;
import dev.rackplan.calibrate.KernelTables;
import dev.rackplan.calibrate.LawCheck;
import dev.rackplan.calibrate.PredictionCsv;
import dev.rackplan.calibrate.RowSkip;
import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.LawsFolder;
import dev.rackplan.cli.file.OutputFile;
import dev.rackplan.cli.terminal.CalibrationDisplay;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.LawsFile;
import dev.rackplan.law.FitError;
import dev.rackplan.law.LawSet;
import dev.rackplan.law.OpKind;
import dev.rackplan.report.measured.CalibrationReport;
import dev.rackplan.report.measured.LawCheckReport;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan calibrate}: laws of kernels from tables of measured ones. */
@Command(
    name = "calibrate",
    header = "Fits the laws that plans are priced by to tables of measured kernels.",
    description = {
      "",
      "TABLES are files, or folders that are searched: AIConfigurator's kernel tables (Parquet, or CSV with the same columns), output of nccl-tests, aiter's tuned CSV files. Each kernel gets a law, fitted to 30%% of its rows and judged by the others. A problem or a topology names the result: \"laws\": \"our-cluster.json\". How tables are made, what is skipped: docs/calibrate.md.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan calibrate measured/h100_sxm -o our-cluster.json",
      "  rackplan calibrate all_reduce.txt --gpu h100-sxm -o our-links.json",
      "  rackplan calibrate measured --check our-cluster.json --rows predictions.csv"
    })
final class CalibrateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "TABLES", description = "Kernel tables, or folders.")
  private List<String> tables;

  @ArgGroup(multiplicity = "1")
  private What what;

  /** One of these is done. */
  static final class What {
    @Option(
        names = {"-o", "--output"},
        paramLabel = "LAWS",
        description = "Fit laws, and write them to this file.")
    private Optional<String> output = Optional.empty();

    @Option(
        names = "--check",
        paramLabel = "LAWS",
        description = "Fit nothing: hold this laws file against the rows of the tables.")
    private Optional<String> check = Optional.empty();

    @Option(
        names = "--catalog",
        paramLabel = "DIR",
        description =
            "Fit laws, and write a file for each GPU and index.json, as rackplan's own catalogue of laws.")
    private Optional<String> catalog = Optional.empty();
  }

  @Option(
      names = "--rows",
      paramLabel = "CSV",
      description = "With --check: write each row that is used, predicted and measured.")
  private Optional<String> rows = Optional.empty();

  @Option(
      names = "--gpu",
      paramLabel = "NAME",
      description =
          "The GPU of all tables, where folders and rows do not say it, such as h100-sxm (rackplan catalog).")
  private Optional<String> gpu = Optional.empty();

  @Option(
      names = "--source",
      paramLabel = "TEXT",
      description = "Where the tables come from, for the laws file. Default: their paths.")
  private Optional<String> source = Optional.empty();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Laws fitted at the same time. Default: all processors.")
  private Optional<Integer> threads = Optional.empty();

  @Option(names = "--force", description = "Overwrite what is there.")
  private boolean force;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    refuseOptions();
    List<String> written =
        Stream.of(what.output, rows, what.catalog.map(LawsFolder::index))
            .flatMap(Optional::stream)
            .toList();
    for (String file : written) {
      OutputFile.refuseUnwritable(file, force);
      what.check.ifPresent(laws -> OutputFile.refuseInput("--rows", Optional.of(file), laws));
    }
    KernelTables found = KernelTables.of(tables.stream().map(InputFiles::path).toList(), gpu);
    found.files().stream()
        .map(Path::toString)
        .forEach(
            table ->
                written.forEach(
                    file ->
                        OutputFile.refuseInput(
                            rows.isPresent() ? "--rows" : "-o", Optional.of(file), table)));
    if (what.check.isPresent()) {
      check(found, what.check.get());
    } else {
      fit(found);
    }
    return ExitCode.SOLVED;
  }

  private void refuseOptions() {
    if (threads.isPresent() && threads.get() < 1) {
      throw new ParameterException(
          spec.commandLine(), "--threads must be >= 1, was " + threads.get());
    }
    if (gpu.isPresent() && gpu.get().isBlank()) {
      throw new ParameterException(spec.commandLine(), "--gpu must not be empty");
    }
    if (rows.isPresent() && what.check.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--rows needs --check");
    }
  }

  private void fit(KernelTables found) {
    Calibration calibration;
    try (CalibrationDisplay display =
        new CalibrationDisplay(found.files().size(), "fitting", spec.commandLine().getErr())) {
      LawGenerations generations = new LawGenerations();
      Calibration.Label label =
          new Calibration.Label(
              source.orElse(String.join(", ", tables)),
              LocalDate.now().toString(),
              name -> {
                display.fitted(name);
                return generations.of(name);
              });
      calibration =
          Calibration.of(
              display.watched(found.stream()),
              label,
              threads.orElse(Runtime.getRuntime().availableProcessors()));
    }
    CalibrationReport report = report(calibration);
    if (calibration.laws().gpus().isEmpty()) {
      spec.commandLine().getErr().print(report.text());
      throw new InputException(
          String.join(", ", tables),
          "",
          "gave no law",
          "Give more rows of a kernel; what was skipped and refused stands above.");
    }
    what.output.ifPresent(
        file ->
            OutputFile.replace(
                spec, file, LawsFile.text(RoundedLaws.of(calibration.laws()), description())));
    what.catalog.ifPresent(
        folder ->
            new LawsFolder(folder).write(spec, RoundedLaws.of(calibration.laws()), description()));
    spec.commandLine().getOut().print(json ? JsonText.of(report.tree()) : report.text());
  }

  private String description() {
    return "Laws of kernels, fitted by rackplan calibrate; docs/formats.md#laws explains the keys.";
  }

  private static CalibrationReport report(Calibration calibration) {
    Map<String, Long> skipped = new LinkedHashMap<>();
    for (Map.Entry<RowSkip, Long> skip : calibration.skipped().entrySet()) {
      skipped.put(skip.getKey().words(), skip.getValue());
    }
    return new CalibrationReport(
        calibration.laws(),
        calibration.rows(),
        skipped,
        calibration.refused().stream()
            .map(
                cell ->
                    new CalibrationReport.Refused(cell.gpu(), cell.key(), cell.rows(), cell.why()))
            .toList());
  }

  private void check(KernelTables found, String lawsFile) {
    LawSet laws = LawsFile.read(InputFiles.path(lawsFile), lawsFile);
    if (!LawCheck.knows(laws.hash())) {
      throw new InputException(
          lawsFile,
          "$.hash",
          "no way to choose rows is called \"" + laws.hash() + "\"",
          "Fit the laws again with this version of rackplan.");
    }
    LawCheckReport report;
    try (CalibrationDisplay display =
        new CalibrationDisplay(
            found.files().size(), "the last file", spec.commandLine().getErr())) {
      report = rows.isPresent() ? checkAndWrite(found, laws, display) : check(found, laws, display);
    }
    rows.ifPresent(file -> spec.commandLine().getErr().println("wrote " + file));
    spec.commandLine().getOut().print(json ? JsonText.of(report.tree()) : report.text());
  }

  private static LawCheckReport check(KernelTables found, LawSet laws, CalibrationDisplay display) {
    LawCheck check = new LawCheck(laws, row -> {});
    display.watched(found.stream()).forEach(check::add);
    return report(check);
  }

  private LawCheckReport checkAndWrite(
      KernelTables found, LawSet laws, CalibrationDisplay display) {
    LawCheckReport[] report = new LawCheckReport[1];
    AtomicFile.stream(
        InputFiles.path(rows.orElseThrow()),
        out -> {
          LawCheck check = new LawCheck(laws, new PredictionCsv(out)::add);
          display.watched(found.stream()).forEach(check::add);
          report[0] = report(check);
        });
    return report[0];
  }

  private static LawCheckReport report(LawCheck check) {
    Map<OpKind, LawCheckReport.CheckedOp> ops = new LinkedHashMap<>();
    check
        .errors()
        .forEach(
            (op, errors) ->
                ops.put(
                    op,
                    new LawCheckReport.CheckedOp(
                        errors.total(), new FitError(errors.quantile(0.5), errors.quantile(0.9)))));
    return new LawCheckReport(
        check.checked().stream()
            .map(
                cell ->
                    new LawCheckReport.CheckedCell(
                        cell.gpu(),
                        cell.key(),
                        cell.notFitted().total(),
                        new FitError(
                            cell.notFitted().quantile(0.5), cell.notFitted().quantile(0.9))))
            .toList(),
        ops,
        check.rows(),
        check.predicted(),
        check.skipped());
  }
}
