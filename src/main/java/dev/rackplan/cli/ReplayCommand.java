package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.OutputFile;
import dev.rackplan.cli.option.DurationConverter;
import dev.rackplan.cli.solving.ReplayedPlan;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.RequestTraceFile;
import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Limits;
import dev.rackplan.replay.Deployment;
import dev.rackplan.replay.PlannedPools;
import dev.rackplan.replay.Replay;
import dev.rackplan.replay.Router;
import dev.rackplan.report.ReplayReport;
import dev.rackplan.report.html.ReplayPage;
import dev.rackplan.workload.RequestTrace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan replay}: requests one by one through a plan. */
@Command(
    name = "replay",
    header = "Sends requests one by one through a plan's GPUs, in simulated time.",
    description = {
      "",
      "Requests are those of a trace, or come independently of each other (Poisson), all of one length. Of a pool's solution both pools serve them; other plans' GPUs read prompts and decode, except where there are plans of both phases.",
      "Printed are mean and percentiles of TTFT and TPOT, goodput within the limits, queues and KV caches. The same arguments print the same bytes.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan replay solutions/serving/deepseek-v3-serving-h100-decode.json --rate 150",
      "  rackplan replay solutions/qwen3-235b-decode-b200.json --trace conversation_trace.jsonl --html replay.html"
    })
