package dev.rackplan.serving;

import dev.rackplan.cost.StepConfidence;
import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.RestsOn;
import dev.rackplan.plan.Layout;
import dev.rackplan.serving.Deployments.Made;
import dev.rackplan.serving.Found.Mode;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.workload.Contexts;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Every size of instance that a cluster has room for, in every layout that the engine starts; with
 * prompts and decode on the same GPUs and on pools of their own.
 *
 * <p>First all are priced with the routing of a few of the MoE layers, then, the most promising
 * first, those that the best deployments are made of, with each layer's own; until no deployment
 * that is shown rests on a sample. Left out: expert placement (experts lie in order).
 */
public final class DeploymentSearch {
  // MoE layers whose routing a first look has: its TPOT is within 2% of the exact one's for
  // Qwen3-235B and DeepSeek-R1. Assumed to be enough.
  private static final int FIRST_LOOK_LAYERS = 6;

  private static final int MOST_LOST = 4;
  // Instances that are priced in full before all is put together again.
  private static final int AT_ONCE = 16;
  // Requests per second that differ by less are as many.
  private static final double AS_MUCH = 1e-3;

  private final Cluster decoding;
  private final Optional<Cluster> reading;
  private final Goal goal;
  private final int shown;
  private final Set<Mode> modes;
  private final Deployments deployments;
  // What was priced by the last answer.
  private List<Candidate> known = List.of();
  private final Map<Asked, RestsOn> rests = new ConcurrentHashMap<>();

  /**
   * @param decoding GPUs that decode
   * @param reading GPUs that read prompts where pools are apart; empty = the same ones
   * @param shown how many deployments are to be exact, beside those of the front
   */
  public DeploymentSearch(Cluster decoding, Optional<Cluster> reading, Goal goal, int shown) {
    this(decoding, reading, goal, shown, EnumSet.allOf(Mode.class));
  }

  /**
   * As above, for some modes alone.
   *
   * @param modes at least one
   */
  public DeploymentSearch(
      Cluster decoding, Optional<Cluster> reading, Goal goal, int shown, Set<Mode> modes) {
    this.decoding = decoding;
    this.reading = reading;
    this.goal = goal;
    this.shown = shown;
    this.modes = EnumSet.copyOf(modes);
    this.deployments = new Deployments(decoding, reading, goal, decoding.gpus(), readingGpus());
  }

  /** The search for one mode alone under other limits, which prices no step a second time. */
  public DeploymentSearch under(Goal other, Mode mode) {
    DeploymentSearch search =
        new DeploymentSearch(decoding, reading, other, shown, EnumSet.of(mode));
    search.known = known.parallelStream().map(one -> one.under(other)).toList();
    return search;
  }

  /**
   * What was found.
   *
   * @param deployments best first; empty where nothing keeps the limits
   * @param nearest what comes nearest then
   * @param leftOut what would be better than the best, but that the engine cannot start it, in
   *     words; empty where nothing is
   * @param afterLoss requests per second that could be served with one host or tray lost, two and
   *     so on, when all is planned again
   * @param looked instances that were priced exactly
   * @param complete whether all that is to be exact is
   */
  public record Answer(
      List<Found> deployments,
      Nearest nearest,
      String leftOut,
      List<Double> afterLoss,
      int looked,
      boolean complete) {
    public Answer {
      afterLoss = List.copyOf(afterLoss);
      deployments = List.copyOf(deployments);
    }

    /** The same with the deployments of one mode alone. */
    public Answer of(Mode mode) {
      return with(deployments.stream().filter(one -> one.mode() == mode).toList());
    }

    /** The same with other deployments. */
    public Answer with(List<Found> others) {
      return new Answer(others, nearest, leftOut, afterLoss, looked, complete);
    }
  }

  /** Looks at all of them. */
  public Answer answer() {
    return answer(() -> false, answer -> {});
  }

  /**
   * As above.
   *
   * @param stop whether to end with what is there; asked before each instance that is priced
   * @param better gets what is known so far, whenever something was added
   */
  public Answer answer(BooleanSupplier stop, Consumer<Answer> better) {
    List<Candidate> candidates = new ArrayList<>(known.isEmpty() ? firstLook(stop, better) : known);
    boolean whole = !stop.getAsBoolean();
    int looked = 0;
    while (true) {
      List<Made> all = ranked(candidates);
      List<Made> made = startable(all);
      List<Candidate> open = open(made.isEmpty() ? candidates : parts(wanted(made)));
      boolean ends = open.isEmpty() || stop.getAsBoolean();
      Answer answer = answer(candidates, all, looked, ends, whole && open.isEmpty());
      if (ends) {
        known = List.copyOf(candidates);
        return answer;
      }
      better.accept(answer);
      List<Candidate> next = open.stream().limit(AT_ONCE).toList();
      List<Candidate> exact =
          next.parallelStream().map(one -> stop.getAsBoolean() ? one : one.exactly(goal)).toList();
      Map<Candidate, Candidate> priced = new IdentityHashMap<>();
      for (int i = 0; i < next.size(); i++) {
        priced.put(next.get(i), exact.get(i));
      }
      candidates.replaceAll(one -> priced.getOrDefault(one, one));
      looked += next.size();
    }
  }

