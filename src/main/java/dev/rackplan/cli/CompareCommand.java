package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.OutputFile;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.JsonText;
import dev.rackplan.report.Compared;
import dev.rackplan.report.Comparison;
import dev.rackplan.report.html.ComparisonPage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan compare}: plans side by side. */
@Command(
    name = "compare",
    header = "Puts solutions side by side, of one problem or of several.",
    description = {
      "",
      "Each is judged again under its own problem. The best of a column has a star; ratios are to"
          + " the first solution. Sentences below the table say why the others differ from the"
          + " first: layout, terms of the step, placement.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan compare solutions/deepseek-v3-decode-gb200.json"
          + " solutions/kimi-k2-decode-h200.json --html compare.html"
    })
final class CompareCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "SOLUTION",
      description = "Solution files, or folders of them.")
  private List<String> files;

  @Option(names = "--csv", paramLabel = "FILE", description = "Also write CSV, all digits.")
  private Optional<String> csv = Optional.empty();

  @Mixin private OutputFile.Force force = new OutputFile.Force();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write a page whose columns sort; it opens without a network.")
  private Optional<String> html = Optional.empty();

  @Option(names = "--json", description = "Print JSON: a list of plans.")
  private boolean json;

  @Override
  public Integer call() {
    List<Compared> plans = new ArrayList<>();
    for (String shown : InputFiles.expand(files)) {
      OutputFile.refuseInput("--csv", csv, shown);
      OutputFile.refuseInput("--html", html, shown);
      plans.add(read(shown));
    }
    Comparison comparison = new Comparison(plans);
    csv.ifPresent(file -> OutputFile.write(spec, file, comparison.csv(), force));
    html.ifPresent(file -> OutputFile.write(spec, file, ComparisonPage.of(comparison), force));
    spec.commandLine().getOut().print(json ? JsonText.of(comparison.tree()) : comparison.text());
    return ExitCode.SOLVED;
  }

  private static Compared read(String shown) {
    Solved solved = Solved.read(shown);
    return Compared.of(
        solved.name(),
        solved.problem(),
        solved.plan().layout(),
        new Evaluator(solved.problem()).evaluate(solved.plan()));
  }
}
