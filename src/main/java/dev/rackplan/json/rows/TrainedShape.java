package dev.rackplan.json.rows;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.Resource;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * Widths of a model that a training row tells of, in elements: the row's, else those of its public
 * configuration, else one default for all rows.
 *
 * @param inner width of an FFN, of one expert where there are experts
 * @param gated whether an FFN has three matrices
 * @param experts routed experts; 0 or 1 in dense models
 * @param expertsPerToken that a token takes of them
 */
record TrainedShape(
    int layers,
    int hidden,
    int heads,
    int kvHeads,
    int inner,
    int vocabulary,
    boolean gated,
    int experts,
    int expertsPerToken) {
  private static final String RESOURCE = "trained-shapes.json";
  // GPT-2's, padded as Megatron does; assumed where neither row nor configuration has one.
  private static final int VOCABULARY = 51_200;
  // GPT's, likewise.
  private static final int INNER_RATIO = 4;
  private static final int MOST = 100_000_000;

  /** Known shapes by name, letters and digits alone. */
  static Map<String, TrainedShape> load() {
    Map<String, TrainedShape> shapes = new TreeMap<>();
    Resource.read(TrainedShape.class, RESOURCE)
        .get("shapes")
        .list()
        .forEach(shape -> shapes.put(shape.text("name"), read(shape)));
    return shapes;
  }

  private static TrainedShape read(JsonCursor at) {
    return new TrainedShape(
        count(at, "layers"),
        count(at, "hidden"),
        count(at, "heads"),
        count(at, "kvHeads"),
        count(at, "inner"),
        count(at, "vocabulary"),
        at.get("gated").bool(),
        at.find("experts").map(value -> value.integer(0, MOST)).orElse(0),
        at.find("expertsPerToken").map(value -> value.integer(0, MOST)).orElse(0));
  }

  private static int count(JsonCursor at, String key) {
    return at.get(key).integer(1, MOST);
  }

  /**
   * Of a row.
   *
   * @throws InexpressibleRow where neither says how large the model is
   */
  static TrainedShape of(TrainingObject row, Map<String, TrainedShape> known) {
    TrainedShape named =
        known.get(row.model().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", ""));
    TrainingObject.Shape said = row.shape();
    int layers = named == null ? TrainingRunMaker.said(said.layers(), "layers") : named.layers();
    int hidden = named == null ? TrainingRunMaker.said(said.hidden(), "hidden") : named.hidden();
    int heads = named == null ? heads(said, hidden) : named.heads();
    if (hidden % heads != 0) {
      throw new InexpressibleRow("heads " + heads + " don't divide hidden " + hidden);
    }
    int plain = named == null ? INNER_RATIO * hidden : named.inner();
    int inner = orElse(said.ffn(), plain);
    int experts = said.experts().orElse(named == null ? 0 : named.experts());
    return new TrainedShape(
        orElse(said.layers(), layers),
        hidden,
        heads,
        orElse(said.kvHeads(), named == null ? heads : named.kvHeads()),
        inner,
        orElse(said.vocabulary(), named == null ? VOCABULARY : named.vocabulary()),
        named == null ? experts > 1 || inner != INNER_RATIO * hidden : named.gated(),
        experts,
        expertsPerToken(said, experts, named));
  }

  // Heads of 128 elements where a row has none.
  private static int heads(TrainingObject.Shape said, int hidden) {
    return orElse(said.heads(), Math.max(1, hidden / 128));
  }

  private static int expertsPerToken(TrainingObject.Shape said, int experts, TrainedShape named) {
    if (experts <= 1) {
      return 0;
    }
    return named == null
        ? TrainingRunMaker.said(said.expertsPerToken(), "topk")
        : named.expertsPerToken();
  }

  private static int orElse(OptionalInt value, int absent) {
    return value.orElse(0) > 0 ? value.getAsInt() : absent;
  }
}
