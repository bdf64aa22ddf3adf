package dev.rackplan.problem;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.WeightFormats;
import java.util.ArrayList;
import java.util.List;

/**
 * Layers at both ends of a model that a recipe of narrow products keeps in BF16 (Megatron-Core's
 * {@code first_last_layers_bf16}).
 *
 * @param first how many at the start
 * @param last how many at the end
 */
public record WideLayers(int first, int last) {
  /** All layers are as narrow as the rest. */
  public static final WideLayers NONE = new WideLayers(0, 0);

  private static final WeightFormats WIDE =
      new WeightFormats(Dtype.BF16, Dtype.BF16, Dtype.BF16, true);

  /** A model whose layers know it; all of them where these are more. */
  public Model in(Model model) {
    if (first == 0 && last == 0) {
      return model;
    }
    List<Layer> layers = new ArrayList<>(model.layers());
    for (int l = 0; l < layers.size(); l++) {
      if (l < first || l >= layers.size() - last) {
        layers.set(l, layers.get(l).storedAs(WIDE));
      }
    }
    return model.withLayers(layers);
  }
}
