package dev.rackplan.plan;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A deployment: nothing in it says what it costs.
 *
 * @param layout degrees
 * @param stages in order; together they hold every layer once
 * @param experts expert map of each MoE layer, keyed by layer index; the same for every instance
 */
public record Plan(Layout layout, List<Stage> stages, SortedMap<Integer, ExpertMap> experts) {
  public Plan {
    stages = List.copyOf(stages);
    experts = Collections.unmodifiableSortedMap(new TreeMap<>(experts));
  }

  /** Index of the stage that holds {@code layer}. */
  public int stageOf(int layer) {
    for (int s = 0; s < stages.size(); s++) {
      if (layer >= stages.get(s).firstLayer() && layer <= stages.get(s).lastLayer()) {
        return s;
      }
    }
    throw new IllegalArgumentException("no stage holds layer " + layer);
  }
}
