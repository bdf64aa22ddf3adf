package dev.rackplan.json.huggingface;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.model.Layer;
import dev.rackplan.model.ModelInput;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * One architecture.
 *
 * @param modelTypes values of {@code model_type}
 * @param architectures values of {@code architectures}, for configs without a known {@code
 *     model_type}
 * @param tiedByDefault the family's default of {@code tie_word_embeddings} in transformers
 * @param layers its layers
 * @param input what it has before them beside the token embedding, towers not among it
 * @param defaults sizes that its configuration class in transformers takes where a config has none
 */
record Family(
    List<String> modelTypes,
    List<String> architectures,
    boolean tiedByDefault,
    Function<ConfigReader, List<Layer>> layers,
    Function<ConfigReader, ModelInput> input,
    Optional<JsonCursor> defaults) {

  boolean isCalled(String word) {
    return modelTypes.contains(word) || architectures.contains(word);
  }
}
