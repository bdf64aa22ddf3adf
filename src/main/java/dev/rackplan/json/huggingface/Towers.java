package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.ModelNotes;
import java.util.List;
import java.util.Optional;

/**
 * Weights of vision and audio encoders beside the language part, and of what projects their output
 * to it.
 */
final class Towers {
  private static final List<String> VISION =
      List.of("vision_config", "vision_tower_config", "vit_config", "vision_encoder_config");

  private Towers() {}

  /**
   * Weights in elements of all encoders; what was left out of time, or guessed, is noted at {@code
   * language}.
   *
   * @param whole the config that holds the encoders' configs
   */
  static long parameters(JsonCursor whole, ConfigReader language) {
    long parameters = 0;
    Optional<ConfigReader> vision =
        VISION.stream()
            .flatMap(key -> section(whole, key).stream())
            .findFirst()
            .or(() -> unsaid(whole, language));
    if (vision.isPresent()) {
      parameters += VisionTower.parameters(vision.get(), whole, language);
    }
    Optional<ConfigReader> audio = section(whole, "audio_config");
    if (audio.isPresent()) {
      parameters += AudioTower.parameters(audio.get(), language);
    }
    if (parameters > 0) {
      language.note(ModelNotes.TOWERS);
    }
    return parameters;
  }

  /**
   * Step-3.7's encoder where the config leaves it out: its class's default is the one that was
   * published.
   */
  private static Optional<ConfigReader> unsaid(JsonCursor whole, ConfigReader language) {
    boolean always =
        whole.findNullable("model_type").filter(type -> type.text().equals("step3p7")).isPresent();
    if (!always) {
      return Optional.empty();
    }
    language.note("The config has no vision_config; that of transformers is counted.");
    return Families.tower(VisionKind.STEP.defaults()).map(ConfigReader::new);
  }

  private static Optional<ConfigReader> section(JsonCursor whole, String key) {
    return whole
        .findNullable(key)
        .filter(JsonCursor::isObject)
        .filter(found -> !found.keys().isEmpty())
        .map(ConfigReader::new);
  }
}
