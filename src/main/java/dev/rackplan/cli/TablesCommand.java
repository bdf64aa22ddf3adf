package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.OutputFolder;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.evaluation.GpuFigures;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.RankTables;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan tables}: plans rank by rank. */
@Command(
    name = "tables",
    header = "Writes a plan rank by rank as CSV, for operations and monitoring.",
    description = {
      "",
      "DIR/NAME.ranks.csv: a row for each GPU with its place, stage, layers and memory. DIR/NAME.layers.csv: a row for each MoE layer and rank with its experts and the load, time and traffic to expect. Columns and units: docs/formats.md#tables.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {"  rackplan tables solutions/deepseek-v3-decode-gb200.json -o tables"})
final class TablesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "SOLUTION",
      description = "Solution files, or folders of them.")
  private List<String> files;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Folder of the tables; made if need be. Default: ${DEFAULT-VALUE}.",
      defaultValue = "tables")
  private String output;

  @Override
  public Integer call() {
    List<String> solutions = InputFiles.expand(files);
    Map<String, Path> ranks = OutputFolder.targets(output, "-o", solutions, ".ranks.csv");
    for (String shown : solutions) {
      write(shown, ranks.get(shown));
    }
    return ExitCode.SOLVED;
  }

  private void write(String shown, Path ranks) {
    Solved solved = Solved.read(shown);
    Problem problem = solved.problem();
    Plan plan = solved.plan();
    Evaluator evaluator = new Evaluator(problem);
    CostedPlan costed = evaluator.cost(plan, CostDetail.GPUS);
    Evaluation evaluation = evaluator.evaluate(costed);
    AtomicFile.write(ranks, RankTables.ranks(problem, plan, evaluation));
    spec.commandLine().getOut().println(ranks);
    if (!plan.experts().isEmpty()) {
      Path layers = ranks.resolveSibling(solved.name() + ".layers.csv");
      AtomicFile.write(layers, RankTables.layers(problem, plan, GpuFigures.of(problem, costed)));
      spec.commandLine().getOut().println(layers);
    }
  }
}
