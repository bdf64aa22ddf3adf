package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Judge;
import dev.rackplan.cli.file.OutputFile;
import dev.rackplan.cli.file.OutputFolder;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.evaluation.GpuFigures;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.SearchHistory;
import dev.rackplan.report.html.PlanPage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan report}: solutions as pages. */
@Command(
    name = "report",
    header = "Writes a page for each solution that opens without a network.",
    description = {
      "",
      "The page has the summary, the racks with every GPU's load, traffic and memory layer by"
          + " layer, traffic between domains, the stages' timeline, memory by part, usual plans and"
          + " bound, layouts tried, and where it all comes from. Figures are computed again.",
      "DIR/NAME.html is written over: it holds nothing that the solution does not.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {"  rackplan report solutions/deepseek-v3-decode-gb200.json -o reports"})
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "SOLUTION", description = "Solution files or folders.")
  private List<String> files;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Folder of the pages; made if need be. Default: ${DEFAULT-VALUE}.",
      defaultValue = "reports")
  private String output;

  @Option(
      names = "--rack-map",
      paramLabel = "FILE",
      description =
          "Of one solution: also draw, as SVG, the time of each GPU's experts in one MoE layer,"
              + " with the experts in their order and as planned.")
  private Optional<String> rackMap = Optional.empty();

  @Option(
      names = "--layer",
      paramLabel = "N",
      description =
          "Of --rack-map: the MoE layer, counted among all layers from 0. Default: the first.")
  private Optional<Integer> layer = Optional.empty();

  @Override
  public Integer call() {
    List<String> solutions = InputFiles.expand(files);
    if (rackMap.isPresent() && solutions.size() != 1) {
      throw new ParameterException(spec.commandLine(), "--rack-map draws one solution");
    }
    rackMap.ifPresent(file -> OutputFile.refuseInput("--rack-map", rackMap, solutions.get(0)));
    Map<String, Path> targets = OutputFolder.targets(output, "-o", solutions, ".html");
    for (String shown : solutions) {
      AtomicFile.write(targets.get(shown), page(shown));
      spec.commandLine().getOut().println(targets.get(shown));
      spec.commandLine().getOut().flush();
    }
    rackMap.ifPresent(
        file -> OutputFile.write(spec, file, RackMapOf.solution(solutions.get(0), layer)));
    return ExitCode.SOLVED;
  }

  /** The page of a solution. */
  static String page(String shown) {
    Solved solved = Solved.read(shown);
    Problem problem = solved.problem();
    Evaluator evaluator = new Evaluator(problem);
    CostedPlan costed = evaluator.cost(solved.plan(), CostDetail.GPUS);
    PlanReport report = Judge.report(problem, evaluator, costed);
    return PlanPage.of(report, GpuFigures.of(problem, costed), beside(solved, report));
  }

  private static PlanPage.Beside beside(Solved solved, PlanReport report) {
    Map<?, ?> stored =
        solved.contents().evaluation().map(cursor -> (Map<?, ?>) cursor.tree()).orElse(Map.of());
    return new PlanPage.Beside(
        facts(solved),
        SearchHistory.of(stored),
        "rackplan sensitivity "
            + solved.problemShown()
            + " --solution "
            + solved.shown()
            + " --html sensitivity.html",
        PoolPages.of(solved, report));
  }

  private static Map<String, String> facts(Solved solved) {
    SolutionFile.Provenance provenance = solved.contents().provenance();
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("solution", solved.shown());
    facts.put("problem", solved.problemShown());
    facts.put("engine", solved.problem().engine().name());
    facts.put(
        "dispatch and copies",
        JsonCursor.camelCase(solved.problem().engine().dispatchRule())
            + ", "
            + JsonCursor.camelCase(solved.problem().engine().copyRule()));
    facts.put("made by", "rackplan " + provenance.version());
    facts.put("page by", "rackplan " + VersionProvider.version());
    facts.put("seed", String.valueOf(provenance.seed()));
    provenance
        .timeLimitSeconds()
        .ifPresent(seconds -> facts.put("time limit [s]", String.valueOf(seconds)));
    provenance.steps().ifPresent(steps -> facts.put("steps", String.valueOf(steps)));
    provenance.started().ifPresent(started -> facts.put("started", started));
    facts.put("SHA-256 of the inputs", provenance.inputSha256());
    facts.put(
        "inputs since",
        provenance.inputSha256().equals(solved.loaded().sha256()) ? "unchanged" : "changed");
    return facts;
  }
}
