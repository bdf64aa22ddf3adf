package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.MoeDimensions;
import dev.rackplan.model.MoeFfn;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The language part of a config, with bounds on every size: null counts as absent, keys that no
 * family needs are ignored, and a key's {@link Synonyms} may stand in its place.
 */
final class ConfigReader {
  private static final int MOST_LAYERS = 4096;
  private static final int MOST_WIDTH = 1 << 20;
  private static final int MOST_VOCABULARY = 1 << 24;
  private static final int MOST_HEADS = 1 << 14;
  private static final int MOST_EXPERTS = 1 << 13;

  /** Keys that a config must have itself, unless a wrapper's class knows them. */
  private static final List<String> ESSENTIAL =
      List.of(
          "hidden_size",
          "num_hidden_layers",
          "num_attention_heads",
          "num_experts",
          "n_routed_experts",
          "num_local_experts",
          "num_experts_per_tok",
          "moe_intermediate_size");

  private final JsonCursor text;
  private final Optional<JsonCursor> defaults;
  private final boolean isPart;
  private final TreeSet<String> placed = new TreeSet<>();
  private final TreeMap<String, String> taken = new TreeMap<>();
  private final List<String> notes;

  ConfigReader(JsonCursor text) {
    this(text, Optional.empty(), false, new ArrayList<>());
  }

  private ConfigReader(
      JsonCursor text, Optional<JsonCursor> defaults, boolean isPart, List<String> notes) {
    this.text = text;
    this.defaults = defaults;
    this.isPart = isPart;
    this.notes = notes;
  }

  /**
   * The same config, with what its class in transformers takes for absent keys.
   *
   * @param isPart whether it is the language part of a wrapper, which may leave out any key
   */
  ConfigReader withDefaults(Optional<JsonCursor> given, boolean isPart) {
    return new ConfigReader(text, given, isPart, notes);
  }

  /** Keeps a sentence that whoever reads the model's figures must know. */
  void note(String sentence) {
    if (!notes.contains(sentence)) {
      notes.add(sentence);
    }
  }

  /** What was noted, and which sizes were taken from the configuration class. */
  List<String> notes() {
    List<String> all = new ArrayList<>(notes);
    if (!taken.isEmpty()) {
      all.add(
          "Not in the config, transformers' defaults taken: "
              + String.join(", ", taken.values())
              + ".");
    }
    return List.copyOf(all);
  }

  /** Keys that were asked for and are there. */
  Set<String> placed() {
    return Collections.unmodifiableSet(placed);
  }

  /** Keys that are there and not null, in the file's order. */
  List<String> keys() {
    return text.keys().stream().filter(key -> text.findNullable(key).isPresent()).toList();
  }

  /** Whether the config itself says it. */
  boolean has(String key) {
    return Synonyms.of(key).stream().anyMatch(word -> text.findNullable(word).isPresent());
  }

  /** A text that may be blank; empty where there is none. */
  Optional<String> findText(String key) {
    return find(key).filter(JsonCursor::isText).map(at -> String.valueOf(at.tree()));
  }

  Optional<JsonCursor> find(String key) {
    for (String word : Synonyms.of(key)) {
      Optional<JsonCursor> value = text.findNullable(word);
      if (value.isPresent()) {
        placed.add(word);
        return value;
      }
    }
    return byDefault(key);
  }

  private Optional<JsonCursor> byDefault(String key) {
    // A null says that the key is not used.
    boolean unsaid = Collections.disjoint(Synonyms.of(key), text.keys());
    if (!unsaid || !isPart && ESSENTIAL.contains(key)) {
      return Optional.empty();
    }
    Optional<JsonCursor> value =
        Synonyms.of(key).stream()
            .flatMap(word -> defaults.flatMap(found -> found.findNullable(word)).stream())
            .findFirst();
    value.ifPresent(at -> taken.put(key, key + " " + at.integer(1, Integer.MAX_VALUE)));
    return value;
  }

  /** Rows of the embedding. */
  int vocabulary() {
    return get("vocab_size").integer(1, MOST_VOCABULARY);
  }

  JsonCursor get(String key) {
    return find(key).orElseGet(() -> text.get(key));
  }

  int hidden() {
    return width("hidden_size");
  }

  int layers() {
    return layers("num_hidden_layers");
  }

  int layers(String key) {
    return get(key).integer(1, MOST_LAYERS);
  }

  int heads() {
    return heads("num_attention_heads");
  }

  int heads(String key) {
    return get(key).integer(1, MOST_HEADS);
  }

