package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The layers of a config that draft the next tokens: as many as it says, each like the last layer
 * that attends to the context.
 *
 * <p>Source: the modules of DeepSeek-V3, GLM-4.5, Qwen3-Next and Nemotron 3 in vLLM and SGLang.
 * MiniMax's {@code num_mtp_modules} are not among them: the weights that it published hold none.
 */
final class NextTokenLayers {
  private static final int MOST = 64;

  private static final List<String> KEYS =
      List.of("num_nextn_predict_layers", "mtp_num_hidden_layers");

  private NextTokenLayers() {}

  /**
   * The drafting layers of {@code config}.
   *
   * @param layers of the model, in order
   */
  static List<Layer> of(ConfigReader config, List<Layer> layers) {
    int count = count(config);
    if (count == 0 || layers.isEmpty()) {
      return List.of();
    }
    int hidden = config.hidden();
    List<Layer> blocks = NemotronHFamily.nextToken(config);
    if (!blocks.isEmpty()) {
      return repeated(count, withProjection(blocks, hidden));
    }
    Layer block = DeepSeekV4Family.nextToken(config).orElseGet(() -> lastThatAttends(layers));
    return repeated(count, List.of(block.predictingNext(hidden)));
  }

  private static int count(ConfigReader config) {
    for (String key : KEYS) {
      Optional<JsonCursor> given = config.find(key);
      if (given.isPresent()) {
        return given.get().integer(0, MOST);
      }
    }
    return 0;
  }

  // One projection before all blocks of a module.
  private static List<Layer> withProjection(List<Layer> blocks, int hidden) {
    List<Layer> module = new ArrayList<>(blocks);
    module.set(0, blocks.get(0).predictingNext(hidden));
    return module;
  }

  private static List<Layer> repeated(int count, List<Layer> module) {
    return Collections.nCopies(count, module).stream().flatMap(List::stream).toList();
  }

  // Hybrids draft with a layer of full attention.
  private static Layer lastThatAttends(List<Layer> layers) {
    for (int i = layers.size() - 1; i >= 0; i--) {
      if (!(layers.get(i).attention() instanceof LinearAttention)) {
        return layers.get(i);
      }
    }
    return layers.get(layers.size() - 1);
  }
}
