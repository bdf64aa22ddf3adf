package dev.rackplan.report;

import dev.rackplan.plan.EngineGround;
import dev.rackplan.plan.EngineStart;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Which engines start a plan's layout on its GPUs, and what the others stop at. */
public final class EnginesText {
  private EnginesText() {}

  /** One line without an end, of the engine that the problem names or of all of its phase. */
  public static String of(Problem problem, Plan plan) {
    Layout layout = plan.layout();
    EngineStart engines = new EngineStart(EngineGround.of(problem, plan));
    List<EngineKind> starters = engines.starters(layout);
    List<String> faults = new ArrayList<>();
    for (EngineKind engine : engines.candidates()) {
      engines.broken(engine, layout).map(EngineStart.Broken::sentence).ifPresent(faults::add);
    }
    String starts =
        starters.isEmpty()
            ? "no engine starts this layout"
            : starters.stream().map(EngineKind::title).collect(Collectors.joining(", "))
                + (starters.size() == 1 ? " starts this layout" : " start this layout");
    return faults.isEmpty() ? starts : starts + "; not " + String.join("; not ", faults);
  }
}