  private static List<Candidate> parts(List<Made> made) {
    return made.stream().flatMap(one -> one.of().stream()).toList();
  }

  // Each of them once that a sample speaks for. Where nothing keeps the limits these are all: a
  // sample may break a limit that the whole keeps.
  private static List<Candidate> open(List<Candidate> candidates) {
    Set<Candidate> seen = byIdentity();
    return candidates.stream().filter(one -> !one.exact() && seen.add(one)).toList();
  }

  private List<Candidate> firstLook(BooleanSupplier stop, Consumer<Answer> better) {
    return new FirstLook(clusters(), FIRST_LOOK_LAYERS, goal)
        .candidates(stop, early -> better.accept(answer(early, ranked(early), 0, false, false)));
  }

  private List<Cluster> clusters() {
    return Stream.concat(Stream.of(decoding), reading.stream()).toList();
  }

  private int readingGpus() {
    return reading.orElse(decoding).gpus();
  }

  private List<Made> ranked(List<Candidate> candidates) {
    List<Made> made = new ArrayList<>(deployments.of(candidates, modes));
    made.sort((one, other) -> order().compare(one.found(), other.found()));
    return made;
  }

  private Comparator<Found> order() {
    Comparator<Found> most = Comparator.comparingDouble(found -> -found.requestsPerSecond());
    Comparator<Found> fewest = Comparator.comparingInt(Found::gpus);
    Comparator<Found> cheapest =
        Comparator.comparingDouble(
            found ->
                found
                    .usdPerMillion(goal.outputTokens())
                    .orElse(1 / found.tokensPerSecondPerGpu(goal.outputTokens())));
    Comparator<Found> aim =
        switch (goal.aim()) {
          case THROUGHPUT -> most.thenComparing(fewest);
          case GPUS -> fewest.thenComparingDouble(Found::tpotSeconds);
          case COST -> cheapest.thenComparing(fewest);
        };
    return aim.thenComparingDouble(Found::ttftSeconds)
        .thenComparing(found -> found.pools().toString());
  }

  private static List<Made> startable(List<Made> made) {
    return made.stream().filter(Made::starts).toList();
  }

  // Only what would come first.
  private static String leftOut(List<Made> ranked) {
    return ranked.stream()
        .findFirst()
        .flatMap(
            first ->
                first
                    .fault()
                    .map(
                        fault ->
                            String.format(
                                Locale.ROOT,
                                "left out: %.2f requests/s on %d GPUs, pools apart: %s",
                                first.found().requestsPerSecond(),
                                first.found().gpus(),
                                fault.words())))
        .orElse("");
  }

  // The best of all, of each mode, and of the front, in their order.
  private List<Made> wanted(List<Made> made) {
    Set<Made> wanted = byIdentity();
    List<Found> rows = new ArrayList<>();
    for (Made one : made) {
      Found found = one.found();
      if (rows.size() < shown && rows.stream().noneMatch(row -> isAlike(row, found))) {
        rows.add(found);
        wanted.add(one);
      }
    }
    for (Mode mode : Mode.values()) {
      made.stream().filter(one -> one.found().mode() == mode).findFirst().ifPresent(wanted::add);
    }
    wanted.addAll(Front.of(made, Made::found, goal.outputTokens()));
    return made.stream().filter(wanted::contains).toList();
  }

  // Whether they serve as much, and differ in the pool alone that does not bind.
  private static boolean isAlike(Found one, Found other) {
    double ratio = one.requestsPerSecond() / other.requestsPerSecond();
    return one.mode() == other.mode()
        && Math.abs(ratio - 1) < AS_MUCH
        && (instances(one, true).equals(instances(other, true))
            || instances(one, false).equals(instances(other, false)));
  }

  // Those that read prompts alone, or the others: how many, and their degrees.
  private static List<Object> instances(Found found, boolean reading) {
    List<Object> instances = new ArrayList<>();
    for (Found.Instances pool : found.pools()) {
      if (pool.readsAlone() == reading) {
        Layout layout = pool.layout();
        instances.add(List.of(pool.count(), layout.gpus(), layout.communicationDegrees()));
      }
    }
    return instances;
  }

  private static <T> Set<T> byIdentity() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  private Answer answer(
      List<Candidate> candidates, List<Made> all, int looked, boolean ends, boolean complete) {
    List<Made> made = startable(all);
    List<Found> found =
        wanted(made).parallelStream()
            .map(one -> ends && one.found().exact() ? one.found().with(detail(one)) : one.found())
            .toList();
    return new Answer(
        found,
        found.isEmpty() && ends ? nearest(candidates) : Nearest.NONE,
        leftOut(all),
        ends && !found.isEmpty() ? afterLoss(candidates) : List.of(),
        looked,
        complete);
  }

