package dev.rackplan.cli.file;

import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.WarmStart;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** What {@code --from} and {@code --layers} say: a solution or an expert map to begin with. */
public final class StartPlan {
  private static final Pattern RANGE = Pattern.compile("(\\d{1,6})(?:-(\\d{1,6}))?");

  private StartPlan() {}

  /**
   * @param shown path of a solution, or of an engine's expert map, as the user gave it
   * @param layers such as {@code 3-10,20}; empty: all
   * @param target where the solution will be written
   */
  public static WarmStart read(
      String shown, Optional<String> layers, Problem problem, Path target) {
    JsonCursor root = JsonCursor.read(InputFiles.path(shown), shown);
    boolean solution = root.isObject() && root.has("plan");
    if (!solution && InputFiles.samePath(InputFiles.path(shown), target)) {
      throw new InputException(
          shown, "", "would be overwritten by the solution", "Give another folder with -o.");
    }
    Plan plan = solution ? ofSolution(shown, problem) : ForeignMap.read(List.of(shown), problem);
    return new WarmStart(plan, layers.map(text -> layers(text, problem.model())));
  }

  private static Plan ofSolution(String shown, Problem problem) {
    Plan plan = SolutionFile.read(InputFiles.path(shown), shown, problem).plan();
    PlanSolver.layoutFault(problem, plan.layout())
        .ifPresent(
            fault -> {
              throw new InputException(
                  shown,
                  "$.plan.layout",
                  "is no layout of " + problem.name() + ": " + fault,
                  "Begin with a solution of this problem, or let its layout allow that.");
            });
    return plan;
  }

  /** MoE layers, ascending, each once; of a range those that have experts. */
  public static List<Integer> layers(String text, Model model) {
    TreeSet<Integer> named = new TreeSet<>();
    for (String part : text.split(",", -1)) {
      Matcher range = RANGE.matcher(part.strip());
      if (!range.matches()) {
        throw error(
            "'" + part + "' is no layer or range of layers",
            "Give layers counted from 0, such as 3-10,20.");
      }
      int first = Integer.parseInt(range.group(1));
      int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
      if (first > last || last >= model.layers().size()) {
        throw error(
            "'" + part + "' is not in 0.." + (model.layers().size() - 1),
            model.name() + " has " + model.layers().size() + " layers; give the lower one first.");
      }
      List<Integer> found =
          IntStream.rangeClosed(first, last)
              .filter(layer -> model.moe(layer).isPresent())
              .boxed()
              .toList();
      if (found.isEmpty()) {
        throw error(
            "'" + part + "' has no layer with experts",
            "Layers with experts of " + model.name() + ": " + ranges(model.moeLayers()) + ".");
      }
      named.addAll(found);
    }
    return List.copyOf(named);
  }

  private static InputException error(String problem, String remedy) {
    return new InputException("command line", "--layers", problem, remedy);
  }

  /** Ascending numbers as {@code 3-10,20}. */
  private static String ranges(List<Integer> layers) {
    List<String> ranges = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      int first = i;
      while (i + 1 < layers.size() && layers.get(i + 1) == layers.get(i) + 1) {
        i++;
      }
      ranges.add(first == i ? "" + layers.get(i) : layers.get(first) + "-" + layers.get(i));
    }
    return ranges.isEmpty() ? "none" : String.join(",", ranges);
  }
}
