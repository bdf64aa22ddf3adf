package dev.rackplan.cli;

import dev.rackplan.benchmark.BenchmarkCase;
import dev.rackplan.benchmark.PlacementBenchmark;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.BenchmarkTable;
import dev.rackplan.report.BenchmarkTree;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan benchmark}: placers side by side. */
@Command(
    name = "benchmark",
    header = "Puts expert placers side by side on the same problems, in equal time.",
    description = {
      "",
      "Contiguous, round-robin, EPLB (both modes), a plain annealing loop on the same arrays, and rackplan's search: layer time,",
      "balance, worst layer and remote domains, on the routing that was planned for and on tokens kept back ('unseen').",
      "Searches are repeated with several seeds; their median by the searched score is shown. Each problem's first layout that",
      "fits is taken.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer =
        "  rackplan benchmark problems/deepseek-v3-prefill-topics-h100.json --time-limit 20s --seeds 3")
final class BenchmarkCommand implements Callable<Integer> {
  private static final double DEFAULT_SECONDS = 20;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE|DIR",
      description = "Problem files, or folders of them.")
  private List<String> files;

  @Option(
      names = "--time-limit",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Wall-clock time of each search, such as 500ms, 20s, 2m. Default: 20s.")
  private Optional<Double> timeLimit = Optional.empty();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Searches of each kind. Default: ${DEFAULT-VALUE}.",
      defaultValue = "3")
  private int seeds;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Layers searched at the same time. Default: all processors.")
  private Optional<Integer> threads = Optional.empty();

  @Option(
      names = "--skip-unreadable",
      description =
          "Tell of problems that can't be read, such as those whose recorded data is not there, and go on.")
  private boolean skipUnreadable;

  @Option(names = "--markdown", description = "Print Markdown tables.")
  private boolean markdown;

  @Option(names = "--json", description = "Print JSON: a list of problems.")
  private boolean json;

  @Override
  public Integer call() {
    int parallel = threads.orElse(Runtime.getRuntime().availableProcessors());
    if (seeds < 1 || parallel < 1) {
      throw new ParameterException(spec.commandLine(), "--seeds and --threads must be at least 1");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<Object> trees = new ArrayList<>();
    for (String shown : InputFiles.expand(files)) {
      Problem problem;
      try {
        problem = ProblemFile.read(InputFiles.path(shown), shown);
      } catch (InputException e) {
        if (!skipUnreadable) {
          throw e;
        }
        err.println("SKIPPED: " + e.getMessage());
        continue;
      }
      BenchmarkCase benchmark = run(problem, shown, parallel, err);
      if (json) {
        trees.add(BenchmarkTree.of(benchmark));
      } else {
        out.println(markdown ? BenchmarkTable.markdown(benchmark) : BenchmarkTable.text(benchmark));
        out.flush();
      }
    }
    if (json) {
      out.print(JsonText.of(trees));
    }
    return ExitCode.SOLVED;
  }

  private BenchmarkCase run(Problem problem, String shown, int parallel, PrintWriter err) {
    try {
      return PlacementBenchmark.run(
          problem, timeLimit.orElse(DEFAULT_SECONDS), seeds, parallel, err::println);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          shown, "", e.getMessage(), "Give problems with experts and a layout that fits.");
    }
  }
}
