package dev.rackplan.solver;

import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.stages.StageAssignment;
import dev.rackplan.solver.stages.StageCosts;
import dev.rackplan.solver.stages.StageSearch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What the search of one layout starts from: expert slots per layer, usual placements, and the cut
 * into stages.
 *
 * @param layoutCase prices the usual placements with each layer's slots
 * @param otherInstances host blocks of the instances after the first
 * @param cut of the first instance; empty where memory does not hold it
 */
record LayoutStart(
    Problem problem,
    LayoutCase layoutCase,
    List<List<Integer>> otherInstances,
    Optional<StageAssignment> cut) {
  /** What a layout does where memory does not hold its redundant experts in every layer. */
  enum ShortMemory {
    /** It has no plan. */
    NO_PLAN,
    /** The layers that gain most hold them. */
    FEWER_SLOTS
  }

  /**
   * Prices the usual placements and cuts the stages.
   *
   * @param blocks host blocks of the whole cluster; the first instances take the first ones
   * @param options moves and seed of the search of cuts and hosts, where blocks differ
   */
  static LayoutStart of(
      Problem problem,
      ProblemRouting routing,
      Layout layout,
      List<List<Integer>> blocks,
      ShortMemory shortMemory,
      SolverOptions options) {
    int stages = layout.pipelineStages();
    // With one instance every spare block may host a stage; with several, each keeps to its own
    // blocks.
    int offered = layout.replicas() == 1 ? blocks.size() : stages;
    List<List<Integer>> others =
        layout.replicas() == 1 ? List.of() : blocks.subList(stages, stages * layout.replicas());
    int[] slots = SlotAllotment.whole(problem, layout);
    LayoutCase whole =
        new LayoutCase(problem, routing, layout, blocks.subList(0, offered), others, slots);
    LayoutStart start = of(problem, whole, others, options);
    boolean fewer = !Arrays.equals(slots, SlotAllotment.fewest(problem, layout));
    boolean mayHaveFewer = fewer && !problem.engine().holdsEquallyManySlots();
    return start.cut.isEmpty() && mayHaveFewer && shortMemory == ShortMemory.FEWER_SLOTS
        ? start.withFewerSlots(options)
        : start;
  }

  /**
   * The stages, hosts and slots of a plan.
   *
   * @param spare host blocks that stages may move to
   */
  static LayoutStart of(
      Problem problem, ProblemRouting routing, Plan plan, List<List<Integer>> spare) {
    Layout layout = plan.layout();
    int stages = layout.pipelineStages();
    List<List<Integer>> own = new ArrayList<>();
    for (int instance = 0; instance < layout.replicas(); instance++) {
      for (Stage stage : plan.stages()) {
        own.add(stage.gpusOfInstance(instance, layout.gpusPerStage()));
      }
    }
    List<List<Integer>> offered = new ArrayList<>(own.subList(0, stages));
    offered.addAll(spare);
    List<List<Integer>> others = List.copyOf(own.subList(stages, own.size()));
    int[] slots = new int[problem.model().layers().size()];
    plan.experts().forEach((layer, map) -> slots[layer] = map.slots());
    StageAssignment cut =
        new StageAssignment(
            plan.stages().stream().map(Stage::firstLayer).toList(),
            IntStream.range(0, stages).boxed().toList());
    return new LayoutStart(
        problem,
        new LayoutCase(problem, routing, layout, offered, others, slots),
        others,
        Optional.of(cut));
  }

  private static LayoutStart of(
      Problem problem, LayoutCase layoutCase, List<List<Integer>> others, SolverOptions options) {
    LayoutStart uncut = new LayoutStart(problem, layoutCase, others, Optional.empty());
    return uncut.withCut(uncut.recut(layoutCase.nothingFound(), options));
  }

  private LayoutStart withCut(Optional<StageAssignment> newCut) {
    return new LayoutStart(problem, layoutCase, otherInstances, newCut);
  }

  // The cut with the fewest slots says how much room each stage has. With the slots that this room
  // then takes, another cut may be better.
  private LayoutStart withFewerSlots(SolverOptions options) {
    int[] least = SlotAllotment.fewest(problem, layoutCase.layout());
    LayoutStart fewest =
        of(problem, layoutCase.withSlots(least, layoutCase), otherInstances, options);
    if (fewest.cut.isEmpty()) {
      return fewest;
    }
    StageAssignment first = fewest.cut.get();
    StageCosts room = fewest.costs();
    List<Double> limits = first.blocks().stream().map(room::limitBytes).toList();
    int[] slots = SlotAllotment.of(problem, layoutCase, fewest.layoutCase, first, limits);
    LayoutStart allotted =
        of(problem, layoutCase.withSlots(slots, fewest.layoutCase), otherInstances, options);
    StageCosts costs = allotted.costs();
    double firstSeconds = costs.objectiveSeconds(costs.stageSeconds(first));
    return allotted.withCut(
        allotted
            .cut
            .filter(cut -> costs.objectiveSeconds(costs.stageSeconds(cut)) <= firstSeconds)
            .or(() -> Optional.of(first)));
  }

  private StageCosts costs() {
    return layoutCase.stageCosts(layoutCase.nothingFound(), leastHbmBytesOfOthers());
  }

  /** The best cut with what layers now cost, {@code found} per class of blocks. */
  Optional<StageAssignment> recut(List<TreeMap<Integer, Double>> found, SolverOptions options) {
    return StageSearch.search(
        layoutCase.stageCosts(found, leastHbmBytesOfOthers()),
        options.stageMoves(),
        options.seed());
  }

  /** Whether every layer has all redundant experts of the layout. */
  boolean holdsAllRedundantExperts() {
    int[] whole = SlotAllotment.whole(problem, layoutCase.layout());
    return problem.model().moeLayers().stream()
        .allMatch(layer -> layoutCase.slots(layer) == whole[layer]);
  }

  /**
   * What the fullest stage of an even cut lacks with the fewest expert slots, and the smallest
   * change that would fit; for layouts without a cut.
   */
  String memoryFault() {
    Layout layout = layoutCase.layout();
    double largest = 0;
    for (int b = 0; b < layoutCase.blockCount(); b++) {
      for (int gpu : layoutCase.block(b)) {
        largest = Math.max(largest, problem.topology().gpus().get(gpu).spec().hbmBytes());
      }
    }
    double limit = problem.usableBytes(Math.min(largest, leastHbmBytesOfOthers()));
    return MemoryFit.fault(problem, layout, SlotAllotment.fewest(problem, layout), limit)
        + MemoryFit.smallestChange(problem, layout, limit)
            .map(change -> "; would fit: " + change)
            .orElse("");
  }

  private double leastHbmBytesOfOthers() {
    double least = Double.POSITIVE_INFINITY;
    for (List<Integer> block : otherInstances) {
      for (int gpu : block) {
        least = Math.min(least, problem.topology().gpus().get(gpu).spec().hbmBytes());
      }
    }
    return least;
  }
}
