package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** Grouped-query attention from the keys that most families share. */
final class GroupedQuery {
  private GroupedQuery() {}

  static GroupedQueryAttention of(ConfigReader config, Window window, Set<Extra> extras) {
    return ofHeads(config, config.headDimension(), window, extras);
  }

  /** With heads of the given width. */
  static GroupedQueryAttention ofHeads(
      ConfigReader config, int headDimension, Window window, Set<Extra> extras) {
    return config.build(
        () ->
            GroupedQueryAttention.ofDimensions(
                config.hidden(), config.heads(), config.kvHeads(), headDimension, window, extras));
  }

  /** With the given number of key-value heads. */
  static GroupedQueryAttention of(
      ConfigReader config, int kvHeads, Window window, Set<Extra> extras) {
    int dimension = config.headDimension();
    return config.build(
        () ->
            GroupedQueryAttention.ofDimensions(
                config.hidden(), config.heads(), kvHeads, dimension, window, extras));
  }

  static GroupedQueryAttention full(ConfigReader config, Extra... extras) {
    return of(config, Window.full(), extras(extras));
  }

  static Set<Extra> extras(Extra... extras) {
    EnumSet<Extra> set = EnumSet.noneOf(Extra.class);
    set.addAll(Arrays.asList(extras));
    return set;
  }

  /** {@code layer_types}' word for a layer, as a window. */
  static Window window(JsonCursor layerType, ConfigReader config) {
    return switch (layerType.text()) {
      case "full_attention" -> Window.full();
      case "sliding_attention" -> Window.sliding(config.width("sliding_window"));
      case "chunked_attention" -> Window.chunked(config.width("attention_chunk_size"));
      default ->
          throw layerType.error(
              "unknown kind of layer \"" + layerType.text() + "\"",
              "Known here: full_attention, sliding_attention, chunked_attention.");
    };
  }
}
