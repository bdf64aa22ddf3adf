package dev.rackplan.solver;

import dev.rackplan.baseline.EvenStages;
import dev.rackplan.cost.StepEnd;
import dev.rackplan.cost.StepLimit;
import dev.rackplan.cost.TrainingCost;
import dev.rackplan.cost.link.HopTime;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.pipeline.ScheduleTime;
import dev.rackplan.cost.pipeline.StagePasses;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Gpu;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A cheap look at many training layouts: memory first, which costs least to ask, then the
 * schedule's formula over stages that are as even as whole layers allow, and what the step ends
 * with.
 *
 * <p>A layout that computes more again than one that fits, all else equal, is not priced: it keeps
 * less, takes longer and wins nothing. No decision reads the clock, and each group of layouts is
 * looked at on its own, so the outcome does not depend on the number of threads.
 */
final class TrainingScreen {
  // Recorded tokens a profile that estimates are made from, as for other phases.
  private static final int TOKENS = 512;

  private final Problem problem;
  private final Problem thin;
  private final ProblemRouting thinRouting;
  private final List<Integer> usable;
  private final BooleanSupplier cancelled;

  private TrainingScreen(Problem problem, BooleanSupplier cancelled) {
    this.problem = problem;
    this.cancelled = cancelled;
    this.thin =
        problem.withWorkload(
            problem.workload().withRouting(problem.workload().routing().thinned(TOKENS)));
    this.thinRouting = ProblemRouting.of(thin);
    this.usable = problem.topology().usableGpus().stream().map(Gpu::index).toList();
  }

  /**
   * @param threads groups of layouts looked at at the same time
   * @param cancelled asked before each layout; once true, the rest is left out
   */
  static LayoutScreen.Result of(
      Problem problem, List<Layout> layouts, int threads, BooleanSupplier cancelled) {
    TrainingScreen screen = new TrainingScreen(problem, cancelled);
    Map<Integer, LayoutHosts> hosts = new HashMap<>();
    Map<List<Integer>, List<Layout>> groups = new LinkedHashMap<>();
    for (Layout layout : layouts) {
      int gpus = layout.gpusPerStage();
      hosts.computeIfAbsent(gpus, size -> new LayoutHosts(problem, size));
      groups.computeIfAbsent(key(layout, true), same -> new ArrayList<>()).add(layout);
    }
    List<Callable<LayoutScreen.Result>> tasks = new ArrayList<>();
    for (List<Layout> group : groups.values()) {
      LayoutHosts own = hosts.get(group.get(0).gpusPerStage());
      tasks.add(() -> screen.new Group(own).look(group));
    }
    List<LayoutScreen.Estimated> ranked = new ArrayList<>();
    List<Attempt> lost = new ArrayList<>();
    LayerThreads.run(
        threads,
        tasks,
        (task, result) -> {
          ranked.addAll(result.ranked());
          lost.addAll(result.lost());
        });
    // Stable: of equals the one that was enumerated first.
    ranked.sort(Comparator.comparing(estimated -> estimated.standing().loss()));
    return new LayoutScreen.Result(ranked, lost, List.of());
  }

  // What decides where experts lie alone, or all that layers' times depend on.
  private static List<Integer> key(Layout layout, boolean experts) {
    List<Integer> key = new ArrayList<>(List.of(layout.gpusPerStage()));
    Stream.of(Degree.values())
        .filter(degree -> experts ? degree.shapesExperts() : degree.shapesLayers())
        .map(layout::get)
        .forEach(key::add);
    return key;
  }

  /** Layouts whose experts lie alike, on their hosts. */
  private final class Group {
    private final LayoutHosts own;
    private final Map<List<Integer>, TrainingPasses> passes = new HashMap<>();
    private final Map<List<Integer>, StepEnd> ends = new HashMap<>();
    private final Map<List<Integer>, double[]> limits = new HashMap<>();
    private final Map<List<Integer>, OptionalDouble> prices = new HashMap<>();
    // Those that fit, by all but what they compute again.
    private final Map<Layout, List<Layout>> fitting = new HashMap<>();

    Group(LayoutHosts own) {
      this.own = own;
    }

    LayoutScreen.Result look(List<Layout> group) {
      List<LayoutScreen.Estimated> ranked = new ArrayList<>();
      List<Attempt> lost = new ArrayList<>();
      for (Layout layout : group) {
        Optional<Attempt> fault =
            cancelled.getAsBoolean()
                ? Optional.of(Attempt.faulty(layout, "not looked at: stopped before"))
                : fault(layout);
        if (fault.isPresent()) {
          lost.add(fault.get());
          continue;
        }
        Standing standing = standing(layout);
        Optional<String> late = StepLimit.fault(problem, standing.stepSeconds());
        if (late.isPresent()) {
          lost.add(Attempt.late(layout, standing, late.get() + " by estimate"));
        } else {
          ranked.add(new LayoutScreen.Estimated(layout, standing));
        }
      }
      return new LayoutScreen.Result(ranked, lost, List.of());
    }

