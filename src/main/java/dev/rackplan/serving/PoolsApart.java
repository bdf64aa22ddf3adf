package dev.rackplan.serving;

import dev.rackplan.cost.link.CacheTransfer;
import dev.rackplan.plan.HandOver;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Pool;
import dev.rackplan.serving.Deployments.Made;
import dev.rackplan.serving.Deployments.Means;
import dev.rackplan.serving.Found.Instances;
import dev.rackplan.serving.Found.Mode;
import dev.rackplan.serving.SizeMix.Part;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Instances that read prompts beside others that decode: equal ones of each, or of two sizes.
 *
 * @param of the clusters and the goal
 */
record PoolsApart(Deployments of) {
  // For the least cost also small deployments are looked at, of so many instances a pool.
  private static final int SMALL = 8;

  private Goal goal() {
    return of.goal();
  }

  /** Adds those of each pair, and the best of two sizes. */
  void add(List<Candidate> readers, List<Candidate> writers, List<Made> made) {
    for (Candidate prefill : readers) {
      for (Candidate decode : writers) {
        if (decode.written() > 0) {
          add(prefill, decode, made);
        }
      }
    }
    Optional<Made> mixed = mixedPools(readers, writers);
    mixed.ifPresent(made::add);
    if (mixed.isPresent() && !mixed.get().starts()) {
      startable(readers, writers, made).ifPresent(made::add);
    }
  }

  // Two sizes of those that hand over to, or from, the best of the equal ones.
  private Optional<Made> startable(
      List<Candidate> readers, List<Candidate> writers, List<Made> made) {
    HandOver rules = of.handOver();
    return made.stream()
        .filter(one -> one.starts() && one.found().mode() == Mode.DISAGGREGATED)
        .max(Comparator.comparingDouble(one -> one.found().requestsPerSecond()))
        .flatMap(
            best -> {
              Layout from = best.of().get(0).layout();
              Layout to = best.of().get(1).layout();
              return mixedPools(
                  readers.stream().filter(one -> rules.fault(one.layout(), to).isEmpty()).toList(),
                  writers.stream()
                      .filter(one -> rules.fault(from, one.layout()).isEmpty())
                      .toList());
            });
  }

  private void add(Candidate prefill, Candidate decode, List<Made> made) {
    double sent = transferSeconds(prefill, decode);
    double other = sent + slotSeconds(decode);
    if (!(read(prefill, 1, other) > 0)) {
      return;
    }
    for (int[] counts : counts(prefill, decode, other)) {
      if (counts[0] >= 1
          && counts[1] >= 1
          && holds(List.of(new Part(prefill, counts[0])), List.of(new Part(decode, counts[1])))) {
        of(List.of(new Part(prefill, counts[0])), List.of(new Part(decode, counts[1])), sent)
            .ifPresent(made::add);
      }
    }
  }

  // The KV cache goes over the links of the smaller side, while nothing else needs it.
  private double transferSeconds(Candidate prefill, Candidate decode) {
    return CacheTransfer.seconds(
        of.decoding().decode(), goal().inputTokens(), Math.min(side(prefill), side(decode)));
  }

  private double side(Candidate one) {
    return one.layout().gpusPerStage()
        * (of.oneCluster() ? of.decoding().link() : one.cluster().gpu().nic())
            .sustainedBytesPerSecond();
  }

  // What a prompt's cache waits for room.
  private static double slotSeconds(Candidate decode) {
    return decode.decoding().load().orElseThrow().ttftSeconds();
  }

  // Requests per second of one of so many instances, beside what else is waited for.
  private double read(Candidate prefill, int instances, double otherSeconds) {
    return new ReadLoad(prefill.steps(), goal(), instances)
        .within(goal().ttftSeconds().orElse(Double.MAX_VALUE) - otherSeconds, Queue.MOST_BUSY);
  }

  // Requests per second of one of any number, however long they wait.
  private double most(Candidate prefill) {
    return Queue.MOST_BUSY * new ReadLoad(prefill.steps(), goal(), 1).most();
  }

  // Whether there is room for those that read prompts and those that decode.
  private boolean holds(List<Part> readers, List<Part> writers) {
    SizeMix.Room room = Deployments.room(of.decoding(), of.decodingGpus());
    if (of.oneCluster()) {
      return room.holds(Stream.concat(readers.stream(), writers.stream()).toList());
    }
    return room.holds(writers)
        && Deployments.room(of.reading().orElseThrow(), of.readingGpus()).holds(readers);
  }

  private double askedRate(double ttft, double tpot) {
    return goal().concurrency().isPresent()
        ? goal().concurrency().getAsDouble() / goal().staySeconds(ttft, tpot)
        : of.asked();
  }

