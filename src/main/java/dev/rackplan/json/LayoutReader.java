package dev.rackplan.json;

import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** The {@code layout} objects: degrees to search in a problem, the chosen ones in a solution. */
final class LayoutReader {
  private static final int MAX_DEGREE = 1_000_000;
  private static final int MAX_SEQUENCES = 1_000_000_000;
  private static final int MAX_LISTED = 1000;

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
    LayoutSpace space =
        new LayoutSpace(
            values(cursor, "replicas", 1, MAX_DEGREE),
            values(cursor, "pipelineStages", 1, model.layers().size()),
            values(cursor, "expertParallel", 1, MAX_DEGREE),
            values(cursor, "attentionTensorParallel", 1, MAX_DEGREE),
            values(cursor, "microBatches", 1, MAX_DEGREE),
            values(cursor, "sequencesPerMicroBatch", 1, MAX_SEQUENCES),
            values(cursor, "redundantExperts", 0, MAX_DEGREE));
    cursor.end();
    if (model.moeLayers().isEmpty()) {
      refuseExperts(cursor, "expertParallel", space.expertParallel(), 1, model);
      refuseExperts(cursor, "redundantExperts", space.redundantExperts(), 0, model);
    }
    checkSize(cursor, space, topology);
    return space;
  }

  private static List<Integer> values(JsonCursor cursor, String key, int least, int most) {
    Optional<JsonCursor> value = cursor.find(key);
    if (value.isEmpty()) {
      return List.of();
    }
    if (!value.get().isList()) {
      return List.of(value.get().integer(least, most));
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
      int number = item.integer(least, most);
      if (values.contains(number)) {
        throw item.error(number + " is listed twice", "List each value once.");
      }
      values.add(number);
    }
    return values;
  }

  private static void refuseExperts(
      JsonCursor cursor, String key, List<Integer> values, int only, Model model) {
    if (values.stream().anyMatch(value -> value != only)) {
      throw cursor
          .get(key)
          .error("must be " + only + ", " + model.name() + " has no experts", "Remove it.");
    }
  }

  private static void checkSize(JsonCursor cursor, LayoutSpace space, Topology topology) {
    long perStage =
        Math.max(smallest(space.expertParallel()), smallest(space.attentionTensorParallel()));
    long instances = (long) smallest(space.replicas()) * smallest(space.pipelineStages());
    int usable = topology.usableGpus().size();
    // None in use is the topology's fault, not the layout's: Problem says so.
    if (usable > 0 && instances * perStage > usable) {
      throw cursor.error(
          "its smallest layout needs "
              + instances * perStage
              + " GPUs, "
              + topology.name()
              + " has "
              + usable
              + " in use",
          "Lower replicas, pipelineStages, expertParallel or attentionTensorParallel, or give a larger topology.");
    }
  }

  private static int smallest(List<Integer> values) {
    return values.isEmpty() ? 1 : Collections.min(values);
  }

  /** The one layout of a plan. */
  static Layout layout(JsonCursor cursor) {
    int replicas = cursor.integer("replicas", 1, MAX_DEGREE);
    int stages = cursor.integer("pipelineStages", 1, MAX_DEGREE);
    int expertParallel = cursor.integer("expertParallel", 1, MAX_DEGREE);
    int tensorParallel = cursor.integer("attentionTensorParallel", 1, MAX_DEGREE);
    int microBatches = cursor.integer("microBatches", 1, MAX_DEGREE);
    int sequences = cursor.integer("sequencesPerMicroBatch", 1, MAX_SEQUENCES);
    int redundant = cursor.integer("redundantExperts", 0, MAX_DEGREE);
    cursor.end();
    return cursor.build(
        () ->
            new Layout(
                replicas,
                stages,
                expertParallel,
                tensorParallel,
                microBatches,
                sequences,
                redundant),
        "Give degrees that divide (docs/formats.md#layout).");
  }
}
