package dev.rackplan.solver;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.solver.experts.LayerProblem;
import dev.rackplan.solver.experts.LayerSearch;
import dev.rackplan.solver.experts.SearchBudget;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Searches many layers in rounds: a short round for all of them, then longer ones in which a
 * layer's time goes by what it gained in the round before.
 *
 * <p>So a good plan stands early, and time is not spent on layers that have nothing left to gain.
 * Where the budget is a number of steps there is one round, in which each layer makes all of them.
 */
final class ExpertRounds {
  // Shares of the time: assumed, not measured against others.
  private static final double[] ROUNDS = {0.2, 0.3, 0.5};
  // Part of a later round that goes to all layers alike: what gained nothing may still do so.
  private static final double ALIKE = 0.3;
  // Where a sample is looked at in windows: part of a time, and of steps, for a search after all
  // others that comes closer to the whole sample. Assumed.
  private static final double CLOSER = 0.15;
  // A layer's search costs some ms to set up: below this the start stands.
  private static final double LEAST_SECONDS = 0.01;

  /**
   * One layer to search.
   *
   * @param problem the layer on its stage
   * @param start what stands without a search
   * @param search makes its search, which scores the starts
   * @param seed of its random choices
   */
  record Job(LayerProblem problem, ExpertMap start, Supplier<LayerSearch> search, long seed) {}

  /** Told after each search of a layer with the time in s that it saved. */
  @FunctionalInterface
  interface Listener {
    void searched(int searches, int ofSearches, int job, double savedSeconds);
  }

  /**
   * @param maps one per job
   * @param closer one per job: the same, closer to the whole sample where that is looked at in
   *     windows
   * @param moves scored moves of all searches together
   */
  record Result(List<ExpertMap> maps, List<ExpertMap> closer, long moves) {}

  private final List<Job> jobs;
  private final SolverOptions options;
  private final Listener listener;
  private final BooleanSupplier cancelled;
  private final List<ExpertMap> maps = new ArrayList<>();
  // Made in the thread that searches first, and looked at from others.
  private final AtomicReferenceArray<LayerSearch> layers;
  private final double[] gained;
  private long moves;
  private int searches;

  ExpertRounds(
      List<Job> jobs, SolverOptions options, Listener listener, BooleanSupplier cancelled) {
    this.jobs = jobs;
    this.options = options;
    this.listener = listener;
    this.cancelled = cancelled;
    this.gained = new double[jobs.size()];
    this.layers = new AtomicReferenceArray<>(jobs.size());
    for (Job job : jobs) {
      maps.add(job.start());
    }
  }

  /**
   * The best maps found, never worse than any start.
   *
   * @param seconds time in s by the options' clock; not used where the options give steps
   */
  Result search(double seconds) {
    if (jobs.isEmpty()) {
      return new Result(maps, maps, 0);
    }
    boolean windows = jobs.stream().anyMatch(job -> job.problem().closer().isPresent());
    double allSeconds = seconds * Math.min(options.threads(), jobs.size());
    double threadSeconds = windows ? (1 - CLOSER) * allSeconds : allSeconds;
    if (options.steps().isPresent()) {
      round(0, 1, job -> SearchBudget.ofMoves(options.steps().getAsLong(), cancelled));
    } else if (threadSeconds * ROUNDS[0] / jobs.size() < LEAST_SECONDS) {
      if (threadSeconds / jobs.size() >= LEAST_SECONDS) {
        round(0, 1, job -> budget(threadSeconds / jobs.size()));
      }
    } else {
      for (int round = 0; round < ROUNDS.length && !cancelled.getAsBoolean(); round++) {
        double[] shares = shares(round);
        double whole = threadSeconds * ROUNDS[round];
        round(round, ROUNDS.length, job -> budget(whole * shares[job]));
      }
    }
    return new Result(maps, closer(CLOSER * allSeconds / jobs.size()), moves);
  }

  // Only of layers that were searched: without time for that the start stands.
  private List<ExpertMap> closer(double seconds) {
    List<ExpertMap> closer = new ArrayList<>(maps);
    List<Integer> windowed =
        IntStream.range(0, jobs.size())
            .filter(i -> layers.get(i) != null && jobs.get(i).problem().closer().isPresent())
            .boxed()
            .toList();
    List<Callable<LayerSearch.Found>> searchesOfRound = new ArrayList<>();
    for (int i : windowed) {
      searchesOfRound.add(() -> closer(i, seconds));
    }
    if (!cancelled.getAsBoolean()) {
      LayerThreads.run(
          options.threads(),
          searchesOfRound,
          (at, found) -> {
            closer.set(windowed.get(at), found.map());
            moves += found.moves();
          });
    }
    return closer;
  }

  private LayerSearch.Found closer(int i, double seconds) {
    Job job = jobs.get(i);
    SearchBudget budget =
        options.steps().isPresent()
            ? SearchBudget.ofMoves(
                Math.max(1, Math.round(CLOSER * options.steps().getAsLong())), cancelled)
            : budget(seconds);
    return layers.get(i).closer(job.problem().closer().orElseThrow(), budget, ~job.seed());
  }

  private SearchBudget budget(double seconds) {
    return SearchBudget.ofSeconds(seconds, options.clock(), cancelled);
  }

  /** The best map of each job so far; for any thread, also during a search. */
  List<ExpertMap> soFar() {
    List<ExpertMap> best = new ArrayList<>();
    for (int i = 0; i < jobs.size(); i++) {
      LayerSearch layer = layers.get(i);
      best.add(layer == null ? jobs.get(i).start() : layer.soFar());
    }
    return best;
  }

  /** What the search of each job began with. */
  List<ExpertMap> begun() {
    return IntStream.range(0, jobs.size())
        .mapToObj(i -> searchOf(i).map(LayerSearch::begun).orElse(jobs.get(i).start()))
        .toList();
  }

  /** The search of a job; empty where there was no time for it. */
  Optional<LayerSearch> searchOf(int job) {
    return Optional.ofNullable(layers.get(job));
  }

  private double[] shares(int round) {
    double sum = 0;
    for (double seconds : gained) {
      sum += seconds;
    }
    double[] shares = new double[jobs.size()];
    for (int i = 0; i < shares.length; i++) {
      double alike = 1.0 / shares.length;
      shares[i] = round == 0 || !(sum > 0) ? alike : ALIKE * alike + (1 - ALIKE) * gained[i] / sum;
    }
    return shares;
  }

  private void round(int round, int rounds, IntFunction<SearchBudget> budgets) {
    List<Callable<LayerSearch.Found>> searchesOfRound = new ArrayList<>();
    for (int i = 0; i < jobs.size(); i++) {
      int job = i;
      searchesOfRound.add(() -> searchLayer(job, round, budgets));
    }
    LayerThreads.run(
        options.threads(),
        searchesOfRound,
        (job, found) -> {
          maps.set(job, found.map());
          gained[job] = found.savedSeconds();
          moves += found.moves();
          listener.searched(++searches, rounds * jobs.size(), job, found.savedSeconds());
        });
  }

  private LayerSearch.Found searchLayer(int i, int round, IntFunction<SearchBudget> budgets) {
    Job job = jobs.get(i);
    // A budget of time starts now, not when the search was put in the queue.
    SearchBudget budget = budgets.apply(i);
    if (layers.get(i) == null) {
      layers.set(i, job.search().get());
    }
    return layers.get(i).search(budget, job.seed() + 0x51ED27L * round, round);
  }
}
