package dev.rackplan.cli.planning;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.option.LatencyLimitConverter;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ModelReader;
import dev.rackplan.json.RequestTraceFile;
import dev.rackplan.model.Model;
import dev.rackplan.problem.LatencyLimit;
import dev.rackplan.report.Figures;
import dev.rackplan.serving.Found.Mode;
import dev.rackplan.serving.Goal;
import dev.rackplan.workload.RequestLengths;
import dev.rackplan.workload.RequestTrace;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options that say what is to be served, how fast, and what makes a deployment better. */
public final class GoalOptions {
  private static final double MOST_TOKENS = 1e7;
  private static final double MOST_PER_SECOND = 1e9;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--isl",
      paramLabel = "N",
      description = "Tokens of a prompt, mean, its cached part included.")
  private Optional<Double> inputTokens = Optional.empty();

  @Option(names = "--osl", paramLabel = "N", description = "Tokens of an answer, mean.")
  private Optional<Double> outputTokens = Optional.empty();

  @Option(
      names = "--ttft",
      paramLabel = "[PNN=]TIME",
      converter = LatencyLimitConverter.class,
      description =
          "Most mean time to first token, such as 1000ms; p50=, p90=, p95= or p99= limits a percentile, which a replay tells. Default: any.")
  private Optional<LatencyLimit> ttft = Optional.empty();

  @Option(
      names = "--tpot",
      paramLabel = "[PNN=]TIME",
      converter = LatencyLimitConverter.class,
      description = "Most mean time per output token, such as 20ms; or p95=20ms. Default: any.")
  private Optional<LatencyLimit> tpot = Optional.empty();

  @Option(
      names = "--rate",
      paramLabel = "N|max",
      defaultValue = "max",
      description =
          "Requests per second to keep up with, or the most that all GPUs can. Default: ${DEFAULT-VALUE}.")
  private String rate;

  @Option(
      names = "--tokens-per-second",
      paramLabel = "N",
      description = "Output tokens per second to keep up with, instead of --rate.")
  private Optional<Double> tokensPerSecond = Optional.empty();

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "Requests that are served at a time, instead of --rate.")
  private Optional<Double> concurrency = Optional.empty();

  @Option(
      names = "--objective",
      paramLabel = "NAME",
      description =
          "throughput: most requests; gpus: fewest GPUs; cost: fewest USD per million tokens. Default: gpus where a rate is asked for, else throughput.")
  private Optional<Goal.Aim> objective = Optional.empty();

  @Option(
      names = "--mode",
      paramLabel = "NAME",
      description =
          "aggregated: prompts and decode on the same GPUs; disaggregated: on pools of their own. Default: both are tried.")
  private Optional<Mode> mode = Optional.empty();

  @Option(
      names = "--prefix-cached",
      paramLabel = "SHARE",
      description =
          "Share of a prompt that is found in a prefix cache. Default: 0, or the trace's.")
  private Optional<Double> cached = Optional.empty();

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "Take lengths and the cached share from recorded requests: see 'requests'.")
  private Optional<String> trace = Optional.empty();

  /** What the options say; refuses what contradicts itself. */
  public Goal goal() {
    Optional<RequestLengths> lengths =
        trace.map(file -> RequestTraceFile.read(InputFiles.path(file), file, OptionalInt.empty()));
    double prompt =
        inputTokens.orElseGet(() -> lengths.map(known -> known.prompts().mean()).orElse(0.0));
    double answer =
        outputTokens.orElseGet(
            () -> lengths.flatMap(known -> known.answers()).map(s -> s.mean()).orElse(0.0));
    requireTokens("--isl", prompt, inputTokens.isPresent() || lengths.isPresent());
    requireTokens(
        "--osl",
        answer,
        outputTokens.isPresent() || lengths.flatMap(RequestLengths::answers).isPresent());
    double share =
        cached.orElseGet(() -> lengths.map(known -> known.cachedTokens() / prompt).orElse(0.0));
    require(share >= 0 && share < 1, "--prefix-cached must be in [0, 1), was " + share);
    OptionalDouble requests = requests(answer);
    OptionalDouble users = optional(concurrency);
    require(
        users.isEmpty() || users.getAsDouble() >= 1 && users.getAsDouble() < MOST_PER_SECOND,
        "--concurrency must be at least 1, was " + concurrency.orElse(0.0));
    boolean asked = requests.isPresent() || users.isPresent();
    return new Goal(
        prompt,
        share * prompt,
        answer,
        optional(ttft.map(LatencyLimit::seconds)),
        optional(tpot.map(LatencyLimit::seconds)),
        requests,
        users,
        objective.orElse(asked ? Goal.Aim.GPUS : Goal.Aim.THROUGHPUT));
  }

  /** Refuses prompts and answers that are longer than {@code model} takes. */
  public void refuseLonger(Model model, Goal goal) {
    String said = inputTokens.isEmpty() && outputTokens.isEmpty() ? "--trace" : "--isl";
    model
        .contextLimit()
        .flatMap(limit -> limit.fault(goal.inputTokens() + goal.outputTokens()))
        .ifPresent(
            fault -> {
              throw new InputException("command line", said, fault, ModelReader.remedyOfContext());
            });
  }

  /** How prompts and decode may share GPUs. */
  public Set<Mode> modes() {
    return mode.<Set<Mode>>map(EnumSet::of).orElseGet(() -> EnumSet.allOf(Mode.class));
  }

  /** What to ask for instead where nothing keeps what was asked for. */
  public String remedy() {
    List<String> ways = new ArrayList<>();
    ttft.ifPresent(limit -> ways.add("raise --ttft"));
    tpot.ifPresent(limit -> ways.add("raise --tpot"));
    if (!rate.equals("max")) {
      ways.add("lower --rate");
    }
    tokensPerSecond.ifPresent(asked -> ways.add("lower --tokens-per-second"));
    concurrency.ifPresent(asked -> ways.add("lower --concurrency"));
    ways.add("give more --gpus");
    String words = String.join(" or ", ways) + ".";
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }

  /** The limit of the time to first token. */
  Optional<LatencyLimit> ttft() {
    return ttft;
  }

  /** The limit of the time per output token. */
  Optional<LatencyLimit> tpot() {
    return tpot;
  }

  /** Requests to replay: recorded ones, or of mean lengths, at a mean rate. */
  RequestTrace requests(Goal goal, double rate, int count, long seed) {
    if (trace.isEmpty()) {
      return RequestTrace.poisson(
          count,
          rate,
          (int) Math.max(1, Math.rint(goal.inputTokens())),
          (int) Math.max(1, Math.rint(goal.outputTokens())),
          seed);
    }
    RequestTrace read =
        RequestTraceFile.trace(InputFiles.path(trace.get()), trace.get(), OptionalInt.empty());
    RequestTrace first = read.first(Math.min(count, read.size()));
    return first.timed() && first.spanSeconds() > 0
        ? first.atRate(rate)
        : first.withPoissonTimes(rate, seed);
  }

  private static OptionalDouble optional(Optional<Double> value) {
    return value.map(OptionalDouble::of).orElse(OptionalDouble.empty());
  }

  private OptionalDouble requests(double answer) {
    long said =
        Stream.of(!rate.equals("max"), tokensPerSecond.isPresent(), concurrency.isPresent())
            .filter(Boolean::booleanValue)
            .count();
    require(said <= 1, "--rate, --tokens-per-second and --concurrency exclude each other");
    if (tokensPerSecond.isPresent()) {
      return positive("--tokens-per-second", tokensPerSecond.get(), tokensPerSecond.get() / answer);
    }
    if (rate.equals("max")) {
      return OptionalDouble.empty();
    }
    try {
      double perSecond = Double.parseDouble(rate.toLowerCase(Locale.ROOT));
      return positive("--rate", perSecond, perSecond);
    } catch (NumberFormatException e) {
      throw new ParameterException(
          spec.commandLine(),
          "--rate must be a number of requests per second or max, was '" + rate + "'",
          e);
    }
  }

  private OptionalDouble positive(String option, double said, double perSecond) {
    require(
        perSecond > 0 && perSecond < MOST_PER_SECOND,
        option + " must be more than 0, or left out; was " + said);
    return OptionalDouble.of(perSecond);
  }

  private void requireTokens(String option, double tokens, boolean told) {
    require(told, option + " is missing: give it, or a --trace that tells it");
    require(
        tokens >= 1 && tokens <= MOST_TOKENS,
        option + " must be in 1..10000000 tokens, was " + Figures.shortest(tokens));
  }

  private void require(boolean holds, String words) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), words);
    }
  }
}
