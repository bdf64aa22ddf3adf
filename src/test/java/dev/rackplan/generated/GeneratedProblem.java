package dev.rackplan.generated;

import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.JsonText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A whole problem as the files of a folder: {@code m} models, {@code t} topologies, {@code p}
 * problems, {@code c} routing, {@code l} laws. {@code p/p.json} is the problem.
 *
 * @param files by path: a tree of plain values where it ends in {@code .json}, else text; gzipped
 *     when written where it ends in {@code .gz}
 */
record GeneratedProblem(SortedMap<String, Object> files) {
  static final String PROBLEM = "p/p.json";
  static final String BASE = "p/base.json";
  static final String MODEL = "m/m.json";
  static final String TOPOLOGY = "t/t.json";
  static final String LAWS = "l/laws.json";
  static final String CLUSTER_LAWS = "l/cluster.json";
  static final String COUNTS = "c/counts.json";
  static final String LOAD_LINES = "c/counts.jsonl";
  static final String SAMPLES = "c/samples.csv";
  static final String PACKED_SAMPLES = "c/samples.csv.gz";

  /** The problem of a seed. */
  static GeneratedProblem of(long seed) {
    return new ProblemParts(new Draw(seed)).problem();
  }

  /** The problem in a folder whose files are named as above. */
  static GeneratedProblem read(Path folder) {
    SortedMap<String, Object> files = new TreeMap<>();
    for (String part : List.of("m", "t", "p", "c", "l")) {
      if (!Files.isDirectory(folder.resolve(part))) {
        continue;
      }
      try (Stream<Path> paths = Files.list(folder.resolve(part))) {
        for (Path path : paths.sorted().toList()) {
          String text = text(path);
          String name = part + "/" + path.getFileName();
          files.put(
              name, name.endsWith(".json") ? copy(JsonCursor.parse(text, name).tree()) : text);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new GeneratedProblem(files);
  }

  GeneratedProblem copy() {
    SortedMap<String, Object> copies = new TreeMap<>();
    files.forEach((name, content) -> copies.put(name, copy(content)));
    return new GeneratedProblem(copies);
  }

  /** A copy of a tree whose maps and lists may be changed. */
  static Object copy(Object tree) {
    if (tree instanceof Map<?, ?> map) {
      Map<String, Object> copies = new LinkedHashMap<>();
      map.forEach((key, value) -> copies.put((String) key, copy(value)));
      return copies;
    }
    if (tree instanceof List<?> list) {
      List<Object> copies = new ArrayList<>();
      list.forEach(item -> copies.add(copy(item)));
      return copies;
    }
    return tree;
  }

  /** The object in a JSON file of it; empty where there is none. */
  @SuppressWarnings("unchecked")
  Map<String, Object> object(String name) {
    return (Map<String, Object>) files.getOrDefault(name, new LinkedHashMap<String, Object>());
  }

  /** The object under a key, made where it is missing. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> at(Map<String, Object> object, String key) {
    return (Map<String, Object>)
        object.computeIfAbsent(key, missing -> new LinkedHashMap<String, Object>());
  }

  /** Phase by its word in files. */
  String phase() {
    Object base = files.containsKey(BASE) ? object(BASE) : object(PROBLEM);
    Object workload = ((Map<?, ?>) base).get("workload");
    Object phase = workload instanceof Map<?, ?> map ? map.get("phase") : null;
    return phase instanceof String word ? word : "none";
  }

  boolean isServing() {
    return phase().equals("serving");
  }

  /** Writes the files below {@code folder}. */
  void write(Path folder) {
    files.forEach(
        (name, content) -> {
          String text = name.endsWith(".json") ? JsonText.of(content) : (String) content;
          write(folder, name, text);
        });
  }

  static void write(Path folder, String name, String text) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      Files.write(file, name.endsWith(".gz") ? gzip(bytes) : bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path path) throws IOException {
    if (!path.toString().endsWith(".gz")) {
      return Files.readString(path);
    }
    try (GZIPInputStream packed = new GZIPInputStream(Files.newInputStream(path))) {
      return new String(packed.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    return packed.toByteArray();
  }

  /** How much there is to read and to look at: a smaller case has less of it. */
  int size() {
    return files.values().stream().mapToInt(GeneratedProblem::size).sum();
  }

  private static int size(Object tree) {
    if (tree instanceof Map<?, ?> map) {
      return 4 + map.values().stream().mapToInt(value -> 4 + size(value)).sum();
    }
    if (tree instanceof List<?> list) {
      return 2 + list.stream().mapToInt(item -> 1 + size(item)).sum();
    }
    if (tree instanceof Number number) {
      double digits = 4 * StrictMath.log(1 + StrictMath.abs(number.doubleValue()));
      boolean whole = number.doubleValue() == StrictMath.rint(number.doubleValue());
      return 1 + (int) StrictMath.ceil(digits) + (whole ? 0 : 4);
    }
    return tree instanceof String text ? 1 + text.length() / 2 : 1;
  }
}
