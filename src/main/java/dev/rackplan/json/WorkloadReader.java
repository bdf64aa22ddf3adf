package dev.rackplan.json;

import dev.rackplan.model.Model;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Drafts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.Workload;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/** The {@code workload} object of a problem. */
public final class WorkloadReader {
  private static final double MAX_TOKENS = 1e9;
  private static final double MAX_QUERY_TOKENS = 1024;
  private static final long MAX_SEQUENCES = 1_000_000_000;

  private final Model model;
  private final Function<JsonCursor, Routing> routingReader;
  private final Function<JsonCursor, Model> modelReader;

  /**
   * Reads workloads for {@code model}.
   *
   * @param routingReader reads the {@code routing} object
   * @param modelReader reads the name or path of a draft model
   */
  public WorkloadReader(
      Model model,
      Function<JsonCursor, Routing> routingReader,
      Function<JsonCursor, Model> modelReader) {
    this.model = model;
    this.routingReader = routingReader;
    this.modelReader = modelReader;
  }

  /** Whether {@code workload} asks for two pools. */
  static boolean isServing(JsonCursor cursor) {
    JsonCursor phase = cursor.get("phase");
    return phase.isText() && phase.text().equals("serving");
  }

  /**
   * A stream of requests.
   *
   * @param inputTokens mean prompt, its cached part included
   * @param prefill prompts of {@code inputTokens}
   * @param decode a context of the prompt and half of the answer
   */
  record Serving(
      double inputTokens,
      double outputTokens,
      OptionalDouble rate,
      Workload prefill,
      Workload decode) {}

  private static OptionalDouble rate(JsonCursor cursor) {
    JsonCursor rate = cursor.get("requestsPerSecond");
    return rate.isText() && rate.text().equals("max")
        ? OptionalDouble.empty()
        : OptionalDouble.of(cursor.positive("requestsPerSecond"));
  }

  Serving readServing(JsonCursor cursor) {
    cursor.get("phase");
    double input = tokens(cursor.get("inputTokens"), MAX_TOKENS, "Give the mean prompt in tokens.");
    double output =
        tokens(cursor.get("outputTokens"), MAX_TOKENS, "Give the mean answer in tokens.");
    ModelReader.checkContext(model, cursor.get("outputTokens"), input + output);
    OptionalDouble rate = rate(cursor);
    double cached = cached(cursor, input, "inputTokens");
    double variation = variation(cursor);
    double chunk = chunk(cursor, input - cached, "inputTokens");
    double query = query(cursor);
    double accepted = accepted(cursor, query);
    Optional<Drafts> drafts = drafts(cursor);
    Optional<JsonCursor> found = cursor.find("routing");
    cursor.end();
    Routing routing = routing(cursor, found);
    return new Serving(
        input,
        output,
        rate,
        new Workload(
            Phase.PREFILL,
            new Contexts(input, variation, OptionalDouble.empty(), cached),
            OptionalLong.empty(),
            chunk,
            1,
            routing,
            Optional.empty()),
        new Workload(
            Phase.DECODE,
            new Contexts(input + output / 2, variation, OptionalDouble.empty(), 0, output),
            OptionalLong.empty(),
            query,
            accepted,
            routing,
            Optional.empty(),
            drafts));
  }

  // A prompt's last token is computed at least: its output is the first one of the answer.
  private static double cached(JsonCursor cursor, double prompt, String promptKey) {
    return cursor
        .find("cachedTokens")
        .map(
            value ->
                number(
                    value,
                    0,
                    prompt - 1,
                    "Give the mean tokens of a prompt that a cache holds: at least one less than "
                        + promptKey
                        + "."))
        .orElse(0.0);
  }

  private static double variation(JsonCursor cursor) {
    return cursor
        .find("contextVariation")
        .map(
            value ->
                number(
                    value,
                    0,
                    Contexts.MOST_VARIATION,
                    "Give standard deviation over mean of the lengths, such as 1.4."))
        .orElse(0.0);
  }

  private static double chunk(JsonCursor cursor, double computed, String promptKey) {
    return cursor
        .find("chunkTokens")
        .map(
            value ->
                tokens(
                    value,
                    computed,
                    "Give a chunk of at most " + promptKey + " less cachedTokens."))
        .orElse(computed);
  }

  private static double number(JsonCursor cursor, double least, double most, String remedy) {
    double value = cursor.number();
    if (!(value >= least && value <= most)) {
      throw cursor.error(
          "must be in "
              + JsonText.plain(least)
              + ".."
              + JsonText.plain(most)
              + ", was "
              + JsonText.plain(value),
          remedy);
    }
    return value;
  }

  private static double query(JsonCursor cursor) {
    return cursor
        .find("queryTokens")
        .map(value -> tokens(value, MAX_QUERY_TOKENS, "Give 1 + the drafted tokens of a step."))
        .orElse(1.0);
  }

  private static double accepted(JsonCursor cursor, double query) {
    return cursor
        .find("acceptedTokens")
        .map(value -> tokens(value, query, "Give at most queryTokens."))
        .orElse(1.0);
  }

