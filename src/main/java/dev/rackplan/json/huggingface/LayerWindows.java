package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.GroupedQueryAttention.Window;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How far back each layer sees: {@code layer_types}, {@code sliding_window_pattern}, {@code
 * max_window_layers}, or the family's habit.
 */
final class LayerWindows {
  private final ConfigReader config;
  private final Set<Trait> traits;
  private final Optional<List<JsonCursor>> types;
  private final OptionalInt span;

  LayerWindows(ConfigReader config, Set<Trait> traits) {
    this.config = config;
    this.traits = traits;
    this.types = config.perLayer("layer_types", config.layers());
    this.span = span();
  }

  private OptionalInt span() {
    boolean used = config.flag("use_sliding_window", !traits.contains(Trait.SLIDES_IF_SAID));
    OptionalInt given = config.findPositiveWidth("sliding_window");
    OptionalInt context = config.findPositiveWidth("max_position_embeddings");
    // A window as long as the context is none.
    if (given.isPresent() && context.isPresent() && given.getAsInt() >= context.getAsInt()) {
      return OptionalInt.empty();
    }
    return used && !traits.contains(Trait.NEVER_SLIDES) ? given : OptionalInt.empty();
  }

  Window of(int layer) {
    if (types.isPresent()) {
      JsonCursor type = types.get().get(layer);
      // Some configs name sliding layers and switch the window off.
      return type.isText() && type.text().equals("sliding_attention")
          ? span.isPresent() ? Window.sliding(span.getAsInt()) : Window.full()
          : GroupedQuery.window(type, config);
    }
    if (span.isEmpty()) {
      return Window.full();
    }
    return slides(layer) ? Window.sliding(span.getAsInt()) : Window.full();
  }

  private boolean slides(int layer) {
    Optional<JsonCursor> pattern =
        config
            .find("sliding_window_pattern")
            .or(() -> config.find("global_attn_every_n_layers"))
            .or(() -> config.find("layer_switch"));
    if (pattern.isPresent()) {
      return slides(pattern.get(), layer);
    }
    if (traits.contains(Trait.EVERY_SECOND_SLIDES)) {
      return layer % 2 == 0;
    }
    if (traits.contains(Trait.EVERY_FOURTH_FULL)) {
      return (layer + 1) % 4 != 0;
    }
    if (traits.contains(Trait.SLIDES_IF_SAID)) {
      return layer >= config.count("max_window_layers", 0);
    }
    return true;
  }

  /** Every n-th layer is full; or letters, L for a sliding layer and G for a full one, repeated. */
  private static boolean slides(JsonCursor pattern, int layer) {
    if (pattern.isText()) {
      String letters = pattern.text();
      return letters.charAt(layer % letters.length()) == 'L';
    }
    if (pattern.isList()) {
      List<JsonCursor> list = pattern.list();
      JsonCursor item = list.get(layer % list.size());
      return item.isNumber() ? item.integer(0, 1) == 1 : item.bool();
    }
    int every = pattern.integer(0, 4096);
    return every == 0 || (layer + 1) % every != 0;
  }
}
