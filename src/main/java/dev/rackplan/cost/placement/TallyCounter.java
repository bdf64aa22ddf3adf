package dev.rackplan.cost.placement;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.List;

/** Counts a placement under several scenarios; a test may look at what is counted. */
@FunctionalInterface
public interface TallyCounter {
  /** Counts, as {@link PlacementTallies} does. */
  TallyCounter COUNT =
      (scenarios, shape, dispatchRule, copyRule, tokensAtOnce, replicaGpus) ->
          PlacementTallies.of(scenarios, shape, dispatchRule, copyRule, tokensAtOnce, replicaGpus)
              .all();

  /** One tally a scenario, in their order: {@link PlacementTallies#of}. */
  List<PlacementTally> count(
      List<ScenarioLayer> scenarios,
      StageShape shape,
      DispatchRule dispatchRule,
      CopyRule copyRule,
      double tokensAtOnce,
      int[][] replicaGpus);
}
