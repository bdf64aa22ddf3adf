package dev.rackplan.cost;

import dev.rackplan.model.Layer;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.List;

/**
 * The layers that draft tokens beside the model: the one place that says whether a plan holds them.
 *
 * <p>Engines load them on the last stage, behind the model's last layer, with their experts dealt
 * as the model's and a KV cache of their own; embedding and head are shared with the model. Source:
 * the multi-token-prediction workers of vLLM and SGLang.
 */
final class DraftLayers {
  private DraftLayers() {}

  /** The model's own, where a step checks drafts; empty where none does or the model has none. */
  static List<Layer> held(Problem problem) {
    return PhaseCost.of(problem).drafts() > 0 ? problem.model().nextTokenLayers() : List.of();
  }

  /** All of them on the stage's fullest GPU, each with the layout's redundant experts. */
  static LayerMemory memory(Problem problem, Layout layout) {
    return held(problem).stream()
        .map(
            layer ->
                LayerMemory.of(
                    problem, layout, layer, moe -> moe.experts() + layout.redundantExperts()))
        .reduce(LayerMemory.NONE, LayerMemory::plus);
  }
}
