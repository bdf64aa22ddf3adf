package dev.rackplan.report;

import dev.rackplan.cost.StageCost;
import dev.rackplan.cost.StageTraining;
import dev.rackplan.plan.Stage;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/**
 * One row per stage: layers, GPUs, milliseconds by term, memory. A term that is zero on every stage
 * has no column.
 */
public final class StageTable {
  private static final int NAMED_RACKS = 2;

  private StageTable() {}

  static String of(PlanReport report) {
    return table(report).text();
  }

  /** The same with its cells apart. */
  public static TextTable table(PlanReport report) {
    List<StageCost> stages = report.evaluation().stages();
    Map<String, ToDoubleFunction<StageCost>> terms = terms();
    terms
        .values()
        .removeIf(term -> stages.stream().allMatch(stage -> term.applyAsDouble(stage) == 0));
    List<String> header =
        new ArrayList<>(List.of("stage", "layers", "GPUs", "racks", "total [ms]"));
    terms.keySet().forEach(name -> header.add(name + " [ms]"));
    header.add("memory [GB/GPU]");
    TextTable table = new TextTable(header);
    for (int s = 0; s < stages.size(); s++) {
      StageCost cost = stages.get(s);
      Stage stage = report.plan().stages().get(s);
      List<String> cells = new ArrayList<>();
      cells.add(Integer.toString(s));
      cells.add(cost.firstLayer() + ".." + cost.lastLayer());
      cells.add(Integer.toString(stage.gpus().size()));
      cells.add(racks(stage, report.problem().topology()));
      cells.add(Figures.millis(cost.seconds()));
      terms.values().forEach(term -> cells.add(Figures.millis(term.applyAsDouble(cost))));
      cells.add(Figures.gigabytes(cost.memory().bytes()));
      table.add(cells);
    }
    return table;
  }

  private static Map<String, ToDoubleFunction<StageCost>> terms() {
    Map<String, ToDoubleFunction<StageCost>> terms = new LinkedHashMap<>();
    terms.put("attention", StageCost::attentionSeconds);
    terms.put("dense", StageCost::denseSeconds);
    terms.put("experts", StageCost::expertSeconds);
    terms.put("all-reduce", StageCost::tensorParallelSeconds);
    terms.put("dispatch", StageCost::dispatchSeconds);
    terms.put("combine", StageCost::combineSeconds);
    terms.put("overhead", StageCost::overheadSeconds);
    terms.put("head", StageCost::headSeconds);
    terms.put(
        "element-wise",
        stage -> stage.training().map(StageTraining::elementwiseSeconds).orElse(0.0));
    terms.put("hop", StageCost::hopSeconds);
    return terms;
  }

  private static String racks(Stage stage, Topology topology) {
    TreeSet<Integer> racks = new TreeSet<>();
    stage.gpus().forEach(gpu -> racks.add(topology.gpus().get(gpu).rack()));
    List<String> names = racks.stream().map(rack -> topology.racks().get(rack).name()).toList();
    return names.size() <= NAMED_RACKS
        ? String.join(",", names)
        : names.get(0) + " and " + (names.size() - 1) + " more";
  }
}
