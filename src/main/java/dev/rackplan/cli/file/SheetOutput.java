package dev.rackplan.cli.file;

import dev.rackplan.json.JsonText;
import dev.rackplan.report.html.SheetPage;
import dev.rackplan.report.sheets.SheetReport;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options of commands that print sheets. */
public final class SheetOutput {
  // So that no product or quotient of options is nothing or infinity.
  private static final double LEAST = 1e-20;
  private static final double MOST = 1e20;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description = "Also write CSV: a row for each figure, all digits.")
  private Optional<String> csv = Optional.empty();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write a page with charts; it opens without a network.")
  private Optional<String> html = Optional.empty();

  @Mixin private OutputFile.Force force = new OutputFile.Force();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  /** Refuses to write over a file that is read. */
  public void keep(List<String> inputs) {
    for (String input : inputs) {
      OutputFile.refuseInput("--csv", csv, input);
      OutputFile.refuseInput("--html", html, input);
    }
  }

  /** Prints and writes what was asked for. */
  public void print(SheetReport report) {
    spec.commandLine().getOut().print(json ? JsonText.of(report.tree()) : report.text());
    csv.ifPresent(file -> OutputFile.write(spec, file, report.csv(), force));
    html.ifPresent(file -> OutputFile.write(spec, file, SheetPage.of(report), force));
  }

  public void requirePositive(String option, double value) {
    if (!(value > 0)) {
      throw new ParameterException(spec.commandLine(), option + " must be > 0, was " + value);
    }
    if (value < LEAST || value > MOST) {
      throw new ParameterException(
          spec.commandLine(), option + " must be in " + LEAST + ".." + MOST + ", was " + value);
    }
  }

  /** Refuses what is neither nothing nor a positive number. */
  public void requireAmount(String option, double value) {
    if (value != 0) {
      requirePositive(option, value);
    }
  }

  public void requireShare(String option, double value) {
    if (!(value > 0 && value <= 1)) {
      throw new ParameterException(spec.commandLine(), option + " must be in (0, 1], was " + value);
    }
    requirePositive(option, value);
  }
}
