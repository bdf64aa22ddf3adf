package dev.rackplan.generated;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What routing files must know of a model, read off its tree. */
final class Shapes {
  private Shapes() {}

  /**
   * One MoE layer.
   *
   * @param layer among all layers
   */
  record Moe(int layer, int experts, int perToken) {}

  static int hiddenLayers(Map<String, Object> model) {
    return layers(model).size();
  }

  /** Its MoE layers, ascending. */
  static List<Moe> moeLayers(Map<String, Object> model) {
    List<Moe> moe = new ArrayList<>();
    List<Map<?, ?>> layers = layers(model);
    for (int l = 0; l < layers.size(); l++) {
      Map<?, ?> ffn = layers.get(l);
      if ("moe".equals(ffn.get("kind"))) {
        moe.add(new Moe(l, number(ffn.get("experts")), number(ffn.get("expertsPerToken"))));
      }
    }
    return moe;
  }

  // The FFN of each layer.
  private static List<Map<?, ?>> layers(Map<String, Object> model) {
    List<Map<?, ?>> layers = new ArrayList<>();
    if (!model.containsKey("num_hidden_layers")) {
      expand((List<?>) model.getOrDefault("layers", List.of()), layers);
      return layers;
    }
    Object dense = model.get("first_k_dense_replace");
    for (int l = 0; l < number(model.get("num_hidden_layers")); l++) {
      layers.add(
          dense == null || l < number(dense)
              ? Map.of("kind", "dense")
              : Map.of(
                  "kind",
                  "moe",
                  "experts",
                  model.get("n_routed_experts"),
                  "expertsPerToken",
                  model.get("num_experts_per_tok")));
    }
    return layers;
  }

  private static void expand(List<?> groups, List<Map<?, ?>> layers) {
    for (Object item : groups) {
      Map<?, ?> group = (Map<?, ?>) item;
      boolean nested = group.containsKey("repeat");
      Object count = group.get(nested ? "repeat" : "count");
      for (int n = count == null ? 1 : number(count); n > 0; n--) {
        if (nested) {
          expand((List<?>) group.get("layers"), layers);
        } else {
          layers.add((Map<?, ?>) group.get("ffn"));
        }
      }
    }
  }

  static int number(Object value) {
    return ((Number) value).intValue();
  }
}