  private List<int[]> counts(Candidate prefill, Candidate decode, double other) {
    double writes = decode.written();
    if (goal().asked()) {
      double tpot = decode.decoding().load().orElseThrow().tpotSeconds();
      double asked = askedRate(prefill.readSeconds() + other, tpot);
      return List.of(new int[] {readers(prefill, asked, other), Deployments.count(asked / writes)});
    }
    double reads = read(prefill, 1, other);
    List<int[]> counts = new ArrayList<>();
    counts.add(mostOf(prefill, decode, other));
    if (goal().aim() != Goal.Aim.THROUGHPUT) {
      for (int readers = 1; readers <= SMALL; readers++) {
        double writers = readers * reads / writes;
        counts.add(new int[] {readers, Deployments.count(writers)});
        counts.add(new int[] {readers, (int) Math.max(1, writers)});
      }
    }
    Set<List<Integer>> seen = new HashSet<>();
    counts.removeIf(two -> !seen.add(List.of(two[0], two[1])));
    return counts;
  }

  // Several instances have one queue, so that each takes more than one alone.
  private int readers(Candidate prefill, double asked, double other) {
    int most = Deployments.count(asked / read(prefill, 1, other));
    int count = Math.min(most, Deployments.count(asked / most(prefill)));
    while (count < most
        && count * prefill.gpus() <= of.readingGpus()
        && count * read(prefill, count, other) < asked) {
      count++;
    }
    return count;
  }

  // The share of GPUs at which both sides keep up, and the whole numbers around it.
  private int[] mostOf(Candidate prefill, Candidate decode, double other) {
    double reads = read(prefill, 1, other);
    double writes = decode.written();
    int readers = prefill.gpus();
    int writers = decode.gpus();
    if (!of.oneCluster()) {
      int first = Deployments.room(of.reading().orElseThrow(), of.readingGpus()).most(prefill);
      int second = Deployments.room(of.decoding(), of.decodingGpus()).most(decode);
      return new int[] {
        (int) Math.min(first, Math.ceil(second * writes / reads)),
        (int) Math.min(second, Math.ceil(first * read(prefill, first, other) / writes))
      };
    }
    int gpus = of.decodingGpus();
    double most = most(prefill);
    double fewest = gpus * writes / (readers * writes + writers * most);
    double balanced = gpus * writes / (readers * writes + writers * reads);
    int[] best = {0, 0};
    double rateOfBest = 0;
    for (int count = Math.max(1, (int) fewest - 1); count <= Math.ceil(balanced) + 1; count++) {
      int rest = beside(prefill, count, decode);
      if (rest < 1) {
        break;
      }
      double taken = count * read(prefill, count, other);
      double rate = Math.min(taken, rest * writes);
      if (rate > rateOfBest) {
        rateOfBest = rate;
        best = new int[] {count, (int) Math.min(rest, Math.ceil(taken / writes))};
      }
    }
    return best;
  }

  // Instances that decode beside so many that read, on one cluster; fewer than 1: none.
  private int beside(Candidate prefill, int readers, Candidate decode) {
    int most = (of.decodingGpus() - readers * prefill.gpus()) / decode.gpus();
    List<Part> reading = List.of(new Part(prefill, readers));
    while (most > 0 && !holds(reading, List.of(new Part(decode, most)))) {
      most--;
    }
    return most;
  }

  private Optional<Made> of(List<Part> readers, List<Part> writers, double sent) {
    double slot = writers.stream().mapToDouble(p -> slotSeconds(p.candidate())).max().orElseThrow();
    double[] each =
        readers.stream().mapToDouble(p -> read(p.candidate(), p.count(), sent + slot)).toArray();
    double reads = 0;
    for (int i = 0; i < each.length; i++) {
      reads += readers.get(i).count() * each[i];
    }
    double writes = writers.stream().mapToDouble(p -> p.count() * p.candidate().written()).sum();
    double most = Math.min(reads, writes);
    double allReads = reads;
    double share =
        of.share(
            most,
            at -> means(readers, each, writers, sent, at * most / allReads, at * most / writes));
    if (!(share > 0)) {
      return Optional.empty();
    }
    double rate = share * most;
    List<Instances> pools = new ArrayList<>();
    for (int i = 0; i < each.length; i++) {
      pools.add(
          Deployments.instances(Optional.of(Pool.PREFILL), pools, readers.get(i), 0, each[i], 1));
    }
    for (Part part : writers) {
      double sequences = part.candidate().decodingAt(rate / writes, goal()).sequences();
      pools.add(
          Deployments.instances(
              Optional.of(Pool.DECODE), pools, part, sequences, part.candidate().written(), 0));
    }
    List<Part> parts = new ArrayList<>(readers);
    parts.addAll(writers);
    String binds = reads < writes ? "prefill GPUs" : writers.get(0).candidate().decoding().binds();
    Means means = means(readers, each, writers, sent, rate / reads, rate / writes);
    return Optional.of(of.made(Mode.DISAGGREGATED, pools, means, rate, binds, parts));
  }