  /**
   * {@code num_key_value_heads}; absent means as many as query heads, as transformers takes it, or
   * its class's default where that fits the query heads.
   */
  int kvHeads() {
    int heads = heads();
    return find("num_key_value_heads")
        .map(value -> value.integer(1, MOST_HEADS))
        .filter(found -> has("num_key_value_heads") || heads % found == 0)
        .orElse(heads);
  }

  /**
   * {@code head_dim}; absent means {@code hidden_size / num_attention_heads}, as transformers takes
   * it.
   */
  int headDimension() {
    Optional<JsonCursor> given = find("head_dim");
    if (given.isPresent()) {
      return given.get().integer(1, MOST_WIDTH);
    }
    if (hidden() % heads() != 0) {
      throw get("num_attention_heads")
          .error(
              "must divide hidden_size " + hidden() + ", was " + heads(),
              "Correct it, or give head_dim.");
    }
    return hidden() / heads();
  }

  int width(String key) {
    return get(key).integer(1, MOST_WIDTH);
  }

  int width(String key, int whenAbsent) {
    return find(key).map(value -> value.integer(1, MOST_WIDTH)).orElse(whenAbsent);
  }

  /** A width that may be a list with one value for each layer. */
  int widthOfLayer(String key, int layer, int whenAbsent) {
    Optional<JsonCursor> given = find(key);
    if (given.filter(JsonCursor::isList).isEmpty()) {
      return count(key, whenAbsent);
    }
    List<JsonCursor> items = given.get().list();
    if (items.size() <= layer) {
      throw given
          .get()
          .error(
              "must have one element for each layer, has " + items.size(),
              "Correct it or num_hidden_layers.");
    }
    return items.get(layer).integer(0, MOST_WIDTH);
  }

  OptionalInt findWidth(String key) {
    Optional<JsonCursor> value = find(key);
    return value.isPresent()
        ? OptionalInt.of(value.get().integer(1, MOST_WIDTH))
        : OptionalInt.empty();
  }

  /** A width; 0 and -1 count as absent, as several configs write them. */
  OptionalInt findPositiveWidth(String key) {
    Optional<JsonCursor> value = find(key).filter(at -> !at.isNumber() || at.number() > 0);
    return value.isPresent()
        ? OptionalInt.of(value.get().integer(1, Integer.MAX_VALUE))
        : OptionalInt.empty();
  }

  /** {@code width} as often as {@code key} says of a layer. */
  int product(String key, int layer, int width) {
    long product = (long) widthOfLayer(key, layer, 0) * width;
    return checkedProduct(key, product, width);
  }

  /** A number that may be 0. */
  int count(String key, int whenAbsent) {
    return find(key).map(value -> value.integer(0, MOST_WIDTH)).orElse(whenAbsent);
  }

  /** {@code width} as often as {@code key} says, which may be 0. */
  int multiple(String key, int whenAbsent, int width) {
    return checkedProduct(key, (long) count(key, whenAbsent) * width, width);
  }

  private int checkedProduct(String key, long product, int width) {
    if (product > MOST_WIDTH) {
      throw text.error(
          key + " times " + width + " is more than " + MOST_WIDTH, "Correct one of the two.");
    }
    return (int) product;
  }

  boolean flag(String key, boolean whenAbsent) {
    return find(key).map(JsonCursor::bool).orElse(whenAbsent);
  }

  /** The config under {@code key}. */
  ConfigReader section(String key) {
    return at(get(key));
  }

  /** An object inside this config. */
  ConfigReader at(JsonCursor inside) {
    return new ConfigReader(inside, Optional.empty(), false, notes);
  }

  Optional<ConfigReader> findSection(String key) {
    return find(key).map(this::at);
  }

  /** One value for each of {@code length} layers; further ones belong to prediction modules. */
  Optional<List<JsonCursor>> perLayer(String key, int length) {
    return find(key).map(list -> checkedLength(list, length));
  }

  /** As {@link #perLayer}, whole numbers. */
  Optional<List<Integer>> numbersPerLayer(String key, int length) {
    return perLayer(key, length)
        .map(list -> list.stream().map(item -> item.integer(0, MOST_WIDTH)).toList());
  }

  /** Whole numbers, however many; empty where absent. */
  List<Integer> numbers(String key) {
    return find(key)
        .map(list -> list.list().stream().map(item -> item.integer(0, MOST_WIDTH)).toList())
        .orElse(List.of());
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
    int experts = get(countKey).integer(1, MOST_EXPERTS);
    int perToken = get(perTokenKey).integer(1, MOST_EXPERTS);
    if (perToken > experts) {
      throw get(perTokenKey)
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
