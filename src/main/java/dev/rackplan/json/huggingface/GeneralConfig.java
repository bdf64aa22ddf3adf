package dev.rackplan.json.huggingface;

import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A config of no known family: read as a plain decoder where every key that could change the
 * weights or the cache has a place in one, refused with those keys where not.
 */
final class GeneralConfig {
  /** Activations of FFNs without a gate; all others are taken for gated. */
  private static final Set<String> UNGATED =
      Set.of("gelu", "gelu_new", "gelu_fast", "relu", "relu2", "squared_relu", "gelu_python");

  /** Words in keys that change weights or cache. */
  private static final Pattern MATTERS =
      Pattern.compile(
          "(^|_)(hidden|head|heads|dim|dims|size|width|rank|lora|layer|layers|expert|experts|shared|group|groups|block|blocks|conv|state|ssm|mamba|linear|latent|window|chunk|index|indexer|compress|kv|ffn|mlp|moe|intermediate|bias|norm|gate|depth|multiplier|recurrent|lru|delta|rwkv|sparse|pattern|share|altup|laurel)(_|$)");

  /** Keys that hold such words and change neither, or are read elsewhere. */
  private static final Pattern HARMLESS =
      Pattern.compile(
          ".*(token|dropout|drop_|_drop|eps|epsilon|init|rope|rotary|position|temperature|loss|coef|scaling|scale|softcap|logit|torch|dtype|vision|image|video|audio|aux|norm_topk|topk_method|scoring|score|router_jitter|jitter|chunk_size_feed_forward|mrope|partial|act$|activation|_type$|cache_|use_cache|capacity|parallel|tensor|max_window_layers|moe_router|router_|gate_func|multiplier$|nextn|mtp|quant|flash|kernel|impl|pdrop|seq_len|sequence_length|max_).*");

  private GeneralConfig() {}

  /** Whether the object has the sizes of a decoder, under any of their names. */
  static boolean hasSizes(JsonCursor root) {
    return hasAny(root, "hidden_size")
        && hasAny(root, "num_hidden_layers")
        && hasAny(root, "num_attention_heads")
        && hasAny(root, "vocab_size");
  }

  private static boolean hasAny(JsonCursor root, String key) {
    return Synonyms.of(key).stream().anyMatch(word -> root.findNullable(word).isPresent());
  }

  /** A plain decoder by the config's own words; an error where its sizes aren't there. */
  static Family family(JsonCursor root, ConfigReader config) {
    for (String size :
        List.of("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size")) {
      if (!config.has(size)) {
        throw unknown(root, size);
      }
    }
    Set<Trait> traits = EnumSet.of(Trait.HEAD_NORM_IF_SAID, Trait.SLIDES_IF_SAID);
    String activation =
        config
            .find("hidden_act")
            .or(() -> config.find("hidden_activation"))
            .or(() -> config.find("activation_function"))
            .or(() -> config.find("activation_type"))
            .filter(JsonCursor::isText)
            .map(JsonCursor::text)
            .orElse("silu");
    if (UNGATED.contains(activation.toLowerCase(Locale.ROOT))) {
      traits.add(Trait.UNGATED);
    }
    config.note(
        "Architecture "
            + name(root)
            + " isn't known: read generally, as a plain decoder whose FFNs are "
            + (traits.contains(Trait.UNGATED) ? "not " : "")
            + "gated ("
            + activation
            + "); compare the parameters with the model's card.");
    return Families.general(traits);
  }

  private static String name(JsonCursor root) {
    return root.findNullable("model_type")
        .or(
            () ->
                root.findNullable("architectures")
                    .map(JsonCursor::list)
                    .filter(list -> !list.isEmpty())
                    .map(list -> list.get(0)))
        .map(at -> "\"" + at.text() + "\"")
        .orElse("without a name");
  }

  private static InputException unknown(JsonCursor root, String size) {
    Optional<String> key =
        List.of("model_type", "architectures").stream()
            .filter(word -> root.findNullable(word).isPresent())
            .findFirst();
    if (key.isEmpty()) {
      return root.error(
          "isn't the config of a model: it has neither model_type nor architectures, nor " + size,
          "Give a Hugging Face config.json, or a model file (docs/formats.md#model-file); settings of an engine or of a training run don't say what the model is.");
    }
    return root.get(key.get())
        .error(
            "unknown architecture " + name(root) + ", and no " + size + " to read it generally by",
            "Write a model file (docs/formats.md#model-file). Known: " + Families.known() + ".");
  }

  /** Refuses what has no place in a plain decoder and may change weights or cache. */
  static void refuseUnplaced(JsonCursor root, ConfigReader reader, JsonCursor text) {
    TreeSet<String> open = new TreeSet<>();
    for (String key : text.keys()) {
      Optional<JsonCursor> value = text.findNullable(key);
      if (value.isPresent()
          && !isSpare(key, reader)
          && !reader.placed().contains(key)
          && MATTERS.matcher(key).find()
          && !HARMLESS.matcher(key).matches()
          && says(value.get())
          && !repeats(reader, key, value.get())) {
        open.add(key);
      }
    }
    if (!open.isEmpty()) {
      throw root.error(
          "unknown architecture "
              + name(root)
              + "; no place in a plain decoder for "
              + String.join(", ", open),
          "Write a model file (docs/formats.md#model-file), or remove keys that change neither weights nor cache. Known: "
              + Families.known()
              + ".");
    }
  }

  /** Keys that say nothing more beside latent attention, or where each FFN has experts. */
  private static boolean isSpare(String key, ConfigReader reader) {
    boolean latent =
        reader.has("kv_lora_rank")
            && List.of("head_dim", "num_key_value_heads", "qk_head_dim").contains(key);
    return latent
        || reader.placed().contains("moe_intermediate_size") && key.equals("intermediate_size");
  }

  /** Whether a value asks for anything: not false, 0, an empty list or text. */
  private static boolean says(JsonCursor value) {
    if (value.isText()) {
      return false;
    }
    if (value.isNumber()) {
      return value.tree() instanceof Number number && number.doubleValue() > 0;
    }
    if (value.isList()) {
      return !value.list().isEmpty();
    }
    return value.isObject() ? !value.keys().isEmpty() : value.bool();
  }

  /** Whether {@code key} says again what another key of its group said. */
  private static boolean repeats(ConfigReader reader, String key, JsonCursor value) {
    return Synonyms.of(key).stream()
        .filter(word -> !word.equals(key) && reader.placed().contains(word))
        .anyMatch(word -> reader.get(word).tree().equals(value.tree()));
  }
}
