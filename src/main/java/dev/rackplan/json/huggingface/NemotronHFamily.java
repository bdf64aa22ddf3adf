package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.NoAttention;
import dev.rackplan.model.NoFfn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Nemotron-H and Nemotron 3: one mixer or one FFN per block, each with one norm; FFNs have no gate
 * (squared ReLU).
 */
final class NemotronHFamily {
  private static final int MOST_BLOCKS = 4096;
  private static final String DRAFTING = "mtp_";

  private NemotronHFamily() {}

  static List<Layer> layers(ConfigReader config) {
    return layers(config, blocks(config));
  }

  /** The layers that draft a token; empty where the config lists no blocks for that. */
  static List<Layer> nextToken(ConfigReader config) {
    boolean drafts =
        Stream.of("layers_block_type", "hybrid_override_pattern")
            .anyMatch(key -> config.find(DRAFTING + key).isPresent());
    return drafts ? layers(config, blocks(config, DRAFTING)) : List.of();
  }

  private static List<Layer> layers(ConfigReader config, List<String> blocks) {
    List<Layer> layers = new ArrayList<>();
    for (String block : blocks) {
      layers.add(
          switch (block) {
            case "mamba" -> new Layer(mamba(config), new NoFfn(), config.hidden(), 1);
            case "attention" ->
                new Layer(GroupedQuery.full(config), new NoFfn(), config.hidden(), 1);
            case "moe" -> new Layer(new NoAttention(), moe(config), config.hidden(), 1);
            default -> new Layer(new NoAttention(), ungated(config), config.hidden(), 1);
          });
    }
    return layers;
  }

  private static DenseFfn ungated(ConfigReader config) {
    int width = config.width("intermediate_size");
    return DenseFfn.ofWidth(2L * config.hidden() * width, width);
  }

  /**
   * {@code layers_block_type}, or the letters of {@code hybrid_override_pattern} (M mamba, *
   * attention, E experts, - dense).
   */
  private static List<String> blocks(ConfigReader config) {
    return blocks(config, "");
  }

  private static List<String> blocks(ConfigReader config, String prefix) {
    Optional<JsonCursor> words = config.find(prefix + "layers_block_type");
    List<String> blocks = new ArrayList<>();
    JsonCursor source =
        words
            .or(() -> config.find(prefix + "hybrid_override_pattern"))
            .orElseGet(() -> config.get("layers_block_type"));
    if (words.isPresent()) {
      for (JsonCursor word : source.list()) {
        String known =
            switch (word.text()) {
              case "linear_attention" -> "mamba";
              case "full_attention" -> "attention";
              default -> word.text();
            };
        if (!List.of("mamba", "attention", "moe", "mlp").contains(known)) {
          throw word.error(
              "unknown kind of block \"" + word.text() + "\"",
              "Known here: mamba, attention, moe, mlp.");
        }
        blocks.add(known);
      }
    } else {
      source.text().chars().forEach(letter -> blocks.add(word(source, (char) letter)));
    }
    if (blocks.isEmpty() || blocks.size() > MOST_BLOCKS) {
      throw source.error(
          "must list 1.." + MOST_BLOCKS + " blocks, has " + blocks.size(), "Correct the list.");
    }
    return blocks;
  }

  private static String word(JsonCursor source, char letter) {
    return switch (letter) {
      case 'M' -> "mamba";
      case '*' -> "attention";
      case 'E' -> "moe";
      case '-' -> "mlp";
      default -> throw source.error("unknown letter '" + letter + "'", "Known here: M, *, E, -.");
    };
  }

  private static Attention mamba(ConfigReader config) {
    return LinearAttention.mamba2(
        config.hidden(),
        config.heads("mamba_num_heads"),
        config.width("mamba_head_dim"),
        config.width("n_groups", 8),
        config.width("ssm_state_size", 128),
        config.width("conv_kernel", 4),
        config.flag("use_conv_bias", true));
  }

  private static Ffn moe(ConfigReader config) {
    int width = config.width("moe_intermediate_size");
    int sharedWidth =
        config.multiple(
            "n_shared_experts", 1, config.width("moe_shared_expert_intermediate_size", width));
    return config.moe(
        config.grouped(
            config
                .experts("n_routed_experts", "num_experts_per_tok", width)
                .withMatrices(2)
                .withTokenWidth(config.width("moe_latent_size", config.hidden()))
                .withShared(sharedWidth, 0)
                .withBiases(true, false)));
  }
}
