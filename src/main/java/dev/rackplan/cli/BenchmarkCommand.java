package dev.rackplan.cli;

import dev.rackplan.benchmark.BandwidthFront;
import dev.rackplan.benchmark.BenchmarkBudget;
import dev.rackplan.benchmark.BenchmarkCase;
import dev.rackplan.benchmark.DriftBenchmark;
import dev.rackplan.benchmark.DriftCase;
import dev.rackplan.benchmark.PlacementBenchmark;
import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.OutputFolder;
import dev.rackplan.cli.option.BandwidthConverter;
import dev.rackplan.cli.option.DurationConverter;
import dev.rackplan.cli.option.SearchLimits;
import dev.rackplan.cli.option.WindowLimits;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Problem;
import dev.rackplan.replan.WindowOptions;
import dev.rackplan.report.BenchmarkTable;
import dev.rackplan.report.BenchmarkTree;
import dev.rackplan.report.DriftTable;
import dev.rackplan.report.DriftTree;
import dev.rackplan.report.FrontChart;
import dev.rackplan.report.FrontTable;
import dev.rackplan.report.FrontTree;
import dev.rackplan.solver.experts.SearchClock;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.Scenario;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
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
      "Contiguous, round-robin, EPLB (both modes), placers in the style of vllm-ascend's FlashLB and swift balancer, a plain annealing loop on the same arrays, and rackplan's search: layer time, balance, worst layer and remote domains, on the routing that was planned for and on tokens kept back ('unseen').",
      "Searches are repeated with several seeds; their median by the searched score is shown. Each problem's first layout that fits is taken.",
      "",
      "With --nic-GBps the search runs once for each bandwidth between domains instead, beside the usual placements: how much balance is worth giving up for less traffic.",
      "",
      "With --drift routing comes in windows, and what is compared are ways to change a running plan: never, EPLB, the FlashLB and the swift style after every window, and rackplan's replanning, with what they move. Windows are the problem's profiles in their order; of one profile with tokens runs of them; of one with loads alone a seeded walk.",
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
  private static final String TIMES = "--times";
  private static final String DRIFT = "--drift";
  private static final String CPU_TIME = "--cpu-time";
  private static final String CHART = "--chart";
  private static final String LEAVE_OUT = "--leave-out";

  // Of each layer and window, unless a limit is given.
  private static final long DRIFT_MOVES = 2000;

  private static final int SEEDS = 3;

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
      description =
          "Searches of each kind; with --drift runs through the windows, from the first plan on. Default: 3, with --drift 1.")
  private Optional<Integer> seeds = Optional.empty();

  @Option(
      names = CPU_TIME,
      description =
          "Count --time-limit and --times in CPU time of each searching thread, so that other work on the machine takes nothing of a search.")
  private boolean cpuTime;

  @Option(
      names = TIMES,
      paramLabel = "TIME",
      split = ",",
      converter = DurationConverter.class,
      description = "Search in each of these times instead, such as 1s,5s,20s: a table for each.")
  private List<Double> times = List.of();

  @Option(
      names = "--rules",
      paramLabel = "RULE",
      split = ",",
      description =
          "Put each problem under these dispatch rules instead of its own: even, nearest, rankModulo.")
  private List<String> rules = List.of();

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
      names = DRIFT,
      paramLabel = "N",
      description =
          "Compare ways to replan instead: routing in N windows, one after the other, each plan judged on the next.")
  private Optional<Integer> drift = Optional.empty();

  @Mixin private WindowLimits windows;

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
    List<BenchmarkBudget> budgets = budgets();
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
        for (BenchmarkBudget one : budgets) {
          Result result = run(each, shown, one, Optional.ofNullable(charts.get(shown)));
          if (json) {
            trees.add(result.tree());
          } else {
            out.println(result.table());
            out.flush();
          }
        }
      }
    }
    if (json) {
      out.print(JsonText.of(trees));
    }
    return ExitCode.SOLVED;
  }

  private record Result(Map<String, Object> tree, String table) {}

  private List<BenchmarkBudget> budgets() {
    limits.check();
    if (!times.isEmpty() && limits.limited()) {
      throw usage(TIMES + " takes the place of --time-limit and --steps");
    }
    boolean front = !nicBytesPerSecond.isEmpty();
    if (chart.isPresent() && !front) {
      throw usage(CHART + " needs --nic-GBps, the bandwidths to draw");
    }
    if (limits.steps().isPresent() && !front && drift.isEmpty()) {
      throw usage("--steps needs --nic-GBps or --drift: placers are compared in equal time");
    }
    if (cpuTime && (drift.isPresent() || limits.steps().isPresent())) {
      throw usage(CPU_TIME + " counts times: it excludes --steps and " + DRIFT);
    }
    if (drift.isPresent() && (front || leaveOut.isPresent() || !times.isEmpty())) {
      throw usage(DRIFT + " excludes --nic-GBps, " + LEAVE_OUT + " and " + TIMES);
    }
    if (drift.isPresent() && drift.get() < 3) {
      throw usage(DRIFT + " must be >= 3, was " + drift.get());
    }
    if (windows.given() && drift.isEmpty()) {
      throw usage("--window-weight and --window-steps need " + DRIFT);
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
      return (times.isEmpty() ? List.of(limits.seconds()) : times)
          .stream().map(time -> budget(time)).toList();
    } catch (IllegalArgumentException e) {
      throw usage("--" + e.getMessage());
    }
  }

  private BenchmarkBudget budget(double seconds) {
    SearchClock clock = cpuTime ? SearchClock.CPU : SearchClock.WALL;
    int repeats = seeds.orElse(drift.isPresent() ? 1 : SEEDS);
    return new BenchmarkBudget(seconds, limits.steps(), repeats, limits.threads(), clock);
  }

  /** The problem, or one for each rule, and for each group of scenarios that is kept back. */
  private List<Problem> variants(Problem problem, String shown) {
    List<Problem> ruled = new ArrayList<>();
    for (String word : rules) {
      DispatchRule rule = rule(word);
      ruled.add(
          problem
              .withEngine(problem.engine().withDispatchRule(rule))
              .withName(problem.name() + ", " + word));
    }
    return (ruled.isEmpty() ? List.of(problem) : ruled)
        .stream().flatMap(each -> leavingOut(each, shown).stream()).toList();
  }

  private DispatchRule rule(String word) {
    for (DispatchRule rule : DispatchRule.values()) {
      if (JsonCursor.camelCase(rule).equals(word)) {
        return rule;
      }
    }
    throw usage("--rules: no rule '" + word + "'; there are even, nearest, rankModulo");
  }

  private List<Problem> leavingOut(Problem problem, String shown) {
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
      if (drift.isPresent()) {
        DriftCase ways =
            DriftBenchmark.run(problem, drift.get(), windowOptions(), budget.seeds(), err::println);
        return new Result(
            DriftTree.of(ways), markdown ? DriftTable.markdown(ways) : DriftTable.text(ways));
      }
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

  private WindowOptions windowOptions() {
    boolean timed = limits.limited() && limits.steps().isEmpty();
    return windows.options(
        Double.POSITIVE_INFINITY,
        limits.steps().orElse(DRIFT_MOVES),
        timed ? OptionalDouble.of(limits.seconds()) : OptionalDouble.empty(),
        0,
        limits.threads());
  }

  private void draw(BandwidthFront front, String shown, Path file) {
    AtomicFile.write(file, FrontChart.svg(front));
    spec.commandLine().getErr().println(shown + ": drawn to " + file);
  }
}
