package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.MoeDimensions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which layers have experts, and how wide they and the dense FFNs are, from the usual keys. */
final class ExpertLayers {
  private static final int MOST_WIDTH = 1 << 20;

  private final ConfigReader config;
  private final Set<Trait> traits;

  ExpertLayers(ConfigReader config, Set<Trait> traits) {
    this.config = config;
    this.traits = traits;
  }

  Ffn of(int layer) {
    return isMoe(layer) ? moe(layer) : dense(layer);
  }

  /** Whether layer {@code layer} has experts. */
  boolean isMoe(int layer) {
    if (experts(layer) < 2) {
      return false;
    }
    int count = config.layers();
    Optional<List<JsonCursor>> types = config.perLayer("mlp_layer_types", count);
    if (types.isPresent()) {
      return isSparse(types.get().get(layer));
    }
    Optional<JsonCursor> frequency = config.find("moe_layer_freq");
    if (frequency.isPresent() && frequency.get().isList()) {
      return config.numbersPerLayer("moe_layer_freq", count).orElseThrow().get(layer) != 0;
    }
    Optional<JsonCursor> listed = config.find("moe_layers_enum");
    if (listed.isPresent()) {
      return Arrays.stream(listed.get().text().split(","))
          .anyMatch(number -> number.strip().equals(Integer.toString(layer)));
    }
    return isMoeByStep(layer);
  }

  private boolean isMoeByStep(int layer) {
    int first =
        config.count("first_k_dense_replace", traits.contains(Trait.FIRST_LAYER_DENSE) ? 1 : 0);
    int last = config.find("moe_layer_end_index").map(at -> at.integer(-1, 4096)).orElse(-1);
    int every = config.width("moe_layer_freq", config.width("moe_every_n_layers", 1));
    // Ernie counts its interval from 1, as Qwen its step.
    int interval = config.width("moe_layer_interval", config.width("decoder_sparse_step", 1));
    return layer >= first
        && (last < 0 || layer <= last)
        && layer % every == 0
        && (layer + 1) % interval == 0
        && !config.numbers("mlp_only_layers").contains(layer);
  }

  private static boolean isSparse(JsonCursor type) {
    return switch (type.text()) {
      case "sparse", "moe" -> true;
      case "dense" -> false;
      default ->
          throw type.error(
              "unknown kind of FFN \"" + type.text() + "\"", "Known here: dense, sparse.");
    };
  }

  private int experts(int layer) {
    return config.widthOfLayer("num_experts", layer, 0);
  }

  Ffn dense(int layer) {
    int hidden = config.hidden();
    int width = denseWidth(layer) / (traits.contains(Trait.HALF_WIDTH) ? 2 : 1);
    int matrices = traits.contains(Trait.UNGATED) ? 2 : 3;
    boolean bias =
        traits.contains(Trait.FFN_BIAS)
            || config.flag("mlp_bias", false)
            || config.flag("use_mlp_bias", false)
            || config.flag("use_bias", false);
    long biases = bias ? (matrices - 1L) * width + hidden : 0;
    return config.build(() -> DenseFfn.ofWidth((long) matrices * hidden * width + biases, width));
  }

  private int denseWidth(int layer) {
    Optional<JsonCursor> given = config.find("intermediate_size");
    if (given.isEmpty() && traits.contains(Trait.FOUR_TIMES_WIDE)) {
      return config.multiple("ffn_multiplier", 4, config.hidden());
    }
    return given.isPresent() && given.get().isList()
        ? config.widthOfLayer("intermediate_size", layer, 0)
        : config.width("intermediate_size");
  }

  private Ffn moe(int layer) {
    int hidden = config.hidden();
    int width = expertWidth(layer);
    int perToken = config.widthOfLayer("num_experts_per_tok", layer, 0);
    if (perToken < 1 || perToken > experts(layer)) {
      throw config
          .get("num_experts_per_tok")
          .error(
              "must be in 1.." + experts(layer) + ", was " + perToken, "Correct one of the two.");
    }
    long extra = 0;
    int shared = sharedWidth(layer, width);
    if (traits.contains(Trait.SHARED_GATE) && shared > 0) {
      extra += hidden;
    }
    if (traits.contains(Trait.DENSE_BRANCH)) {
      extra += dense(layer).parameters();
    }
    MoeDimensions dimensions =
        MoeDimensions.of(hidden, experts(layer), perToken, width)
            .withMatrices(traits.contains(Trait.UNGATED) ? 2 : 3)
            .withShared(shared, extra)
            .withBiases(hasRouterBias(), traits.contains(Trait.EXPERT_BIAS));
    return config.moe(config.grouped(dimensions));
  }

  private boolean hasRouterBias() {
    return traits.contains(Trait.ROUTER_BIAS)
        || config.flag("moe_router_enable_expert_bias", false)
        || config.flag("use_moe_router_bias", false)
        || config.flag("use_router_bias", false)
        || config.flag("moe_use_aux_free", false);
  }

  private int expertWidth(int layer) {
    return config.has("moe_intermediate_size")
            && !traits.contains(Trait.EXPERT_WIDTH_IS_INTERMEDIATE)
        ? config.widthOfLayer("moe_intermediate_size", layer, 0)
        : config.width("intermediate_size");
  }

  /** Width of all shared experts together: of one, times their number. */
  private int sharedWidth(int layer, int expertWidth) {
    boolean counted = config.has("num_shared_experts");
    int whenSilent = traits.contains(Trait.ONE_SHARED_EXPERT) ? 1 : 0;
    Optional<JsonCursor> given = config.find("shared_expert_intermediate_size");
    if (given.isPresent()) {
      int width = given.get().integer(0, MOST_WIDTH);
      return counted ? config.product("num_shared_experts", layer, width) : width;
    }
    return counted
        ? config.product("num_shared_experts", layer, expertWidth)
        : whenSilent * expertWidth;
  }
}
