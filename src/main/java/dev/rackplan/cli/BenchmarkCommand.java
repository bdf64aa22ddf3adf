package dev.rackplan.cli;

import dev.rackplan.benchmark.BandwidthFront;
import dev.rackplan.benchmark.BenchmarkBudget;
import dev.rackplan.benchmark.BenchmarkCase;
import dev.rackplan.benchmark.PlacementBenchmark;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.BenchmarkTable;
import dev.rackplan.report.BenchmarkTree;
import dev.rackplan.report.FrontChart;
import dev.rackplan.report.FrontTable;
import dev.rackplan.report.FrontTree;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.Scenario;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan benchmark}: placers side by side, or one search at several bandwidths. */
@Command(
    name = "benchmark",
    header = "Puts expert placers side by side on the same problems, in equal time.",
    description = {
      "",
      "Contiguous, round-robin, EPLB (both modes), a plain annealing loop on the same arrays, and rackplan's search: layer time, balance, worst layer and remote domains, on the routing that was planned for and on tokens kept back ('unseen').",
      "Searches are repeated with several seeds; their median by the searched score is shown. Each problem's first layout that fits is taken.",
      "",
      "With --nic-GBps the search runs once for each bandwidth between domains instead, beside the usual placements: how much balance is worth giving up for less traffic.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan benchmark problems/deepseek-v3-prefill-topics-h100.json --time-limit 20s --seeds 3",
      "  rackplan benchmark problems/gpt-oss-20b-prefill-topics-h100.json --nic-GBps 12.5,25,50,100 --chart charts"
    })
final class BenchmarkCommand implements Callable<Integer> {
  private static final String CHART = "--chart";
  private static final String LEAVE_OUT = "--leave-out";

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE|DIR",
      description = "Problem files, or folders of them.")
  private List<String> files;

  @Mixin private SearchLimits limits;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Searches of each kind. Default: ${DEFAULT-VALUE}.",
      defaultValue = "3")
  private int seeds;

  @Option(
      names = "--nic-GBps",
      paramLabel = "GBps",
      split = ",",
      converter = BandwidthConverter.class,
      description =
          "Search as if each GPU's share of the NICs had these line rates in GB/s, such as 12.5,25,50; uplinks keep their share and oversubscription.")
  private List<Double> nicBytesPerSecond = List.of();

  @Option(
      names = CHART,
      paramLabel = "DIR",
      description =
          "With --nic-GBps: draw each problem's balance over traffic to DIR/PROBLEM.svg; the folder is made if need be.")
  private Optional<String> chart = Optional.empty();

  @Option(
      names = LEAVE_OUT,
      paramLabel = "N",
      description =
          "Keep back N scenarios in turn (routing over 'worst'), plan for the others, judge on those kept back.")
  private Optional<Integer> leaveOut = Optional.empty();

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
    BenchmarkBudget budget = budget();
    List<String> problems = InputFiles.expand(files);
    Map<String, Path> charts =
        chart.map(folder -> OutputFolder.targets(folder, CHART, problems, ".svg")).orElse(Map.of());
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<Object> trees = new ArrayList<>();
    for (String shown : problems) {
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
      for (Problem each : variants(problem, shown)) {
        Result result = run(each, shown, budget, Optional.ofNullable(charts.get(shown)));
        if (json) {
          trees.add(result.tree());
        } else {
          out.println(result.table());
          out.flush();
        }
      }
    }
    if (json) {
      out.print(JsonText.of(trees));
    }
    return ExitCode.SOLVED;
  }

  private record Result(Map<String, Object> tree, String table) {}

  private BenchmarkBudget budget() {
    limits.check();
    boolean front = !nicBytesPerSecond.isEmpty();
    if (chart.isPresent() && !front) {
      throw usage(CHART + " needs --nic-GBps, the bandwidths to draw");
    }
    if (limits.steps().isPresent() && !front) {
      throw usage("--steps needs --nic-GBps: placers are compared in equal time");
    }
    if (leaveOut.isPresent() && front) {
      throw usage(LEAVE_OUT + " is for placers side by side, without --nic-GBps");
    }
    for (double bandwidth : nicBytesPerSecond) {
      if (nicBytesPerSecond.stream().filter(other -> other == bandwidth).count() > 1) {
        throw usage("--nic-GBps gives " + bandwidth / 1e9 + " twice; give each bandwidth once");
      }
    }
    try {
      return new BenchmarkBudget(limits.seconds(), limits.steps(), seeds, limits.threads());
    } catch (IllegalArgumentException e) {
      throw usage("--" + e.getMessage());
    }
  }

  /** The problem, or one for each group of scenarios that is kept back. */
  private List<Problem> variants(Problem problem, String shown) {
    if (leaveOut.isEmpty()) {
      return List.of(problem);
    }
    try {
      List<Problem> variants = new ArrayList<>();
      for (Routing routing : problem.workload().routing().leavingOut(leaveOut.get())) {
        String without =
            routing.heldOut().stream().map(Scenario::name).collect(Collectors.joining(", "));
        variants.add(
            problem
                .withWorkload(problem.workload().withRouting(routing))
                .withName(problem.name() + " without " + without));
      }
      return variants;
    } catch (IllegalArgumentException e) {
      throw new InputException(
          shown,
          "$.workload.routing",
          LEAVE_OUT + " " + e.getMessage(),
          "Give fewer, or several profiles and \"over\": \"worst\".");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private Result run(Problem problem, String shown, BenchmarkBudget budget, Optional<Path> target) {
    PrintWriter err = spec.commandLine().getErr();
    try {
      if (nicBytesPerSecond.isEmpty()) {
        BenchmarkCase placers = PlacementBenchmark.run(problem, budget, err::println);
        return new Result(
            BenchmarkTree.of(placers),
            markdown ? BenchmarkTable.markdown(placers) : BenchmarkTable.text(placers));
      }
      BandwidthFront front =
          PlacementBenchmark.front(problem, nicBytesPerSecond, budget, err::println);
      target.ifPresent(file -> draw(front, shown, file));
      return new Result(
          FrontTree.of(front), markdown ? FrontTable.markdown(front) : FrontTable.text(front));
    } catch (IllegalArgumentException e) {
      throw new InputException(
          shown, "", e.getMessage(), "Give problems with experts and a layout that fits.");
    }
  }

  private void draw(BandwidthFront front, String shown, Path file) {
    AtomicFile.write(file, FrontChart.svg(front));
    spec.commandLine().getErr().println(shown + ": drawn to " + file);
  }
}
