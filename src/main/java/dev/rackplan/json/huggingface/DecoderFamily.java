package dev.rackplan.json.huggingface;

import dev.rackplan.model.Attention;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.Layer;
import dev.rackplan.model.ModelInput;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decoders of softmax attention (grouped-query, or latent where {@code kv_lora_rank} stands) with
 * dense FFNs or experts, told apart by their {@link Trait}s.
 */
final class DecoderFamily {
  private DecoderFamily() {}

  static List<Layer> layers(ConfigReader config, Set<Trait> traits) {
    LayerWindows windows = new LayerWindows(config, traits);
    ExpertLayers ffns = new ExpertLayers(config, traits);
    int count = config.layers();
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long other = norms(config, traits) * norm(config.hidden(), traits);
      if (i == count - 1) {
        other += last(config, traits);
      }
      layers.add(new Layer(attention(config, traits, windows, i), ffns.of(i), other, 1));
    }
    return layers;
  }

  private static Attention attention(
      ConfigReader config, Set<Trait> traits, LayerWindows windows, int layer) {
    if (config.has("kv_lora_rank")) {
      return DeepSeekFamily.attention(config, layer);
    }
    return GroupedQuery.of(
        config, kvHeads(config, traits), windows.of(layer), extras(config, traits));
  }

  private static int kvHeads(ConfigReader config, Set<Trait> traits) {
    boolean one =
        traits.contains(Trait.ONE_KEY_VALUE_HEAD)
            && (!config.has("num_key_value_heads")
                || !config.flag("new_decoder_architecture", true))
            && config.flag("multi_query", true);
    return one ? 1 : config.kvHeads();
  }

  static Set<Extra> extras(ConfigReader config, Set<Trait> traits) {
    Set<Extra> extras = GroupedQuery.extras();
    boolean said =
        config.flag("attention_bias", false)
            || config.flag("use_bias", false)
            || config.flag("bias", false);
    boolean saidOfThree =
        config.flag("qkv_bias", false)
            || config.flag("use_qkv_bias", false)
            || config.flag("add_qkv_bias", false);
    if (said || saidOfThree || traits.contains(Trait.QUERY_KEY_VALUE_BIAS)) {
      extras.add(Extra.QUERY_KEY_VALUE_BIAS);
    }
    boolean outputSaid =
        config.find("attention_out_bias").isPresent()
            ? config.flag("attention_out_bias", false)
            : said && !traits.contains(Trait.NO_OUTPUT_BIAS);
    if (outputSaid || traits.contains(Trait.OUTPUT_BIAS)) {
      extras.add(Extra.OUTPUT_BIAS);
    }
    if (traits.contains(Trait.HEAD_NORM)
        || traits.contains(Trait.HEAD_NORM_IF_SAID) && normSaid(config)) {
      extras.add(Extra.HEAD_NORM);
    }
    if (traits.contains(Trait.WHOLE_NORM)
        || traits.contains(Trait.WHOLE_NORM_IF_SAID) && normSaid(config)) {
      extras.add(Extra.WHOLE_NORM);
    }
    if (traits.contains(Trait.OUTPUT_GATE)) {
      extras.add(Extra.OUTPUT_GATE);
    }
    if (traits.contains(Trait.SINKS)) {
      extras.add(Extra.SINKS);
    }
    return extras;
  }

  /** Whether the config says that queries and keys are normed. */
  static boolean normSaid(ConfigReader config) {
    return config.flag("use_qk_norm", false)
        || config.flag("qk_norm", false)
        || config.flag("qk_layernorm", false);
  }

  private static long norms(ConfigReader config, Set<Trait> traits) {
    boolean parallel =
        traits.contains(Trait.ONE_NORM)
            && (config.flag("parallel_attn", true)
                && !config.flag("new_decoder_architecture", false));
    return traits.contains(Trait.FOUR_NORMS) ? 4 : parallel ? 1 : 2;
  }

  /** Weights in elements of one norm. */
  private static long norm(int hidden, Set<Trait> traits) {
    return traits.contains(Trait.NORM_WITHOUT_WEIGHTS)
        ? 0
        : (traits.contains(Trait.LAYER_NORM) ? 2L : 1L) * hidden;
  }

  /**
   * What the model has more, or less, than a final norm of hidden size, which is counted with every
   * model.
   */
  private static long last(ConfigReader config, Set<Trait> traits) {
    long norm = norm(config.hidden(), traits);
    long more = traits.contains(Trait.NO_FINAL_NORM) ? 0 : norm;
    more += traits.contains(Trait.EMBEDDING_NORM) ? norm : 0;
    more += traits.contains(Trait.HEAD_BIAS) ? config.width("vocab_size") : 0;
    return Math.max(0, more - config.hidden());
  }

  /** Learned positions. */
  static ModelInput input(ConfigReader config, Set<Trait> traits) {
    int more = traits.contains(Trait.TWO_MORE_POSITIONS) ? 2 : 0;
    if (more == 0 && !traits.contains(Trait.LEARNED_POSITIONS)) {
      return ModelInput.NONE;
    }
    Optional<Integer> rows =
        config
            .find("max_position_embeddings")
            .or(() -> config.find("n_positions"))
            .or(() -> config.find("n_ctx"))
            .map(found -> found.integer(1, 1 << 20));
    return new ModelInput(0, (rows.orElse(2048) + (long) more) * config.hidden());
  }
}