  // How many are drafted is a degree of the layout.
  private Optional<Drafts> drafts(JsonCursor cursor) {
    Optional<JsonCursor> found = cursor.find("drafts");
    if (found.isEmpty()) {
      return Optional.empty();
    }
    JsonCursor drafts = found.get();
    for (String key : List.of("queryTokens", "acceptedTokens")) {
      if (cursor.has(key)) {
        throw cursor
            .get(key)
            .error(
                "says how many tokens are drafted, and so does drafts",
                "Keep one: queryTokens and acceptedTokens for a given depth, or drafts and"
                    + " layout.draftTokens to choose it.");
      }
    }
    List<Double> acceptance =
        drafts
            .find("acceptance")
            .map(list -> list.list().stream().map(share -> share.numberIn(0, 1)).toList())
            .orElse(List.of(Drafts.PUBLISHED_FIRST));
    Optional<Model> draftModel = drafts.find("model").map(modelReader);
    drafts.end();
    return Optional.of(
        drafts.build(
            () -> new Drafts(acceptance, draftModel),
            "Give the share of steps that accept the draft at each position, such as [0.85, 0.7]."));
  }

  /** The workload of one pool: decode, prefill or training, as its {@code phase} says. */
  public Workload read(JsonCursor cursor) {
    Phase phase = phase(cursor.get("phase"));
    double context =
        tokens(
            cursor.get("contextTokens"),
            MAX_TOKENS,
            "Give the mean context length in tokens (docs/formats.md#workload).");
    if (phase == Phase.TRAINING) {
      return training(cursor, context);
    }
    refuse(cursor, "training", phase);
    ModelReader.checkContext(model, cursor.get("contextTokens"), context);
    OptionalDouble held =
        cursor
            .find("contextTokensP99")
            .map(value -> OptionalDouble.of(heldTokens(value, context)))
            .orElse(OptionalDouble.empty());
    if (held.isPresent()) {
      ModelReader.checkContext(model, cursor.get("contextTokensP99"), held.getAsDouble());
    }
    OptionalLong sequences = sequences(cursor.get("concurrentSequences"));
    boolean decode = phase == Phase.DECODE;
    refuse(cursor, decode ? "chunkTokens" : "queryTokens", phase);
    if (!decode) {
      refuse(cursor, "acceptedTokens", phase);
    }
    if (decode) {
      refuse(cursor, "cachedTokens", phase);
    }
    Contexts contexts =
        new Contexts(
            context,
            variation(cursor),
            held,
            decode ? 0 : cached(cursor, context, "contextTokens"));
    double query =
        decode ? query(cursor) : chunk(cursor, contexts.computedTokens(), "contextTokens");
    double accepted = accepted(cursor, query);
    if (!decode) {
      refuse(cursor, "drafts", phase);
    }
    Optional<Drafts> drafts = decode ? drafts(cursor) : Optional.empty();
    Optional<JsonCursor> routing = cursor.find("routing");
    cursor.end();
    return new Workload(
        phase,
        contexts,
        sequences,
        query,
        accepted,
        routing(cursor, routing),
        Optional.empty(),
        drafts);
  }

  private static double heldTokens(JsonCursor cursor, double context) {
    String remedy = "Give the context in tokens that 99 of 100 sequences stay within.";
    double tokens = tokens(cursor, MAX_TOKENS, remedy);
    if (tokens < context) {
      throw cursor.error(
          "must be at least contextTokens, "
              + JsonText.plain(context)
              + ", was "
              + JsonText.plain(tokens),
          remedy);
    }
    return tokens;
  }

  private Workload training(JsonCursor cursor, double context) {
    for (String key :
        List.of(
            "contextTokensP99",
            "contextVariation",
            "cachedTokens",
            "concurrentSequences",
            "queryTokens",
            "acceptedTokens",
            "drafts",
            "chunkTokens")) {
      refuse(cursor, key, Phase.TRAINING);
    }
    TrainingReader.Read read = TrainingReader.read(cursor.get("training"), context);
    Optional<JsonCursor> routing = cursor.find("routing");
    cursor.end();
    return new Workload(
        Phase.TRAINING,
        Contexts.of(context),
        OptionalLong.of(read.globalBatchSequences()),
        context,
        1,
        routing(cursor, routing),
        Optional.of(read.training()));
  }

  private Routing routing(JsonCursor cursor, Optional<JsonCursor> routing) {
    boolean dense = model.moeLayers().isEmpty();
    if (dense && routing.isPresent()) {
      throw routing.get().error(model.name() + " has no experts to route to", "Remove routing.");
    }
    if (!dense && routing.isEmpty()) {
      throw cursor.error(
          "key \"routing\" is missing; " + model.name() + " has MoE layers",
          "Add it, such as \"routing\": {\"powerLaw\": {\"alpha\": 1.01, \"seed\": 1}}.");
    }
    return dense ? Routing.none() : routingReader.apply(routing.orElseThrow());
  }

  private static Phase phase(JsonCursor cursor) {
    return cursor.oneOf(Phase.class);
  }

  private static void refuse(JsonCursor cursor, String key, Phase phase) {
    if (cursor.has(key)) {
      throw cursor
          .get(key)
          .error(
              "does not belong to phase " + JsonCursor.camelCase(phase),
              "Remove it (docs/formats.md#workload).");
    }
  }

  private static double tokens(JsonCursor cursor, double most, String remedy) {
    double value = cursor.number();
    if (!(value > 0)) {
      throw cursor.error("must be > 0, was " + JsonText.plain(value), remedy);
    }
    return number(cursor, 1, most, remedy);
  }

  private static OptionalLong sequences(JsonCursor cursor) {
    if (cursor.isText()) {
      if (!cursor.text().equals("max")) {
        throw cursor.error(
            "must be a whole number or \"max\", was \"" + cursor.text() + "\"",
            "Give the sequences in flight, or \"max\" for as many as fit.");
      }
      return OptionalLong.empty();
    }
    return OptionalLong.of(cursor.whole(1, MAX_SEQUENCES));
  }
}
