package dev.rackplan.json.rows;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.Resource;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.WeightFormats;
import dev.rackplan.problem.WideLayers;
import dev.rackplan.workload.RecomputedModule;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How one of NVIDIA's published recipes trains a mixture, where its table is silent; the file says
 * from where.
 *
 * @param model beginning of the model's name, letters and digits alone
 * @param gpus in the tables' words
 * @param formats likewise; empty for all
 * @param recompute modules that are computed again
 * @param graphs whether mixers and routers are replayed from CUDA graphs
 * @param graphsOfExperts whether experts are, too
 * @param graphsOfSteps whether whole iterations are, whatever the release
 * @param overlapsExperts whether tokens travel beside another micro-batch's work
 * @param allToAll whether plain all-to-all sends a token once for each expert that it chose
 * @param hostActivations share of layers whose activations the host holds
 * @param wideLast layers at the end that stay in BF16
 * @param wideAttention whether projections of attention do, those of recurrent layers aside
 * @param sharding what data-parallel ranks hold a part of, in rows' words; empty for the optimizer
 * @param modulesAhead next-token modules that it trains, of a model that has some; empty for as
 *     many as the model has
 * @param releases of the container, such as "26.04.01", that it is of; empty for all
 */
record TrainingRecipe(
    String model,
    List<String> gpus,
    List<String> formats,
    Set<RecomputedModule> recompute,
    boolean graphs,
    boolean graphsOfExperts,
    boolean graphsOfSteps,
    boolean overlapsExperts,
    boolean allToAll,
    double hostActivations,
    int wideLast,
    boolean wideAttention,
    Optional<String> sharding,
    OptionalInt modulesAhead,
    List<String> releases) {
  private static final Pattern CONTAINER =
      Pattern.compile("bridge.*?\\b(\\d\\d\\.\\d\\d(?:\\.\\d\\d)?)(?!\\d)");
  private static final int MOST_LAYERS = 1000;
  private static final String RESOURCE = "training-recipes.json";
  private static final List<TrainingRecipe> ALL = load();

  private static List<TrainingRecipe> load() {
    return Resource.read(TrainingRecipe.class, RESOURCE).get("recipes").list().stream()
        .map(TrainingRecipe::read)
        .toList();
  }

  private static TrainingRecipe read(JsonCursor at) {
    Set<RecomputedModule> modules = EnumSet.noneOf(RecomputedModule.class);
    words(at.get("recompute"))
        .forEach(word -> modules.add(RecomputedModule.of(word).orElseThrow()));
    return new TrainingRecipe(
        at.text("model"),
        words(at.get("gpus")),
        at.find("formats").map(TrainingRecipe::words).orElse(List.of()),
        modules,
        !at.text("graphs").equals("none"),
        Set.of("layers", "steps").contains(at.text("graphs")),
        at.text("graphs").equals("steps"),
        at.find("overlapExperts").map(JsonCursor::bool).orElse(false),
        at.find("allToAll").map(JsonCursor::bool).orElse(false),
        at.find("hostActivations").map(share -> share.numberIn(0, 1)).orElse(0.0),
        at.find("wideLast").map(count -> count.integer(0, MOST_LAYERS)).orElse(0),
        at.find("wideAttention").map(JsonCursor::bool).orElse(false),
        at.find("sharding").map(JsonCursor::text),
        at.findInteger("modulesAhead", 0, MOST_LAYERS),
        at.find("releases").map(TrainingRecipe::words).orElse(List.of()));
  }

  private static List<String> words(JsonCursor list) {
    return list.list().stream().map(JsonCursor::text).toList();
  }

  /**
   * A model whose layers know what stays in BF16 where the others' weights are in {@code dtype}.
   */
  Model keeping(Model model, Dtype dtype) {
    List<Layer> layers = new ArrayList<>(model.layers());
    WeightFormats mixed = new WeightFormats(Dtype.BF16, dtype, dtype, true);
    layers.replaceAll(
        layer ->
            wideAttention && layer.attention() instanceof GroupedQueryAttention
                ? layer.storedAs(mixed)
                : layer);
    return new WideLayers(0, wideLast).in(model.withLayers(layers));
  }

  /** The container's release, such as "26.04.01", that names of the tables' rows have. */
  static Optional<String> release(String framework) {
    Matcher container = CONTAINER.matcher(framework.toLowerCase(Locale.ROOT));
    return container.find() ? Optional.of(container.group(1)) : Optional.empty();
  }

  /** The recipe of a row of these tables; empty for other rows. */
  static Optional<TrainingRecipe> of(TrainingObject row) {
    Optional<String> named = release(row.framework().orElse(""));
    if (named.isEmpty()) {
      return Optional.empty();
    }
    String release = named.get();
    String name = row.model().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    String gpu = row.gpu().orElse("").toUpperCase(Locale.ROOT).replaceAll("-.*", "");
    String precision =
        row.precision()
            .orElse("BF16")
            .toUpperCase(Locale.ROOT)
            .replaceAll("FP8[- ]MX", "MXFP8")
            .replaceFirst("^WEIGHTS ", "");
    return ALL.stream()
        .filter(recipe -> name.startsWith(recipe.model()) && recipe.gpus().contains(gpu))
        .filter(recipe -> recipe.releases().isEmpty() || recipe.releases().contains(release))
        .filter(
            recipe ->
                recipe.formats().isEmpty()
                    || recipe.formats().stream().anyMatch(precision::startsWith))
        .findFirst();
  }
}
