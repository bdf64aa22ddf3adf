package dev.rackplan.json.rows;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.json.ModelFile;
import dev.rackplan.model.Model;
import dev.rackplan.model.MultiTokenPrediction;
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
  private static final int LEAST_NAME = 6;

  private final Map<String, String> names = new TreeMap<>();
  private final Map<String, Model> known = new HashMap<>();
  private final Map<List<Object>, Model> predicting = new HashMap<>();
  private final Map<String, TrainedShape> shapes = TrainedShape.load();
  private final Map<Model, Routing> routings = new HashMap<>();

  TrainedModels() {
    for (String name : ModelCatalog.names()) {
      names.put(plain(name), name);
    }
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT)
        .replaceAll("\\(.*\\)|\\bsft\\b|\\bw/.*|\\b(no|without|with) mtp\\b", "")
        .replaceAll("[^a-z0-9]", "");
  }

  /** Routing of one that was made here. */
  Routing routing(Model model) {
    return routings.computeIfAbsent(model, RowConditions::evenRouting);
  }

  /**
   * The model of a row, with the modules that it trains to predict further tokens: where its name
   * says so, and in NVIDIA's tables, whose recipes train those that a model has (Bridge's {@code
   * mtp_num_layers}), unless it says that there are none.
   *
   * @throws InexpressibleRow where its shape is not said
   */
  Model model(TrainingObject row) {
    Optional<Model> named = named(row.model()).filter(model -> agrees(model, row.shape()));
    if (named.isPresent()) {
      Model model = named.get();
      MultiTokenPrediction ahead = new MultiTokenPrediction(ahead(row, model));
      return predicting.computeIfAbsent(List.of(model, ahead), key -> ahead.in(model));
    }
    String text = JsonText.of(shape(row));
    return known.computeIfAbsent(
        text, json -> ModelFile.read(JsonCursor.parse(json, "model of a row")));
  }

  private Optional<Model> named(String model) {
    String asked = plain(model);
    String name = names.get(asked);
    // A name without its size, where only one model has such a name.
    if (name == null && asked.length() >= LEAST_NAME) {
      List<String> longer =
          names.entrySet().stream()
              .filter(known -> known.getKey().startsWith(asked))
              .map(Map.Entry::getValue)
              .toList();
      name = longer.size() == 1 ? longer.get(0) : null;
    }
    return name == null
        ? Optional.empty()
        : Optional.of(known.computeIfAbsent(name, ModelCatalog::read));
  }

  private static int ahead(TrainingObject row, Model model) {
    String name = row.model().toLowerCase(Locale.ROOT);
    int own = MultiTokenPrediction.modulesOf(model).size();
    boolean said = name.contains("mtp");
    if (own == 0 || said && name.matches(".*(w/o|no|without)[ -]mtp.*")) {
      return 0;
    }
    return said || TrainingRecipe.release(row.framework().orElse("")).isPresent()
        ? TrainingRecipe.of(row)
            .map(TrainingRecipe::modulesAhead)
            .orElse(OptionalInt.empty())
            .orElse(own)
        : 0;
  }

  private static boolean agrees(Model model, TrainingObject.Shape shape) {
    return shape.layers().orElse(model.layers().size()) == model.layers().size()
        && shape.hidden().orElse(model.hiddenSize()) == model.hiddenSize();
  }

  private Map<String, Object> shape(TrainingObject row) {
    TrainedShape shape = TrainedShape.of(row, shapes);
    Map<String, Object> attention = new LinkedHashMap<>();
    attention.put("kind", "groupedQuery");
    attention.put("heads", shape.heads());
    attention.put("kvHeads", shape.kvHeads());
    attention.put("headDimension", shape.hidden() / shape.heads());
    Map<String, Object> layer = new LinkedHashMap<>();
    layer.put("count", shape.layers());
    layer.put("attention", attention);
    layer.put("ffn", ffn(shape));
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("name", "row");
    model.put("source", "a measured row");
    model.put("architecture", "row");
    model.put("hiddenSize", shape.hidden());
    model.put("vocabularySize", shape.vocabulary());
    model.put("tiedEmbeddings", !shape.gated());
    model.put("layers", List.of(layer));
    return model;
  }

  // Two matrices of a plain FFN weigh as much as a gated one's three of two thirds of the width.
  private static Map<String, Object> ffn(TrainedShape shape) {
    Map<String, Object> ffn = new LinkedHashMap<>();
    int width = shape.gated() ? shape.inner() : 2 * shape.inner() / 3;
    if (shape.experts() > 1) {
      ffn.put("kind", "moe");
      ffn.put("experts", shape.experts());
      ffn.put("expertsPerToken", shape.expertsPerToken());
      ffn.put("expertWidth", width);
    } else {
      ffn.put("kind", "dense");
      ffn.put("width", width);
    }
    return ffn;
  }
}
