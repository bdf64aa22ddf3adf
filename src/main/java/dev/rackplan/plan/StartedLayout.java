package dev.rackplan.plan;

import dev.rackplan.problem.Degree;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The layout that an engine starts where only its main degrees are said: how tokens travel to
 * experts, and over how many GPUs dense FFNs are divided, is not said. The usual way comes first,
 * then what else the engine has.
 */
public final class StartedLayout {
  private StartedLayout() {}

  /**
   * The first way that starts; empty where none does.
   *
   * @param said the degrees that the row gives, the others neutral
   */
  public static Optional<Layout> of(Problem problem, Layout said) {
    EngineStart engines = new EngineStart(problem);
    return ways(said).stream()
        .filter(layout -> LayoutRule.firstFault(problem, layout).isEmpty())
        .filter(layout -> engines.broken(layout).isEmpty())
        .findFirst();
  }

  /** Why it does not start as the row says it. */
  public static String fault(Problem problem, Layout said) {
    return new EngineStart(problem)
        .fault(said)
        .or(() -> LayoutRule.firstFault(problem, said))
        .orElse("no way of MoE communication and dense tensor parallelism starts");
  }

  private static List<Layout> ways(Layout said) {
    List<Layout> ways = new ArrayList<>();
    for (int dense : List.of(Degree.DENSE_TENSOR_PARALLEL.neutral(), 1, said.gpusPerStage())) {
      for (MoeCommunication way : MoeCommunication.values()) {
        ways.add(
            said.with(Degree.DENSE_TENSOR_PARALLEL, dense)
                .with(Degree.MOE_COMMUNICATION, way.ordinal()));
      }
    }
    return ways;
  }
}
