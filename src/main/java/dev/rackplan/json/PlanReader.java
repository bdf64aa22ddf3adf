package dev.rackplan.json;

import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutRule;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Gpu;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The {@code plan} object of a solution, checked against its problem. */
final class PlanReader {
  private final Problem problem;
  private final Map<String, Gpu> gpusByName = new HashMap<>();
  private final Set<String> taken = new HashSet<>();

  PlanReader(Problem problem) {
    this.problem = problem;
    problem.topology().gpus().forEach(gpu -> gpusByName.put(gpu.name(), gpu));
  }

  Plan read(JsonCursor cursor) {
    Layout layout = LayoutReader.layout(cursor.get("layout"));
    JsonCursor stagesCursor = cursor.get("stages");
    JsonCursor expertsCursor = cursor.get("experts");
    cursor.end();
    checkLayout(cursor.get("layout"), layout);
    List<Stage> stages = stages(stagesCursor, layout);
    return new Plan(
        layout,
        stages,
        experts(
            expertsCursor, problem.model(), layout.redundantExperts(), layout.expertHostCount()));
  }

  private void checkLayout(JsonCursor cursor, Layout layout) {
    for (LayoutRule rule : LayoutRule.values()) {
      Optional<String> remedy = rule.remedy(problem);
      Optional<String> fault = remedy.flatMap(known -> rule.fault(problem, layout));
      if (fault.isPresent()) {
        JsonCursor at = rule.degree().map(degree -> cursor.get(degree.key())).orElse(cursor);
        throw at.error(fault.get(), remedy.orElseThrow());
      }
    }
  }

  private List<Stage> stages(JsonCursor cursor, Layout layout) {
    List<JsonCursor> entries = cursor.list();
    if (entries.size() != layout.pipelineStages()) {
      throw cursor.error(
          "must have " + layout.pipelineStages() + " stages, has " + entries.size(),
          "Give one stage per pipelineStages of the layout.");
    }
    List<Stage> stages = new ArrayList<>();
    int firstLayer = 0;
    for (JsonCursor entry : entries) {
      JsonCursor layers = entry.get("layers");
      JsonCursor gpus = entry.get("gpus");
      entry.end();
      int lastLayer = lastLayer(layers, firstLayer);
      stages.add(new Stage(firstLayer, lastLayer, gpus(gpus, layout)));
      firstLayer = lastLayer + 1;
    }
    int layers = problem.model().layers().size();
    if (firstLayer != layers) {
      throw entries
          .get(entries.size() - 1)
          .get("layers")
          .error(
              "must end with layer " + (layers - 1) + ", ends with " + (firstLayer - 1),
              "Let the stages hold every layer of " + problem.model().name() + ".");
    }
    return stages;
  }

  private int lastLayer(JsonCursor cursor, int expectedFirst) {
    List<JsonCursor> ends = cursor.list();
    if (ends.size() != 2) {
      throw cursor.error(
          "must be [first, last], has " + ends.size() + " numbers",
          "Give the first and the last layer, both inclusive.");
    }
    int most = problem.model().layers().size() - 1;
    int first = ends.get(0).integer(0, most);
    int last = ends.get(1).integer(0, most);
    if (first != expectedFirst) {
      throw ends.get(0)
          .error(
              "must be " + expectedFirst + ", was " + first,
              "Let each stage start where the one before ends.");
    }
    if (last < first) {
      throw ends.get(1)
          .error(
              "must be >= " + first + ", was " + last,
              "Give the first and the last layer, both inclusive.");
    }
    return last;
  }

  private List<Integer> gpus(JsonCursor cursor, Layout layout) {
    List<JsonCursor> names = cursor.list();
    int needed = layout.replicas() * layout.gpusPerStage();
    if (names.size() != needed) {
      throw cursor.error(
          "must have " + needed + " GPUs, has " + names.size(),
          "Give replicas × max(expertParallel, attentionTensorParallel) GPUs.");
    }
    List<Integer> indices = new ArrayList<>();
    for (JsonCursor cell : names) {
      String name = cell.text();
      Gpu gpu = gpusByName.get(name);
      if (gpu == null) {
        throw cell.error(
            "no GPU \"" + name + "\" in " + problem.topology().name(),
            "GPUs are named like " + problem.topology().gpus().get(0).name() + ".");
      }
      if (gpu.drained()) {
        throw cell.error(
            "GPU " + name + " is drained",
            "Use another GPU, or take it off the topology's drained list.");
      }
      if (!taken.add(name)) {
        throw cell.error("GPU " + name + " is used twice", "Give each GPU one place in one stage.");
      }
      indices.add(gpu.index());
    }
    return indices;
  }

  /** Expert maps keyed by layer index, for exactly the model's MoE layers. */
  static SortedMap<Integer, ExpertMap> experts(
      JsonCursor cursor, Model model, int redundant, int gpus) {
    SortedMap<Integer, ExpertMap> maps = new TreeMap<>();
    for (int layer : model.moeLayers()) {
      MoeFfn moe = model.moe(layer).orElseThrow();
      JsonCursor row = cursor.get(Integer.toString(layer));
      int[] slots = slots(row, moe.experts());
      if (slots.length > moe.experts() + redundant) {
        throw row.error(
            "must have at most " + (moe.experts() + redundant) + " slots, has " + slots.length,
            "Give at most experts + redundantExperts slots: "
                + moe.experts()
                + " + "
                + redundant
                + ".");
      }
      maps.put(
          layer,
          row.build(
              () -> new ExpertMap(slots, gpus),
              "Raise redundantExperts, so that each GPU of the stage holds a slot."));
    }
    cursor.end();
    return maps;
  }

  /** One layer's slots: each expert of {@code experts} at least once and no other. */
  static int[] slots(JsonCursor row, int experts) {
    return slots(row, row.list(), experts);
  }

  /**
   * The same of {@code cells}.
   *
   * @param row what they are of, for errors
   */
  static int[] slots(JsonCursor row, List<JsonCursor> cells, int experts) {
    int[] slots = cells.stream().mapToInt(cell -> cell.integer(0, experts - 1)).toArray();
    boolean[] present = new boolean[experts];
    for (int expert : slots) {
      present[expert] = true;
    }
    for (int expert = 0; expert < experts; expert++) {
      if (!present[expert]) {
        throw row.error(
            "has no slot for expert " + expert,
            "Give every expert 0.." + (experts - 1) + " at least one slot.");
      }
    }
    return slots;
  }
}
