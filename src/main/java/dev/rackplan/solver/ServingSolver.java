package dev.rackplan.solver;

import dev.rackplan.cost.PoolTraffic;
import dev.rackplan.cost.link.CacheTransfer;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.EngineGround;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Demand;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.topology.Domain;
import dev.rackplan.topology.Draining;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Sizes a prefill and a decode pool for one stream of requests.
 *
 * <p>Each pool's layouts are first searched for one instance, on the whole topology, within its
 * time limit: instances come whole, so the layout whose instances for the rate have the fewest GPUs
 * wins, not the one with most tokens per second and GPU. Then the prefill pool is placed on the
 * topology and the decode pool on what is left. Left out: queueing (requests come evenly).
 */
public final class ServingSolver {
  // Where hosts differ, later instances may be slower than the first.
  private static final int MOST_TRIES = 4;
  // Of the time limit: two searches of one instance, two of the pools.
  private static final double SHARE = 0.25;

  private final ServingProblem serving;
  private final SolverOptions options;
  private final SearchProgress progress;
  private final BooleanSupplier cancelled;

  private ServingSolver(
      ServingProblem serving,
      SolverOptions options,
      SearchProgress progress,
      BooleanSupplier cancelled) {
    this.serving = serving;
    this.options =
        new SolverOptions(
            SHARE * options.timeLimitSeconds(), options.steps(), options.seed(), options.threads());
    this.progress = progress;
    this.cancelled = cancelled;
  }

  /**
   * One pool's part of the answer.
   *
   * @param outcome its plan, and the layouts tried for one instance
   */
  public record PoolPlan(Pool pool, Outcome outcome) {}

  /**
   * Both pools.
   *
   * @param pools prefill and decode, in this order; without a plan where there is a fault
   * @param fault why the topology does not serve the requests; empty where it does
   * @param serving the question, each pool's beside the other's plan, with the rate that was found
   *     where it was open
   */
  public record PoolPlans(List<PoolPlan> pools, Optional<String> fault, ServingProblem serving) {
    public PoolPlans {
      pools = List.copyOf(pools);
    }

    // More requests, or as many with fewer GPUs; plans rather than none.
    private boolean isBetterThan(PoolPlans other) {
      if (fault.isPresent() || other.fault.isPresent()) {
        return fault.isEmpty();
      }
      double more = serving.requestsPerSecond() - other.serving.requestsPerSecond();
      return more > 0 || more == 0 && gpus() < other.gpus();
    }

    // The same on the whole topology, of which the pools stand on one ground.
    private PoolPlans asAnswerTo(ServingProblem asked) {
      if (fault.isPresent()) {
        return new PoolPlans(pools, fault, asked);
      }
      ServingProblem both =
          PoolTraffic.together(
              asked,
              pools.get(0).outcome().plan().orElseThrow(),
              pools.get(1).outcome().plan().orElseThrow());
      return new PoolPlans(pools, fault, both.at(serving.requestsPerSecond()));
    }

    private int gpus() {
      return pools.stream()
          .flatMap(pool -> pool.outcome().plan().stream())
          .mapToInt(plan -> plan.layout().gpus())
          .sum();
    }
  }

  /** The pools' plans, or why there are none. */
  public static PoolPlans solve(
      ServingProblem serving,
      SolverOptions options,
      SearchProgress progress,
      BooleanSupplier cancelled) {
    List<ServingProblem> grounds = grounds(serving);
    PoolPlans best = new ServingSolver(grounds.get(0), options, progress, cancelled).solve();
    for (ServingProblem ground : grounds.subList(1, grounds.size())) {
      PoolPlans other = new ServingSolver(ground, options, progress, cancelled).solve();
      best = other.isBetterThan(best) ? other : best;
    }
    boolean whole = grounds.get(0).decode().topology().equals(serving.decode().topology());
    return whole ? best : best.asAnswerTo(serving);
  }

