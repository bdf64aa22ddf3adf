package dev.rackplan.serving;

import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.serving.Found.Instances;
import dev.rackplan.serving.Found.Mode;
import dev.rackplan.topology.GpuCatalogEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Every size of instance that a cluster of equal GPUs has room for, in every layout that the engine
 * starts; with prompts and decode on the same GPUs and on pools of their own.
 *
 * <p>Left out: instances of several sizes side by side; expert placement (experts lie in order).
 */
public final class DeploymentSearch {
  // Beyond it queues swing more than a mean says; where no limit asks for less. Assumed.
  private static final double MOST_BUSY = 0.95;
  private static final double FIRST_SEQUENCES = 16;

  private final Problem decode;
  private final GpuCatalogEntry gpu;
  private final int gpus;
  private final Goal goal;
  private final ProblemRouting routing;

  /**
   * @param decode the question of a decode step, on any cluster of these GPUs
   * @param gpu all GPUs are of this kind
   * @param gpus that there are
   */
  public DeploymentSearch(Problem decode, GpuCatalogEntry gpu, int gpus, Goal goal) {
    this.decode = decode;
    this.gpu = gpu;
    this.gpus = gpus;
    this.goal = goal;
    this.routing = ProblemRouting.of(decode);
  }

  /** An instance and what it can do. */
  private record Candidate(
      SharedPool pool,
      StepTimes times,
      int mostRunning,
      Optional<ServedLoad> shared,
      String sharedBinds,
      Optional<ServedLoad> decoding,
      String decodingBinds,
      double readSeconds) {
    Layout layout() {
      return pool.layout();
    }

    int gpus() {
      return layout().gpus();
    }

    int ranks() {
      return layout().attentionRanks();
    }
  }

  /**
   * What was found.
   *
   * @param deployments best first; empty where nothing keeps the limits
   * @param nearest what comes nearest then, in words
   */
  public record Answer(List<Found> deployments, String nearest) {
    public Answer {
      deployments = List.copyOf(deployments);
    }
  }

  /** Looks at all of them. */
  public Answer answer() {
    List<Candidate> candidates =
        new InstanceLayouts(decode, gpu, gpus, goal)
            .pools().parallelStream().map(this::candidate).flatMap(Optional::stream).toList();
    List<Found> found = new ArrayList<>();
    for (Candidate candidate : candidates) {
      candidate.shared().flatMap(load -> aggregated(candidate, load)).ifPresent(found::add);
    }
    for (Candidate prefill : candidates) {
      for (Candidate decoding : candidates) {
        disaggregated(prefill, decoding).ifPresent(found::add);
      }
    }
    found.sort(order());
    return new Answer(found, found.isEmpty() ? nearest(candidates) : "");
  }

  private Comparator<Found> order() {
    Comparator<Found> most =
        Comparator.comparingDouble((Found found) -> -found.requestsPerSecond())
            .thenComparingInt(Found::gpus);
    Comparator<Found> fewest =
        Comparator.comparingInt(Found::gpus).thenComparingDouble(Found::tpotSeconds);
    return (goal.requestsPerSecond().isPresent() ? fewest : most)
        .thenComparingDouble(Found::ttftSeconds)
        .thenComparing(found -> found.pools().toString());
  }

  // What an instance can do.

  private Optional<Candidate> candidate(SharedPool pool) {
    int most = pool.mostRunning();
    if (most == 0) {
      return Optional.empty();
    }
    StepTimes times = pool.steps(routing);
    double tokens = pool.layout().acceptedTokens(pool.decode().workload());
    Most shared = most(most, b -> ServedLoad.shared(times, pool.batching(), goal, tokens, b));
    Most alone = most(most, b -> ServedLoad.decodeOnly(times, goal, tokens, b));
    return Optional.of(
        new Candidate(
            pool,
            times,
            most,
            shared.load(),
            shared.binds(),
            alone.load(),
            alone.binds(),
            ServedLoad.readSeconds(times, pool.batching(), goal)));
  }

  private record Most(Optional<ServedLoad> load, String binds) {}

  private interface Loads {
    ServedLoad of(double sequences);
  }

  // Doubled until a limit is broken, then halved: times rise with sequences. Few deployments run
  // fewer than those that it begins with.
  private Most most(int limit, Loads loads) {
    double low = 1;
    double high = Math.min(limit, FIRST_SEQUENCES);
    ServedLoad broken = loads.of(high);
    ServedLoad good = broken;
    if (broken.within(goal)) {
      while (broken.within(goal) && high < limit) {
        low = high;
        good = broken;
        high = Math.min(limit, 2 * high);
        broken = loads.of(high);
      }
      if (broken.within(goal)) {
        return new Most(Optional.of(broken), limitOf(limit));
      }
    } else {
      good = loads.of(low);
      if (!good.within(goal)) {
        return new Most(Optional.empty(), binds(good));
      }
    }
    while (high - low > 0.01 * low) {
      double middle = (low + high) / 2;
      ServedLoad load = loads.of(middle);
      if (load.within(goal)) {
        low = middle;
        good = load;
      } else {
        high = middle;
        broken = load;
      }
    }
    return new Most(Optional.of(good), binds(broken));
  }

  private static String limitOf(int sequences) {
    return sequences + " sequences a rank: KV cache, or the engine's most";
  }

  private String binds(ServedLoad broken) {
    boolean tpot = broken.tpotSeconds() > goal.tpotSeconds().orElse(Double.MAX_VALUE);
    return tpot ? "TPOT limit" : "TTFT limit";
  }

  // Deployments.

