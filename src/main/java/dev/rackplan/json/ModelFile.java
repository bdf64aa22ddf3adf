package dev.rackplan.json;

import dev.rackplan.model.ContextLimit;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.KvSharing;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.ModelInput;
import dev.rackplan.model.StoredFormats;
import dev.rackplan.model.WeightFormats;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * Reads this project's own compact model files: dimensions per group of equal layers, and where
 * they come from.
 */
public final class ModelFile {
  private static final int MOST_LAYERS = 4096;
  private static final String MAX_CONTEXT = "maxContext";
  private static final String SHORTER_CONTEXTS = "shorterContexts";
  private static final String CONTEXT_OVERRIDE = "contextOverride";

  private ModelFile() {}

  /** Reads a parsed model file. */
  public static Model read(JsonCursor root) {
    root.findNullable("$schema");
    root.text("source");
    root.find("huggingFace").ifPresent(list -> list.list().forEach(JsonCursor::text));
    String name = root.text("name");
    String architecture = root.text("architecture");
    int hidden = root.integer("hiddenSize", 1, ModelFileLayers.MOST_WIDTH);
    int vocabulary = root.integer("vocabularySize", 1, 1 << 26);
    boolean tied = root.get("tiedEmbeddings").bool();
    List<Layer> layers = layers(root.get("layers"), hidden);
    int sharing = root.findInteger("kvSharingLayers", 0, layers.size()).orElse(0);
    List<Layer> drafting =
        root.find("nextTokenLayers").map(list -> drafting(list, hidden)).orElse(List.of());
    Optional<Stored> stored = root.find("formats").map(ModelFile::stored);
    ModelInput input =
        new ModelInput(
            ModelFileLayers.elements(root, "towerParameters"),
            ModelFileLayers.elements(root, "tableParameters"));
    Optional<ContextLimit> limit = contextLimit(root);
    root.end();
    Model model =
        root.build(
            () ->
                Model.withFinalNorm(
                        name,
                        architecture,
                        hidden,
                        vocabulary,
                        tied,
                        KvSharing.ofLast(layers, sharing))
                    .withNextTokenLayers(drafting)
                    .withInput(input)
                    .withContextLimit(limit)
                    .withNotes(
                        input.towerParameters() > 0 ? List.of(ModelNotes.TOWERS) : List.of()),
            "Correct kvSharingLayers.");
    return stored
        .map(
            found ->
                model.storedAs(
                    found.ofModel(), Collections.nCopies(layers.size(), found.ofLayers())))
        .orElse(model);
  }

  /**
   * What each of the checkpoints takes that bear the model's name in their ids. What is built alike
   * and called otherwise, as Llama 3 beside Llama 3.1, is asked for by its id.
   */
  private static Optional<ContextLimit> contextLimit(JsonCursor root) {
    String name = root.text("name").toLowerCase(Locale.ROOT);
    return contextLimit(root, id -> checkpoint(id).contains(name));
  }

  /** The same of all checkpoints that are built alike, whatever they are called. */
  static Optional<ContextLimit> ofAllCheckpoints(JsonCursor root) {
    return contextLimit(root, id -> true);
  }

  private static Optional<ContextLimit> contextLimit(JsonCursor root, Predicate<String> counts) {
    OptionalInt most = root.findInteger(MAX_CONTEXT, 1, Integer.MAX_VALUE);
    Optional<JsonCursor> shorter = root.find(SHORTER_CONTEXTS);
    Optional<JsonCursor> override = root.find(CONTEXT_OVERRIDE);
    if (most.isEmpty()) {
      shorter
          .or(() -> override)
          .ifPresent(
              given -> {
                throw given.error("needs " + MAX_CONTEXT, "Give it, or remove these.");
              });
      return Optional.empty();
    }
    List<Integer> lengths = new ArrayList<>(List.of(most.getAsInt()));
    for (String id : shorter.map(JsonCursor::keys).orElse(List.of())) {
      int own = shorter.get().integer(id, 1, most.getAsInt());
      if (counts.test(id)) {
        lengths.add(own);
      }
    }
    if (override.isPresent() && lengths.stream().distinct().count() == 1) {
      throw override
          .get()
          .error(
              "has nothing to change: no checkpoint of the name takes fewer tokens than "
                  + MAX_CONTEXT,
              "Give what its config allows as it is in " + SHORTER_CONTEXTS + ", or remove it.");
    }
    return Optional.of(
        new ContextLimit(lengths, override.map(ModelFile::override).orElse(Map.of())));
  }

