package dev.rackplan.solver;

import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/** The door to the search: a problem in, the best plan found out. */
public final class PlanSolver {
  private static final String CHOSEN = "chosen";
  // Share of the time that the first look at all layouts takes together.
  private static final double FIRST_LOOK = 0.35;

  private final Problem problem;
  private final ProblemRouting routing;
  private final SolverOptions options;
  private final SearchProgress progress;
  private final BooleanSupplier cancelled;
  private final long startNanos = System.nanoTime();
  private final List<LayoutTrial> trials = new ArrayList<>();

  private PlanSolver(
      Problem problem, SolverOptions options, SearchProgress progress, BooleanSupplier cancelled) {
    this.problem = problem;
    this.routing = ProblemRouting.of(problem);
    this.options = options;
    this.progress = progress;
    this.cancelled = cancelled;
  }

  /**
   * The best plan found within the options' limits. Asked to stop, it returns the best so far.
   *
   * @param progress told from this thread after each searched layer
   * @param cancelled asked often, from many threads; true ends the search
   */
  public static SolveOutcome solve(
      Problem problem, SolverOptions options, SearchProgress progress, BooleanSupplier cancelled) {
    return new PlanSolver(problem, options, progress, cancelled).solve();
  }

  /**
   * The plan that the search of the first layout that fits begins with: exact stage split, best
   * usual expert placements.
   */
  public static Optional<Plan> startPlan(Problem problem) {
    PlanSolver solver =
        new PlanSolver(
            problem,
            new SolverOptions(1, java.util.OptionalLong.of(1), 0, 1),
            (a, b, c, d, e) -> {},
            () -> true);
    return solver.candidates().stream().findFirst().map(Candidate::start);
  }

  private record Candidate(
      LayoutSolver solver, Plan start, Standing startStanding, Standing bound) {}

  private SolveOutcome solve() {
    List<Candidate> candidates = candidates();
    Best best = new Best();
    for (int i = 0; i < candidates.size(); i++) {
      Candidate candidate = candidates.get(i);
      Layout layout = candidate.start().layout();
      if (best.found() && candidate.bound().loss() >= best.standing.loss()) {
        trials.add(
            trial(
                layout,
                Optional.empty(),
                "cannot win: its bound is "
                    + worse(candidate.bound(), best.standing)
                    + " the best plan"));
        continue;
      }
      // With several layouts a first, short look at each picks the one that the rest of the time
      // goes to.
      double share = candidates.size() == 1 ? 1 : FIRST_LOOK;
      Plan plan =
          search(
              candidate,
              candidate.start(),
              i,
              candidates.size(),
              share * secondsLeft() / (candidates.size() - i));
      Standing standing = Standing.of(problem, routing, plan);
      Optional<String> late = late(standing.stepSeconds());
      if (late.isPresent()) {
        trials.add(trial(layout, Optional.of(standing), late.get()));
      } else if (!best.found() || standing.loss() < best.standing.loss()) {
        best.set(candidate, plan, standing);
        trials.add(trial(layout, Optional.of(standing), CHOSEN));
      } else {
        trials.add(
            trial(
                layout, Optional.of(standing), worse(standing, best.standing) + " the best plan"));
      }
    }
    if (best.found() && candidates.size() > 1 && options.steps().isEmpty()) {
      searchOn(best, candidates.size());
    }
    return new SolveOutcome(Optional.ofNullable(best.plan), labelled(best.standing));
  }

  private static final class Best {
    private Candidate candidate;
    private Plan plan;
    private Standing standing;

    boolean found() {
      return plan != null;
    }

    void set(Candidate newCandidate, Plan newPlan, Standing newStanding) {
      candidate = newCandidate;
      plan = newPlan;
      standing = newStanding;
    }
  }

  private void searchOn(Best best, int layouts) {
    Plan plan = search(best.candidate, best.plan, layouts - 1, layouts, secondsLeft());
    Standing standing = Standing.of(problem, routing, plan);
    if (standing.loss() < best.standing.loss()) {
      for (int i = 0; i < trials.size(); i++) {
        if (trials.get(i).outcome().equals(CHOSEN)
            && trials.get(i).layout().equals(plan.layout())) {
          trials.set(i, trial(plan.layout(), Optional.of(standing), CHOSEN));
        }
      }
      best.set(best.candidate, plan, standing);
    }
  }

  // The last part of the limit is for costing and writing.
  private double secondsLeft() {
    return Math.max(0, 0.95 * options.timeLimitSeconds() - (System.nanoTime() - startNanos) / 1e9);
  }

  private Plan search(Candidate candidate, Plan from, int index, int count, double seconds) {
    return candidate
        .solver()
        .solve(
            from,
            options,
            seconds,
            (done, layers, step) -> progress.at(index + 1, count, done, layers, step),
            cancelled);
  }

  // A layout that was the best for a while lost to the later one.
  private List<LayoutTrial> labelled(Standing best) {
    List<LayoutTrial> labelled = new ArrayList<>();
    boolean chosenSeen = false;
    for (int i = trials.size() - 1; i >= 0; i--) {
      LayoutTrial trial = trials.get(i);
      if (trial.outcome().equals(CHOSEN) && chosenSeen) {
        double loss = 1 / trial.tokensPerSecondPerGpu().orElseThrow();
        Standing standing = new Standing(trial.stepSeconds().orElseThrow(), 1 / loss, loss);
        trial =
            new LayoutTrial(
                trial.layout(),
                trial.stepSeconds(),
                trial.tokensPerSecondPerGpu(),
                worse(standing, best) + " the best plan");
      }
      chosenSeen |= trial.outcome().equals(CHOSEN);
      labelled.add(0, trial);
    }
    return labelled;
  }

