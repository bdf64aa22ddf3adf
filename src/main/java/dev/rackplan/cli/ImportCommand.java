package dev.rackplan.cli;

import dev.rackplan.cli.file.ForeignMap;
import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Judge;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.EvaluationTree;
import dev.rackplan.report.PlanReport;
import dev.rackplan.report.SummaryText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan import}: an engine's running expert map becomes a solution. */
@Command(
    name = "import",
    header = "Makes a solution of the expert map that an engine runs with.",
    description = {
      "",
      "The map is put on the stages of the problem's first layout that has as many slots, and judged. Then evaluate, report, compare and solve --from work on it as on any solution. Read are expert maps of SGLang, TensorRT-LLM (YAML or JSON), vLLM and vllm-ascend.",
      "Load dumps need no import: a problem's routing names them as counts (logical_count of SGLang, eplb_load_stats of vLLM).",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan import problems/deepseek-v3-decode-gb200.json --map expert-location.json -o running.json"
    })
final class ImportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PROBLEM", description = "Problem file.")
  private String problemFile;

  @Option(
      names = "--map",
      required = true,
      paramLabel = "FILE",
      description =
          "Expert map; of vLLM with several stages --map for each stage's, in their order.")
  private List<String> maps;

  @Option(
      names = "--on",
      paramLabel = "SOLUTION",
      description =
          "Take layout and stages from this solution of the problem instead of its first layout.")
  private Optional<String> on = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "Solution file to write.")
  private String output;

  @Option(names = "--force", description = "Overwrite that file.")
  private boolean force;

  @Override
  public Integer call() {
    Path target = InputFiles.path(output);
    if (Files.exists(target) && !force) {
      throw new InputException(output, "", "is there already", "Give another file, or --force.");
    }
    ProblemFile.Loaded loaded = ProblemFile.load(InputFiles.path(problemFile), problemFile);
    Problem problem = loaded.problem();
    Optional<Plan> stages =
        on.map(shown -> SolutionFile.read(InputFiles.path(shown), shown, problem).plan());
    Plan plan =
        stages.isPresent()
            ? ForeignMap.on(stages.get(), maps, problem)
            : ForeignMap.read(maps, problem);
    PlanReport report = Judge.report(problem, plan);
    Path folder = target.toAbsolutePath().normalize().getParent();
    SolutionFile.Provenance provenance =
        new SolutionFile.Provenance(
            VersionProvider.version(),
            0,
            OptionalDouble.empty(),
            OptionalLong.of(0),
            Optional.empty(),
            loaded.sha256());
    AtomicFile.replace(
        target,
        SolutionFile.text(
            FileReference.relative(folder, InputFiles.path(problemFile)),
            provenance,
            report.plan(),
            problem.topology(),
            EvaluationTree.of(report)));
    spec.commandLine().getOut().print(SummaryText.of(report));
    spec.commandLine().getErr().println(String.join(", ", maps) + ": written to " + target);
    return ExitCode.SOLVED;
  }
}
