package dev.rackplan.cli.file;

import dev.rackplan.json.ExpertMapFile;
import dev.rackplan.json.InputException;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.PlanSolver;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Puts an expert map that someone else made on the stages that rackplan would begin with. */
public final class ForeignMap {
  private ForeignMap() {}

  /**
   * The plan of the first layout that has as many slots as the map.
   *
   * @param shown paths as the user gave them: the map, or vLLM's map of each stage
   */
  public static Plan read(List<String> shown, Problem problem) {
    Map<Integer, int[]> maps = maps(shown, problem);
    return plan(problem, maps).orElseThrow(() -> slotError(shown.get(0), problem, maps));
  }

  private static Map<Integer, int[]> maps(List<String> shown, Problem problem) {
    return shown.size() == 1
        ? ExpertMapFile.read(InputFiles.path(shown.get(0)), shown.get(0), problem.model())
        : ExpertMapFile.readStages(
            shown.stream().map(InputFiles::path).toList(), shown, problem.model());
  }

  /**
   * The same on the stages of {@code plan}.
   *
   * @param shown paths as the user gave them: the map, or vLLM's map of each stage
   */
  public static Plan on(Plan plan, List<String> shown, Problem problem) {
    Map<Integer, int[]> maps = maps(shown, problem);
    int slots = slots(maps);
    int expected = experts(problem) + plan.layout().redundantExperts();
    // Memory may have left a plan fewer slots than its layout names.
    boolean held = plan.experts().values().stream().allMatch(map -> map.slots() == slots);
    if (slots != expected && !held) {
      throw new InputException(
          shown.get(0),
          "",
          "has " + slots + " slots a layer, the solution's layout " + expected,
          "Give a solution whose redundantExperts is " + redundant(problem, maps) + ".");
    }
    return withMaps(plan, maps);
  }

  private static InputException slotError(String shown, Problem problem, Map<Integer, int[]> maps) {
    int slots = slots(maps);
    List<Integer> allowed = allowedSlots(problem);
    boolean listed = allowed.isEmpty() || allowed.contains(slots);
    if (listed && !divides(problem, maps)) {
      return new InputException(
          shown,
          "",
          "has "
              + slots
              + " slots a layer: they divide over no expertParallel of "
              + problem.name(),
          "Engines hold equally many on each GPU: give the expertParallel that the map was made for.");
    }
    if (listed) {
      return new InputException(
          shown,
          "",
          "no layout of " + problem.name() + " holds " + slots + " slots a layer",
          "Set layout.redundantExperts to "
              + redundant(problem, maps)
              + " and solve: it tells why each layout fails.");
    }
    return new InputException(
        shown,
        "",
        "has "
            + slots
            + " slots a layer, the layouts of "
            + problem.name()
            + " allow "
            + String.join(", ", allowed.stream().map(String::valueOf).toList()),
        "Add " + redundant(problem, maps) + " to layout.redundantExperts of the problem.");
  }

  /** Slots of one layer; the same for all. */
  private static int slots(Map<Integer, int[]> maps) {
    return maps.values().iterator().next().length;
  }

  /** Slots beyond one per expert. */
  private static int redundant(Problem problem, Map<Integer, int[]> maps) {
    return slots(maps) - experts(problem);
  }

  /** Slot counts that the problem's layouts list; empty where it leaves them open. */
  private static List<Integer> allowedSlots(Problem problem) {
    return problem.layoutSpace().values(Degree.REDUNDANT_EXPERTS).stream()
        .map(redundant -> experts(problem) + redundant)
        .sorted()
        .toList();
  }

  /**
   * Whether the slots divide over some expert parallelism that the problem lists, or it lists none:
   * engines hold equally many on each GPU, so a map that does not divide was made for another.
   */
  private static boolean divides(Problem problem, Map<Integer, int[]> maps) {
    return problem.layoutSpace().isOpen(Degree.EXPERT_PARALLEL)
        || !dividing(problem, slots(maps)).isEmpty();
  }

  private static List<Integer> dividing(Problem problem, int slots) {
    return problem.layoutSpace().values(Degree.EXPERT_PARALLEL).stream()
        .filter(parallel -> slots % parallel == 0)
        .toList();
  }

  /** A plan of the first layout with that many slots; empty where there is none. */
  private static Optional<Plan> plan(Problem problem, Map<Integer, int[]> maps) {
    List<Integer> allowed = allowedSlots(problem);
    int slots = slots(maps);
    if ((!allowed.isEmpty() && !allowed.contains(slots)) || !divides(problem, maps)) {
      return Optional.empty();
    }
    return PlanSolver.startPlan(narrowed(problem, slots))
        .filter(start -> slots % start.layout().expertHostCount() == 0)
        .map(start -> withMaps(start, maps));
  }

  private static Plan withMaps(Plan start, Map<Integer, int[]> maps) {
    SortedMap<Integer, ExpertMap> experts = new TreeMap<>();
    maps.forEach(
        (layer, slots) ->
            experts.put(layer, new ExpertMap(slots, start.layout().expertHostCount())));
    return new Plan(start.layout(), start.stages(), experts);
  }

  // To layouts with that many slots, equally many on each GPU.
  private static Problem narrowed(Problem problem, int slots) {
    return problem.withLayoutSpace(
        problem
            .layoutSpace()
            .with(Degree.EXPERT_PARALLEL, dividing(problem, slots))
            .with(Degree.REDUNDANT_EXPERTS, List.of(slots - experts(problem))));
  }

  private static int experts(Problem problem) {
    return problem.model().moe(problem.model().moeLayers().get(0)).orElseThrow().experts();
  }
}
