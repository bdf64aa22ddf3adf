package dev.rackplan.json;

import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.FitError;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.LawSet;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Parameter;
import dev.rackplan.law.Rates;
import dev.rackplan.law.StepErrors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Fitted laws as a file: what {@code rackplan calibrate} writes and problems name. */
public final class LawsFile {
  private static final double MOST = 1e100;
  private static final String REMEDY = "Write the file with rackplan calibrate.";

  private LawsFile() {}

  /** Reads a laws file. {@code shown} is the path as the user gave it. */
  public static LawSet read(Path file, String shown) {
    return read(JsonCursor.read(file, shown));
  }

  static LawSet read(JsonCursor root) {
    root.find("$schema").ifPresent(JsonCursor::text);
    root.find("description").ifPresent(JsonCursor::text);
    double share = root.get("fittedShare").numberIn(0, 1);
    String hash = root.text("hash");
    List<GpuLaws> gpus = root.get("gpus").list().stream().map(LawsFile::gpu).toList();
    List<StepErrors> errors =
        root.find("stepErrors")
            .map(at -> at.list().stream().map(StepErrorsJson::read).toList())
            .orElse(List.of());
    root.end();
    return new LawSet(share, hash, gpus, errors);
  }

  private static GpuLaws gpu(JsonCursor at) {
    String name = at.text("gpu");
    String generation = at.text("generation");
    Rates rates =
        new Rates(
            at.positive("hbmBytesPerSecond"),
            at.positive("bf16FlopsPerSecond"),
            at.findPositive("fp8FlopsPerSecond"),
            at.findPositive("fp4FlopsPerSecond"));
    String source = at.text("source");
    String date = at.text("date");
    List<Cell> cells = at.get("cells").list().stream().map(LawsFile::cell).toList();
    at.end();
    return new GpuLaws(name, generation, rates, source, date, cells);
  }

  private static Cell cell(JsonCursor at) {
    OpKind op = known(at.get("op"), OpKind.of(at.text("op")), "operation", keys(OpKind.values()));
    String engine = at.text("engine");
    // Not every table says them.
    String version = at.find("version").map(JsonCursor::text).orElse("");
    KernelFormat format = format(at.get("format"));
    KernelFormat cache = at.find("cache").map(LawsFile::format).orElse(format);
    String kernel = at.find("kernel").map(JsonCursor::text).orElse("");
    SortedMap<String, Double> variant = new TreeMap<>();
    at.find("variant")
        .ifPresent(
            map -> map.keys().forEach(key -> variant.put(key, map.get(key).numberIn(0, 1e9))));
    JsonCursor law = at.get("law");
    List<Double> parameters = new ArrayList<>();
    for (Parameter parameter : op.form().parameters()) {
      JsonCursor value = law.get(parameter.name());
      // Rates, shares and norms are divided by.
      parameters.add(parameter.least() > 0 ? value.positive() : value.numberIn(0, MOST));
    }
    law.end();
    int rows = at.integer("rows", 0, Integer.MAX_VALUE);
    int fitted = at.integer("fittedRows", 0, Integer.MAX_VALUE);
    FitError error = new FitError(error(at, "medianError"), error(at, "p90Error"));
    Optional<FitError> leftOut =
        at.has("leftOutMedianError")
            ? Optional.of(
                new FitError(error(at, "leftOutMedianError"), error(at, "leftOutP90Error")))
            : Optional.empty();
    at.end();
    return at.build(
        () ->
            new Cell(
                new CellKey(op, engine, version, format, cache, kernel, variant),
                parameters,
                rows,
                fitted,
                error,
                leftOut),
        REMEDY);
  }

  private static double error(JsonCursor at, String key) {
    return at.get(key).numberIn(0, MOST);
  }

  private static KernelFormat format(JsonCursor at) {
    return known(
        at,
        KernelFormat.of(at.text()),
        "number format",
        Arrays.stream(KernelFormat.values())
            .map(KernelFormat::key)
            .collect(Collectors.joining(", ")));
  }

  private static String keys(OpKind[] kinds) {
    return Arrays.stream(kinds).map(OpKind::key).collect(Collectors.joining(", "));
  }

  static <T> T known(JsonCursor at, Optional<T> found, String what, String known) {
    return found.orElseThrow(
        () -> at.error("no " + what + " \"" + at.text() + "\"", "Known: " + known + "."));
  }

  /** The file's text. */
  public static String text(LawSet laws, String description) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("description", description);
    root.put("fittedShare", laws.fittedShare());
    root.put("hash", laws.hash());
    root.put("gpus", laws.gpus().stream().map(LawsFile::tree).toList());
    if (!laws.stepErrors().isEmpty()) {
      root.put("stepErrors", laws.stepErrors().stream().map(StepErrorsJson::tree).toList());
    }
    return JsonText.of(root);
  }

  private static Map<String, Object> tree(GpuLaws laws) {
    Map<String, Object> gpu = new LinkedHashMap<>();
    gpu.put("gpu", laws.gpu());
    gpu.put("generation", laws.generation());
    gpu.put("hbmBytesPerSecond", laws.rates().bytesPerSecond());
    gpu.put("bf16FlopsPerSecond", laws.rates().bf16());
    put(gpu, "fp8FlopsPerSecond", laws.rates().fp8());
    put(gpu, "fp4FlopsPerSecond", laws.rates().fp4());
    gpu.put("source", laws.source());
    gpu.put("date", laws.date());
    gpu.put("cells", laws.cells().stream().map(LawsFile::tree).toList());
    return gpu;
  }

  private static void put(Map<String, Object> map, String key, OptionalDouble value) {
    value.ifPresent(given -> map.put(key, given));
  }

  private static Map<String, Object> tree(Cell cell) {
    CellKey key = cell.key();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("op", key.op().key());
    tree.put("engine", key.engine());
    if (!key.version().isBlank()) {
      tree.put("version", key.version());
    }
    tree.put("format", key.format().key());
    if (key.cache() != key.format()) {
      tree.put("cache", key.cache().key());
    }
    if (!key.kernel().isBlank()) {
      tree.put("kernel", key.kernel());
    }
    if (!key.variant().isEmpty()) {
      tree.put("variant", new LinkedHashMap<>(key.variant()));
    }
    Map<String, Object> law = new LinkedHashMap<>();
    List<Parameter> parameters = key.op().form().parameters();
    for (int i = 0; i < parameters.size(); i++) {
      law.put(parameters.get(i).name(), cell.parameters().get(i));
    }
    tree.put("law", law);
    tree.put("rows", cell.rows());
    tree.put("fittedRows", cell.fittedRows());
    tree.put("medianError", cell.error().median());
    tree.put("p90Error", cell.error().p90());
    cell.shapesLeftOut()
        .ifPresent(
            error -> {
              tree.put("leftOutMedianError", error.median());
              tree.put("leftOutP90Error", error.p90());
            });
    return tree;
  }
}