  private String worse(Standing standing, Standing best) {
    double ratio =
        switch (problem.objective()) {
          case THROUGHPUT, COST -> best.tokensPerSecondPerGpu() / standing.tokensPerSecondPerGpu();
          case LATENCY -> standing.stepSeconds() / best.stepSeconds();
        };
    return String.format(Locale.ROOT, "%.1f%% worse than", 100 * (ratio - 1));
  }

  private List<Candidate> candidates() {
    LayoutEnumeration.Enumerated enumerated = LayoutEnumeration.of(problem);
    trials.addAll(enumerated.refused());
    List<Candidate> candidates = new ArrayList<>();
    for (Layout layout : enumerated.layouts()) {
      boolean open =
          problem.workload().concurrentSequences().isEmpty()
              && problem.layoutSpace().sequencesPerMicroBatch().isEmpty();
      (open ? mostSequences(layout) : candidate(layout)).ifPresent(candidates::add);
    }
    candidates.sort(Comparator.comparingDouble(candidate -> candidate.bound().loss()));
    return candidates;
  }

  private Optional<Candidate> candidate(Layout layout) {
    Probe probe = probe(layout);
    probe.fault().ifPresent(fault -> trials.add(trial(layout, Optional.empty(), fault)));
    return probe.candidate();
  }

  private record Probe(Optional<Candidate> candidate, Optional<String> fault) {}

  private Probe probe(Layout layout) {
    List<List<Integer>> blocks = HostBlocks.of(problem.topology(), layout);
    int needed = layout.replicas() * layout.pipelineStages();
    if (blocks.size() < needed) {
      return new Probe(
          Optional.empty(),
          Optional.of(
              "needs "
                  + needed
                  + " blocks of "
                  + layout.gpusPerStage()
                  + " GPUs, there are "
                  + blocks.size()));
    }
    LayoutSolver solver = new LayoutSolver(problem, routing, layout, blocks);
    Optional<Plan> start = solver.start(options.seed());
    if (start.isEmpty()) {
      return new Probe(Optional.empty(), Optional.of(solver.memoryFault()));
    }
    List<Stage> hosts = start.get().stages();
    int offered = layout.replicas() == 1 ? blocks.size() : layout.pipelineStages();
    Standing bound = Standing.ofBound(problem, layout, hosts, solver.layoutCase().bound(offered));
    Optional<String> late = late(bound.stepSeconds()).map(words -> words + " even at the bound");
    if (late.isPresent()) {
      return new Probe(Optional.empty(), late);
    }
    Standing standing = Standing.of(problem, routing, start.get());
    return new Probe(
        Optional.of(new Candidate(solver, start.get(), standing, bound)), Optional.empty());
  }

  /**
   * The largest micro-batch whose start plan fits memory and keeps the time limit: doubled until it
   * fails, then bisected.
   */
  private Optional<Candidate> mostSequences(Layout layout) {
    Probe last = probe(layout);
    if (last.candidate().isEmpty()
        || late(last.candidate().get().startStanding().stepSeconds()).isPresent()) {
      trials.add(
          trial(
              layout,
              Optional.empty(),
              last.fault().orElse("too slow with one sequence a micro-batch")));
      return Optional.empty();
    }
    Candidate best = last.candidate().get();
    long good = 1;
    long bad = 2;
    while (bad < Integer.MAX_VALUE / 2 && fits(layout, bad).isPresent()) {
      good = bad;
      bad *= 2;
    }
    // Whole sequences per attention rank: a part of one costs as much.
    long unit = Math.max(1, Math.min(layout.attentionRanks(), good));
    while (bad - good > unit) {
      long middle = good + Math.max(1, (bad - good) / 2 / unit) * unit;
      if (middle >= bad) {
        break;
      }
      if (fits(layout, middle).isPresent()) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return fits(layout, good).or(() -> Optional.of(best));
  }

  private Optional<Candidate> fits(Layout layout, long sequences) {
    Layout larger =
        new Layout(
            layout.replicas(),
            layout.pipelineStages(),
            layout.expertParallel(),
            layout.attentionTensorParallel(),
            layout.microBatches(),
            (int) sequences,
            layout.redundantExperts());
    return probe(larger)
        .candidate()
        .filter(candidate -> late(candidate.startStanding().stepSeconds()).isEmpty());
  }

  private Optional<String> late(double stepSeconds) {
    boolean decode = problem.workload().phase() == Phase.DECODE;
    OptionalDouble limit = decode ? problem.limits().tpotSeconds() : problem.limits().ttftSeconds();
    if (limit.isEmpty() || stepSeconds <= limit.getAsDouble()) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "%s %.2f ms, limit %.2f ms: %.2f ms too long",
            decode ? "TPOT" : "TTFT",
            stepSeconds * 1e3,
            limit.getAsDouble() * 1e3,
            (stepSeconds - limit.getAsDouble()) * 1e3));
  }

  private static LayoutTrial trial(Layout layout, Optional<Standing> standing, String outcome) {
    return new LayoutTrial(
        layout,
        standing.isPresent()
            ? OptionalDouble.of(standing.get().stepSeconds())
            : OptionalDouble.empty(),
        standing.isPresent()
            ? OptionalDouble.of(standing.get().tokensPerSecondPerGpu())
            : OptionalDouble.empty(),
        outcome);
  }
}
