package dev.rackplan.json;

import dev.rackplan.model.Model;
import dev.rackplan.workload.Routing;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * Models of measured training rows: the catalogue's where name and shape agree, else one of the
 * row's shape.
 */
final class TrainedModels {
  // GPT-2's, padded as Megatron does; assumed where a row has none.
  private static final int VOCABULARY = 51_200;

  private final Map<String, String> names = new TreeMap<>();
  private final Map<String, Model> known = new HashMap<>();
  private final Map<Model, Routing> routings = new HashMap<>();

  TrainedModels() {
    for (String name : ModelCatalog.names()) {
      names.put(plain(name), name);
    }
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT)
        .replaceAll("\\(.*\\)|\\bsft\\b|\\bw/.*|\\bno mtp\\b", "")
        .replaceAll("[^a-z0-9]", "");
  }

  /** Routing of one that was made here. */
  Routing routing(Model model) {
    return routings.computeIfAbsent(model, RowConditions::routing);
  }

  /**
   * The model of a row.
   *
   * @throws InexpressibleRow where its shape is not said
   */
  Model model(TrainingObject row) {
    Optional<Model> named = named(row.model()).filter(model -> agrees(model, row.shape()));
    if (named.isPresent()) {
      return named.get();
    }
    String text = JsonText.of(shape(row));
    return known.computeIfAbsent(
        text, json -> ModelFile.read(JsonCursor.parse(json, "model of a row")));
  }

  private Optional<Model> named(String model) {
    String name = names.get(plain(model));
    return name == null
        ? Optional.empty()
        : Optional.of(known.computeIfAbsent(name, ModelCatalog::read));
  }

  private static boolean agrees(Model model, TrainingObject.Shape shape) {
    return shape.layers().orElse(model.layers().size()) == model.layers().size()
        && shape.hidden().orElse(model.hiddenSize()) == model.hiddenSize();
  }

  private static Map<String, Object> shape(TrainingObject row) {
    TrainingObject.Shape shape = row.shape();
    int layers = TrainingRunMaker.said(shape.layers(), "layers");
    int hidden = TrainingRunMaker.said(shape.hidden(), "hidden");
    int heads = TrainingRunMaker.said(shape.heads(), "heads");
    if (hidden % heads != 0) {
      throw new InexpressibleRow("heads " + heads + " don't divide hidden " + hidden);
    }
    Map<String, Object> attention = new LinkedHashMap<>();
    attention.put("kind", "groupedQuery");
    attention.put("heads", heads);
    attention.put("kvHeads", orElse(shape.kvHeads(), heads));
    attention.put("headDimension", hidden / heads);
    Map<String, Object> layer = new LinkedHashMap<>();
    layer.put("count", layers);
    layer.put("attention", attention);
    layer.put("ffn", ffn(shape, hidden));
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("name", "row");
    model.put("source", "a measured row");
    model.put("architecture", "row");
    model.put("hiddenSize", hidden);
    model.put("vocabularySize", orElse(shape.vocabulary(), VOCABULARY));
    model.put("tiedEmbeddings", isOfGpt(shape, hidden));
    model.put("layers", List.of(layer));
    return model;
  }

  // GPT's two matrices of four times the hidden size weigh as much as a gated FFN's three of 8/3
  // times; every other width is a gated FFN's.
  private static Map<String, Object> ffn(TrainingObject.Shape shape, int hidden) {
    Map<String, Object> ffn = new LinkedHashMap<>();
    int experts = shape.experts().orElse(0);
    if (experts > 1) {
      ffn.put("kind", "moe");
      ffn.put("experts", experts);
      ffn.put("expertsPerToken", TrainingRunMaker.said(shape.expertsPerToken(), "topk"));
      ffn.put("expertWidth", TrainingRunMaker.said(shape.ffn(), "ffn"));
      return ffn;
    }
    ffn.put("kind", "dense");
    ffn.put("width", isOfGpt(shape, hidden) ? 8 * hidden / 3 : shape.ffn().getAsInt());
    return ffn;
  }

  private static boolean isOfGpt(TrainingObject.Shape shape, int hidden) {
    return shape.experts().orElse(0) <= 1 && orElse(shape.ffn(), 4 * hidden) == 4 * hidden;
  }

  private static int orElse(OptionalInt value, int absent) {
    return value.orElse(0) > 0 ? value.getAsInt() : absent;
  }
}
