package dev.rackplan.solver;

import dev.rackplan.cost.StepLimit;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DegreeChoices;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/**
 * Finds the layouts that are worth a search: all that a problem lists, or, where it leaves degrees
 * open, those that a {@link LayoutScreen} estimates best.
 */
final class Candidates {
  /** Layouts that are solved where more are possible. */
  static final int MOST = 8;

  // How much worse than the best a layout may be estimated and still be solved. Estimates are
  // within a few percent of what the usual placements reach, and searches gain less than this:
  // docs/decisions/0011-wide-layout-search.md.
  private static final double MARGIN = 1.15;
  // Times that so many are looked at where a demand must be met.
  private static final int MOST_ROUNDS = 4;
  private static final int OF_A_SIZE = 2;
  // Layouts with other numbers of micro-batches, at most.
  private static final int OTHERS = 64;
  // Steps by which the estimated number of sequences is corrected, as shares of it.
  private static final int FINEST_STEP = 256;

  private final Problem problem;
  private final ProblemRouting routing;
  private final SolverOptions options;
  private final BooleanSupplier cancelled;
  private final List<Attempt> attempts;
  private final PlanSoFar soFar;
  private final long startNanos;
  private final List<Candidate> found = new ArrayList<>();
  private List<LayoutScreen.Estimated> smaller = List.of();
  private boolean wide;
  private boolean alone;

  /**
   * @param attempts where layouts go that are no candidates
   * @param soFar told what candidates begin with
   */
  Candidates(
      Problem problem,
      ProblemRouting routing,
      SolverOptions options,
      BooleanSupplier cancelled,
      List<Attempt> attempts,
      PlanSoFar soFar) {
    this.problem = problem;
    this.routing = routing;
    this.options = options;
    this.startNanos = options.clock().nanos();
    this.cancelled = cancelled;
    this.attempts = attempts;
    this.soFar = soFar;
  }

  /** Looks for them; those with the best bounds come first. */
  List<Candidate> find() {
    LayoutEnumeration.Enumerated enumerated = LayoutEnumeration.of(problem);
    enumerated
        .refused()
        .forEach(refused -> attempts.add(Attempt.faulty(refused.layout(), refused.outcome())));
    wide = new DegreeChoices(problem).searches() && enumerated.layouts().size() > MOST;
    alone = enumerated.layouts().size() == 1;
    if (wide) {
      screened(enumerated.layouts());
    } else {
      listed(enumerated.layouts());
    }
    found.sort(Comparator.comparing(candidate -> candidate.bound().loss()));
    return List.copyOf(found);
  }

  /** Whether more layouts were possible than are solved. */
  boolean wide() {
    return wide;
  }

  /** Estimates of fitting layouts with smaller micro-batches; empty where their number is given. */
  List<LayoutScreen.Estimated> smaller() {
    return smaller;
  }

  private void add(Candidate candidate) {
    found.add(candidate);
    if (late(candidate.startStanding().stepSeconds()).isEmpty()) {
      soFar.found(candidate.start(), candidate.startStanding());
    }
  }

  private void listed(List<Layout> layouts) {
    double deadline = 0;
    for (Layout layout : layouts) {
      if (cancelled.getAsBoolean() && !found.isEmpty()) {
        attempts.add(Attempt.faulty(layout, "not looked at: stopped before"));
        continue;
      }
      // Half of the time for all of them: the other half is for the search.
      deadline += 0.5 * options.timeLimitSeconds() / layouts.size();
      int guess = MemoryFit.mostEvenly(problem, layout);
      Looked looked =
          problem.leavesSequencesOpen() ? mostSequences(layout, guess, 1, deadline) : look(layout);
      looked.candidate().ifPresent(this::add);
      looked.fault().ifPresent(attempts::add);
    }
  }

  private void screened(List<Layout> layouts) {
    LayoutScreen.Result screen =
        problem.workload().phase() == Phase.TRAINING
            ? TrainingScreen.of(problem, layouts, options.threads(), cancelled)
            : screen(layouts);
    attempts.addAll(screen.lost());
    smaller = screen.smaller();
    List<LayoutScreen.Estimated> left = new ArrayList<>(screen.ranked());
    List<LayoutScreen.Estimated> next = round(left);
    for (int rounds = 1; !next.isEmpty(); rounds++) {
      probe(next);
      left.removeAll(next);
      if (found.isEmpty()) {
        next = round(left);
      } else {
        next = rounds < MOST_ROUNDS ? promising(left) : List.of();
      }
    }
    for (LayoutScreen.Estimated estimated : left) {
      attempts.add(Attempt.estimated(estimated.layout(), estimated.standing()));
    }
  }

  private LayoutScreen.Result screen(List<Layout> layouts) {
    LayoutScreen.Result first = LayoutScreen.of(problem, layouts, options.threads(), cancelled);
    return first.with(LayoutScreen.of(problem, others(first), options.threads(), cancelled));
  }

