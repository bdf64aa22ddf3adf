package dev.rackplan.json.rows;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.model.Model;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A measured result as published lists tell it, with its layout and formats in words: {@code "TP8
 * PP1 EP8"}, {@code "weights fp8, kv bf16"}. Brought to the columns of serving rows or the keys of
 * training rows; docs/formats.md.
 */
final class WordedRow {
  private static final int MOST = 100_000_000;
  private static final Pattern LAYOUT =
      Pattern.compile("TP(\\d{1,5}) PP(\\d{1,5}) EP(\\d{1,5})(?: \\(data-parallel attention\\))?");
  private static final Pattern NAMED_EXPERTS = Pattern.compile("-tp\\d{1,5}ep(\\d{1,5})(?:dp)?-");
  private static final Pattern NAMED_LENGTHS =
      Pattern.compile("-(\\d{1,7})-(\\d{1,7})-c(\\d{1,7})$");
  private static final Pattern PER_GPU = Pattern.compile("([0-9.e+]+) a GPU");
  private static final double MILLI = 1e-3;

  private final JsonCursor at;
  private final String id;
  private final int gpus;
  private final Degrees degrees;

  private record Degrees(int tensor, int pipeline, int data, int expert, int slices) {}

  WordedRow(JsonCursor at) {
    this.at = at;
    this.id = at.text("id");
    this.gpus = at.integer("gpus", 1, MOST);
    this.degrees = degrees();
  }

  /** Whether an object is such a row. */
  static boolean is(JsonCursor object) {
    return object.isObject() && object.keys().containsAll(List.of("kind", "what", "layout", "hw"));
  }

  boolean isTraining() {
    return at.text("kind").equals("training");
  }

  private Degrees degrees() {
    Matcher words = LAYOUT.matcher(at.text("layout"));
    if (!words.matches()) {
      throw at.get("layout")
          .error(
              "must be like \"TP8 PP1 EP8\", was " + RowCells.quoted(at.text("layout")),
              "Name tensor, pipeline and expert parallelism.");
    }
    int tensor = Integer.parseInt(words.group(1));
    int pipeline = Integer.parseInt(words.group(2));
    int expert = Integer.parseInt(words.group(3));
    if (isTraining()) {
      return new Degrees(tensor, pipeline, 1, expert, 1);
    }
    int data = Math.max(1, gpus / (tensor * pipeline));
    // Names of runs have what ran; the words spread experts that were sliced.
    Matcher named = NAMED_EXPERTS.matcher(id);
    int spread = named.find() ? Integer.parseInt(named.group(1)) : expert;
    return new Degrees(
        tensor, pipeline, data, spread, Math.max(1, gpus / (pipeline * Math.max(1, spread))));
  }

  /** As the columns of a serving row. */
  Map<String, String> serving() {
    Map<String, String> cells = new HashMap<>();
    String what = at.text("what");
    cells.put("id", id);
    cells.put("backend", engine());
    cells.put("model_path", at.text("model"));
    cells.put("system", at.text("hw"));
    cells.put("kv_cache_dtype", format("kv").orElse("auto"));
    format("weights").ifPresent(format -> cells.put("gemm_quant_mode", format));
    format("experts").ifPresent(format -> cells.put("moe_quant_mode", format));
    Matcher named = NAMED_LENGTHS.matcher(id);
    boolean hasName = named.find();
    cells.put("isl", length("input_len", hasName ? named.group(1) : ""));
    cells.put("osl", length("output_len", hasName ? named.group(2) : ""));
    String clients = length("concurrency", hasName ? named.group(3) : "");
    boolean decodes = what.equals("decode");
    // A decode pool's own batch is what ran there, whoever else asked or was still being read.
    boolean counted = clients.isEmpty() || (decodes && perGpu().isPresent());
    String note = counted ? "" : "silicon_concurrency=" + clients + "; ";
    cells.put("source_note", note + text("source").orElse(""));
    cells.put("mode", decodes ? "disagg" : "agg");
    if (decodes) {
      put(cells, "prefill_");
      put(cells, "decode_");
      cells.put("prefill_num_workers", "1");
      cells.put("decode_num_workers", "1");
      perGpu()
          .ifPresent(
              batch ->
                  cells.put(
                      "decode_batch_size",
                      JsonText.plain(Math.max(1, Math.rint(batch * gpus / degrees.data())))));
    } else {
      put(cells, "");
      cells.put("gpus", Integer.toString(gpus));
    }
    number("tpot_ms").ifPresent(tpot -> cells.put("silicon_tpot_ms", JsonText.plain(tpot)));
    ttftMillis(what, cells.get("isl"))
        .ifPresent(ttft -> cells.put("silicon_ttft_ms", JsonText.plain(ttft)));
    return cells;
  }

  private void put(Map<String, String> cells, String pool) {
    cells.put(pool + "tp_size", Integer.toString(degrees.tensor()));
    cells.put(pool + "pp_size", Integer.toString(degrees.pipeline()));
    cells.put(pool + "attention_dp_size", Integer.toString(degrees.data()));
    cells.put(pool + "moe_tp_size", Integer.toString(degrees.slices()));
    cells.put(pool + "moe_ep_size", Integer.toString(degrees.expert()));
  }

  // Tokens of a prompt over its rate.
  private OptionalDouble ttftMillis(String what, String inputTokens) {
    if (!what.equals("ttft") || inputTokens.isEmpty()) {
      OptionalDouble said = number("ttft_s");
      return said.isPresent() ? OptionalDouble.of(said.getAsDouble() / MILLI) : said;
    }
    double rate = at.positive("per_gpu") * gpus;
    return OptionalDouble.of(Double.parseDouble(inputTokens) / rate / MILLI);
  }

  // SGLang stands for engines that have no laws of their own, as for a problem that names none.
  private String engine() {
    String word = text("engine").orElse("sglang").toLowerCase(Locale.ROOT);
    return word.startsWith("trt") ? "trtllm" : word.contains("vllm") ? "vllm" : "sglang";
  }

  private Optional<String> format(String module) {
    for (String part : at.text("precision").split(", *")) {
      if (part.startsWith(module + " ")) {
        return Optional.of(part.substring(module.length() + 1));
      }
    }
    return Optional.empty();
  }

  private String length(String key, String named) {
    OptionalInt said = integer(key);
    return said.isPresent() ? Integer.toString(said.getAsInt()) : named;
  }

  private OptionalDouble perGpu() {
    Matcher words = PER_GPU.matcher(text("batch").orElse(""));
    return words.matches()
        ? OptionalDouble.of(Double.parseDouble(words.group(1)))
        : OptionalDouble.empty();
  }

  /** As a training row. */
  JsonCursor training() {
    Map<String, Object> row = new LinkedHashMap<>();
    String name = at.text("model");
    row.put("id", id);
    row.put("model", name);
    // Only then is it the catalogue's model.
    Optional<Model> model = ModelCatalog.find(name).map(ModelCatalog::read);
    row.put("layers", model.map(known -> known.layers().size()).orElse(null));
    row.put("hidden", model.map(Model::hiddenSize).orElse(null));
    row.put("gpu", at.text("hw"));
    row.put("gpus", gpus);
    row.put("framework", text("source").map(source -> source.replaceAll("[()]", " ")).orElse(null));
    row.put("precision", format("weights").orElse(null));
    row.put("tp", degrees.tensor());
    row.put("pp", degrees.pipeline());
    row.put("vpp", at.integer("virtual_stages", 1, MOST));
    row.put("ep", degrees.expert());
    row.put("seq", at.integer("seq_len", 1, MOST));
    row.put("micro_batch", at.integer("micro_batch", 1, MOST));
    row.put("global_batch", at.integer("global_batch", 1, MOST));
    row.put("recompute", text("notes").filter(note -> note.contains("recompute")).orElse(null));
    row.put("source", text("source").orElse(null));
    row.put("measured", Map.of("tok_s_gpu", at.positive("per_gpu")));
    return JsonCursor.parse(JsonText.of(row), at.file() + ": " + at.path());
  }

  private Optional<String> text(String key) {
    return at.findNullable(key).map(JsonCursor::text);
  }

  private OptionalInt integer(String key) {
    Optional<JsonCursor> value = at.findNullable(key);
    return value.isPresent() ? OptionalInt.of(value.get().integer(1, MOST)) : OptionalInt.empty();
  }

  private OptionalDouble number(String key) {
    Optional<JsonCursor> value = at.findNullable(key);
    return value.isPresent() ? OptionalDouble.of(value.get().positive()) : OptionalDouble.empty();
  }
}
