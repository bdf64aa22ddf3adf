package dev.rackplan.cli.planning;

import dev.rackplan.cli.planning.TightenedLimits.Tried;
import dev.rackplan.problem.LatencyLimit;
import dev.rackplan.replay.Deployment;
import dev.rackplan.replay.PlannedPools;
import dev.rackplan.replay.Replay;
import dev.rackplan.replay.ReplayResult;
import dev.rackplan.replay.Router;
import dev.rackplan.report.DeploymentReport;
import dev.rackplan.report.Figures;
import dev.rackplan.report.ReplayReport;
import dev.rackplan.report.ReplayedLimits;
import dev.rackplan.serving.Cluster;
import dev.rackplan.serving.DeploymentSearch;
import dev.rackplan.serving.DeploymentSearch.Answer;
import dev.rackplan.serving.Found;
import dev.rackplan.serving.Found.Mode;
import dev.rackplan.serving.Goal;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.workload.RequestTrace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The search for deployments, and where percentiles are limited the replay that has the last word
 * on the best of them.
 */
public final class PercentileSearch {
  private static final int REQUESTS = 10_000;
  private static final long SEED = 0;

  private final DeploymentSearch search;
  private final GoalOptions options;
  private final Goal goal;
  private final PlannedFiles files;
  private final List<Cluster> clusters;
  private final Map<Found, ReplayResult> replayed = new HashMap<>();

  /**
   * @param goal what {@code options} say
   * @param clusters GPUs that decode; then those that read prompts, where they are others
   */
  public PercentileSearch(
      DeploymentSearch search,
      GoalOptions options,
      Goal goal,
      PlannedFiles files,
      List<Cluster> clusters) {
    this.search = search;
    this.options = options;
    this.goal = goal;
    this.files = files;
    this.clusters = List.copyOf(clusters);
  }

  /**
   * What was found, with a replay of the best where a percentile is limited. Each mode has limits
   * of its own then, since its times differ by other amounts from their mean.
   */
  public Tried<Answer> answer(BooleanSupplier stop, Consumer<Answer> better) {
    Answer first = search.answer(stop, better);
    if (!isPercentile(options.ttft()) && !isPercentile(options.tpot())) {
      return new Tried<>(first, Optional.empty());
    }
    Optional<Tried<Answer>> best = Optional.empty();
    List<Found> kept = new ArrayList<>();
    Tried<Answer> nearest = new Tried<>(first, Optional.empty());
    for (Mode mode : options.modes()) {
      Tried<Answer> one =
          TightenedLimits.search(
              (ttft, tpot) ->
                  replayed(
                      ttft == 1 && tpot == 1
                          ? first.of(mode)
                          : search.under(goal.scaled(ttft, tpot), mode).answer(stop, better)),
              this::worth,
              stop);
      nearest = excess(one) < excess(nearest) ? one : nearest;
      if (one.kept()) {
        kept.addAll(one.found().deployments());
        best = one.betterThan(best, this::worth) ? Optional.of(one) : best;
      }
    }
    kept.sort(Comparator.comparingDouble(found -> -worth(found)));
    return best.map(one -> new Tried<>(one.found().with(kept), one.limits())).orElse(nearest);
  }

  // How many times as long as its limit the percentile is that is furthest off.
  private static double excess(Tried<Answer> one) {
    return one.limits()
        .map(limits -> Math.max(limits.ttftOfLimit(), limits.tpotOfLimit()))
        .orElse(Double.MAX_VALUE);
  }

  private static boolean isPercentile(Optional<LatencyLimit> limit) {
    return limit.filter(LatencyLimit::isPercentile).isPresent();
  }

  private double worth(Answer answer) {
    return worth(answer.deployments().get(0));
  }

  private double worth(Found found) {
    return switch (goal.aim()) {
      case THROUGHPUT -> found.requestsPerSecond();
      case GPUS -> -found.gpus();
      case COST ->
          -found
              .usdPerMillion(goal.outputTokens())
              .orElse(1 / found.tokensPerSecondPerGpu(goal.outputTokens()));
    };
  }

  private Tried<Answer> replayed(Answer answer) {
    if (answer.deployments().isEmpty()) {
      return new Tried<>(answer, Optional.empty());
    }
    return new Tried<>(
        answer,
        Optional.of(
            ReplayedLimits.of(
                options.ttft(), options.tpot(), replay(answer.deployments().get(0)))));
  }

  /** What becomes of requests at the rate that a deployment serves. */
  public ReplayReport report(Found best) {
    ReplayResult result = replay(best);
    return new ReplayReport(
        DeploymentReport.words(best),
        Figures.count(result.trace().size(), "request")
            + ", "
            + Figures.requests(best.requestsPerSecond())
            + "/s",
        result,
        goal.ttftSeconds(),
        goal.tpotSeconds());
  }

  // The best is looked at again where its page is written.
  private ReplayResult replay(Found best) {
    return replayed.computeIfAbsent(best, this::play);
  }

  private ReplayResult play(Found best) {
    RequestTrace requests = options.requests(goal, best.requestsPerSecond(), REQUESTS, SEED);
    Deployment deployment =
        PlannedPools.of(
            files.parts(best),
            best.mode() == Found.Mode.AGGREGATED
                ? OptionalDouble.empty()
                : OptionalDouble.of(linkBytesPerSecond()),
            requests,
            new PlannedPools.Settings(
                Router.LEAST_LOADED,
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalDouble.of(goal.cachedTokens() / goal.inputTokens())));
    return Replay.of(requests, deployment);
  }

  private double linkBytesPerSecond() {
    return clusters.stream()
        .map(cluster -> clusters.size() == 1 ? cluster.link() : cluster.gpu().nic())
        .mapToDouble(LinkSpec::sustainedBytesPerSecond)
        .min()
        .orElseThrow();
  }
}
