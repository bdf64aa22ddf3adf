package dev.rackplan.model;

import dev.rackplan.model.GroupedQueryAttention.Reach;
import dev.rackplan.model.GroupedQueryAttention.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * A model with some of its design otherwise. What is not named stays; weights follow.
 *
 * <p>Keys: {@code experts} (routed ones of each MoE layer), {@code expertsPerToken}, {@code
 * expertScale} (times the weights of an expert), {@code slidingWindow} (tokens) and {@code
 * slidingWindowEvery} (of so many layers the last sees the whole context, the others the window),
 * {@code kvHeads}, {@code latentRank}, {@code residualReach} (residual streams that a stage
 * boundary carries).
 */
public final class ModelDesign {
  private static final int USUAL_WINDOW = 1024;

  /** All keys. */
  public static final List<String> KEYS =
      List.of(
          "experts",
          "expertsPerToken",
          "expertScale",
          "slidingWindow",
          "slidingWindowEvery",
          "kvHeads",
          "latentRank",
          "residualReach");

  private final Map<String, Double> values;

  /**
   * @param values by key; all but {@code expertScale} whole numbers
   * @throws IllegalArgumentException where a key is unknown, or a value not positive or not whole
   */
  public ModelDesign(Map<String, Double> values) {
    this.values = new TreeMap<>(values);
    values.forEach(
        (key, value) -> {
          if (!KEYS.contains(key)) {
            throw new IllegalArgumentException(
                "model." + key + " is unknown; known: " + String.join(", ", KEYS));
          }
          boolean whole = key.equals("expertScale") || value == Math.rint(value);
          if (!(value > 0 && value < 1e9) || !whole) {
            throw new IllegalArgumentException(
                "model."
                    + key
                    + " must be a "
                    + (key.equals("expertScale") ? "" : "whole ")
                    + "number > 0, was "
                    + value);
          }
        });
  }

  /**
   * The model so designed.
   *
   * @throws IllegalArgumentException where the model has nothing of a key's kind
   */
  public Model of(Model model) {
    if (values.isEmpty()) {
      return model;
    }
    require(
        model,
        "MoE layers",
        layer -> layer.ffn() instanceof MoeFfn ? 1 : 0,
        "experts",
        "expertsPerToken",
        "expertScale");
    require(
        model,
        "layers of grouped-query attention",
        layer -> layer.attention() instanceof GroupedQueryAttention ? 1 : 0,
        "kvHeads",
        "slidingWindow",
        "slidingWindowEvery");
    require(
        model,
        "layers of latent attention",
        layer -> layer.attention() instanceof LatentAttention ? 1 : 0,
        "latentRank");
    return new Model(
        model.name(),
        model.architecture(),
        model.hiddenSize(),
        model.vocabularySize(),
        model.tiedEmbeddings(),
        layers(model, model.layers(), 0),
        layers(model, model.nextTokenLayers(), model.layers().size()),
        model.predictions(),
        model.stored(),
        model.input(),
        model.contextLimit(),
        model.notes());
  }

  private List<Layer> layers(Model model, List<Layer> own, int first) {
    List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < own.size(); i++) {
      Layer layer = own.get(i);
      layers.add(
          new Layer(
              attention(model, layer.attention(), first + i),
              ffn(layer.ffn()),
              layer.otherParameters(),
              whole("residualReach").orElse(layer.boundaryResiduals()),
              layer.kvSource(),
              layer.stored(),
              layer.streams()));
    }
    return layers;
  }

  private void require(Model model, String what, ToDoubleFunction<Layer> counts, String... keys) {
    for (String key : keys) {
      if (values.containsKey(key) && model.layers().stream().mapToDouble(counts).sum() == 0) {
        throw new IllegalArgumentException(
            "model." + key + " needs " + what + ", " + model.name() + " has none");
      }
    }
  }

  private OptionalInt whole(String key) {
    Double value = values.get(key);
    return value == null ? OptionalInt.empty() : OptionalInt.of(value.intValue());
  }

  private Ffn ffn(Ffn ffn) {
    if (!(ffn instanceof MoeFfn moe)) {
      return ffn;
    }
    int experts = whole("experts").orElse(moe.experts());
    boolean grouped = experts % moe.expertGroups() == 0;
    return new MoeFfn(
        experts,
        whole("expertsPerToken").orElse(moe.expertsPerToken()),
        Math.max(
            1, Math.round(moe.parametersPerExpert() * values.getOrDefault("expertScale", 1.0))),
        moe.sharedParameters(),
        Math.round(moe.routerParameters() * (experts / (double) moe.experts())),
        moe.tokenWidth(),
        grouped ? moe.expertGroups() : 1,
        grouped ? moe.groupsPerToken() : 1,
        values.containsKey("expertScale") ? OptionalInt.empty() : moe.innerWidth(),
        moe.sharedWidth());
  }

  private Attention attention(Model model, Attention attention, int layer) {
    if (attention instanceof LatentAttention latent) {
      int rank = whole("latentRank").orElse(latent.latentRank());
      long each =
          model.hiddenSize()
              + 1L
              + (long) latent.heads() * (latent.noRopeDimension() + latent.valueDimension());
      return new LatentAttention(
          latent.parameters() + (rank - latent.latentRank()) * each,
          latent.heads(),
          rank,
          latent.ropeDimension(),
          latent.noRopeDimension(),
          latent.valueDimension(),
          latent.queryRank(),
          latent.index());
    }
    if (!(attention instanceof GroupedQueryAttention grouped)) {
      return attention;
    }
    int kvHeads = whole("kvHeads").orElse(grouped.kvHeads());
    long parameters =
        grouped.parameters()
            + 2L * (kvHeads - grouped.kvHeads()) * grouped.headDimension() * model.hiddenSize();
    return new GroupedQueryAttention(
        parameters,
        grouped.queryHeads(),
        kvHeads,
        grouped.headDimension(),
        window(grouped.window(), layer),
        grouped.index(),
        grouped.norm());
  }

  private Window window(Window own, int layer) {
    OptionalInt every = whole("slidingWindowEvery");
    OptionalInt tokens = whole("slidingWindow");
    if (every.isEmpty()) {
      return tokens.isPresent() && own.reach() == Reach.SLIDING
          ? new Window(Reach.SLIDING, tokens)
          : own;
    }
    return (layer + 1) % every.getAsInt() == 0
        ? new Window(Reach.FULL, OptionalInt.empty())
        : new Window(
            Reach.SLIDING, OptionalInt.of(tokens.orElse(own.tokens().orElse(USUAL_WINDOW))));
  }
}
