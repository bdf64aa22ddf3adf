package dev.rackplan.json;

import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code layout} objects: degrees to search in a problem, the chosen ones in a solution. Their
 * keys are those of {@link Degree}.
 */
public final class LayoutReader {
  private static final int MAX_LISTED = 1000;
  private static final String OPEN = "open";

  private LayoutReader() {}

  /** The layouts that a problem asks for; none prescribed where {@code layout} is absent. */
  static LayoutSpace space(JsonCursor problem, Model model, Topology topology) {
    Optional<JsonCursor> found = problem.find("layout");
    if (found.isEmpty()) {
      return LayoutSpace.open();
    }
    return spaceOf(found.get(), model, topology);
  }

  /** The layouts that one object asks for. */
  static LayoutSpace spaceOf(JsonCursor cursor, Model model, Topology topology) {
    Map<Degree, List<Integer>> listed = new EnumMap<>(Degree.class);
    for (Degree degree : Degree.values()) {
      listed.put(degree, values(cursor, degree, most(degree, model)));
    }
    LayoutSpace space = new LayoutSpace(listed);
    cursor.end();
    if (model.moeLayers().isEmpty()) {
      for (Degree degree : Degree.values()) {
        if (degree.divides() == Degree.Divides.EXPERTS) {
          refuseExperts(cursor, degree, space.values(degree), model);
        }
      }
    }
    checkSize(cursor, space, topology);
    return space;
  }

  private static int most(Degree degree, Model model) {
    return degree.divides() == Degree.Divides.LAYERS ? model.layers().size() : degree.most();
  }

  private static int value(JsonCursor cursor, Degree degree, int most) {
    if (degree.names().isEmpty()) {
      return cursor.integer(degree.least(), most);
    }
    int index = degree.names().indexOf(cursor.text());
    if (index < 0) {
      String near =
          Spelling.nearest(cursor.text(), degree.names())
              .map(name -> "Did you mean \"" + name + "\"? ")
              .orElse("");
      throw cursor.error(
          "unknown choice \"" + cursor.text() + "\"",
          near + "Known: " + String.join(", ", degree.names()) + ".");
    }
    return index;
  }

  private static List<Integer> values(JsonCursor cursor, Degree degree, int most) {
    Optional<JsonCursor> value = cursor.find(degree.key());
    if (value.isEmpty()) {
      return degree.followsWorkload() ? List.of(degree.neutral()) : List.of();
    }
    if (degree.followsWorkload() && value.get().isText() && value.get().text().equals(OPEN)) {
      return List.of();
    }
    if (!value.get().isList()) {
      return List.of(value(value.get(), degree, most));
    }
    List<JsonCursor> items = value.get().list();
    if (items.isEmpty() || items.size() > MAX_LISTED) {
      throw value
          .get()
          .error(
              "must have 1.." + MAX_LISTED + " values, has " + items.size(),
              "List the values to try, or leave the key out.");
    }
    List<Integer> values = new ArrayList<>();
    for (JsonCursor item : items) {
      int number = value(item, degree, most);
      if (values.contains(number)) {
        throw item.error(degree.inFile(number) + " is listed twice", "List each value once.");
      }
      values.add(number);
    }
    return values;
  }

  private static void refuseExperts(
      JsonCursor cursor, Degree degree, List<Integer> values, Model model) {
    if (values.stream().anyMatch(value -> value != degree.neutral())) {
      throw cursor
          .get(degree.key())
          .error(
              "must be " + degree.neutral() + ", " + model.name() + " has no experts",
              "Remove it.");
    }
  }

  private static void checkSize(JsonCursor cursor, LayoutSpace space, Topology topology) {
    Map<Degree, Integer> least = new EnumMap<>(Degree.class);
    space.listed().forEach((degree, values) -> least.put(degree, Collections.min(values)));
    long needed = Layout.of(least).gpusNeeded();
    int usable = topology.usableGpus().size();
    // None in use is the topology's fault, not the layout's: Problem says so.
    if (usable > 0 && needed > usable) {
      throw cursor.error(
          "its smallest layout needs "
              + needed
              + " GPUs, "
              + topology.name()
              + " has "
              + usable
              + " in use",
          "Lower replicas, pipelineStages, expertParallel or attentionTensorParallel, or give a larger topology.");
    }
  }

  /** The one layout of a plan. Which degrees fit each other, its problem knows. */
  public static Layout layout(JsonCursor cursor) {
    Map<Degree, Integer> degrees = new EnumMap<>(Degree.class);
    for (Degree degree : Degree.values()) {
      if (degree.isNamedAlways() || cursor.find(degree.key()).isPresent()) {
        degrees.put(degree, value(cursor.get(degree.key()), degree, degree.most()));
      }
    }
    cursor.end();
    return Layout.of(degrees);
  }
}