  // Each with the same share of what it can do.
  private Means means(
      List<Part> readers,
      double[] each,
      List<Part> writers,
      double sent,
      double readShare,
      double writeShare) {
    double ttft = 0;
    double reads = 0;
    for (int i = 0; i < each.length; i++) {
      Part part = readers.get(i);
      double weight = part.count() * each[i];
      reads += weight;
      ttft +=
          weight
              * new ReadLoad(part.candidate().steps(), goal(), part.count())
                  .seconds(readShare * each[i]);
    }
    double slot = 0;
    double tpot = 0;
    double writes = 0;
    for (Part part : writers) {
      double weight = part.count() * part.candidate().written();
      ServedLoad load = part.candidate().decodingAt(writeShare, goal());
      writes += weight;
      tpot += weight * load.tpotSeconds();
      slot += weight * load.ttftSeconds();
    }
    return new Means(ttft / reads + sent + slot / writes, tpot / writes);
  }

  // A second size where GPUs are left over, or fewer are needed with it.
  private Optional<Made> mixedPools(List<Candidate> readers, List<Candidate> writers) {
    List<Candidate> decodes = SizeMix.bestOfSizes(writers, Candidate::written);
    double other = 0;
    double sent = 0;
    for (Candidate to : decodes) {
      for (Candidate from : readers) {
        double here = transferSeconds(from, to);
        sent = Math.max(sent, here);
        other = Math.max(other, here + slotSeconds(to));
      }
    }
    double beside = other;
    ToDoubleFunction<Candidate> reads = one -> read(one, 1, beside);
    List<Candidate> prefills = SizeMix.bestOfSizes(readers, reads);
    if (prefills.isEmpty() || decodes.isEmpty()) {
      return Optional.empty();
    }
    if (goal().asked()) {
      return fewestMixed(prefills, reads, decodes, sent);
    }
    SizeMix[] best = {SizeMix.NONE, SizeMix.NONE};
    int first = of.oneCluster() ? 1 : of.readingGpus();
    int last = of.oneCluster() ? of.decodingGpus() - 1 : of.readingGpus();
    for (int split : splits(first, last)) {
      int rest = of.decodingGpus() - (of.oneCluster() ? split : 0);
      SizeMix read = SizeMix.best(prefills, reads, split, parted(split));
      SizeMix write = SizeMix.best(decodes, Candidate::written, rest, parted(rest));
      double rate = Math.min(read.rate(), write.rate());
      if (rate > SizeMix.WORTH * Math.min(best[0].rate(), best[1].rate())
          && holds(read.parts(), write.parts())) {
        best = new SizeMix[] {read, write};
      }
    }
    return best[0].both() || best[1].both()
        ? of(best[0].parts(), best[1].parts(), sent)
        : Optional.empty();
  }

  private Optional<Made> fewestMixed(
      List<Candidate> prefills,
      ToDoubleFunction<Candidate> reads,
      List<Candidate> decodes,
      double sent) {
    double tpot =
        decodes.stream()
            .mapToDouble(one -> one.decoding().load().orElseThrow().tpotSeconds())
            .min()
            .orElseThrow();
    double asked = askedRate(prefills.get(0).readSeconds() + sent, tpot);
    int first = of.readingGpus();
    int second = of.decodingGpus();
    List<Part> read = SizeMix.fewest(prefills, reads, asked, first, parted(first));
    List<Part> write = SizeMix.fewest(decodes, Candidate::written, asked, second, parted(second));
    boolean fits = !read.isEmpty() && !write.isEmpty() && holds(read, write);
    return fits && read.size() + write.size() > 2 ? of(read, write, sent) : Optional.empty();
  }

  // Of so many GPUs, wherever they are: whether pools fit beside each other is asked of both.
  private static SizeMix.Room parted(int gpus) {
    return new SizeMix.Room() {
      @Override
      public int most(Candidate one) {
        return gpus / one.gpus();
      }

      @Override
      public boolean holds(List<Part> parts) {
        return parts.stream().mapToLong(Part::gpus).sum() <= gpus;
      }
    };
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
