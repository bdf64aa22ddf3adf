package dev.rackplan.json;

import dev.rackplan.model.Model;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.Workload;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/** The {@code workload} object of a problem. */
final class WorkloadReader {
  private static final double MAX_TOKENS = 1e9;
  private static final double MAX_QUERY_TOKENS = 1024;
  private static final long MAX_SEQUENCES = 1_000_000_000_000L;

  private final Model model;
  private final Function<JsonCursor, Routing> routingReader;

  /**
   * Reads workloads for {@code model}.
   *
   * @param routingReader reads the {@code routing} object
   */
  WorkloadReader(Model model, Function<JsonCursor, Routing> routingReader) {
    this.model = model;
    this.routingReader = routingReader;
  }

  /** Whether {@code workload} asks for two pools. */
  static boolean isServing(JsonCursor cursor) {
    JsonCursor phase = cursor.get("phase");
    return phase.isText() && phase.text().equals("serving");
  }

  /**
   * A stream of requests.
   *
   * @param prefill prompts of {@code inputTokens}
   * @param decode a context of the prompt and half of the answer
   */
  record Serving(
      double inputTokens,
      double outputTokens,
      double requestsPerSecond,
      Workload prefill,
      Workload decode) {}

  Serving readServing(JsonCursor cursor) {
    cursor.get("phase");
    double input = tokens(cursor.get("inputTokens"), MAX_TOKENS, "Give the mean prompt in tokens.");
    double output =
        tokens(cursor.get("outputTokens"), MAX_TOKENS, "Give the mean answer in tokens.");
    double rate = cursor.positive("requestsPerSecond");
    double chunk =
        cursor
            .find("chunkTokens")
            .map(value -> tokens(value, input, "Give a chunk of at most inputTokens."))
            .orElse(input);
    double query = query(cursor);
    double accepted = accepted(cursor, query);
    Optional<JsonCursor> found = cursor.find("routing");
    cursor.end();
    Routing routing = routing(cursor, found);
    return new Serving(
        input,
        output,
        rate,
        new Workload(Phase.PREFILL, input, OptionalLong.empty(), chunk, 1, routing),
        new Workload(
            Phase.DECODE, input + output / 2, OptionalLong.empty(), query, accepted, routing));
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

  Workload read(JsonCursor cursor) {
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
    OptionalDouble held =
        cursor
            .find("contextTokensP99")
            .map(value -> OptionalDouble.of(heldTokens(value, context)))
            .orElse(OptionalDouble.empty());
    OptionalLong sequences = sequences(cursor.get("concurrentSequences"));
    boolean decode = phase == Phase.DECODE;
    refuse(cursor, decode ? "chunkTokens" : "queryTokens", phase);
    if (!decode) {
      refuse(cursor, "acceptedTokens", phase);
    }
    double query =
        decode
            ? query(cursor)
            : cursor
                .find("chunkTokens")
                .map(value -> tokens(value, context, "Give a chunk of at most contextTokens."))
                .orElse(context);
    double accepted = accepted(cursor, query);
    Optional<JsonCursor> routing = cursor.find("routing");
    cursor.end();
    return new Workload(phase, context, held, sequences, query, accepted, routing(cursor, routing));
  }

  private static double heldTokens(JsonCursor cursor, double context) {
    String remedy = "Give the context in tokens that 99 of 100 sequences stay within.";
    double tokens = tokens(cursor, MAX_TOKENS, remedy);
    if (tokens < context) {
      throw cursor.error(
          "must be at least contextTokens, "
              + JsonText.shortest(context).replaceFirst("\\.0$", "")
              + ", was "
              + JsonText.shortest(tokens).replaceFirst("\\.0$", ""),
          remedy);
    }
    return tokens;
  }

  private Workload training(JsonCursor cursor, double context) {
    for (String key :
        List.of(
            "contextTokensP99",
            "concurrentSequences",
            "queryTokens",
            "acceptedTokens",
            "chunkTokens")) {
      refuse(cursor, key, Phase.TRAINING);
    }
    TrainingReader.Read read = TrainingReader.read(cursor.get("training"), context);
    Optional<JsonCursor> routing = cursor.find("routing");
    cursor.end();
    return new Workload(
        Phase.TRAINING,
        context,
        OptionalDouble.empty(),
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
      throw cursor.error(
          "must be > 0, was " + JsonText.shortest(value).replaceFirst("\\.0$", ""), remedy);
    }
    if (!(value >= 1 && value <= most)) {
      throw cursor.error(
          "must be in 1.."
              + JsonText.shortest(most).replaceFirst("\\.0$", "")
              + ", was "
              + JsonText.shortest(value).replaceFirst("\\.0$", ""),
          remedy);
    }
    return value;
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
