package dev.rackplan.json;

import dev.rackplan.model.Dtype;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.EngineMemory;
import dev.rackplan.problem.GivenPrecision;
import dev.rackplan.problem.LatencyLimit;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.MemoryRule;
import dev.rackplan.problem.Statistic;
import dev.rackplan.problem.WideLayers;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** The {@code precision}, {@code engine} and {@code limits} objects of a problem. */
public final class ConditionsReader {
  private static final double MAX_MILLIS = 1e9;
  private static final int MAX_LAYERS = 10_000;
  private static final int MAX_PAGE_TOKENS = 1024;
  private static final int MAX_SEQUENCES = 1_000_000;
  private static final int MAX_SEQUENCE_TOKENS = 1_000_000_000;

  private ConditionsReader() {}

  /** The formats that a problem names; the rest is for the model and the GPU to say. */
  public static GivenPrecision precision(JsonCursor cursor) {
    GivenPrecision precision =
        new GivenPrecision(
            cursor.find("weights").map(DtypeName::of),
            cursor.find("experts").map(DtypeName::of),
            sent(cursor, "kv"),
            sent(cursor, "dispatch"),
            sent(cursor, "combine"),
            cursor.find("attention").map(DtypeName::of),
            cursor.find("head").map(DtypeName::of),
            cursor.find("wideLayers").map(ConditionsReader::wide).orElse(WideLayers.NONE));
    cursor.end();
    return precision;
  }

  private static WideLayers wide(JsonCursor cursor) {
    WideLayers wide =
        new WideLayers(
            cursor.find("first").map(count -> count.integer(0, MAX_LAYERS)).orElse(0),
            cursor.find("last").map(count -> count.integer(0, MAX_LAYERS)).orElse(0));
    cursor.end();
    return wide;
  }

  // Of values that are made while the engine runs.
  private static Optional<Dtype> sent(JsonCursor cursor, String key) {
    return cursor.find(key).map(ConditionsReader::ofValues);
  }

  private static Dtype ofValues(JsonCursor cursor) {
    Dtype dtype = DtypeName.of(cursor);
    if (dtype.isOfWeightsOnly()) {
      throw cursor.error(
          "only weights are stored in " + dtype.key(), "Give fp8, bf16 or another plain format.");
    }
    return dtype;
  }

  static Dtype dtype(JsonCursor cursor, String key, Dtype absent) {
    return sent(cursor, key).orElse(absent);
  }

  static Engine defaultEngine() {
    return new Engine(
        Optional.empty(), Optional.empty(), DispatchRule.EVEN, CopyRule.PER_GPU, false);
  }

  /** With the rule of memory of an engine that is named and known. */
  public static Engine engine(JsonCursor cursor) {
    Engine absent = defaultEngine();
    Engine named =
        new Engine(
            cursor.find("name").map(JsonCursor::text),
            cursor.find("version").map(JsonCursor::text),
            cursor
                .find("dispatchRule")
                .map(value -> value.oneOf(DispatchRule.class))
                .orElse(absent.dispatchRule()),
            cursor
                .find("copyRule")
                .map(value -> value.oneOf(CopyRule.class))
                .orElse(absent.copyRule()),
            cursor.find("twoBatchOverlap").map(JsonCursor::bool).orElse(absent.twoBatchOverlap()));
    MemoryRule rule =
        cursor.has("name")
            ? MemoryRule.ofEngine(named.lawName()).orElse(MemoryRule.RESERVE)
            : MemoryRule.RESERVE;
    Engine engine = named.withMemory(memory(cursor, rule));
    cursor.end();
    return engine;
  }

  private static EngineMemory memory(JsonCursor cursor, MemoryRule rule) {
    OptionalDouble fraction = cursor.findPositive("memoryFraction");
    if (fraction.isPresent()) {
      cursor.get("memoryFraction").numberIn(0, 1);
      if (rule == MemoryRule.RESERVE) {
        throw cursor
            .get("memoryFraction")
            .error(
                "needs an engine whose rule is known",
                "Name it in engine.name (sglang, vllm, vllm-ascend, tensorrt-llm), or give limits.memoryReserve.");
      }
    }
    return new EngineMemory(
            rule,
            fraction,
            cursor.findInteger("pageTokens", 1, MAX_PAGE_TOKENS),
            cursor.find("hybridAllocator").map(JsonCursor::bool).orElse(true))
        .withSteps(OptionalInt.empty(), cursor.findInteger("maxSequences", 1, MAX_SEQUENCES))
        .withSequenceTokens(cursor.findInteger("sequenceTokens", 1, MAX_SEQUENCE_TOKENS));
  }

  /**
   * {@code engine} where {@code limits} say what stays free, which goes before its own rule.
   *
   * @param given the engine's object
   */
  public static Engine leavingReserve(Engine engine, JsonCursor given) {
    if (engine.memory().fraction().isPresent()) {
      throw given
          .get("memoryFraction")
          .error(
              "does not go with limits.memoryReserve: both say what stays free",
              "Remove one of the two.");
    }
    return engine.withMemory(engine.memory().withRule(MemoryRule.RESERVE));
  }

  static Limits limits(JsonCursor cursor) {
    double reserve = cursor.find("memoryReserve").map(ConditionsReader::reserve).orElse(0.1);
    Optional<LatencyLimit> tpot = latency(cursor, "tpotMillis");
    Optional<LatencyLimit> ttft = latency(cursor, "ttftMillis");
    cursor.end();
    return new Limits(seconds(tpot), seconds(ttft), reserve)
        .of(
            tpot.map(LatencyLimit::of).orElse(Statistic.MEAN),
            ttft.map(LatencyLimit::of).orElse(Statistic.MEAN));
  }

  private static double reserve(JsonCursor cursor) {
    double value = cursor.number();
    if (!(value >= 0 && value < 1)) {
      throw cursor.error(
          "must be >= 0 and < 1, was " + JsonText.shortest(value),
          "Give the share of memory to leave free, such as 0.1.");
    }
    return value;
  }

  private static OptionalDouble seconds(Optional<LatencyLimit> limit) {
    return limit.stream().mapToDouble(LatencyLimit::seconds).findFirst();
  }

  // A number, or one percentile's: {"p95": 2000}.
  private static Optional<LatencyLimit> latency(JsonCursor cursor, String key) {
    if (cursor.find(key).filter(JsonCursor::isObject).isEmpty()) {
      return millis(cursor, key).map(seconds -> new LatencyLimit(seconds, Statistic.MEAN));
    }
    JsonCursor percentile = cursor.get(key);
    Optional<Statistic> of =
        percentile.keys().size() == 1
            ? Statistic.of(percentile.keys().get(0)).filter(one -> one != Statistic.MEAN)
            : Optional.empty();
    if (of.isEmpty()) {
      throw percentile.error(
          "must have one key, p50, p90, p95 or p99, had " + String.join(", ", percentile.keys()),
          "Give one percentile such as {\"p95\": 2000}, or a number.");
    }
    Optional<LatencyLimit> limit =
        millis(percentile, of.get().key()).map(seconds -> new LatencyLimit(seconds, of.get()));
    percentile.end();
    return limit;
  }

  private static Optional<Double> millis(JsonCursor cursor, String key) {
    OptionalDouble millis = cursor.findPositive(key);
    if (millis.isEmpty()) {
      return Optional.empty();
    }
    cursor.get(key).numberIn(0, MAX_MILLIS);
    return Optional.of(millis.getAsDouble() / 1000);
  }
}