final class ReplayCommand implements Callable<Integer> {
  private static final int MOST_REQUESTS = 2_000_000;
  private static final int MOST_TOKENS = 10_000_000;
  private static final double MOST_SPREAD = 0.99;
  private static final double LEAST_RATE = 1e-6;
  private static final double MOST_RATE = 1e9;
  private static final int USUAL_REQUESTS = 10_000;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "SOLUTION",
      description =
          "Solution file; of two pools either one's. Or several, such as 'plan --write' writes: those of prefill read prompts for those of decode.")
  private List<String> solutions;

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description =
          "Requests as 'requests' reads them. With --rate they come at that mean rate instead of their own.")
  private Optional<String> trace = Optional.empty();

  @Option(
      names = "--rate",
      paramLabel = "R",
      description = "Requests per second. Default without a trace: the problem's.")
  private Optional<Double> rate = Optional.empty();

  @Option(
      names = "--isl",
      paramLabel = "N",
      description = "Tokens of each prompt, without a trace. Default: the problem's.")
  private Optional<Integer> inputTokens = Optional.empty();

  @Option(
      names = "--osl",
      paramLabel = "M",
      description = "Tokens of each answer, without a trace. Default: the problem's.")
  private Optional<Integer> outputTokens = Optional.empty();

  @Option(
      names = "--osl-spread",
      paramLabel = "SHARE",
      defaultValue = "0",
      description =
          "Without a trace: answers differ by up to this share of --osl on either side, all lengths alike, in 0..0.99. With 0 those that begin together end together, and come in groups. Default: ${DEFAULT-VALUE}.")
  private double spread;

  @Option(
      names = "--requests",
      paramLabel = "N",
      description = "So many requests; of a trace its first. Default: 10000, or the whole trace.")
  private Optional<Integer> requests = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of the times between requests. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--block-tokens",
      paramLabel = "N",
      description =
          "Tokens of the block that one of a trace's hash_ids stands for. Default: 512, of Bailian's traces 16.")
  private Optional<Integer> blockTokens = Optional.empty();

  @Option(
      names = "--prefix-cached",
      paramLabel = "SHARE",
      description =
          "Share of each prompt that is found cached, where a trace has no hash_ids. Default: the problem's cachedTokens.")
  private Optional<Double> prefixCached = Optional.empty();

  @Option(
      names = "--router",
      paramLabel = "NAME",
      defaultValue = "leastLoaded",
      description =
          "Which instance gets a request: roundRobin, leastLoaded, cacheAware. Default: ${DEFAULT-VALUE}.")
  private String router;

  @Option(
      names = "--order",
      paramLabel = "NAME",
      description =
          "What a step of GPUs that do both takes: promptsFirst (SGLang) or mixed (vLLM, TensorRT-LLM). Default: as the problem's engine.")
  private Optional<String> order = Optional.empty();

  @Option(
      names = "--chunk-tokens",
      paramLabel = "N",
      description =
          "Most prompt tokens of a step and attention rank. Default: the prefill plan's, else the engine's.")
  private Optional<Integer> chunkTokens = Optional.empty();

  @Option(
      names = "--max-running",
      paramLabel = "N",
      description =
          "Most sequences that an attention rank decodes. Default: the plan's, else the engine's.")
  private Optional<Integer> maxRunning = Optional.empty();

  @Option(
      names = "--ttft",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Longest time to first token, such as 1s. Default: the problem's.")
  private Optional<Double> ttft = Optional.empty();

  @Option(
      names = "--tpot",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Longest time per token after the first, such as 20ms. Default: the problem's.")
  private Optional<Double> tpot = Optional.empty();

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description = "Also write CSV: a line for each request.")
  private Optional<String> csv = Optional.empty();

  @Mixin private OutputFile.Force force = new OutputFile.Force();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write a page with charts; it opens without a network.")
  private Optional<String> html = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    check();
    ReplayedPlan plan = ReplayedPlan.read(solutions);
    RequestTrace arrivals = arrivals(plan);
    Deployment deployment = plan.deployment(arrivals, settings());
    Limits limits = plan.limits();
    ReplayReport report =
        new ReplayReport(
            plan.name(),
            words(arrivals),
            Replay.of(arrivals, deployment),
            ttft.map(OptionalDouble::of).orElse(limits.ttftSeconds()),
            tpot.map(OptionalDouble::of).orElse(limits.tpotSeconds()));
    spec.commandLine().getOut().print(json ? JsonText.of(report.tree()) : report.text());
    csv.ifPresent(file -> OutputFile.write(spec, file, report.csv(), force));
    html.ifPresent(file -> OutputFile.write(spec, file, ReplayPage.of(report), force));
    return ExitCode.SOLVED;
  }

  private void check() {
    List<String> inputs = new ArrayList<>(solutions);
    trace.ifPresent(inputs::add);
    for (String input : inputs) {
      OutputFile.refuseInput("--csv", csv, input);
      OutputFile.refuseInput("--html", html, input);
    }
    rate.ifPresent(
        value -> require("--rate", value >= LEAST_RATE && value <= MOST_RATE, "1e-6..1e9", value));
    within("--isl", inputTokens, MOST_TOKENS);
    within("--osl", outputTokens, MOST_TOKENS);
    within("--requests", requests, MOST_REQUESTS);
    within("--chunk-tokens", chunkTokens, MOST_TOKENS);
    within("--max-running", maxRunning, MOST_TOKENS);
    prefixCached.ifPresent(
        value -> require("--prefix-cached", value >= 0 && value < 1, "[0, 1)", value));
    require("--osl-spread", spread >= 0 && spread <= MOST_SPREAD, "0..0.99", spread);
    if (trace.isPresent() && spread > 0) {
      throw new ParameterException(
          spec.commandLine(), "--osl-spread is of lengths without a trace: leave it out");
    }
    if (trace.isPresent() && (inputTokens.isPresent() || outputTokens.isPresent())) {
      throw new ParameterException(
          spec.commandLine(), "--isl and --osl are lengths without a trace: leave them out");
    }
  }

  private void within(String option, Optional<Integer> value, int most) {
    value.ifPresent(number -> require(option, number >= 1 && number <= most, "1.." + most, number));
  }

  private void require(String option, boolean holds, String range, Object value) {
    if (!holds) {
      throw new ParameterException(
          spec.commandLine(), option + " must be in " + range + ", was " + value);
    }
  }

  private RequestTrace arrivals(ReplayedPlan plan) {
    if (trace.isEmpty()) {
      return RequestTrace.poisson(
              requests.orElse(USUAL_REQUESTS),
              rate.or(plan::requestsPerSecond).orElseThrow(() -> missing("--rate R")),
              inputTokens.or(plan::inputTokens).orElseThrow(() -> missing("--isl N")),
              outputTokens.or(plan::outputTokens).orElseThrow(() -> missing("--osl M")),
              seed)
          .withVariedAnswers(spread, seed);
    }
    String file = trace.get();
    RequestTrace read =
        RequestTraceFile.trace(
            InputFiles.path(file), file, RequestsCommand.blockTokens(spec, blockTokens));
    RequestTrace kept = requests.map(read::first).orElse(read);
    if (!kept.timed() && rate.isEmpty()) {
      throw new InputException(
          file, "", "has requests without a time", "Give --rate R: they come at random then.");
    }
    if (rate.isEmpty()) {
      return kept;
    }
    return kept.timed() && kept.spanSeconds() > 0
        ? kept.atRate(rate.get())
        : kept.withPoissonTimes(rate.get(), seed);
  }

  private ParameterException missing(String option) {
    return new ParameterException(
        spec.commandLine(),
        "give --trace FILE or " + option + ": " + solutions.get(0) + " does not say it");
  }

  private PlannedPools.Settings settings() {
    return new PlannedPools.Settings(
        one("--router", Router.class, router),
        order.map(name -> one("--order", Batching.Order.class, name)),
        chunkTokens.map(OptionalInt::of).orElse(OptionalInt.empty()),
        maxRunning.map(OptionalInt::of).orElse(OptionalInt.empty()),
        prefixCached.map(OptionalDouble::of).orElse(OptionalDouble.empty()));
  }

  private <E extends Enum<E>> E one(String option, Class<E> type, String name) {
    return Arrays.stream(type.getEnumConstants())
        .filter(value -> JsonCursor.camelCase(value).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    option
                        + " must be one of "
                        + Arrays.stream(type.getEnumConstants())
                            .map(JsonCursor::camelCase)
                            .collect(Collectors.joining(", "))
                        + ", was '"
                        + name
                        + "'"));
  }

  private static String spreadWords(RequestTrace arrivals) {
    IntSummaryStatistics answers =
        IntStream.range(0, arrivals.size()).map(arrivals::answerTokens).summaryStatistics();
    return answers.getMin() + " to " + answers.getMax() + " tokens";
  }

  private String words(RequestTrace arrivals) {
    String rest =
        String.format(
            Locale.ROOT,
            "%d %s%s",
            arrivals.size(),
            arrivals.size() == 1 ? "request" : "requests",
            rate.map(value -> ", " + value + " a second").orElse(""));
    return trace
        .map(file -> rest + ", of " + file)
        .orElse(
            rest
                + ", at random (seed "
                + seed
                + "), "
                + arrivals.promptTokens(0)
                + " and "
                + (spread == 0 ? arrivals.answerTokens(0) + " tokens" : spreadWords(arrivals)));
  }
}
