package dev.rackplan.cost.placement;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts the placements of one plan once, however many steps of it are priced: of a batch's size
 * only active experts depend, which are cheap. Not safe to share between threads.
 */
public final class KeptTallies implements TallyCounter {
  private final Map<List<ScenarioLayer>, List<Kept>> known = new IdentityHashMap<>();

  private record Kept(
      StageShape shape,
      DispatchRule dispatchRule,
      CopyRule copyRule,
      int[][] replicaGpus,
      PlacementTallies tallies) {
    boolean is(StageShape other, DispatchRule dispatch, CopyRule copy, int[][] replicas) {
      return dispatchRule == dispatch
          && copyRule == copy
          && shape.interchangeableWith(other)
          && Arrays.deepEquals(replicaGpus, replicas);
    }
  }

  @Override
  public List<PlacementTally> count(
      List<ScenarioLayer> scenarios,
      StageShape shape,
      DispatchRule dispatchRule,
      CopyRule copyRule,
      double tokensAtOnce,
      int[][] replicaGpus) {
    List<Kept> ofLayer = known.computeIfAbsent(scenarios, key -> new ArrayList<>());
    for (Kept kept : ofLayer) {
      if (kept.is(shape, dispatchRule, copyRule, replicaGpus)) {
        kept.tallies().readFor(tokensAtOnce);
        return kept.tallies().all();
      }
    }
    PlacementTallies tallies =
        PlacementTallies.of(scenarios, shape, dispatchRule, copyRule, tokensAtOnce, replicaGpus);
    ofLayer.add(new Kept(shape, dispatchRule, copyRule, replicaGpus, tallies));
    return tallies.all();
  }
}
