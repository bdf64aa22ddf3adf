package dev.rackplan.serving;

import dev.rackplan.serving.Found.Instances;
import dev.rackplan.serving.Found.Mode;
import dev.rackplan.serving.SizeMix.Part;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.ToDoubleFunction;

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
  // Beyond it queues swing more than a mean says; where no limit asks for less. Assumed.
  private static final double MOST_BUSY = 0.95;
  // For the least cost also small deployments are looked at, of so many instances a pool.
  private static final int SMALL = 8;

  /** One deployment and the instances that it is made of. */
  record Made(Found found, List<Candidate> of) {}

  /** In no order. */
  List<Made> of(List<Candidate> candidates) {
    List<Made> made = new ArrayList<>();
    List<Candidate> readers = on(reading.isPresent(), candidates);
    List<Candidate> writers = on(false, candidates);
    for (Candidate one : writers) {
      equal(one).flatMap(part -> aggregated(List.of(part))).ifPresent(made::add);
    }
    for (Candidate prefill : readers) {
      for (Candidate decode : writers) {
        disaggregated(prefill, decode, made);
      }
    }
    if (goal.concurrency().isEmpty()) {
      mixed(writers, Candidate::served).flatMap(this::aggregated).ifPresent(made::add);
      mixedPools(readers, writers).ifPresent(made::add);
    }
    return made;
  }

  private static List<Candidate> on(boolean promptsAlone, List<Candidate> candidates) {
    return candidates.stream().filter(one -> one.cluster().promptsAlone() == promptsAlone).toList();
  }

  private boolean oneCluster() {
    return reading.isEmpty();
  }

  // Prompts and decode on the same GPUs.

  private Optional<Part> equal(Candidate one) {
    double each = one.served();
    int room = decodingGpus / one.gpus();
    if (each == 0 || room < 1) {
      return Optional.empty();
    }
    int count = room;
    if (goal.requestsPerSecond().isPresent()) {
      count = count(goal.requestsPerSecond().getAsDouble() / each);
    } else if (goal.concurrency().isPresent()) {
      ServedLoad load = one.shared().load().orElseThrow();
      double stay = goal.staySeconds(load.ttftSeconds(), load.tpotSeconds());
      count = count(goal.concurrency().getAsDouble() / (each * stay));
    }
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
              name("serve", pools),
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

  private record Means(double ttft, double tpot) {}

  private interface AtShare {
    Means of(double share);
  }

  // Of the most requests: what is asked for, or all; 0 where the most is less than that.
  private double share(double most, AtShare means) {
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

  private Made made(
      Mode mode, List<Instances> pools, Means means, double rate, String binds, List<Part> parts) {
    List<Candidate> of = parts.stream().map(Part::candidate).toList();
    boolean exact = of.stream().allMatch(Candidate::exact);
    double asked = goal.requestsPerSecond().orElse(rate);
    String why = goal.asked() ? "what is asked for" : binds;
    return new Made(
        new Found(mode, pools, means.ttft(), means.tpot(), asked, why, exact, Optional.empty()),
        of);
  }

  private static String name(String role, List<Instances> before) {
    long same = before.stream().filter(pool -> pool.role().equals(role)).count();
    return same == 0 ? role : role + "-" + (same + 1);
  }

  private static Instances instances(
      String name, Part part, double sequences, double each, double promptShare) {
    Candidate one = part.candidate();
    return new Instances(
        name,
        part.count(),
        one.layout(),
        sequences,
        one.cluster().gpu(),
        one.cluster().nodeGpus(),
        each,
        promptShare);
  }

  // Pools apart.

  // The KV cache goes over the links of the smaller side, while nothing else needs it.
  private double transferSeconds(Candidate prefill, Candidate decode) {
    double bytes =
        decoding
            .decode()
            .model()
            .kvCapacityBytes(goal.inputTokens(), decoding.decode().precision().kv());
    return bytes / Math.min(side(prefill), side(decode));
  }

  private double side(Candidate one) {
    return one.layout().gpusPerStage()
        * (oneCluster() ? decoding.link() : one.cluster().gpu().nic()).sustainedBytesPerSecond();
  }

  // The front end's queue is taken where it is longest, so that the limit is kept.
  private double busy(Candidate prefill, double sent) {
    double read = prefill.readSeconds();
    double front = prefill.steps().host().frontSeconds(goal.inputTokens());
    double wait = goal.ttftSeconds().orElse(Double.MAX_VALUE) - read - sent - front;
    double most =
        Math.min(MOST_BUSY * Math.min(1, read / front), ServedLoad.busyWithin(wait, read));
    double queue = ServedLoad.queueSeconds(most * front / read, front);
    return Math.min(most, ServedLoad.busyWithin(wait - queue, read));
  }

  private static double read(Candidate prefill, double busy) {
    return busy * prefill.ranks() / prefill.readSeconds();
  }

  private void disaggregated(Candidate prefill, Candidate decode, List<Made> made) {
    double sent = transferSeconds(prefill, decode);
    double busy = busy(prefill, sent);
    double writes = decode.written();
    if (!(writes > 0) || !(busy > 0)) {
      return;
    }
    double reads = read(prefill, busy);
    for (int[] counts : counts(prefill, reads, decode, writes, sent)) {
      if (counts[0] >= 1 && counts[1] >= 1 && fits(prefill, counts[0], decode, counts[1])) {
        disaggregated(
                List.of(new Part(prefill, counts[0])), List.of(new Part(decode, counts[1])), sent)
            .ifPresent(made::add);
      }
    }
  }

  private boolean fits(Candidate prefill, long readers, Candidate decode, long writers) {
    long first = readers * prefill.gpus();
    long second = writers * decode.gpus();
    return oneCluster()
        ? first + second <= decodingGpus
        : first <= readingGpus && second <= decodingGpus;
  }

  private List<int[]> counts(
      Candidate prefill, double reads, Candidate decode, double writes, double sent) {
    OptionalDouble rate = goal.requestsPerSecond();
    if (goal.concurrency().isPresent()) {
      double tpot = decode.decoding().load().orElseThrow().tpotSeconds();
      rate =
          OptionalDouble.of(
              goal.concurrency().getAsDouble()
                  / goal.staySeconds(prefill.readSeconds() + sent, tpot));
    }
    if (rate.isPresent()) {
      double asked = rate.getAsDouble();
      return List.of(new int[] {count(asked / reads), count(asked / writes)});
    }
    List<int[]> counts = new ArrayList<>();
    counts.add(mostOf(prefill.gpus(), reads, decode.gpus(), writes));
    if (goal.aim() != Goal.Aim.THROUGHPUT) {
      for (int readers = 1; readers <= SMALL; readers++) {
        double writers = readers * reads / writes;
        counts.add(new int[] {readers, count(writers)});
        counts.add(new int[] {readers, (int) Math.max(1, writers)});
      }
    }
    Set<List<Integer>> seen = new HashSet<>();
    counts.removeIf(two -> !seen.add(List.of(two[0], two[1])));
    return counts;
  }

  // The share of GPUs at which both sides keep up, and the whole numbers around it.
  private int[] mostOf(int readers, double reads, int writers, double writes) {
    if (!oneCluster()) {
      int first = readingGpus / readers;
      int second = decodingGpus / writers;
      return new int[] {
        (int) Math.min(first, Math.ceil(second * writes / reads)),
        (int) Math.min(second, Math.ceil(first * reads / writes))
      };
    }
    int gpus = decodingGpus;
    double balanced = gpus * writes / (readers * writes + writers * reads);
    int[] best = {0, 0};
    double most = 0;
    for (int count = Math.max(1, (int) balanced - 1); count <= Math.ceil(balanced) + 1; count++) {
      int rest = (gpus - count * readers) / writers;
      double rate = Math.min(count * reads, rest * writes);
      if (rest >= 1 && rate > most) {
        most = rate;
        best = new int[] {count, (int) Math.min(rest, Math.ceil(count * reads / writes))};
      }
    }
    return best;
  }

  private Optional<Made> disaggregated(List<Part> readers, List<Part> writers, double sent) {
    double reads =
        readers.stream().mapToDouble(p -> p.count() * read(p.candidate(), busyOf(p, sent))).sum();
    double writes = writers.stream().mapToDouble(p -> p.count() * p.candidate().written()).sum();
    double most = Math.min(reads, writes);
    double share = share(most, at -> apart(readers, writers, sent, at * most / reads));
    if (!(share > 0)) {
      return Optional.empty();
    }
    double rate = share * most;
    List<Instances> pools = new ArrayList<>();
    for (Part part : readers) {
      double each = read(part.candidate(), busyOf(part, sent));
      pools.add(instances(name("prefill", pools), part, 0, each, 1));
    }
    for (Part part : writers) {
      double sequences = part.candidate().decoding().load().orElseThrow().sequences();
      double each = part.candidate().written();
      pools.add(instances(name("decode", pools), part, sequences * rate / writes, each, 0));
    }
    List<Part> parts = new ArrayList<>(readers);
    parts.addAll(writers);
    String binds = reads < writes ? "prefill GPUs" : writers.get(0).candidate().decoding().binds();
    return Optional.of(
        made(
            Mode.DISAGGREGATED,
            pools,
            apart(readers, writers, sent, rate / reads),
            rate,
            binds,
            parts));
  }

  private double busyOf(Part part, double sent) {
    return busy(part.candidate(), sent);
  }

  // Each reader with the same share of what it can read.
  private Means apart(List<Part> readers, List<Part> writers, double sent, double share) {
    double ttft = 0;
    double reads = 0;
    for (Part part : readers) {
      double busy = busyOf(part, sent);
      double weight = part.count() * read(part.candidate(), busy);
      double seconds = part.candidate().readSeconds();
      reads += weight;
      double front = part.candidate().steps().frontSeconds(goal, share * busy / seconds);
      ttft += weight * (front + ServedLoad.queueSeconds(share * busy, seconds) + seconds + sent);
    }
    double tpot = 0;
    double writes = 0;
    for (Part part : writers) {
      double weight = part.count() * part.candidate().written();
      writes += weight;
      tpot += weight * part.candidate().decoding().load().orElseThrow().tpotSeconds();
    }
    return new Means(ttft / reads, tpot / writes);
  }

  // A second size where GPUs are left over.

  private Optional<List<Part>> mixed(List<Candidate> candidates, ToDoubleFunction<Candidate> rate) {
    List<Candidate> sizes = SizeMix.bestOfSizes(candidates, rate);
    OptionalDouble asked = goal.requestsPerSecond();
    if (asked.isPresent()) {
      return SizeMix.fewest(sizes, rate, asked.getAsDouble(), decodingGpus);
    }
    SizeMix most = SizeMix.best(sizes, rate, decodingGpus);
    return most.both() && most.rate() > SizeMix.WORTH * SizeMix.alone(sizes, rate, decodingGpus)
        ? Optional.of(most.parts())
        : Optional.empty();
  }

  private Optional<Made> mixedPools(List<Candidate> readers, List<Candidate> writers) {
    List<Candidate> decodes = SizeMix.bestOfSizes(writers, Candidate::written);
    double sent =
        readers.stream()
            .flatMapToDouble(one -> decodes.stream().mapToDouble(to -> transferSeconds(one, to)))
            .max()
            .orElse(0);
    ToDoubleFunction<Candidate> reads = one -> Math.max(0, read(one, busy(one, sent)));
    List<Candidate> prefills = SizeMix.bestOfSizes(readers, reads);
    if (goal.asked() || prefills.isEmpty() || decodes.isEmpty()) {
      return Optional.empty();
    }
    SizeMix[] best = {SizeMix.NONE, SizeMix.NONE};
    int first = oneCluster() ? 1 : readingGpus;
    int last = oneCluster() ? decodingGpus - 1 : readingGpus;
    for (int split : splits(first, last)) {
      SizeMix read = SizeMix.best(prefills, reads, split);
      SizeMix write =
          SizeMix.best(decodes, Candidate::written, decodingGpus - (oneCluster() ? split : 0));
      double rate = Math.min(read.rate(), write.rate());
      if (rate > SizeMix.WORTH * Math.min(best[0].rate(), best[1].rate())) {
        best = new SizeMix[] {read, write};
      }
    }
    return best[0].both() || best[1].both()
        ? disaggregated(best[0].parts(), best[1].parts(), sent)
        : Optional.empty();
  }

  // All of up to a thousand; of more, that many evenly.
  private static List<Integer> splits(int first, int last) {
    List<Integer> splits = new ArrayList<>();
    int step = Math.max(1, (last - first) / 1000);
    for (int split = first; split <= last; split += step) {
      splits.add(split);
    }
    return splits;
  }
}
