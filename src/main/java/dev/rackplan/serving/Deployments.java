package dev.rackplan.serving;

import dev.rackplan.plan.HandOver;
import dev.rackplan.problem.Pool;
import dev.rackplan.serving.Found.Instances;
import dev.rackplan.serving.Found.Mode;
import dev.rackplan.serving.SizeMix.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What instances can be put together to: equal ones with prompts and decode on the same GPUs, or
 * equal ones for each; and where GPUs are left over, a second size beside.
 *
 * @param decoding GPUs that decode
 * @param reading GPUs that read prompts where pools are apart; empty = the same ones
 * @param decodingGpus how many of {@code decoding} there are to use
 * @param readingGpus likewise of {@code reading}
 */
record Deployments(
    Cluster decoding, Optional<Cluster> reading, Goal goal, int decodingGpus, int readingGpus) {
  // Of the number of requests that are under way.
  private static final double DEVIATIONS = 3;

  // Of the mean: by how much more a step is looked at that grows with it.
  private static final double MORE = 0.1;

  /**
   * One deployment and the instances that it is made of.
   *
   * @param fault why its engine cannot start it; empty where it can
   */
  record Made(Found found, List<Candidate> of, Optional<HandOver.Fault> fault) {
    boolean starts() {
      return fault.isEmpty();
    }
  }

  /** Those of some modes in no order; those that the engine cannot start among them. */
  List<Made> of(List<Candidate> candidates, Set<Mode> modes) {
    List<Made> made = new ArrayList<>();
    List<Candidate> readers =
        on(reading.isPresent(), candidates).stream()
            .filter(one -> one.pool().startsAsReader())
            .toList();
    List<Candidate> writers = on(false, candidates);
    if (modes.contains(Mode.AGGREGATED)) {
      List<Candidate> both = writers.stream().filter(one -> one.pool().startsAsBoth()).toList();
      for (Candidate one : both) {
        equal(one).flatMap(part -> aggregated(List.of(part))).ifPresent(made::add);
      }
      mixed(both).flatMap(this::aggregated).ifPresent(made::add);
    }
    if (modes.contains(Mode.DISAGGREGATED)) {
      new PoolsApart(this).add(readers, writers, made);
    }
    return made;
  }

  private static List<Candidate> on(boolean promptsAlone, List<Candidate> candidates) {
    return candidates.stream().filter(one -> one.cluster().promptsAlone() == promptsAlone).toList();
  }

  /** What so many GPUs of a cluster have room for. */
  static SizeMix.Room room(Cluster cluster, int gpus) {
    int domain = cluster.gpu().scaleUpDomainGpus();
    return new SizeMix.Room() {
      @Override
      public int most(Candidate one) {
        int most = gpus / one.gpus();
        return nests(one.gpus(), domain)
            ? most
            : new DomainRoom(gpus, domain).take(one.shape(), most);
      }

      @Override
      public boolean holds(List<Part> parts) {
        long all =
            parts.stream().mapToLong(part -> (long) part.count() * part.candidate().gpus()).sum();
        return all <= gpus
            && (parts.stream().allMatch(part -> nests(part.candidate().gpus(), domain))
                || DomainRoom.holds(
                    gpus,
                    domain,
                    parts.stream()
                        .map(part -> new DomainRoom.Wanted(part.candidate().shape(), part.count()))
                        .toList()));
      }
    };
  }

  // Sizes of which any fit beside each other as soon as their sum does.
  private static boolean nests(int size, int domain) {
    return size % domain == 0
        || Integer.bitCount(domain) == 1 && size < domain && Integer.bitCount(size) == 1;
  }

  boolean oneCluster() {
    return reading.isEmpty();
  }

  // Prompts and decode on the same GPUs.

  private Optional<Part> equal(Candidate one) {
    double each = one.served();
    int room = room(decoding, decodingGpus).most(one);
    if (each == 0 || room < 1) {
      return Optional.empty();
    }
    int count = goal.asked() ? count(asked() / unit(one)) : room;
    return count > room ? Optional.empty() : Optional.of(new Part(one, count));
  }

  static int count(double instances) {
    return (int) Math.max(1, Math.min(Integer.MAX_VALUE / 2.0, Math.ceil(instances - 1e-9)));
  }

  private Optional<Made> aggregated(List<Part> parts) {
    double most = parts.stream().mapToDouble(p -> p.count() * p.candidate().served()).sum();
    double share = share(most, part -> means(parts, part));
    if (!(share > 0)) {
      return Optional.empty();
    }
    List<Instances> pools = new ArrayList<>();
    for (Part part : parts) {
      Candidate one = part.candidate();
      ServedLoad load = one.sharedAt(share, goal);
      double decode = one.steps().decodeSeconds(load.sequences());
      double step = load.tpotSeconds() * one.acceptedTokens();
      pools.add(
          instances(
              Optional.empty(),
              pools,
              part,
              load.sequences(),
              one.served(),
              step > 0 ? Math.max(0, 1 - decode / step) : 1));
    }
    Means means = means(parts, share);
    return Optional.of(
        made(
            Mode.AGGREGATED,
            pools,
            means,
            share * most,
            parts.get(0).candidate().shared().binds(),
            parts));
  }

  private Means means(List<Part> parts, double share) {
    double all = 0;
    double ttft = 0;
    double tpot = 0;
    for (Part part : parts) {
      ServedLoad load = part.candidate().sharedAt(share, goal);
      double weight = part.count() * part.candidate().served();
      all += weight;
      ttft += weight * load.ttftSeconds();
      tpot += weight * load.tpotSeconds();
    }
    return new Means(ttft / all, tpot / all);
  }

  record Means(double ttft, double tpot) {}

  interface AtShare {
    Means of(double share);
  }

  // Of the most requests: what is asked for, or all; 0 where the most is less than that.
  double share(double most, AtShare means) {
    if (goal.requestsPerSecond().isPresent()) {
      double share = goal.requestsPerSecond().getAsDouble() / most;
      return share <= 1 + 1e-9 ? Math.min(1, share) : 0;
    }
    if (goal.concurrency().isEmpty()) {
      return 1;
    }
    double wanted = goal.concurrency().getAsDouble();
    if (served(most, 1, means) < wanted * (1 - 1e-9)) {
      return 0;
    }
    double low = 0;
    double high = 1;
    while (high - low > 1e-4) {
      double middle = (low + high) / 2;
      if (served(most, middle, means) >= wanted) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }

  // Little's law: requests that are under way.
  private double served(double most, double share, AtShare means) {
    Means at = means.of(share);
    return most * share * goal.staySeconds(at.ttft(), at.tpot());
  }

  Made made(
      Mode mode, List<Instances> pools, Means means, double rate, String binds, List<Part> parts) {
    List<Candidate> of = parts.stream().map(Part::candidate).toList();
    boolean exact = of.stream().allMatch(Candidate::exact);
    double asked = goal.requestsPerSecond().orElse(rate);
    String why = goal.asked() ? "what is asked for" : binds;
    return new Made(
        new Found(mode, pools, means.ttft(), means.tpot(), asked, why, exact, Optional.empty()),
        of,
        fault(pools));
  }

  /** What the engine asks of pools apart. */
  HandOver handOver() {
    return new HandOver(
        decoding.engine(),
        decoding.decode().model(),
        reading.orElse(decoding).gpu().spec().vendor(),
        decoding.gpu().spec().vendor());
  }

  // Of pools apart.
  private Optional<HandOver.Fault> fault(List<Instances> pools) {
    HandOver rules = handOver();
    return pools.stream()
        .filter(Instances::readsAlone)
        .flatMap(
            reader ->
                pools.stream()
                    .filter(writer -> !writer.readsAlone())
                    .flatMap(writer -> rules.fault(reader.layout(), writer.layout()).stream()))
        .findFirst();
  }

  /**
   * One pool more.
   *
   * @param before those that the deployment has already
   */
  static Instances instances(
      Optional<Pool> role,
      List<Instances> before,
      Part part,
      double sequences,
      double each,
      double promptShare) {
    Candidate one = part.candidate();
    long same = before.stream().filter(pool -> pool.role().equals(role)).count();
    return new Instances(
        role,
        (int) same + 1,
        part.count(),
        one.layout(),
        sequences,
        one.cluster().gpu(),
        one.cluster().nodeGpus(),
        each,
        promptShare,
        mostPerRank(one, sequences));
  }

  // A Poisson number, whose swings last longer since steps grow with it: whoever comes while many
  // are there stays longer.
  private static int mostPerRank(Candidate one, double sequences) {
    if (sequences == 0) {
      return 0;
    }
    double step = one.steps().decodeSeconds(sequences);
    double growth = (one.steps().decodeSeconds((1 + MORE) * sequences) / step - 1) / MORE;
    double variance = sequences / Math.max(MORE, 1 - growth);
    return (int)
        Math.min(one.mostRunning(), Math.ceil(sequences + DEVIATIONS * Math.sqrt(variance)));
  }

  // What is asked for: requests per second, or requests at a time.
  double asked() {
    return goal.requestsPerSecond().orElseGet(() -> goal.concurrency().orElseThrow());
  }

  // What an instance serves of that.
  private double unit(Candidate one) {
    if (goal.concurrency().isEmpty() || one.served() == 0) {
      return one.served();
    }
    ServedLoad load = one.shared().load().orElseThrow();
    return one.served() * goal.staySeconds(load.ttftSeconds(), load.tpotSeconds());
  }

  // A second size where GPUs are left over, or fewer are needed with it.
  private Optional<List<Part>> mixed(List<Candidate> candidates) {
    List<Candidate> sizes = SizeMix.bestOfSizes(candidates, this::unit);
    SizeMix.Room room = room(decoding, decodingGpus);
    if (goal.asked()) {
      return Optional.of(SizeMix.fewest(sizes, this::unit, asked(), decodingGpus, room))
          .filter(parts -> parts.size() > 1);
    }
    SizeMix most = SizeMix.best(sizes, this::unit, decodingGpus, room);
    return most.both() && most.rate() > SizeMix.WORTH * SizeMix.alone(sizes, this::unit, room)
        ? Optional.of(most.parts())
        : Optional.empty();
  }
}
