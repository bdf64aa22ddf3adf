package dev.rackplan.cost.memory;

import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import java.util.List;

/**
 * The layers that draft tokens beside the model: the one place that says whether a plan holds them.
 *
 * <p>Engines load them on the last stage, behind the model's last layer, with their experts dealt
 * as the model's and a KV cache of their own; embedding and head are shared with the model. Source:
 * the multi-token-prediction workers of vLLM and SGLang.
 */
public final class DraftLayers {
  private DraftLayers() {}

  /**
   * Those of the draft model, or the model's own, where a step checks drafts; empty where none does
   * or there are none.
   */
  public static List<Layer> held(Problem problem, Layout layout) {
    if (layout.draftTokens(problem.workload()) == 0) {
      return List.of();
    }
    return problem
        .workload()
        .draftModel()
        .map(Model::layers)
        .orElse(problem.model().nextTokenLayers());
  }

  /** Whether they use the model's embedding and head; a draft model has its own. */
  static boolean sharesTables(Problem problem, Layout layout) {
    return problem.workload().draftModel().isEmpty() && !held(problem, layout).isEmpty();
  }

  /**
   * How drafting layers are divided: as the model's; a draft model by heads only, since its cache
   * is not the model's.
   */
  public static Layout layoutOf(Problem problem, Layout layout) {
    return problem.workload().draftModel().isEmpty()
        ? layout
        : layout.with(Degree.DECODE_CONTEXT_PARALLEL, 1).with(Degree.DENSE_TENSOR_PARALLEL, 0);
  }

  /**
   * All of them on the stage's fullest GPU, each with the layout's redundant experts; a draft
   * model's tables too.
   *
   * @param heldTokens of context that memory holds for each resident sequence
   */
  static LayerMemory memory(Problem problem, Layout layout, double heldTokens) {
    Layout own = layoutOf(problem, layout);
    List<Layer> held = held(problem, layout);
    LayerMemory layers =
        held.stream()
            .map(
                layer ->
                    LayerMemory.of(
                        problem,
                        own,
                        layer,
                        heldTokens,
                        moe -> moe.experts() + layout.redundantExperts()))
            .reduce(LayerMemory.NONE, LayerMemory::plus);
    return held.isEmpty()
        ? layers
        : problem
            .workload()
            .draftModel()
            .map(drafting -> layers.plus(tables(problem, layout, drafting)))
            .orElse(layers);
  }

  private static LayerMemory tables(Problem problem, Layout layout, Model drafting) {
    double elements = drafting.embeddingParameters() * (drafting.tiedEmbeddings() ? 1.0 : 2.0);
    return LayerMemory.NONE.withAttentionBytes(
        elements * problem.precision().unquantised().bytes() / layout.attentionTensorParallel());
  }
}
