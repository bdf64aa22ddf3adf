package dev.rackplan.json.huggingface;

import dev.rackplan.model.Attention;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** GLM-4.5 and 4.6: grouped-query attention over DeepSeek's FFNs. */
final class Glm4MoeFamily {
  private Glm4MoeFamily() {}

  static List<Layer> layers(ConfigReader config) {
    Set<Extra> extras = GroupedQuery.extras();
    // Defaults of Glm4MoeConfig: attention_bias false, use_qk_norm false. The output projection
    // never has a bias.
    if (config.flag("attention_bias", false)) {
      extras.add(Extra.QUERY_KEY_VALUE_BIAS);
    }
    if (config.flag("use_qk_norm", false)) {
      extras.add(Extra.HEAD_NORM);
    }
    Attention attention = GroupedQuery.of(config, Window.full(), extras);
    Ffn moe = DeepSeekFamily.moe(config);
    // Default of Glm4MoeConfig.
    int denseLayers = config.count("first_k_dense_replace", 1);
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      layers.add(
          new Layer(
              attention,
              i < denseLayers ? QwenMoeFamily.dense(config) : moe,
              2L * config.hidden(),
              1));
    }
    return layers;
  }
}
