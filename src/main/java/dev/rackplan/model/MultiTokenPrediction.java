package dev.rackplan.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Training that predicts further tokens than the next one: modules of the model's next-token layers
 * run behind its last layer, one after another, the head and its loss after each.
 *
 * <p>Source: DeepSeek-V3 report, section 2.2; Megatron-Core's {@code mtp_num_layers}. Assumed: each
 * module has weights of its own, also where a model repeats those of one.
 *
 * @param modules how many; 0 = the next token alone
 */
public record MultiTokenPrediction(int modules) {
  public MultiTokenPrediction {
    if (modules < 0) {
      throw new IllegalArgumentException("modules must be >= 0, was " + modules);
    }
  }

  /**
   * The model with these modules among its layers; the first again where it has fewer.
   *
   * @throws IllegalArgumentException where it has none
   */
  public Model in(Model model) {
    if (modules == 0) {
      return model;
    }
    List<List<Layer>> own = modulesOf(model);
    if (own.isEmpty()) {
      throw new IllegalArgumentException(model.name() + " has no next-token layers");
    }
    List<Layer> layers = new ArrayList<>(model.layers());
    for (int module = 0; module < modules; module++) {
      layers.addAll(own.get(module % own.size()));
    }
    return model.withPredictions(layers, model.predictions() + modules);
  }

  /** Layers at a model's end that train for further tokens than the next one. */
  public static int layersIn(Model model) {
    List<List<Layer>> own = modulesOf(model);
    int layers = 0;
    for (int module = 0; module < model.predictions() - 1; module++) {
      layers += own.get(module % own.size()).size();
    }
    return layers;
  }

  /** The model's own modules, layer by layer: each begins with a layer that attends. */
  public static List<List<Layer>> modulesOf(Model model) {
    List<List<Layer>> modules = new ArrayList<>();
    for (Layer layer : model.nextTokenLayers()) {
      if (modules.isEmpty() || layer.attention().parameters() > 0) {
        modules.add(new ArrayList<>());
      }
      modules.get(modules.size() - 1).add(layer);
    }
    return modules;
  }
}
