package dev.rackplan.json;

import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.KvSharing;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeDimensions;
import dev.rackplan.model.SparseIndex;
import dev.rackplan.model.StoredFormats;
import dev.rackplan.model.WeightFormats;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Reads this project's own compact model files: dimensions per group of equal layers, and where
 * they come from.
 */
public final class ModelFile {
  private static final int MOST_LAYERS = 4096;
  private static final int MOST_WIDTH = 1 << 20;
  private static final int MOST_HEADS = 1 << 14;
  private static final int MOST_EXPERTS = 1 << 13;
  private static final String KINDS_REMEDY =
      "Use groupedQuery or latent for attention, dense or moe for ffn.";

  private ModelFile() {}

  /** Reads a parsed model file. */
  public static Model read(JsonCursor root) {
    root.findNullable("$schema");
    root.text("source");
    String name = root.text("name");
    String architecture = root.text("architecture");
    int hidden = width(root, "hiddenSize");
    int vocabulary = root.integer("vocabularySize", 1, 1 << 26);
    boolean tied = root.get("tiedEmbeddings").bool();
    List<Layer> layers = layers(root.get("layers"), hidden);
    int sharing = root.findInteger("kvSharingLayers", 0, layers.size()).orElse(0);
    List<Layer> drafting =
        root.find("nextTokenLayers").map(list -> layers(list, hidden)).orElse(List.of()).stream()
            .map(layer -> layer.predictingNext(hidden))
            .toList();
    Optional<Stored> stored = root.find("formats").map(ModelFile::stored);
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
                    .withNextTokenLayers(drafting),
            "Correct kvSharingLayers.");
    return stored
        .map(
            found ->
                model.storedAs(
                    found.ofModel(), Collections.nCopies(layers.size(), found.ofLayers())))
        .orElse(model);
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
      boolean nested = group.has("repeat");
      List<Layer> once =
          nested ? layers(group.get("layers"), hidden) : List.of(layer(group, hidden));
      int times =
          nested
              ? group.integer("repeat", 1, MOST_LAYERS)
              : group.findInteger("count", 1, MOST_LAYERS).orElse(1);
      group.end();
      if ((long) layers.size() + (long) times * once.size() > MOST_LAYERS) {
        throw group.error("makes more than " + MOST_LAYERS + " layers", "Correct the counts.");
      }
      Collections.nCopies(times, once).forEach(layers::addAll);
    }
    if (layers.isEmpty()) {
      throw list.error("must not be empty", "List at least one layer.");
    }
    return layers;
  }

  private static Layer layer(JsonCursor group, int hidden) {
    long norms = group.findInteger("norms", 0, 16).orElse(2);
    return new Layer(
        attention(group.get("attention"), hidden),
        ffn(group.get("ffn"), hidden),
        norms * hidden,
        1);
  }

  private static Attention attention(JsonCursor json, int hidden) {
    String kind = json.text("kind");
    Attention attention =
        switch (kind) {
          case "groupedQuery" -> groupedQuery(json, hidden);
          case "latent" -> latent(json, hidden);
          default ->
              throw json.get("kind")
                  .error("unknown kind of attention \"" + kind + "\"", KINDS_REMEDY);
        };
    json.end();
    return attention;
  }

  private static GroupedQueryAttention groupedQuery(JsonCursor json, int hidden) {
    int heads = json.integer("heads", 1, MOST_HEADS);
    int kvHeads = json.integer("kvHeads", 1, MOST_HEADS);
    int dimension = width(json, "headDimension");
    Window window = json.find("window").map(ModelFile::window).orElse(Window.full());
    Set<Extra> extras = EnumSet.noneOf(Extra.class);
    json.find("extras")
        .ifPresent(list -> list.list().forEach(extra -> extras.add(extra.oneOf(Extra.class))));
    return json.build(
        () -> GroupedQueryAttention.ofDimensions(hidden, heads, kvHeads, dimension, window, extras),
        "Correct the heads.");
  }

  private static Window window(JsonCursor json) {
    OptionalInt sliding = json.findInteger("sliding", 1, Integer.MAX_VALUE);
    OptionalInt chunked = json.findInteger("chunked", 1, Integer.MAX_VALUE);
    json.end();
    if (sliding.isPresent() == chunked.isPresent()) {
      throw json.error(
          "must have sliding or chunked, one of the two",
          "Give the span in tokens, or leave window out for full attention.");
    }
    return sliding.isPresent()
        ? Window.sliding(sliding.getAsInt())
        : Window.chunked(chunked.getAsInt());
  }

  private static LatentAttention latent(JsonCursor json, int hidden) {
    LatentAttention.Dimensions dimensions =
        new LatentAttention.Dimensions(
            hidden,
            json.integer("heads", 1, MOST_HEADS),
            json.findInteger("queryRank", 1, MOST_WIDTH),
            width(json, "latentRank"),
            width(json, "ropeDimension"),
            width(json, "noRopeDimension"),
            width(json, "valueDimension"));
    LatentAttention dense = LatentAttention.ofDimensions(dimensions, 0);
    Optional<JsonCursor> indexer = json.find("index");
    if (indexer.isEmpty()) {
      return dense;
    }
    JsonCursor given = indexer.get();
    SparseIndex index =
        new SparseIndex(
            width(given, "topEntries"),
            given.integer("heads", 1, MOST_HEADS),
            width(given, "keyDimension"));
    given.end();
    return dense.withIndex(index, index.parameters(hidden, dimensions.queryRank().orElse(hidden)));
  }

  private static Ffn ffn(JsonCursor json, int hidden) {
    String kind = json.text("kind");
    Ffn ffn =
        switch (kind) {
          case "dense" -> DenseFfn.gated(hidden, width(json, "width"));
          case "moe" -> moe(json, hidden);
          default ->
              throw json.get("kind").error("unknown kind of ffn \"" + kind + "\"", KINDS_REMEDY);
        };
    json.end();
    return ffn;
  }

  private static Ffn moe(JsonCursor json, int hidden) {
    MoeDimensions dimensions =
        MoeDimensions.of(
                hidden,
                json.integer("experts", 1, MOST_EXPERTS),
                json.integer("expertsPerToken", 1, MOST_EXPERTS),
                width(json, "expertWidth"))
            .withShared(json.findInteger("sharedWidth", 0, MOST_WIDTH).orElse(0), 0)
            .withBiases(flag(json, "routerBias"), flag(json, "expertBias"))
            .withGroups(
                json.findInteger("groups", 1, MOST_EXPERTS).orElse(1),
                json.findInteger("groupsPerToken", 1, MOST_EXPERTS).orElse(1));
    return json.build(dimensions::toFfn, "Correct the sizes of the experts.");
  }

  private static boolean flag(JsonCursor json, String key) {
    return json.find(key).map(JsonCursor::bool).orElse(false);
  }

  private static int width(JsonCursor json, String key) {
    return json.integer(key, 1, MOST_WIDTH);
  }
}
