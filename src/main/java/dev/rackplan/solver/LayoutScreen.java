package dev.rackplan.solver;

import dev.rackplan.cost.StepLimit;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A cheap look at many layouts: memory is exact, times are {@link LayoutEstimate}s. Says which are
 * worth solving, and why the others are not.
 *
 * <p>No decision reads the clock, and each group of layouts is looked at on its own, so the outcome
 * does not depend on the number of threads.
 */
final class LayoutScreen {
  // Recorded tokens a profile that estimates are made from: all of them would cost more than the
  // search.
  private static final int TOKENS = 512;
  // Halvings of the micro-batch that the front of throughput against TPOT is made from.
  private static final int FRONT_HALVINGS = 8;

  private final Problem problem;
  private final Problem thin;
  private final ProblemRouting thinRouting;
  private final Map<Integer, LayoutHosts> hosts = new TreeMap<>();
  private final boolean open;

  /**
   * A layout that fits, with its estimate.
   *
   * @param layout with the most sequences a micro-batch, where those are open
   */
  record Estimated(Layout layout, Standing standing) {}

  /**
   * @param ranked layouts that fit memory and limits by estimate, best first
   * @param lost the others
   * @param smaller the same layouts with smaller micro-batches, where their number is open; in no
   *     order
   */
  record Result(List<Estimated> ranked, List<Attempt> lost, List<Estimated> smaller) {
    /** Both results, best first; of equals this one's. */
    Result with(Result other) {
      return new Result(
          sorted(joined(ranked, other.ranked)),
          joined(lost, other.lost),
          joined(smaller, other.smaller));
    }

    private static <T> List<T> joined(List<T> first, List<T> second) {
      return Stream.concat(first.stream(), second.stream()).toList();
    }
  }

  private LayoutScreen(Problem problem) {
    this.problem = problem;
    Workload workload = problem.workload();
    this.thin = problem.withWorkload(workload.withRouting(workload.routing().thinned(TOKENS)));
    this.thinRouting = ProblemRouting.of(thin);
    this.open = problem.leavesSequencesOpen();
  }

  /**
   * @param threads groups of layouts looked at at the same time
   * @param cancelled asked before each group; once true, the rest is left out
   */
  static Result of(Problem problem, List<Layout> layouts, int threads, BooleanSupplier cancelled) {
    LayoutScreen screen = new LayoutScreen(problem);
    // Layouts that share their layer times, in the order of their first.
    Map<List<Integer>, List<Layout>> groups = new LinkedHashMap<>();
    for (Layout layout : layouts) {
      screen.hosts.computeIfAbsent(layout.gpusPerStage(), gpus -> new LayoutHosts(problem, gpus));
      groups
          .computeIfAbsent(
              sharing(layout, layout.gpusPerStage(), Degree::shapesExperts),
              key -> new ArrayList<>())
          .add(layout);
    }
    List<Callable<Result>> tasks = new ArrayList<>();
    for (List<Layout> group : groups.values()) {
      tasks.add(
          () ->
              cancelled.getAsBoolean()
                  ? new Result(List.of(), stopped(group), List.of())
                  : screen.look(group));
    }
    List<Estimated> ranked = new ArrayList<>();
    List<Attempt> lost = new ArrayList<>();
    List<Estimated> smaller = new ArrayList<>();
    LayerThreads.run(
        threads,
        tasks,
        (task, result) -> {
          ranked.addAll(result.ranked());
          lost.addAll(result.lost());
          smaller.addAll(result.smaller());
        });
    return new Result(sorted(ranked), lost, smaller);
  }

  private static List<Integer> sharing(Layout layout, int gpus, Predicate<Degree> which) {
    List<Integer> key = new ArrayList<>(List.of(gpus));
    Stream.of(Degree.values()).filter(which).map(layout::get).forEach(key::add);
    return key;
  }

  // Stable: of equals the one that was enumerated first.
  private static List<Estimated> sorted(List<Estimated> estimates) {
    return estimates.stream()
        .sorted(Comparator.comparing(estimated -> estimated.standing().loss()))
        .toList();
  }

  private static List<Attempt> stopped(List<Layout> group) {
    return group.stream()
        .map(layout -> Attempt.faulty(layout, "not looked at: stopped before"))
        .toList();
  }

  // Attention ranks do not change where experts lie: one placement serves the whole group.
  private Result look(List<Layout> group) {
    LayoutHosts own = hosts.get(group.get(0).gpusPerStage());
    List<Map<Integer, ExpertMap>> placements =
        IntStream.range(0, own.classes())
            .<Map<Integer, ExpertMap>>mapToObj(c -> new TreeMap<>())
            .toList();
    Map<List<Integer>, List<LayerTimes>> ofDegree = new HashMap<>();
    List<Estimated> ranked = new ArrayList<>();
    List<Attempt> lost = new ArrayList<>();
    List<Estimated> smaller = new ArrayList<>();
    for (Layout layout : group) {
      int needed = layout.replicas() * layout.pipelineStages();
      if (needed > own.count()) {
        lost.add(Attempt.faulty(layout, tooFewBlocks(layout, needed, own.count())));
        continue;
      }
      List<LayerTimes> ofClass =
          ofDegree.computeIfAbsent(
              sharing(layout, layout.gpusPerStage(), Degree::shapesLayers),
              key -> times(layout, own, placements));
      LayoutEstimate estimate =
          new LayoutEstimate(
              thin,
              own.blocksOf(layout).stream().map(b -> ofClass.get(own.classOf(b))).toList(),
              own.blocksOf(layout).stream().map(own::shape).toList());
      new Look(layout, own, estimate).into(ranked, lost, smaller);
    }
    return new Result(ranked, lost, smaller);
  }

