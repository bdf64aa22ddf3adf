package dev.rackplan.report;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.plan.Stage;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

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
    List<CostedStage> stages = report.evaluation().stages();
    List<Term> terms =
        Arrays.stream(Term.values())
            .filter(term -> stages.stream().anyMatch(stage -> stage.terms().of(term) != 0))
            .toList();
    List<String> header =
        new ArrayList<>(List.of("stage", "layers", "GPUs", "racks", "total [ms]"));
    terms.forEach(term -> header.add(term.words() + " [ms]"));
    header.add("memory [GB/GPU]");
    TextTable table = new TextTable(header);
    for (int s = 0; s < stages.size(); s++) {
      CostedStage cost = stages.get(s);
      Stage stage = report.plan().stages().get(s);
      List<String> cells = new ArrayList<>();
      cells.add(Integer.toString(s));
      cells.add(cost.firstLayer() + ".." + cost.lastLayer());
      cells.add(Integer.toString(stage.gpus().size()));
      cells.add(racks(stage, report.problem().topology()));
      cells.add(Figures.millis(cost.seconds()));
      terms.forEach(term -> cells.add(Figures.millis(cost.terms().of(term))));
      cells.add(Figures.gigabytes(cost.memory().bytes()));
      table.add(cells);
    }
    return table;
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
