package dev.rackplan.cli;

import dev.rackplan.cli.file.SheetOutput;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.option.DurationConverter;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.cost.economics.CacheTier;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.LayoutTable;
import dev.rackplan.report.sheets.ServingSheets;
import dev.rackplan.report.sheets.ServingSheets.Fleet;
import dev.rackplan.report.sheets.ServingSheets.Step;
import dev.rackplan.report.sheets.SheetReport;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan economics serving}. */
@Command(
    name = "serving",
    header = "What input, output and kept tokens cost by real plans, and what speed costs.",
    description = {
      "",
      "Of a prefill and a decode solution, or one of them: USD per million tokens by GPU price and by power; the decode plan at other batches, with the plans of its front; what a faster mode costs; and what a fleet's day takes.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan economics serving solutions/deepseek-v3-decode-gb200.json solutions/deepseek-v3-prefill-h100.json --usd-per-hour 2"
    })
final class EconomicsServingCommand implements Callable<Integer> {
  private static final double[] BATCHES = {1.0 / 64, 1.0 / 32, 1.0 / 16, 0.125, 0.25, 0.5, 1, 2, 4};

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..2",
      paramLabel = "SOLUTION",
      description = "A solution of a prefill problem, of a decode problem, or one of each.")
  private List<String> files;

  @Option(
      names = "--usd-per-hour",
      paramLabel = "N",
      description = "Price of a GPU. Default: the plan's own, by the catalogue.")
  private Optional<Double> usdPerHour = Optional.empty();

  @Option(
      names = "--watts",
      paramLabel = "N",
      description =
          "Power of a GPU with its share of host, network and cooling, for the cost of power.")
  private Optional<Double> watts = Optional.empty();

  @Option(
      names = "--usd-per-kwh",
      paramLabel = "N",
      defaultValue = "0.08",
      description = "Price of power. Default: ${DEFAULT-VALUE}.")
  private double usdPerKilowattHour;

  @Option(
      names = "--hold",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      defaultValue = "300s",
      description =
          "How long kept input lies in flash until it is read. Default: ${DEFAULT-VALUE}.")
  private double hold;

  @Option(
      names = "--input-tokens",
      paramLabel = "N",
      description = "Of a fleet: input tokens, kept ones included.")
  private Optional<Double> inputTokens = Optional.empty();

  @Option(
      names = "--kept-tokens",
      paramLabel = "N",
      defaultValue = "0",
      description = "Of a fleet: input tokens that were kept. Default: ${DEFAULT-VALUE}.")
  private double keptTokens;

  @Option(names = "--output-tokens", paramLabel = "N", description = "Of a fleet: output tokens.")
  private Optional<Double> outputTokens = Optional.empty();

  @Option(
      names = "--gpu-hours",
      paramLabel = "N",
      description = "Of a fleet: GPU hours that it had, to compare with.")
  private Optional<Double> gpuHours = Optional.empty();

  @Option(
      names = "--prices",
      paramLabel = "IN,KEPT,OUT",
      split = ",",
      description = "Of a fleet: USD per million tokens of input, kept input and output.")
  private List<Double> prices = List.of();

  @Mixin private SheetOutput output;

  @Override
  public Integer call() {
    usdPerHour.ifPresent(price -> output.requirePositive("--usd-per-hour", price));
    watts.ifPresent(power -> output.requirePositive("--watts", power));
    output.requirePositive("--usd-per-kwh", usdPerKilowattHour);
    output.requirePositive("--hold", hold);
    output.keep(files);
    List<Solved> solved = files.stream().map(Solved::read).toList();
    Optional<Solved> prefill = only(solved, Phase.PREFILL);
    Optional<Solved> decode = only(solved, Phase.DECODE);
    ServingSheets sheets =
        new ServingSheets(
            rate(prefill),
            rate(decode),
            decode.map(this::steps).orElse(List.of()),
            price(solved),
            watts.isPresent()
                ? OptionalDouble.of(watts.get() / 1000 * usdPerKilowattHour)
                : OptionalDouble.empty(),
            prefill.map(this::kept).orElse(OptionalDouble.empty()),
            fleet());
    output.print(
        new SheetReport("Serving " + solved.get(0).problem().model().name(), sheets.sheets()));
    return ExitCode.SOLVED;
  }

  private Optional<Solved> only(List<Solved> solved, Phase phase) {
    List<Solved> found =
        solved.stream().filter(one -> one.problem().workload().phase() == phase).toList();
    if (found.size() > 1) {
      throw new ParameterException(
          spec.commandLine(), "give one solution of " + JsonCursor.camelCase(phase) + ", not two");
    }
    for (Solved one : solved) {
      if (one.problem().workload().phase() == Phase.TRAINING) {
        throw new InputException(
            one.shown(), "$.problem", "is of training", "Give solutions of prefill and decode.");
      }
    }
    return found.stream().findFirst();
  }

  private static OptionalDouble rate(Optional<Solved> solved) {
    return solved.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(
            new Evaluator(solved.get().problem())
                .evaluate(solved.get().plan())
                .tokensPerSecondPerGpu());
  }

  private double price(List<Solved> solved) {
    if (usdPerHour.isPresent()) {
      return usdPerHour.get();
    }
    Solved first = solved.get(0);
    OptionalDouble known = first.problem().topology().usableGpus().get(0).spec().usdPerHour();
    return known.orElseThrow(
        () ->
            new InputException(
                "command line",
                "--usd-per-hour",
                "is missing: the catalogue has no price of this GPU",
                "Give it, such as --usd-per-hour 2."));
  }

  private OptionalDouble kept(Solved prefill) {
    Problem problem = prefill.problem();
    double context = problem.workload().contextTokens();
    double bytes = problem.model().kvCapacityBytes(context, problem.precision().kv());
    CacheTier flash = CacheTier.LOWER.get(1);
    return OptionalDouble.of(flash.keepUsd(bytes / context, hold, 1));
  }

  /** The plan at other batches that keep every limit but those of time, and its file's front. */
  private List<Step> steps(Solved decode) {
    List<Step> steps = new ArrayList<>();
    Problem problem = decode.problem();
    ProblemRouting routing = ProblemRouting.of(problem);
    Layout layout = decode.plan().layout();
    int last = 0;
    for (double batch : BATCHES) {
      int sequences = (int) Math.max(1, Math.round(layout.sequencesPerMicroBatch() * batch));
      if (sequences == last) {
        continue;
      }
      last = sequences;
      Layout other = layout.with(Degree.SEQUENCES_PER_MICRO_BATCH, sequences);
      Problem asked =
          problem.withWorkload(
              problem
                  .workload()
                  .withConcurrentSequences(OptionalLong.of(other.concurrentSequences())));
      Evaluation evaluation =
          new Evaluator(asked, routing)
              .evaluate(new Plan(other, decode.plan().stages(), decode.plan().experts()));
      if (evaluation.violations().stream().noneMatch(words -> words.startsWith("memory"))) {
        steps.add(
            new Step(
                "this plan",
                other.concurrentSequences(),
                evaluation.stepSeconds(),
                evaluation.tokensPerSecondPerGpu()));
      }
    }
    String own = LayoutTable.degrees(SolutionFile.layout(layout));
    decode
        .contents()
        .evaluation()
        .flatMap(evaluation -> evaluation.find("paretoFront"))
        .ifPresent(
            front ->
                front.list().stream()
                    .filter(point -> !degrees(point).equals(own))
                    .forEach(point -> steps.add(frontStep(point))));
    return steps;
  }

  private static String degrees(JsonCursor point) {
    return LayoutTable.degrees((Map<?, ?>) point.get("layout").tree());
  }

  private static Step frontStep(JsonCursor point) {
    return new Step(
        degrees(point),
        SolutionFile.layout(point.get("layout")).concurrentSequences(),
        point.get("tpotSeconds").number(),
        point.get("tokensPerSecondPerGpu").number());
  }

  private Optional<Fleet> fleet() {
    if (inputTokens.isEmpty() && outputTokens.isEmpty()) {
      return Optional.empty();
    }
    if (!prices.isEmpty() && prices.size() != 3) {
      throw new ParameterException(
          spec.commandLine(), "--prices takes three numbers: input, kept input, output");
    }
    inputTokens.ifPresent(tokens -> output.requireAmount("--input-tokens", tokens));
    outputTokens.ifPresent(tokens -> output.requireAmount("--output-tokens", tokens));
    prices.forEach(price -> output.requireAmount("--prices", price));
    double input = inputTokens.orElse(0.0);
    if (!(keptTokens >= 0 && keptTokens <= input)) {
      throw new ParameterException(
          spec.commandLine(), "--kept-tokens must be in 0..--input-tokens, was " + keptTokens);
    }
    gpuHours.ifPresent(hours -> output.requirePositive("--gpu-hours", hours));
    return Optional.of(
        new Fleet(
            input,
            keptTokens,
            outputTokens.orElse(0.0),
            gpuHours.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
            prices.isEmpty()
                ? Optional.empty()
                : Optional.of(prices.stream().mapToDouble(Double::doubleValue).toArray())));
  }
}
