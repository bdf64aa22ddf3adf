package dev.rackplan.json;

import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import java.util.List;

/**
 * What a routing or expert file must agree with.
 *
 * @param model the model's name
 * @param hiddenLayers all layers of the model
 * @param layers indices of its MoE layers, ascending
 * @param experts the MoE parts of these layers
 */
record MoeShape(String model, int hiddenLayers, List<Integer> layers, List<MoeFfn> experts) {
  static MoeShape of(Model model) {
    List<Integer> layers = model.moeLayers();
    return new MoeShape(
        model.name(),
        model.layers().size(),
        layers,
        layers.stream().map(layer -> model.moe(layer).orElseThrow()).toList());
  }

  /** The MoE layers of one stage: {@code count} of them from the {@code first}-th on. */
  MoeShape part(int first, int count) {
    return new MoeShape(
        model,
        hiddenLayers,
        layers.subList(first, first + count),
        experts.subList(first, first + count));
  }

  /** Experts chosen by one token over all layers. */
  int choicesPerToken() {
    return experts.stream().mapToInt(MoeFfn::expertsPerToken).sum();
  }

  /**
   * The row of a table that belongs to the {@code i}-th MoE layer.
   *
   * @param rows one per MoE layer, or one per hidden layer (rows of dense layers are not looked at)
   */
  JsonCursor row(List<JsonCursor> rows, int i) {
    return rows.get(rows.size() == layers.size() ? i : layers.get(i));
  }

  /** Refuses a table that has neither one row per MoE layer nor one per hidden layer. */
  void checkRows(JsonCursor table, int rows) {
    if (rows != layers.size() && rows != hiddenLayers) {
      throw table.error(
          "must have "
              + layers.size()
              + (hiddenLayers == layers.size() ? "" : " or " + hiddenLayers)
              + " rows, has "
              + rows,
          "Give one row per MoE layer or per hidden layer of " + model + ".");
    }
  }
}