  // Launch scripts give it to engines between single quotes.
  private static Map<String, Object> override(JsonCursor json) {
    Map<String, Object> keys = new LinkedHashMap<>();
    json.keys().forEach(key -> keys.put(key, json.get(key).tree()));
    if (JsonText.line(keys).contains("'")) {
      throw json.error("must not have the character '", "Remove it.");
    }
    return keys;
  }

  /**
   * Tokens of a sequence that the checkpoint {@code id} takes, in upper or lower case, with or
   * without what stands before its slash. Empty where nothing is known of any.
   */
  static OptionalInt maxContext(JsonCursor root, String id) {
    Optional<JsonCursor> shorter = root.find(SHORTER_CONTEXTS);
    for (String key : shorter.map(JsonCursor::keys).orElse(List.of())) {
      if (key.equalsIgnoreCase(id) || checkpoint(key).equals(id.toLowerCase(Locale.ROOT))) {
        return OptionalInt.of(shorter.get().integer(key, 1, Integer.MAX_VALUE));
      }
    }
    return root.findInteger(MAX_CONTEXT, 1, Integer.MAX_VALUE);
  }

  /** What stands behind an id's slash, in lower case. */
  private static String checkpoint(String id) {
    return id.substring(id.indexOf('/') + 1).toLowerCase(Locale.ROOT);
  }

  /** How a checkpoint stores the model, each layer alike. */
  private record Stored(StoredFormats ofModel, WeightFormats ofLayers) {}

  private static Stored stored(JsonCursor json) {
    Dtype weights = DtypeName.of(json.get("weights"));
    Dtype experts = json.find("experts").map(DtypeName::of).orElse(weights);
    Dtype attention = json.find("attention").map(DtypeName::of).orElse(weights);
    Dtype head = json.find("head").map(DtypeName::of).orElse(Dtype.BF16);
    Optional<Dtype> kv = json.find("kv").map(DtypeName::of);
    json.end();
    WeightFormats layers = new WeightFormats(attention, weights, experts);
    return new Stored(
        new StoredFormats(
            "model file", weights, experts, head, layers, Dtype.BF16, kv, Optional.empty()),
        layers);
  }

  private static List<Layer> layers(JsonCursor list, int hidden) {
    List<Layer> layers = new ArrayList<>();
    for (JsonCursor group : list.list()) {
      layers.addAll(group(group, hidden, layers.size()));
    }
    if (layers.isEmpty()) {
      throw list.error("must not be empty", "List at least one layer.");
    }
    return layers;
  }

  private static List<Layer> group(JsonCursor group, int hidden, int before) {
    boolean nested = group.has("repeat");
    List<Layer> once = nested ? layers(group.get("layers"), hidden) : List.of(layer(group, hidden));
    int times =
        nested
            ? group.integer("repeat", 1, MOST_LAYERS)
            : group.findInteger("count", 1, MOST_LAYERS).orElse(1);
    group.end();
    if ((long) before + (long) times * once.size() > MOST_LAYERS) {
      throw group.error("makes more than " + MOST_LAYERS + " layers", "Correct the counts.");
    }
    return Collections.nCopies(times, once).stream().flatMap(List::stream).toList();
  }

  // Blocks that follow another one in the same module have no projection of their own.
  private static List<Layer> drafting(JsonCursor list, int hidden) {
    List<Layer> layers = new ArrayList<>();
    for (JsonCursor group : list.list()) {
      boolean projects = group.find("projection").map(JsonCursor::bool).orElse(true);
      for (Layer layer : group(group, hidden, layers.size())) {
        layers.add(projects ? layer.predictingNext(hidden) : layer);
      }
    }
    return layers;
  }

  private static Layer layer(JsonCursor group, int hidden) {
    long norms = group.findInteger("norms", 0, 16).orElse(2);
    long more = ModelFileLayers.elements(group, "otherParameters");
    OptionalInt residuals = group.findInteger("residuals", 1, MOST_LAYERS);
    OptionalInt streams = group.findInteger("streams", 1, MOST_LAYERS);
    if (streams.isPresent() && residuals.isPresent()) {
      throw group
          .get("residuals")
          .error("stands beside streams", "Remove it: as many leave the layer as it mixes.");
    }
    Layer layer =
        new Layer(
            ModelFileLayers.attention(group.get("attention"), hidden),
            ModelFileLayers.ffn(group.get("ffn"), hidden),
            norms * hidden + more,
            residuals.orElse(1));
    return streams.isPresent() ? layer.mixing(streams.getAsInt()) : layer;
  }
}
