package dev.rackplan.solver;

import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StepLimit;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.memory.StageRule;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.evaluation.TrainingOption;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Finds training layouts with the shortest step: all that the problem leaves open are screened by
 * memory and formula, the best of them cut within memory, placed in Megatron's rank order and run
 * in full. Experts lie in order: before training none differs from another.
 */
public final class TrainingSearch {
  // How much longer than the best a step may be estimated and still be run in full: estimates are
  // within a few percent of the run (docs/decisions/0030).
  private static final double MARGIN = 1.3;
  // Layouts that differ in schedule, chunks, micro-batch and recomputation alone, of which so many
  // are run.
  private static final int OF_THE_SAME_DEGREES = 3;
  // Those that likely run out of memory are run beside them, up to so many times as many in all.
  private static final int MOST_UNLIKELY = 2;

  private final Problem problem;
  private final ProblemRouting routing;
  private final int most;
  private final int threads;
  private final List<TrainingOption> found = new ArrayList<>();
  private int beyondMemory;
  private String fault = "";

  /**
   * @param most layouts that are run in full and likely fit in memory
   * @param threads for the screen
   */
  public TrainingSearch(Problem problem, int most, int threads) {
    this.problem = problem;
    this.routing = ProblemRouting.of(problem);
    this.most = most;
    this.threads = threads;
  }

  /**
   * What is known.
   *
   * @param options those that likely fit in memory before the others, the shortest step first
   * @param layouts that were asked for
   * @param beyondMemory of them, that no memory holds
   * @param estimated of them, that a formula priced
   * @param complete whether nothing was left out since it was asked to stop
   * @param nearest why there is no option, of a layout that came near; empty where there are some
   */
  public record Answer(
      List<TrainingOption> options,
      int layouts,
      int beyondMemory,
      int estimated,
      boolean complete,
      String nearest) {
    public Answer {
      options = List.copyOf(options);
    }
  }

  /**
   * Looks for them.
   *
   * @param asked layouts that may be taken, of those that the problem leaves open
   * @param stop asked often; once true, what is known is the answer
   * @param soFar told after each layout that was run
   */
  public Answer answer(Predicate<Layout> asked, BooleanSupplier stop, Consumer<Answer> soFar) {
    LayoutEnumeration.Enumerated enumerated = LayoutEnumeration.of(problem);
    List<Layout> layouts = enumerated.layouts().stream().filter(asked).toList();
    enumerated.refused().stream().findFirst().ifPresent(trial -> fault = trial.outcome());
    LayoutScreen.Result screen = TrainingScreen.of(problem, layouts, threads, stop);
    List<Attempt> large =
        screen.lost().stream()
            .filter(attempt -> attempt.fault().orElse("").startsWith(Attempt.MEMORY))
            .toList();
    beyondMemory = large.size();
    if (screen.ranked().isEmpty()) {
      nearest(large).ifPresent(words -> fault = words);
    }
    boolean whole = true;
    int likely = 0;
    Map<List<Integer>, Integer> alike = new HashMap<>();
    for (LayoutScreen.Estimated estimated : screen.ranked()) {
      if (likely >= most || found.size() >= MOST_UNLIKELY * most || farOff(estimated)) {
        break;
      }
      if (stop.getAsBoolean()) {
        whole = false;
        break;
      }
      List<Integer> degrees = estimated.layout().communicationDegrees();
      if (alike.getOrDefault(degrees, 0) >= OF_THE_SAME_DEGREES) {
        continue;
      }
      Optional<TrainingOption> option = run(estimated.layout());
      if (option.isPresent()) {
        if (option.get().likelyFits()) {
          likely++;
          alike.merge(degrees, 1, Integer::sum);
        }
        soFar.accept(answer(layouts.size(), screen.ranked().size(), false));
      }
    }
    return answer(layouts.size(), screen.ranked().size(), whole && !stop.getAsBoolean());
  }

  private Answer answer(int layouts, int estimated, boolean complete) {
    return new Answer(
        found, layouts, beyondMemory, estimated, complete, found.isEmpty() ? fault : "");
  }

  private boolean farOff(LayoutScreen.Estimated estimated) {
    // What likely runs out of memory comes last, however fast: others are compared with no such
    // one.
    return !found.isEmpty()
        && found.get(0).likelyFits()
        && estimated.standing().stepSeconds() > MARGIN * found.get(0).stepSeconds();
  }

  // The layout whose fullest stage is smallest; its fault in words.
  private Optional<String> nearest(List<Attempt> large) {
    return large.stream()
        .min(Comparator.comparingDouble(attempt -> fullestBytes(attempt.layout())))
        .flatMap(
            attempt ->
                attempt.fault().map(words -> attempt.layout().inTrainersWords() + ": " + words));
  }

  private double fullestBytes(Layout layout) {
    return MemoryFit.fullestStageBytes(problem, layout, SlotAllotment.whole(problem, layout));
  }

  // Whether memory holds one of its cuts, and limits do.
  private Optional<TrainingOption> run(Layout layout) {
    Optional<TrainingOption> best =
        plans(layout).stream()
            .map(plan -> CostedPlan.of(problem, routing, plan, CostDetail.TIMES))
            .min(Comparator.comparingDouble(CostedPlan::stepSeconds))
            .filter(costed -> StepLimit.fault(problem, costed.stepSeconds()).isEmpty())
            .map(costed -> TrainingOption.of(problem, costed));
    best.ifPresent(found::add);
    // Stable: of equals the one that was estimated better.
    found.sort(
        Comparator.comparing(TrainingOption::likelyFits)
            .reversed()
            .thenComparingDouble(TrainingOption::stepSeconds));
    return best;
  }

  // Cut as evenly in time as memory lets, and by whole layers; those that fit.
  private List<Plan> plans(Layout layout) {
    Plan even = UsualPlan.inOrder(problem, layout);
    double[] limits =
        even.stages().stream().mapToDouble(stage -> StageRule.limitBytes(problem, stage)).toArray();
    List<Integer> first = even.stages().get(0).gpusOfInstance(0, layout.gpusPerStage());
    TrainingPasses passes =
        TrainingPasses.of(problem, routing, layout, StageShape.of(problem.topology(), first));
    List<Plan> plans = new ArrayList<>();
    new TrainingCut(problem, layout, passes.layerSeconds(), limits)
        .firstLayers()
        .ifPresent(cut -> plans.add(recut(even, cut)));
    boolean fits =
        IntStream.range(0, limits.length)
                .allMatch(s -> MemoryUse.of(problem, even, s).bytes() <= limits[s])
            && StageRule.faults(problem, even).isEmpty();
    if (fits && !plans.contains(even)) {
      plans.add(even);
    }
    return plans;
  }

  private Plan recut(Plan plan, List<Integer> first) {
    int layers = problem.model().layers().size();
    List<Stage> stages = new ArrayList<>();
    for (int s = 0; s < first.size(); s++) {
      int last = s + 1 < first.size() ? first.get(s + 1) - 1 : layers - 1;
      stages.add(new Stage(first.get(s), last, plan.stages().get(s).gpus()));
    }
    return new Plan(plan.layout(), stages, plan.experts());
  }
}
