package dev.rackplan.json.rows;

import dev.rackplan.accuracy.RowRun;
import dev.rackplan.accuracy.TrainingRow;
import dev.rackplan.json.JsonCursor;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A measured training row of a JSON object; null is "not said". */
final class TrainingRowReader {
  private static final double GIGA = 1e9;
  private static final double GIBI = 1024.0 * 1024 * 1024;
  private static final int MOST = 100_000_000;
  private static final List<String> FREE = List.of("params", "tflops");

  private static final Pattern MONTH =
      Pattern.compile("(?<!\\d)(20[12]\\d)-?(0[1-9]|1[0-2])(?!\\d)");

  private static final Pattern PAPER =
      Pattern.compile("(?i)arxiv[: ](\\d{2}(?:0[1-9]|1[0-2]))\\.\\d{4,5}(?!\\d)");

  private final TrainingRunMaker runs = new TrainingRunMaker();

  /** Whether an object is a training row rather than one of serving. */
  static boolean isTraining(JsonCursor object) {
    return object.isObject() && object.keys().contains("measured");
  }

  TrainingRow read(JsonCursor at) {
    FREE.forEach(at::findNullable);
    TrainingObject row = row(at);
    JsonCursor measured = at.get("measured");
    OptionalDouble step = positive(measured, "step_s");
    OptionalDouble tokens = positive(measured, "tok_s_gpu");
    OptionalDouble samples = positive(measured, "samples_s");
    OptionalDouble memory = positive(measured, "mem_gb");
    OptionalDouble rate = positive(measured, "tflops");
    OptionalDouble share = positive(measured, "mfu");
    boolean none = Stream.of(step, tokens, samples, rate, share).allMatch(OptionalDouble::isEmpty);
    measured.end();
    String note = text(at, "note").orElse("").toLowerCase(Locale.ROOT);
    // What a run held before it ran out is no peak.
    boolean ranOut = none && note.contains("oom");
    String group = text(at, "group").orElse("");
    String source = text(at, "source").orElse(group);
    String id = at.text("id");
    at.end();
    RowRun run = runs.run(PublishedScript.completed(row, source), tokens.isPresent());
    return new TrainingRow(
        id,
        new TrainingRow.Family(
            row.model(), row.gpu().orElse("none"), row.framework().orElse("none")),
        group,
        source,
        conditions(group, row),
        choice(row),
        note.contains("flag"),
        run,
        stepSeconds(row, step, tokens, samples),
        ranOut || memory.isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(memory.getAsDouble() * (note.contains("gib") ? GIBI : GIGA)),
        ranOut);
  }

  private static String conditions(String group, TrainingObject row) {
    return String.join(
        ", ",
        group,
        "GPUs " + words(row.gpus()),
        "batch " + words(row.globalBatch()),
        "sequence " + words(row.sequence()),
        row.precision().orElse("-"),
        row.framework().orElse("-"));
  }

  private static TrainingRow.Choice choice(TrainingObject row) {
    TrainingObject.Degrees degrees = row.degrees();
    String layout =
        String.join(
            " ",
            "tp" + words(degrees.tensor()),
            "pp" + words(degrees.pipeline()),
            "vpp" + words(degrees.virtual()),
            "cp" + words(degrees.context()),
            "ep" + words(degrees.expert()),
            "etp" + words(degrees.expertTensor()),
            row.schedule().orElse("-"),
            row.recompute().orElse("-"),
            row.optimizer().orElse("-"),
            row.sequenceParallel().map(String::valueOf).orElse("-"),
            row.overlap().orElse("-"));
    return new TrainingRow.Choice(layout, words(row.microBatch()));
  }

  private static String words(OptionalInt value) {
    return value.isPresent() ? String.valueOf(value.getAsInt()) : "-";
  }

  private static OptionalDouble stepSeconds(
      TrainingObject row, OptionalDouble step, OptionalDouble tokens, OptionalDouble samples) {
    if (step.isPresent()) {
      return step;
    }
    double batch = row.batchSequences();
    if (tokens.isPresent() && row.gpus().isPresent()) {
      return OptionalDouble.of(
          batch * row.sequenceTokens() / (tokens.getAsDouble() * row.gpus().getAsInt()));
    }
    return samples.isPresent() ? OptionalDouble.of(batch / samples.getAsDouble()) : samples;
  }

  private static TrainingObject row(JsonCursor at) {
    String note = text(at, "note").orElse("").toLowerCase(Locale.ROOT);
    return new TrainingObject(
        at.text("model"),
        text(at, "gpu"),
        text(at, "framework"),
        text(at, "precision"),
        text(at, "schedule"),
        text(at, "recompute"),
        text(at, "dist_opt"),
        text(at, "overlap"),
        text(at, "network"),
        note.contains("cuda graph") && !note.contains("cuda graphs off"),
        note.contains("compile"),
        TrainingObject.Dispatcher.of(note),
        note.contains("mock data"),
        note.contains("balance"),
        month(text(at, "source").orElse("")),
        at.findNullable("seq_parallel").map(JsonCursor::bool),
        new TrainingObject.Shape(
            integer(at, "layers"),
            integer(at, "hidden"),
            integer(at, "heads"),
            integer(at, "kv_heads"),
            integer(at, "ffn"),
            integer(at, "experts"),
            integer(at, "topk"),
            integer(at, "vocab")),
        integer(at, "seq"),
        integer(at, "gpus"),
        integer(at, "gpus_per_node"),
        integer(at, "micro_batch"),
        integer(at, "global_batch"),
        new TrainingObject.Degrees(
            integer(at, "tp"),
            integer(at, "pp"),
            integer(at, "vpp"),
            integer(at, "cp"),
            integer(at, "ep"),
            integer(at, "etp"),
            integer(at, "dp")));
  }

  // "202412" or "2025-06" in a file's name, "arXiv 2104.04473" of a paper.
  private static OptionalInt month(String source) {
    Matcher paper = PAPER.matcher(source);
    if (paper.find()) {
      return OptionalInt.of(Integer.parseInt("20" + paper.group(1)));
    }
    Matcher month = MONTH.matcher(source);
    return month.find()
        ? OptionalInt.of(Integer.parseInt(month.group(1) + month.group(2)))
        : OptionalInt.empty();
  }

  private static Optional<String> text(JsonCursor at, String key) {
    return at.findNullable(key).filter(value -> !value.isBlank()).map(JsonCursor::text);
  }

  private static OptionalInt integer(JsonCursor at, String key) {
    Optional<JsonCursor> value = at.findNullable(key);
    return value.isPresent() ? OptionalInt.of(value.get().integer(0, MOST)) : OptionalInt.empty();
  }

  private static OptionalDouble positive(JsonCursor at, String key) {
    Optional<JsonCursor> value = at.findNullable(key);
    return value.isPresent() ? OptionalDouble.of(value.get().positive()) : OptionalDouble.empty();
  }
}