  private Optional<Found> aggregated(Candidate one, ServedLoad most) {
    double each = most.requestsPerSecond() * one.ranks();
    int room = gpus / one.gpus();
    OptionalDouble asked = goal.requestsPerSecond();
    int count = asked.isPresent() ? count(asked.getAsDouble() / each) : room;
    if (count > room) {
      return Optional.empty();
    }
    ServedLoad load = asked.isPresent() ? atRate(one, asked.getAsDouble() / count, most) : most;
    return Optional.of(
        new Found(
            Mode.AGGREGATED,
            List.of(new Instances("serve", count, one.layout(), load.sequences())),
            load.ttftSeconds(),
            load.tpotSeconds(),
            asked.orElse(count * each),
            one.sharedBinds()));
  }

  private ServedLoad atRate(Candidate one, double perInstance, ServedLoad most) {
    double tokens = one.layout().acceptedTokens(one.pool().decode().workload());
    double low = 0;
    double high = most.sequences();
    ServedLoad load = most;
    while (high - low > 0.01 * high) {
      double middle = (low + high) / 2;
      ServedLoad less = ServedLoad.shared(one.times(), one.pool().batching(), goal, tokens, middle);
      if (less.requestsPerSecond() * one.ranks() >= perInstance) {
        high = middle;
        load = less;
      } else {
        low = middle;
      }
    }
    return load;
  }

  private static int count(double instances) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE / 2.0, Math.ceil(instances - 1e-9)));
  }

  // The KV cache goes over the links of the smaller side, while nothing else needs it.
  private double transferSeconds(Candidate prefill, Candidate decoding) {
    double bytes =
        decode.model().kvCapacityBytes(goal.inputTokens(), decode.precision().kv())
            / Math.min(prefill.layout().gpusPerStage(), decoding.layout().gpusPerStage());
    return bytes
        / (gpus <= gpu.scaleUpDomainGpus() ? gpu.scaleUp() : gpu.nic()).sustainedBytesPerSecond();
  }

  private Optional<Found> disaggregated(Candidate prefill, Candidate decoding) {
    double read = prefill.readSeconds();
    double sent = transferSeconds(prefill, decoding);
    double wait = goal.ttftSeconds().orElse(Double.MAX_VALUE) - read - sent;
    double busy = Math.min(MOST_BUSY, ServedLoad.busyWithin(wait, read));
    if (decoding.decoding().isEmpty() || !(busy > 0)) {
      return Optional.empty();
    }
    ServedLoad decodes = decoding.decoding().get();
    double reads = busy * prefill.ranks() / read;
    double writes = decodes.requestsPerSecond() * decoding.ranks();
    int[] counts =
        goal.requestsPerSecond().isPresent()
            ? new int[] {
              count(goal.requestsPerSecond().getAsDouble() / reads),
              count(goal.requestsPerSecond().getAsDouble() / writes)
            }
            : mostOf(prefill.gpus(), reads, decoding.gpus(), writes);
    if (counts[0] < 1
        || counts[1] < 1
        || (long) counts[0] * prefill.gpus() + (long) counts[1] * decoding.gpus() > gpus) {
      return Optional.empty();
    }
    double served = Math.min(counts[0] * reads, counts[1] * writes);
    double rate = Math.min(served, goal.requestsPerSecond().orElse(served));
    double share = rate / (counts[0] * reads) * busy;
    boolean readsBind = counts[0] * reads < counts[1] * writes;
    return Optional.of(
        new Found(
            Mode.DISAGGREGATED,
            List.of(
                new Instances("prefill", counts[0], prefill.layout(), 0),
                new Instances(
                    "decode",
                    counts[1],
                    decoding.layout(),
                    decodes.sequences() * rate / (counts[1] * writes))),
            ServedLoad.queueSeconds(share, read) + read + sent,
            decodes.tpotSeconds(),
            rate,
            readsBind ? "prefill GPUs" : decoding.decodingBinds()));
  }

  // The share of GPUs at which both sides keep up, and the whole numbers around it.
  private int[] mostOf(int readers, double reads, int writers, double writes) {
    double balanced = gpus * writes / (readers * writes + writers * reads);
    int[] best = {0, 0};
    double most = 0;
    for (int first = (int) Math.floor(balanced); first <= Math.ceil(balanced); first++) {
      for (int count : new int[] {Math.max(1, first), first + 1}) {
        int rest = (gpus - count * readers) / writers;
        double rate = Math.min(count * reads, rest * writes);
        if (rest >= 1 && rate > most) {
          most = rate;
          best = new int[] {count, (int) Math.min(rest, Math.ceil(count * reads / writes))};
        }
      }
    }
    return best;
  }

  private String nearest(List<Candidate> candidates) {
    if (candidates.isEmpty()) {
      return "no instance of up to "
          + gpus
          + " GPUs holds "
          + decode.model().name()
          + " and one sequence";
    }
    double tpot = Double.MAX_VALUE;
    double ttft = Double.MAX_VALUE;
    double rate = 0;
    for (Candidate candidate : candidates) {
      double tokens = candidate.layout().acceptedTokens(candidate.pool().decode().workload());
      ServedLoad one = ServedLoad.decodeOnly(candidate.times(), goal, tokens, 1);
      tpot = Math.min(tpot, one.tpotSeconds());
      ttft = Math.min(ttft, candidate.readSeconds());
      int instances = gpus / candidate.gpus();
      rate =
          Math.max(
              rate,
              candidate.shared().map(load -> load.requestsPerSecond()).orElse(0.0)
                  * candidate.ranks()
                  * instances);
    }
    return String.format(
        Locale.ROOT,
        "least TPOT of one sequence alone %.1f ms, least TTFT of one prompt alone %.0f ms, most"
            + " within both limits on shared GPUs %.2f requests/s",
        1e3 * tpot,
        1e3 * ttft,
        rate);
  }
}