  // KV caches are handed over between GPUs of one maker alone.
  private static List<ServingProblem> grounds(ServingProblem serving) {
    return EngineGround.all(serving.decode()).stream()
        .map(
            ground ->
                new ServingProblem(
                    serving.name(),
                    serving.inputTokens(),
                    serving.outputTokens(),
                    serving.rate(),
                    serving.prefill().withTopology(ground.topology()),
                    ground))
        .toList();
  }

  private PoolPlans solve() {
    Outcome prefill = one(Pool.PREFILL);
    Outcome decode = one(Pool.DECODE);
    List<PoolPlan> units =
        List.of(new PoolPlan(Pool.PREFILL, prefill), new PoolPlan(Pool.DECODE, decode));
    for (PoolPlan unit : units) {
      if (unit.outcome().plan().isEmpty()) {
        return new PoolPlans(
            units,
            Optional.of("no layout of the " + word(unit.pool()) + " pool keeps its limits"),
            serving);
      }
    }
    if (serving.rate().isEmpty()) {
      return most(units, prefill, decode);
    }
    Sized prefillPool = sized(Pool.PREFILL, prefill);
    Sized decodePool = sized(Pool.DECODE, decode);
    int tries = 0;
    while (true) {
      Optional<String> fault = fault(prefillPool, decodePool);
      if (fault.isPresent()) {
        return new PoolPlans(withoutPlans(units), fault, serving);
      }
      Outcome first = placed(Pool.PREFILL, prefillPool, Optional.empty());
      Outcome second = placed(Pool.DECODE, decodePool, first.plan());
      tries++;
      ServingProblem both = together(first, second);
      boolean slowPrefill = tooSlow(both, Pool.PREFILL, first);
      boolean slowDecode = tooSlow(both, Pool.DECODE, second);
      if (!slowPrefill && !slowDecode) {
        return new PoolPlans(
            List.of(
                new PoolPlan(Pool.PREFILL, withTrials(first, prefill)),
                new PoolPlan(Pool.DECODE, withTrials(second, decode))),
            Optional.empty(),
            both);
      }
      if (tries == MOST_TRIES || first.plan().isEmpty() || second.plan().isEmpty()) {
        return new PoolPlans(
            withoutPlans(units),
            Optional.of(
                slowPrefill
                    ? cannotBePlaced(Pool.PREFILL, first)
                    : cannotBePlaced(Pool.DECODE, second)),
            serving);
      }
      prefillPool = slowPrefill ? prefillPool.oneMore() : prefillPool;
      decodePool = slowDecode ? decodePool.oneMore() : decodePool;
    }
  }

  private ServingProblem together(Outcome prefill, Outcome decode) {
    return prefill.plan().isPresent() && decode.plan().isPresent()
        ? PoolTraffic.together(serving, prefill.plan().get(), decode.plan().get())
        : serving;
  }