    private Optional<Attempt> fault(Layout layout) {
      int needed = layout.replicas() * layout.pipelineStages();
      if (needed > own.count()) {
        return Optional.of(
            Attempt.faulty(layout, LayoutScreen.tooFewBlocks(layout, needed, own.count())));
      }
      Layout others =
          layout
              .with(Degree.RECOMPUTE, Degree.RECOMPUTE.neutral())
              .with(Degree.RECOMPUTED_LAYERS, Degree.RECOMPUTED_LAYERS.neutral());
      Optional<Layout> less =
          fitting.getOrDefault(others, List.of()).stream()
              .filter(fits -> repeatsLess(fits, layout))
              .findFirst();
      if (less.isPresent()) {
        return Optional.of(
            Attempt.faulty(
                layout,
                "fits with recompute "
                    + Degree.RECOMPUTE.inFile(less.get().get(Degree.RECOMPUTE))
                    + " already"));
      }
      if (!fits(layout)) {
        int[] slots = SlotAllotment.whole(problem, layout);
        return Optional.of(
            Attempt.faulty(layout, MemoryFit.fault(problem, layout, slots, own.mostLimitBytes())));
      }
      fitting.computeIfAbsent(others, same -> new ArrayList<>()).add(layout);
      return Optional.empty();
    }

    // Of some layers as a whole and modules of every layer, either may be less.
    private boolean repeatsLess(Layout fits, Layout layout) {
      int mine = layout.get(Degree.RECOMPUTE);
      int other = fits.get(Degree.RECOMPUTE);
      int layers = layout.get(Degree.RECOMPUTED_LAYERS);
      if (other == mine) {
        return fits.get(Degree.RECOMPUTED_LAYERS) > 0;
      }
      return other < mine && (layers == 0 || other == Recompute.NONE.ordinal() + 1);
    }

    // An even cut, or else any whose stages together have room enough for it.
    private boolean fits(Layout layout) {
      double[] limit = limits(layout);
      int[] slots = SlotAllotment.whole(problem, layout);
      int stages = layout.pipelineStages();
      int layers = problem.model().layers().size();
      List<Integer> first = EvenStages.firstLayers(layers, stages);
      double needed = 0;
      double room = 0;
      boolean all = true;
      for (int s = 0; s < stages; s++) {
        int last = s + 1 < stages ? first.get(s + 1) - 1 : layers - 1;
        double bytes =
            MemoryUse.of(problem, layout, s, first.get(s), last, layer -> slots[layer]).bytes();
        all &= bytes <= limit[s];
        needed += bytes;
        room += limit[s];
      }
      return all
          || (needed <= room
              && new TrainingCut(problem, layout, new double[layers + 1], limit)
                  .firstLayers()
                  .isPresent());
    }

    private double[] limits(Layout layout) {
      return limits.computeIfAbsent(
          List.of(layout.replicas(), layout.pipelineStages()), same -> own.limitBytes(layout));
    }

    private Standing standing(Layout layout) {
      double step = stepSeconds(layout);
      OptionalDouble usd =
          prices.computeIfAbsent(
              List.of(layout.replicas(), layout.pipelineStages()), same -> own.usdPerHour(layout));
      double tokens = layout.concurrentSequences() * problem.workload().contextTokens() / step;
      return Standing.of(problem, layout, usd, step, tokens);
    }

    private double stepSeconds(Layout layout) {
      Training training = layout.training(problem.workload()).orElseThrow();
      TrainingCost cost = new TrainingCost(problem, layout);
      TrainingPasses own = passes(layout);
      int stages = layout.pipelineStages();
      List<Double> seconds = LayoutEstimate.evenly(Collections.nCopies(stages, own.layerSeconds()));
      double hop = stages > 1 && cost.boundaryPasses() > 0 ? hopSeconds(layout) : 0;
      List<StagePasses> ofStages =
          IntStream.range(0, stages)
              .mapToObj(s -> own.ofStage(seconds.get(s) + (s + 1 < stages ? hop : 0)))
              .toList();
      StepEnd end = end(layout, cost);
      return ScheduleTime.seconds(
              training.schedule(), training.virtualStages(), layout.microBatches(), ofStages)
          + end.visibleSeconds(
              training, ofStages.get(0).forwardSeconds(), ofStages.get(0).backwardSeconds())
          + end.optimizerSeconds();
    }

    // Once each way; to where the next stage begins in Megatron's rank order.
    private double hopSeconds(Layout layout) {
      int next = Math.min(layout.replicas(), own.count() - 1);
      return new TrainingCost(problem, layout).boundaryPasses()
          * HopTime.seconds(
              own.shape(0),
              own.shape(next),
              Batch.of(problem, layout),
              problem.model().hiddenSize(),
              problem.model().layers().get(0).boundaryResiduals());
    }

    // Of the class of hosts on which they take longest.
    private TrainingPasses passes(Layout layout) {
      List<Integer> key = key(layout, false);
      key.add(layout.sequencesPerMicroBatch());
      // Only parts of gradients and weights travel while layers compute.
      if (layout.training(problem.workload()).orElseThrow().sharding().gradients()) {
        key.addAll(List.of(layout.replicas(), layout.pipelineStages(), layout.microBatches()));
      }
      return passes.computeIfAbsent(
          key,
          same ->
              own.blocksOf(layout).stream()
                  .mapToInt(own::classOf)
                  .distinct()
                  .mapToObj(
                      hosts ->
                          TrainingPasses.of(
                              thin, thinRouting, layout, own.shape(own.firstOf(hosts))))
                  .max(Comparator.comparingDouble(TrainingPasses::allSeconds))
                  .orElseThrow());
    }

    private StepEnd end(Layout layout, TrainingCost cost) {
      List<Integer> key = key(layout, false);
      key.add(layout.replicas());
      key.add(layout.pipelineStages());
      return ends.computeIfAbsent(
          key,
          same -> {
            int layers = problem.model().layers().size();
            int last = (layers - 1) / layout.pipelineStages();
            int[] slots = SlotAllotment.whole(problem, layout);
            List<Integer> gpus = usable.subList(0, layout.replicas() * layout.gpusPerStage());
            return cost.stepEnd(new Stage(0, last, gpus), layer -> slots[layer]);
          });
    }
  }
}