  // A demand is met in whole deployments, so an estimate that is a little off may be off by one:
  // those that would need fewer GPUs than is known to do if they were faster than estimated.
  private List<LayoutScreen.Estimated> promising(List<LayoutScreen.Estimated> left) {
    if (problem.limits().demand().isEmpty()) {
      return List.of();
    }
    double known =
        found.stream()
            .mapToDouble(candidate -> candidate.startStanding().loss().gpus())
            .min()
            .orElseThrow();
    // What is rounded differs by the size of an instance: some of each.
    Map<Integer, Integer> ofSize = new HashMap<>();
    return left.stream()
        .filter(estimated -> ifFaster(estimated).loss().gpus() < known)
        .sorted(Comparator.comparing(estimated -> ifFaster(estimated).loss()))
        .filter(estimated -> ofSize.merge(estimated.layout().gpus(), 1, Integer::sum) <= OF_A_SIZE)
        .limit(MOST)
        .toList();
  }

  private Standing ifFaster(LayoutScreen.Estimated estimated) {
    return estimated.standing().ifFaster(problem, estimated.layout(), MARGIN);
  }

  // Other numbers of micro-batches rarely help: they are looked at for the best layouts only.
  private List<Layout> others(LayoutScreen.Result screen) {
    List<Layout> others = new ArrayList<>();
    for (LayoutScreen.Estimated estimated : screen.ranked()) {
      Loss best = screen.ranked().get(0).standing().loss();
      if (estimated.standing().loss().isWithin(MARGIN, best) && others.size() < OTHERS) {
        others.addAll(LayoutEnumeration.otherMicroBatches(problem, estimated.layout()));
      }
    }
    return others;
  }

  // The best, as many as are solved, none much worse than the first of them.
  private List<LayoutScreen.Estimated> round(List<LayoutScreen.Estimated> ranked) {
    return ranked.stream()
        .limit(Math.max(MOST, options.keep()))
        .takeWhile(
            estimated ->
                estimated.standing().loss().isWithin(MARGIN, ranked.get(0).standing().loss()))
        .toList();
  }

  private void probe(List<LayoutScreen.Estimated> round) {
    List<Callable<Looked>> tasks = new ArrayList<>();
    for (LayoutScreen.Estimated estimated : round) {
      tasks.add(() -> probe(estimated));
    }
    LayerThreads.run(
        options.threads(),
        tasks,
        (task, looked) -> {
          looked.candidate().ifPresent(this::add);
          looked.fault().ifPresent(attempts::add);
        });
  }

  private Looked probe(LayoutScreen.Estimated estimated) {
    Layout layout = estimated.layout();
    return problem.leavesSequencesOpen()
        ? mostSequences(
            layout.with(Degree.SEQUENCES_PER_MICRO_BATCH, 1),
            layout.sequencesPerMicroBatch(),
            FINEST_STEP,
            0.4 * options.timeLimitSeconds())
        : look(layout);
  }

  /** A layout that fits memory, with what its search begins with. */
  record Started(LayoutSolver solver, Plan plan, Standing standing) {}

  /** The layout as it is, whatever its number of sequences; empty where it doesn't fit. */
  Optional<Started> exactly(Layout layout) {
    return start(layout).started();
  }

  /** What a layout begins with, or why it doesn't. */
  private record Start(Optional<Started> started, Optional<Attempt> fault) {
    static Start faulty(Attempt fault) {
      return new Start(Optional.empty(), Optional.of(fault));
    }

    // The better of two; this one of equals.
    Start or(Start other) {
      boolean better =
          other.started.isPresent()
              && started
                  .map(
                      own ->
                          other.started.get().standing().loss().isLessThan(own.standing().loss()))
                  .orElse(true);
      return better ? other : this;
    }
  }

  private Start start(Layout layout) {
    List<List<Integer>> blocks = HostBlocks.of(problem.topology(), layout);
    int needed = layout.replicas() * layout.pipelineStages();
    if (blocks.size() < needed) {
      return Start.faulty(
          Attempt.faulty(layout, LayoutScreen.tooFewBlocks(layout, needed, blocks.size())));
    }
    Start first = start(layout, blocks);
    boolean jobs = problem.workload().phase() == Phase.TRAINING && layout.pipelineStages() > 1;
    return jobs && layout.replicas() > 1
        ? first.or(start(layout, HostBlocks.stageByStage(problem.topology(), layout)))
        : first;
  }

  private Start start(Layout layout, List<List<Integer>> blocks) {
    LayoutStart layoutStart = layoutStart(layout, blocks, LayoutStart.ShortMemory.FEWER_SLOTS);
    LayoutSolver solver = new LayoutSolver(problem, routing, layoutStart);
    Optional<Plan> plan = solver.start();
    if (plan.isEmpty()) {
      return Start.faulty(Attempt.faulty(layout, layoutStart.memoryFault()));
    }
    Standing standing = Standing.of(problem, routing, plan.get());
    return new Start(Optional.of(new Started(solver, plan.get(), standing)), Optional.empty());
  }