  // As many requests as the GPUs take: the rate follows from the pools that were placed. What was
  // only estimated may turn out to break a limit; then the next best split is tried.
  private PoolPlans most(List<PoolPlan> units, Outcome prefill, Outcome decode) {
    int usable = serving.prefill().topology().usableGpus().size();
    List<PoolSplit.Rate> reads = rates(Pool.PREFILL, prefill);
    List<PoolSplit.Rate> writes = rates(Pool.DECODE, decode);
    String fault = "the " + usable + " usable GPUs hold no instance of each pool";
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      Optional<PoolSplit> split = PoolSplit.most(reads, writes, usable);
      if (split.isEmpty()) {
        break;
      }
      PoolSplit.Pool reading = split.get().prefill();
      PoolSplit.Pool writing = split.get().decode();
      Outcome first = placed(Pool.PREFILL, Sized.of(reading), Optional.empty());
      Outcome second = placed(Pool.DECODE, Sized.of(writing), first.plan());
      if (first.plan().isPresent() && second.plan().isPresent()) {
        ServingProblem both = together(first, second);
        double rate =
            Math.min(
                requestsPerSecond(both, Pool.PREFILL, first.plan().get()),
                requestsPerSecond(both, Pool.DECODE, second.plan().get()));
        return new PoolPlans(
            List.of(
                new PoolPlan(Pool.PREFILL, withTrials(first, prefill)),
                new PoolPlan(Pool.DECODE, withTrials(second, decode))),
            Optional.empty(),
            both.at(rate));
      }
      boolean noReader = first.plan().isEmpty();
      fault = cannotBePlaced(noReader ? Pool.PREFILL : Pool.DECODE, noReader ? first : second);
      Layout gone = noReader ? reading.layout() : writing.layout();
      (noReader ? reads : writes).removeIf(rate -> rate.layout().equals(gone));
    }
    return new PoolPlans(withoutPlans(units), Optional.of(fault), serving);
  }

  private double requestsPerSecond(ServingProblem asked, Pool pool, Plan plan) {
    return requestsPerSecond(pool, tokensPerSecond(asked, pool, plan), plan.layout().gpus());
  }

  private double requestsPerSecond(Pool pool, double tokensPerSecond, int gpus) {
    return Math.min(
        tokensPerSecond / serving.tokensPerRequest(pool),
        CacheTransfer.of(serving).requestsPerSecond(gpus));
  }

  // Of every layout of one instance that was solved or estimated to keep the limits.
  private List<PoolSplit.Rate> rates(Pool pool, Outcome unit) {
    List<PoolSplit.Rate> rates = new ArrayList<>();
    Plan plan = unit.plan().orElseThrow();
    rates.add(new PoolSplit.Rate(plan.layout(), requestsPerSecond(serving, pool, plan)));
    for (LayoutTrial trial : unit.layoutsTried()) {
      if (trial.reason() == LayoutTrial.Reason.WORSE
          || trial.reason() == LayoutTrial.Reason.ESTIMATE) {
        int gpus = trial.layout().gpus();
        double tokens = trial.tokensPerSecondPerGpu().orElse(0) * gpus;
        if (tokens > 0) {
          rates.add(new PoolSplit.Rate(trial.layout(), requestsPerSecond(pool, tokens, gpus)));
        }
      }
    }
    return rates;
  }

  private static String cannotBePlaced(Pool pool, Outcome outcome) {
    return "the "
        + word(pool)
        + " pool can't be placed beside the other one"
        + (outcome.plan().isPresent() || outcome.layoutsTried().isEmpty()
            ? ""
            : ": " + outcome.layoutsTried().get(0).outcome());
  }

  private static String word(Pool pool) {
    return pool.name().toLowerCase(Locale.ROOT);
  }

  private Outcome one(Pool pool) {
    Problem problem = asked(pool);
    LayoutSpace space = problem.layoutSpace().with(Degree.REPLICAS, List.of(1));
    boolean open = space.isOpen(Degree.EXPERT_PARALLEL) && !problem.model().moeLayers().isEmpty();
    return search(
        problem.withLayoutSpace(
            open ? space.with(Degree.EXPERT_PARALLEL, expertDegrees(problem)) : space));
  }

  // Halves of the smallest domain down to one GPU; one, two, four … of it up to half of the GPUs:
  // the other pool needs some.
  private static List<Integer> expertDegrees(Problem problem) {
    int smallest =
        problem.topology().domains().stream()
            .map(Domain::gpus)
            .map(List::size)
            .min(Comparator.naturalOrder())
            .orElseThrow();
    int usable = problem.topology().usableGpus().size();
    int most =
        Math.max(
            1,
            Math.min(usable / 2, problem.model().moe(firstMoe(problem)).orElseThrow().experts()));
    List<Integer> degrees = new ArrayList<>();
    int first = Math.min(smallest, most);
    for (int degree = first; degree <= most; degree *= 2) {
      degrees.add(degree);
    }
    for (int degree = first; degree % 2 == 0; degree /= 2) {
      degrees.add(degree / 2);
    }
    degrees.sort(Comparator.naturalOrder());
    return degrees;
  }

  private static int firstMoe(Problem problem) {
    return problem.model().moeLayers().get(0);
  }

  private Outcome placed(Pool pool, Sized sized, Optional<Plan> beside) {
    Problem problem = asked(pool);
    Topology left = beside.map(other -> beside(problem, other)).orElse(problem.topology());
    LayoutSpace fixed = LayoutSpace.open();
    for (Degree degree : Degree.values()) {
      fixed = fixed.with(degree, List.of(sized.layout().get(degree)));
    }
    fixed =
        fixed
            .with(Degree.REPLICAS, List.of(sized.instances()))
            // On these hosts as many may fit the limits as on those of the first instance, or
            // fewer.
            .with(
                Degree.SEQUENCES_PER_MICRO_BATCH,
                problem.layoutSpace().values(Degree.SEQUENCES_PER_MICRO_BATCH));
    return search(problem.withTopology(left).withLayoutSpace(fixed));
  }

  private static Topology beside(Problem problem, Plan other) {
    List<Integer> taken = other.stages().stream().flatMap(stage -> stage.gpus().stream()).toList();
    return PoolTraffic.beside(Draining.drain(problem.topology(), taken), other);
  }

  private Outcome search(Problem problem) {
    return PlanSolver.solve(problem, options, progress, cancelled);
  }

  private static double tokensPerSecond(ServingProblem asked, Pool pool, Plan plan) {
    Problem problem = asked.of(pool);
    Standing standing = Standing.of(problem, ProblemRouting.of(problem), plan);
    return standing.tokensPerSecondPerGpu() * plan.layout().gpus();
  }

  /**
   * A pool's size.
   *
   * @param layout of one instance
   */
  private record Sized(Layout layout, int instances) {
    static Sized of(PoolSplit.Pool pool) {
      return new Sized(pool.layout(), pool.instances());
    }

    long gpus() {
      return (long) instances * layout.gpus();
    }

    Sized oneMore() {
      return new Sized(layout, instances + 1);
    }
  }

  private Sized sized(Pool pool, Outcome unit) {
    Plan plan = unit.plan().orElseThrow();
    double whole =
        demand(pool).deployments(tokensPerSecond(serving, pool, plan), plan.layout().gpus());
    return new Sized(plan.layout(), (int) Math.min(Integer.MAX_VALUE, whole));
  }

  private boolean tooSlow(ServingProblem both, Pool pool, Outcome outcome) {
    return outcome
        .plan()
        .map(plan -> !demand(pool).isMet(tokensPerSecond(both, pool, plan), plan.layout().gpus()))
        .orElse(true);
  }

  private Demand demand(Pool pool) {
    return CacheTransfer.of(serving).demand(serving, pool);
  }

  private Problem asked(Pool pool) {
    Problem problem = serving.of(pool);
    return serving.rate().isEmpty()
        ? problem
        : problem.withLimits(problem.limits().withDemand(demand(pool)));
  }

  private Optional<String> fault(Sized prefill, Sized decode) {
    int usable = serving.prefill().topology().usableGpus().size();
    if (prefill.gpus() + decode.gpus() <= usable) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%s requests/s need %d GPUs for prefill (%d instances of %d) and %d for decode (%d of %d), %d are usable: %d too few",
            serving.requestsPerSecond(),
            prefill.gpus(),
            prefill.instances(),
            prefill.layout().gpus(),
            decode.gpus(),
            decode.instances(),
            decode.layout().gpus(),
            usable,
            prefill.gpus() + decode.gpus() - usable));
  }

  private static Outcome withTrials(Outcome placed, Outcome unit) {
    return new Outcome(
        placed.plan(),
        List.of(),
        unit.layoutsTried(),
        unit.front(),
        unit.remedies(),
        placed.moves() + unit.moves());
  }

  private static List<PoolPlan> withoutPlans(List<PoolPlan> units) {
    return units.stream()
        .map(
            unit ->
                new PoolPlan(
                    unit.pool(),
                    new Outcome(
                        Optional.empty(),
                        List.of(),
                        unit.outcome().layoutsTried(),
                        unit.outcome().front(),
                        unit.outcome().remedies(),
                        unit.outcome().moves())))
        .toList();
  }
}