  private List<Double> afterLoss(List<Candidate> candidates) {
    List<Double> left = new ArrayList<>();
    for (int lost = 1; lost <= MOST_LOST; lost++) {
      double rate = most(candidates, lost * decoding.nodeGpus(), 0);
      if (reading.isPresent()) {
        rate = Math.min(rate, most(candidates, 0, lost * reading.get().nodeGpus()));
      }
      left.add(Math.min(rate, goal.requestsPerSecond().orElse(rate)));
    }
    return left;
  }

  private double most(List<Candidate> candidates, int lostDecoding, int lostReading) {
    return new Deployments(
            decoding,
            reading,
            goal.most(),
            decoding.gpus() - lostDecoding,
            readingGpus() - (reading.isEmpty() ? lostDecoding : lostReading))
        .of(candidates, modes).stream()
            .filter(Made::starts)
            .mapToDouble(made -> made.found().requestsPerSecond())
            .max()
            .orElse(0);
  }

  // How sure.

  private Found.Detail detail(Made made) {
    Found found = made.found();
    Candidate reader = made.of().get(0);
    Candidate writer = made.of().get(made.of().size() - 1);
    Found.Instances last = found.pools().get(found.pools().size() - 1);
    double chunk = Math.min(goal.computedTokens(), reader.pool().batching().tokenBudget());
    RestsOn prompt = restsOn(reader, 1, chunk);
    RestsOn decode = restsOn(writer, last.sequencesPerRank(), 0);
    RestsOn step = decode.mixed(last.promptShare(), prompt);
    return new Found.Detail(
        StepConfidence.of(writer.pool().decode(), spec(writer), ModelledFigure.TPOT, step),
        StepConfidence.of(reader.pool().decode(), spec(reader), ModelledFigure.SERVED_TTFT, prompt),
        goal.cachedTokens() == 0 ? 0 : cachedShare(reader));
  }

  private double cachedShare(Candidate reader) {
    SharedPool pool = reader.pool();
    SharedPool plain =
        new SharedPool(
            pool.decode(), Contexts.of(goal.computedTokens()), pool.layout(), pool.batching());
    double alone =
        plain
            .engineStepsOfPrompts(reader.cluster().routing())
            .readSeconds(goal, 1.0 / pool.layout().attentionRanks());
    return Math.max(0, 1 - alone / reader.readSeconds());
  }

  private record Asked(boolean promptsAlone, Layout layout, int sequences, double promptTokens) {}

  // What a step rests on changes little with its sequences: of those between powers of two the
  // least.
  private RestsOn restsOn(Candidate one, double sequences, double promptTokens) {
    int about = Integer.highestOneBit((int) Math.max(1, sequences));
    return rests.computeIfAbsent(
        new Asked(one.cluster().promptsAlone(), one.layout(), about, promptTokens),
        asked -> one.pool().restsOn(one.cluster().routing(), about, promptTokens));
  }

  private static GpuSpec spec(Candidate one) {
    return one.cluster().gpu().spec();
  }

  private Nearest nearest(List<Candidate> candidates) {
    Optional<Cluster> empty =
        clusters().stream()
            .filter(
                one ->
                    candidates.stream()
                        .noneMatch(each -> each.cluster().promptsAlone() == one.promptsAlone()))
            .findFirst();
    return empty
        .map(cluster -> Nearest.ofCluster(cluster, goal))
        .or(() -> tooFewForPoolsApart(candidates))
        .orElseGet(() -> new Nearest(least(candidates), Optional.empty()));
  }

  // Of pools apart alone: whether one instance of each has room.
  private Optional<Nearest> tooFewForPoolsApart(List<Candidate> candidates) {
    int smallest = candidates.stream().mapToInt(Candidate::gpus).min().orElseThrow();
    boolean fit = reading.isPresent() || 2 * smallest <= decoding.gpus();
    return fit || modes.contains(Mode.AGGREGATED)
        ? Optional.empty()
        : Optional.of(
            new Nearest(
                String.format(
                    Locale.ROOT,
                    "pools apart are two instances of at least %d GPUs each",
                    smallest),
                Optional.of("Give at least " + 2 * smallest + " GPUs, or --mode aggregated.")));
  }

  private String least(List<Candidate> candidates) {
    double tpot = Double.MAX_VALUE;
    double ttft = Double.MAX_VALUE;
    for (Candidate candidate : candidates) {
      ServedLoad one =
          ServedLoad.decodeOnly(
              candidate.steps(), goal, candidate.acceptedTokens(), 1, Double.MAX_VALUE);
      tpot = Math.min(tpot, one.tpotSeconds());
      ttft = Math.min(ttft, candidate.readSeconds());
    }
    return String.format(
        Locale.ROOT,
        "least TPOT of one sequence alone %.1f ms, least TTFT of one prompt alone %.0f ms, most"
            + " within the limits %.2f requests/s",
        1e3 * tpot,
        1e3 * ttft,
        most(candidates, 0, 0));
  }
}
