package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.MoeDimensions;
import dev.rackplan.model.MoeFfn;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The language part of a config, with bounds on every size: null counts as absent, keys that no
 * family needs are ignored.
 */
final class ConfigReader {
  private static final int MOST_LAYERS = 4096;
  private static final int MOST_WIDTH = 1 << 20;
  private static final int MOST_HEADS = 1 << 14;
  private static final int MOST_EXPERTS = 1 << 13;

  private final JsonCursor text;

  ConfigReader(JsonCursor text) {
    this.text = text;
  }

  int hidden() {
    return width("hidden_size");
  }

  int layers() {
    return layers("num_hidden_layers");
  }

  int layers(String key) {
    return text.integer(key, 1, MOST_LAYERS);
  }

  int heads() {
    return heads("num_attention_heads");
  }

  int heads(String key) {
    return text.integer(key, 1, MOST_HEADS);
  }

  /** {@code num_key_value_heads}; absent means as many as query heads, as transformers takes it. */
  int kvHeads() {
    return text.findNullable("num_key_value_heads")
        .map(value -> value.integer(1, MOST_HEADS))
        .orElse(heads());
  }

  /**
   * {@code head_dim}; absent means {@code hidden_size / num_attention_heads}, as transformers takes
   * it.
   */
  int headDimension() {
    Optional<JsonCursor> given = text.findNullable("head_dim");
    if (given.isPresent()) {
      return given.get().integer(1, MOST_WIDTH);
    }
    if (hidden() % heads() != 0) {
      throw text.get("num_attention_heads")
          .error(
              "must divide hidden_size " + hidden() + ", was " + heads(),
              "Correct it, or give head_dim.");
    }
    return hidden() / heads();
  }

  int width(String key) {
    return text.integer(key, 1, MOST_WIDTH);
  }

  int width(String key, int whenAbsent) {
    return text.findNullable(key).map(value -> value.integer(1, MOST_WIDTH)).orElse(whenAbsent);
  }

  OptionalInt findWidth(String key) {
    Optional<JsonCursor> value = text.findNullable(key);
    return value.isPresent()
        ? OptionalInt.of(value.get().integer(1, MOST_WIDTH))
        : OptionalInt.empty();
  }

  /** A number that may be 0. */
  int count(String key, int whenAbsent) {
    return text.findNullable(key).map(value -> value.integer(0, MOST_WIDTH)).orElse(whenAbsent);
  }

  /** {@code width} as often as {@code key} says, which may be 0. */
  int multiple(String key, int whenAbsent, int width) {
    long product = (long) count(key, whenAbsent) * width;
    if (product > MOST_WIDTH) {
      throw text.error(
          key + " times " + width + " is more than " + MOST_WIDTH, "Correct one of the two.");
    }
    return (int) product;
  }

  boolean flag(String key, boolean whenAbsent) {
    return text.findNullable(key).map(JsonCursor::bool).orElse(whenAbsent);
  }

  /** The config under {@code key}. */
  ConfigReader section(String key) {
    return new ConfigReader(text.get(key));
  }

  Optional<ConfigReader> findSection(String key) {
    return text.findNullable(key).map(ConfigReader::new);
  }

  /** One value for each of {@code length} layers; further ones belong to prediction modules. */
  Optional<List<JsonCursor>> perLayer(String key, int length) {
    return text.findNullable(key).map(list -> checkedLength(list, length));
  }

  /** As {@link #perLayer}, whole numbers. */
  Optional<List<Integer>> numbersPerLayer(String key, int length) {
    return perLayer(key, length)
        .map(list -> list.stream().map(item -> item.integer(0, MOST_WIDTH)).toList());
  }

  /** Whole numbers, however many; empty where absent. */
  List<Integer> numbers(String key) {
    return text.findNullable(key)
        .map(list -> list.list().stream().map(item -> item.integer(0, MOST_WIDTH)).toList())
        .orElse(List.of());
  }

  JsonCursor get(String key) {
    return text.get(key);
  }

  Optional<JsonCursor> find(String key) {
    return text.findNullable(key);
  }

  private static List<JsonCursor> checkedLength(JsonCursor list, int length) {
    List<JsonCursor> items = list.list();
    if (items.size() < length) {
      throw list.error(
          "must have one element for each of " + length + " layers, has " + items.size(),
          "Correct it or num_hidden_layers.");
    }
    return items.subList(0, length);
  }

  /**
   * Gated experts from this config's expert count, k under {@code perTokenKey}, and an expert
   * width.
   */
  MoeDimensions experts(String countKey, String perTokenKey, int expertWidth) {
    return experts(hidden(), countKey, perTokenKey, expertWidth);
  }

  /** As above, for a config that keeps the hidden size elsewhere. */
  MoeDimensions experts(int hidden, String countKey, String perTokenKey, int expertWidth) {
    int experts = text.integer(countKey, 1, MOST_EXPERTS);
    int perToken = text.integer(perTokenKey, 1, MOST_EXPERTS);
    if (perToken > experts) {
      throw text.get(perTokenKey)
          .error(
              "must be at most " + countKey + " " + experts + ", was " + perToken,
              "Correct one of the two.");
    }
    return MoeDimensions.of(hidden, experts, perToken, expertWidth);
  }

  /** {@code n_group} and {@code topk_group}; absent means no groups. */
  MoeDimensions grouped(MoeDimensions dimensions) {
    return dimensions.withGroups(width("n_group", 1), width("topk_group", 1));
  }

  MoeFfn moe(MoeDimensions dimensions) {
    return text.build(dimensions::toFfn, "Correct the sizes of the experts.");
  }

  /** Whatever {@code constructor} makes, its complaint shown at this config. */
  <T> T build(java.util.function.Supplier<T> constructor) {
    return text.build(constructor, "Correct the sizes in the config.");
  }
}
