package dev.rackplan.json;

import dev.rackplan.model.Attention;
import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Extra;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.MoeDimensions;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.NoAttention;
import dev.rackplan.model.NoFfn;
import dev.rackplan.model.ParallelMixers;
import dev.rackplan.model.SparseIndex;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Attention and FFN of a layer of a model file (docs/formats.md#model-file). */
final class ModelFileLayers {
  static final int MOST_WIDTH = 1 << 20;
  private static final int MOST_HEADS = 1 << 20;
  private static final int MOST_EXPERTS = 1 << 13;
  private static final long MOST_ELEMENTS = 1L << 50;
  private static final String KINDS_REMEDY =
      "Use groupedQuery, latent, linear, compressed, parallel or none for attention; dense, moe or none for ffn.";

  private ModelFileLayers() {}

  static Attention attention(JsonCursor json, int hidden) {
    String kind = json.text("kind");
    Attention attention =
        switch (kind) {
          case "groupedQuery" -> groupedQuery(json, hidden);
          case "latent" -> latent(json, hidden);
          case "linear" -> linear(json);
          case "compressed" -> compressed(json);
          case "parallel" -> parallel(json, hidden);
          case "none" -> new NoAttention();
          default ->
              throw json.get("kind")
                  .error("unknown kind of attention \"" + kind + "\"", KINDS_REMEDY);
        };
    json.end();
    return attention;
  }

  /** Weights in elements under {@code key}, which may be absent. */
  static long elements(JsonCursor json, String key) {
    return json.find(key).map(at -> at.whole(0, MOST_ELEMENTS)).orElse(0L);
  }

  /** Weights in elements more, or less, than the widths say. */
  private static long difference(JsonCursor json) {
    return json.find("moreParameters")
        .map(at -> at.whole(-MOST_ELEMENTS, MOST_ELEMENTS))
        .orElse(0L);
  }

  private static GroupedQueryAttention groupedQuery(JsonCursor json, int hidden) {
    int heads = json.integer("heads", 1, MOST_HEADS);
    int kvHeads = json.integer("kvHeads", 1, MOST_HEADS);
    int dimension = width(json, "headDimension");
    Window window = json.find("window").map(ModelFileLayers::window).orElse(Window.full());
    Set<Extra> extras = EnumSet.noneOf(Extra.class);
    json.find("extras")
        .ifPresent(list -> list.list().forEach(extra -> extras.add(extra.oneOf(Extra.class))));
    long more = difference(json);
    Optional<SparseIndex> index = json.find("index").map(ModelFileLayers::index);
    return json.build(
        () -> {
          GroupedQueryAttention plain =
              GroupedQueryAttention.ofDimensions(hidden, heads, kvHeads, dimension, window, extras);
          return new GroupedQueryAttention(
              plain.parameters() + more, heads, kvHeads, dimension, window, index, plain.norm());
        },
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
            json.integer("ropeDimension", 0, MOST_WIDTH),
            width(json, "noRopeDimension"),
            width(json, "valueDimension"));
    long more = difference(json);
    Optional<SparseIndex> index = json.find("index").map(ModelFileLayers::index);
    return json.build(
        () -> {
          LatentAttention dense = LatentAttention.ofDimensions(dimensions, more);
          return index
              .map(
                  found ->
                      dense.withIndex(
                          found, found.parameters(hidden, dimensions.queryRank().orElse(hidden))))
              .orElse(dense);
        },
        "Correct the widths or moreParameters.");
  }

  private static SparseIndex index(JsonCursor given) {
    SparseIndex index =
        new SparseIndex(
            given.integer("topEntries", 1, Integer.MAX_VALUE),
            given.integer("heads", 1, MOST_HEADS),
            width(given, "keyDimension"),
            flag(given, "shared"));
    given.end();
    return index;
  }

  private static LinearAttention linear(JsonCursor json) {
    long parameters = json.get("parameters").whole(0, MOST_ELEMENTS);
    int heads = json.integer("heads", 1, MOST_HEADS);
    double stateBytes = json.positive("stateBytes");
    double flops = json.positive("flopsPerToken");
    OptionalInt groups = json.findInteger("groups", 1, MOST_HEADS);
    return new LinearAttention(parameters, heads, stateBytes, flops, groups);
  }

  private static CompressedAttention compressed(JsonCursor json) {
    long parameters = json.get("parameters").whole(0, MOST_ELEMENTS);
    int heads = json.integer("heads", 1, MOST_HEADS);
    int dimension = width(json, "headDimension");
    int rope = json.findInteger("ropeDimension", 0, MOST_WIDTH).orElse(0);
    int window = json.integer("windowTokens", 1, Integer.MAX_VALUE);
    OptionalInt ratio = json.findInteger("ratio", 1, MOST_WIDTH);
    Optional<SparseIndex> index = json.find("index").map(ModelFileLayers::index);
    return json.build(
        () -> new CompressedAttention(parameters, heads, dimension, rope, window, ratio, index),
        "Correct ratio or index.");
  }

  private static ParallelMixers parallel(JsonCursor json, int hidden) {
    JsonCursor attention = json.get("attention");
    GroupedQueryAttention full = groupedQuery(attention, hidden);
    attention.end();
    JsonCursor state = json.get("state");
    LinearAttention linear = linear(state);
    state.end();
    return new ParallelMixers(full, linear);
  }

  static Ffn ffn(JsonCursor json, int hidden) {
    String kind = json.text("kind");
    Ffn ffn =
        switch (kind) {
          case "dense" -> dense(json, hidden);
          case "moe" -> moe(json, hidden);
          case "none" -> new NoFfn();
          default ->
              throw json.get("kind").error("unknown kind of ffn \"" + kind + "\"", KINDS_REMEDY);
        };
    json.end();
    return ffn;
  }

  private static DenseFfn dense(JsonCursor json, int hidden) {
    int width = width(json, "width");
    long matrices = json.findInteger("matrices", 2, 3).orElse(3);
    long more = difference(json);
    return json.build(
        () -> DenseFfn.ofWidth(matrices * hidden * width + more, width), "Correct moreParameters.");
  }

  private static MoeFfn moe(JsonCursor json, int hidden) {
    MoeDimensions dimensions =
        MoeDimensions.of(
                hidden,
                json.integer("experts", 1, MOST_EXPERTS),
                json.integer("expertsPerToken", 1, MOST_EXPERTS),
                width(json, "expertWidth"))
            .withMatrices(json.findInteger("matrices", 2, 3).orElse(3))
            .withTokenWidth(json.findInteger("tokenWidth", 1, MOST_WIDTH).orElse(hidden))
            .withShared(
                json.findInteger("sharedWidth", 0, MOST_WIDTH).orElse(0),
                elements(json, "sharedParameters"))
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