  private List<LayerTimes> times(
      Layout layout, LayoutHosts own, List<Map<Integer, ExpertMap>> placements) {
    return IntStream.range(0, own.classes())
        .mapToObj(c -> new LayerTimes(thin, thinRouting, layout, own.blockOf(c), placements.get(c)))
        .toList();
  }

  static String tooFewBlocks(Layout layout, int needed, int count) {
    return "needs " + needed + " blocks of " + layout.gpusPerStage() + " GPUs, there are " + count;
  }

  /** One layout on its hosts. */
  private final class Look {
    private final Layout asked;
    private final LayoutHosts own;
    private final LayoutEstimate estimate;
    private final double[] limits;

    Look(Layout asked, LayoutHosts own, LayoutEstimate estimate) {
      this.asked = asked;
      this.own = own;
      this.estimate = estimate;
      this.limits = own.limitBytes(asked);
    }

    void into(List<Estimated> ranked, List<Attempt> lost, List<Estimated> smaller) {
      int[] slots = SlotAllotment.whole(problem, asked);
      if (!MemoryFit.fitsSomehow(problem, asked, slots, limits)) {
        // Listed redundant experts may be left out of some layers; searched ones have rivals with
        // fewer.
        if (!problem.layoutSpace().isOpen(Degree.REDUNDANT_EXPERTS)
            && !problem.engine().holdsEquallyManySlots()) {
          slots = SlotAllotment.fewest(problem, asked);
        }
        if (!fitsAnyOrder(slots)) {
          lost.add(
              Attempt.faulty(asked, MemoryFit.fault(problem, asked, slots, own.mostLimitBytes())));
          return;
        }
      }
      Estimated least = estimated(asked);
      Optional<String> late = StepLimit.fault(problem, least.standing().stepSeconds());
      if (late.isPresent()) {
        lost.add(Attempt.late(asked, least.standing(), late.get() + " by estimate"));
        return;
      }
      Estimated most = open ? mostSequences(slots) : least;
      ranked.add(most);
      for (int i = 1, b = most.layout().sequencesPerMicroBatch() / 2;
          open && i <= FRONT_HALVINGS && b >= asked.attentionRanks();
          i++, b /= 2) {
        smaller.add(estimated(asked.with(Degree.SEQUENCES_PER_MICRO_BATCH, b)));
      }
    }

    // Hosts may be taken in another order than they stand in.
    private boolean fitsAnyOrder(int[] slots) {
      double[] most = new double[limits.length];
      Arrays.fill(most, own.mostLimitBytes());
      return MemoryFit.fitsSomehow(problem, asked, slots, most);
    }

    private Estimated estimated(Layout layout) {
      return new Estimated(layout, estimate.standing(layout, own.usdPerHour(layout)));
    }

    // In whole sequences per attention rank, the fewest being one sequence. Memory first, which
    // costs less to ask.
    private Estimated mostSequences(int[] slots) {
      long unit = asked.attentionRanks();
      long most = Degree.SEQUENCES_PER_MICRO_BATCH.most() / unit;
      long held = Bisection.largest(most, ranks -> holds(ranks * unit, slots));
      long quick = held < 1 || inTime(held * unit) ? held : mostInTime(held, unit);
      return estimated(
          asked.with(Degree.SEQUENCES_PER_MICRO_BATCH, (int) Math.max(1, quick * unit)));
    }

    // First the octave, then within it: each size asked for has to be priced.
    private long mostInTime(long bad, long unit) {
      int octave = 63 - Long.numberOfLeadingZeros(bad);
      long good = Bisection.largest(octave + 1, power -> inTime((1L << (power - 1)) * unit));
      if (good == 0) {
        return 0;
      }
      long low = 1L << (good - 1);
      return low
          + Bisection.largest(Math.min(bad, 2 * low) - low, more -> inTime((low + more) * unit));
    }

    private boolean holds(long sequences, int[] slots) {
      Layout layout = asked.with(Degree.SEQUENCES_PER_MICRO_BATCH, (int) sequences);
      return MemoryFit.fitsSomehow(problem, layout, slots, limits);
    }

    private boolean inTime(long sequences) {
      Layout layout = asked.with(Degree.SEQUENCES_PER_MICRO_BATCH, (int) sequences);
      return StepLimit.fault(problem, estimated(layout).standing().stepSeconds()).isEmpty();
    }
  }
}
