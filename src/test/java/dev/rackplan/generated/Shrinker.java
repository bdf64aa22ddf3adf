package dev.rackplan.generated;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Makes a failing problem smaller: parts are left out and numbers lowered one after the other, as
 * long as it still fails. Routing files follow the model.
 */
final class Shrinker {
  private final Predicate<GeneratedProblem> fails;
  private final BooleanSupplier timeIsUp;

  /**
   * @param fails whether a problem is valid and shows the fault
   * @param timeIsUp ends the search with what is found so far
   */
  Shrinker(Predicate<GeneratedProblem> fails, BooleanSupplier timeIsUp) {
    this.fails = fails;
    this.timeIsUp = timeIsUp;
  }

  /** Changes a copy of a problem. */
  private interface Edit {
    void apply(GeneratedProblem problem);
  }

  /** The smallest problem found; {@code problem} itself where nothing can go. */
  GeneratedProblem shrink(GeneratedProblem problem) {
    GeneratedProblem smallest = problem;
    boolean smaller = true;
    while (smaller && !timeIsUp.getAsBoolean()) {
      smaller = false;
      List<Edit> edits = edits(smallest);
      // Where an edit works, the next of the old list is tried next: most still apply.
      for (int i = 0; i < edits.size() && !timeIsUp.getAsBoolean(); i++) {
        GeneratedProblem cut = cut(smallest, edits.get(i));
        if (cut != null && cut.size() < smallest.size() && fails.test(cut)) {
          smallest = cut;
          smaller = true;
        }
      }
    }
    return smallest;
  }

  private static GeneratedProblem cut(GeneratedProblem problem, Edit edit) {
    try {
      GeneratedProblem copy = problem.copy();
      edit.apply(copy);
      RoutingFit.fit(copy);
      return copy;
    } catch (ClassCastException | NullPointerException | IndexOutOfBoundsException e) {
      // An earlier cut took the place away.
      return null;
    }
  }

  private static List<Edit> edits(GeneratedProblem problem) {
    List<Edit> edits = new ArrayList<>();
    if (problem.files().containsKey(GeneratedProblem.BASE)) {
      edits.add(
          all -> {
            GeneratedProblem merged = Notations.merged(all);
            all.files().clear();
            all.files().putAll(merged.files());
          });
    }
    edits.add(Shrinker::plainRouting);
    edits.add(Shrinker::noLaws);
    edits.add(Shrinker::equalRacks);
    edits.add(Shrinker::oneNode);
    for (String name : problem.files().keySet()) {
      if (name.startsWith("c/")) {
        edits.add(all -> all.files().remove(name));
      }
    }
    problem
        .files()
        .forEach(
            (name, content) -> {
              if (content instanceof Map<?, ?>) {
                cuts(List.of(name), content, edits);
              } else {
                lines(name, (String) content, edits);
              }
            });
    return edits;
  }

  private static void plainRouting(GeneratedProblem problem) {
    Map<String, Object> law = new LinkedHashMap<>(Map.of("alpha", 1, "seed", 1));
    GeneratedProblem.at(problem.object(GeneratedProblem.PROBLEM), "workload")
        .put("routing", new LinkedHashMap<>(Map.of("powerLaw", law)));
    problem.files().keySet().removeIf(name -> name.startsWith("c/"));
  }

  private static void noLaws(GeneratedProblem problem) {
    problem.object(GeneratedProblem.PROBLEM).remove("laws");
    problem.object(GeneratedProblem.BASE).remove("laws");
    problem.object(GeneratedProblem.TOPOLOGY).remove("laws");
    problem.files().keySet().removeIf(name -> name.startsWith("l/"));
  }

  private static void equalRacks(GeneratedProblem problem) {
    Map<String, Object> topology = problem.object(GeneratedProblem.TOPOLOGY);
    List<?> racks = (List<?>) topology.get("racks");
    Cluster.Node first = Cluster.of(topology).nodes().get(0);
    Map<String, Object> equal = new TreeMap<>();
    equal.put("count", racks.size());
    equal.put("domainsPerRack", 1);
    equal.put("nodesPerDomain", 1);
    equal.put("gpusPerNode", Math.max(1, Cluster.of(topology).gpus() / racks.size()));
    topology.put("racks", equal);
    topology.put("gpu", first.gpu());
    topology.remove("drained");
  }