  /** A candidate, or why there is none. */
  private record Looked(Optional<Candidate> candidate, Optional<Attempt> fault) {
    static Looked faulty(Attempt fault) {
      return new Looked(Optional.empty(), Optional.of(fault));
    }
  }

  private Looked look(Layout layout) {
    Start start = start(layout);
    return start.fault().map(Looked::faulty).orElseGet(() -> look(start.started().orElseThrow()));
  }

  private Looked look(Started started) {
    Layout layout = started.plan().layout();
    // The bound takes seconds, and tells only which layouts need no search.
    if (alone && late(started.standing().stepSeconds()).isEmpty()) {
      return new Looked(
          Optional.of(
              new Candidate(
                  started.solver(), started.plan(), started.standing(), started.standing())),
          Optional.empty());
    }
    Standing bound =
        Standing.ofBound(problem, layout, started.plan().stages(), started.solver().bound());
    Optional<String> late = late(bound.stepSeconds()).map(words -> words + " even at the bound");
    if (late.isPresent()) {
      return Looked.faulty(Attempt.lateAtBest(layout, bound, late.get()));
    }
    return new Looked(
        Optional.of(new Candidate(started.solver(), started.plan(), started.standing(), bound)),
        Optional.empty());
  }

  /**
   * The largest micro-batch whose start plan fits memory and keeps the time limit: from a guess up
   * by growing steps until it fails, or down until it fits, then bisected until it is exact or the
   * deadline has passed.
   *
   * @param guess sequences a micro-batch to begin with
   * @param finest the first step is the guess over this
   */
  private Looked mostSequences(Layout layout, int guess, int finest, double deadlineSeconds) {
    Start least = start(layout);
    if (least.fault().isPresent()) {
      return Looked.faulty(least.fault().get());
    }
    Started one = least.started().orElseThrow();
    if (late(one.standing().stepSeconds()).isPresent()) {
      return Looked.faulty(
          Attempt.late(layout, one.standing(), "too slow with one sequence a micro-batch"));
    }
    // More sequences must not cost redundant experts where one sequence does not.
    LayoutStart.ShortMemory shortMemory =
        one.solver().holdsAllRedundantExperts()
            ? LayoutStart.ShortMemory.NO_PLAN
            : LayoutStart.ShortMemory.FEWER_SLOTS;
    long good = guess;
    long step = Math.max(1, guess / finest);
    long bad = Long.MAX_VALUE;
    while (good > 1
        && (cancelled.getAsBoolean()
            || !fits(layout.with(Degree.SEQUENCES_PER_MICRO_BATCH, (int) good), shortMemory))) {
      bad = good;
      good = finest == 1 ? good / 2 : Math.max(1, good - step);
      step *= 2;
    }
    step = Math.max(1, good / finest);
    long tooMany = Degree.SEQUENCES_PER_MICRO_BATCH.most() + 1L;
    while (bad == Long.MAX_VALUE) {
      long more = Math.min(tooMany, good + step);
      if (more < tooMany
          && !cancelled.getAsBoolean()
          && fits(layout.with(Degree.SEQUENCES_PER_MICRO_BATCH, (int) more), shortMemory)) {
        good = more;
        step *= 2;
      } else {
        bad = more;
      }
    }
    // Whole sequences per attention rank: a part of one costs as much.
    long unit = Math.max(1, Math.min(layout.attentionRanks(), good));
    while (bad - good > unit && !pastDeadline(deadlineSeconds)) {
      long middle = good + Math.max(1, (bad - good) / 2 / unit) * unit;
      if (middle >= bad) {
        break;
      }
      if (fits(layout.with(Degree.SEQUENCES_PER_MICRO_BATCH, (int) middle), shortMemory)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    Looked most = look(layout.with(Degree.SEQUENCES_PER_MICRO_BATCH, (int) good));
    return most.candidate().isPresent() ? most : look(one);
  }

  // Equal steps must give equal plans: with them only a wish to stop counts.
  private boolean pastDeadline(double seconds) {
    boolean timed = options.steps().isEmpty();
    return cancelled.getAsBoolean()
        || (timed && (options.clock().nanos() - startNanos) / 1e9 > seconds);
  }

  private LayoutStart layoutStart(
      Layout layout, List<List<Integer>> blocks, LayoutStart.ShortMemory shortMemory) {
    return LayoutStart.of(problem, routing, layout, blocks, shortMemory, options);
  }

  // Without the bound, which costs more than the rest and no plan of the bisection needs.
  private boolean fits(Layout layout, LayoutStart.ShortMemory shortMemory) {
    List<List<Integer>> blocks = HostBlocks.of(problem.topology(), layout);
    return new LayoutSolver(problem, routing, layoutStart(layout, blocks, shortMemory))
        .start()
        .filter(plan -> late(Standing.of(problem, routing, plan).stepSeconds()).isEmpty())
        .isPresent();
  }

  private Optional<String> late(double stepSeconds) {
    return StepLimit.fault(problem, stepSeconds);
  }
}