  // Of two nodes of two GPUs neither number can be lowered where three GPUs must stay.
  private static void oneNode(GeneratedProblem problem) {
    Map<String, Object> topology = problem.object(GeneratedProblem.TOPOLOGY);
    Map<String, Object> one = new TreeMap<>();
    one.put("count", 1);
    one.put("domainsPerRack", 1);
    one.put("nodesPerDomain", 1);
    one.put("gpusPerNode", Cluster.of(topology).gpus() - 1);
    topology.put("gpu", Cluster.of(topology).nodes().get(0).gpu());
    topology.put("racks", one);
    topology.remove("drained");
  }

  // What can go from, or be lowered in, the value at a path of keys and positions.
  private static void cuts(List<Object> path, Object value, List<Edit> edits) {
    if (value instanceof Map<?, ?> map) {
      map.keySet().forEach(key -> edits.add(all -> mapAt(all, path).remove(key)));
      map.forEach((key, item) -> cuts(extended(path, key), item, edits));
    } else if (value instanceof List<?> list) {
      for (int i = list.size() - 1; i >= 0; i--) {
        int at = i;
        edits.add(all -> listAt(all, path).remove(at));
      }
      if (list.size() == 1 && !(list.get(0) instanceof Map)) {
        edits.add(all -> put(all, path, listAt(all, path).get(0)));
      }
      for (int i = 0; i < list.size(); i++) {
        cuts(extended(path, i), list.get(i), edits);
      }
    } else if (value instanceof Number number) {
      lower(path, number, edits);
    } else if (value instanceof String && path.get(path.size() - 1).equals("gpu")) {
      edits.add(all -> put(all, path, "l4"));
    }
  }

  private static void lower(List<Object> path, Number number, List<Edit> edits) {
    double value = number.doubleValue();
    boolean whole = !(number instanceof Double);
    if (value > 1) {
      edits.add(all -> put(all, path, 1));
    }
    if (value >= 10) {
      // As many digits as before are no smaller: halves count too.
      edits.add(all -> put(all, path, whole ? (Object) (number.longValue() / 10) : value / 10));
    }
    if (value > 2 && value <= 64 && whole) {
      edits.add(all -> put(all, path, number.longValue() / 2));
      edits.add(all -> put(all, path, number.longValue() - 1));
    }
    if (!whole && value != StrictMath.rint(value)) {
      edits.add(all -> put(all, path, (int) Math.max(1, StrictMath.rint(value))));
    }
  }

  private static void lines(String name, String text, List<Edit> edits) {
    int count = (int) text.lines().count();
    for (int block = count / 2; block >= 1; block /= 2) {
      for (int from = 0; from + block <= count; from += block) {
        int first = from;
        int size = block;
        edits.add(
            all -> {
              List<String> lines =
                  new ArrayList<>(((String) all.files().get(name)).lines().toList());
              lines.subList(first, first + size).clear();
              all.files().put(name, String.join("\n", lines) + "\n");
            });
      }
    }
  }

  private static List<Object> extended(List<Object> path, Object step) {
    List<Object> longer = new ArrayList<>(path);
    longer.add(step);
    return longer;
  }

  private static Object valueAt(GeneratedProblem problem, List<Object> path) {
    Object at = problem.files();
    for (Object step : path) {
      at = at instanceof Map<?, ?> map ? map.get(step) : ((List<?>) at).get((Integer) step);
    }
    return at;
  }

  @SuppressWarnings("unchecked")
  private static Map<Object, Object> mapAt(GeneratedProblem problem, List<Object> path) {
    return (Map<Object, Object>) valueAt(problem, path);
  }

  @SuppressWarnings("unchecked")
  private static List<Object> listAt(GeneratedProblem problem, List<Object> path) {
    return (List<Object>) valueAt(problem, path);
  }

  private static void put(GeneratedProblem problem, List<Object> path, Object value) {
    List<Object> above = path.subList(0, path.size() - 1);
    Object last = path.get(path.size() - 1);
    if (last instanceof Integer index) {
      listAt(problem, above).set(index, value);
    } else {
      mapAt(problem, above).put(last, value);
    }
  }
}
