package dev.rackplan.json;

import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.Workload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalDouble;

/** Reads a problem file with every file that it names. Format: docs/formats.md. */
public final class ProblemFile {
  private static final double MAX_MILLIS = 1e9;
  private static final String NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

  /**
   * A problem and the files it came from.
   *
   * @param problem checked
   * @param files the problem file first, then every file it names, in the order in which they were
   *     opened
   * @param sha256 SHA-256 over the length (8 bytes, big-endian) and the bytes of each file, in
   *     order; lower-case hex. Names do not count
   */
  public record Loaded(Problem problem, List<Path> files, String sha256) {
    public Loaded {
      files = List.copyOf(files);
    }
  }

  private final Path file;
  private final List<Path> files = new ArrayList<>();

  private ProblemFile(Path file) {
    this.file = file;
    files.add(file);
  }

  /** Reads a problem. {@code shown} is the path as the user gave it. */
  public static Problem read(Path file, String shown) {
    return load(file, shown).problem();
  }

  /** Reads a problem and remembers which files it came from. */
  public static Loaded load(Path file, String shown) {
    JsonCursor root = JsonCursor.read(file, shown);
    ProblemFile reader = new ProblemFile(file);
    Problem problem = reader.problem(root);
    return new Loaded(problem, reader.files, sha256(reader.files, shown));
  }

  private static String sha256(List<Path> files, String shown) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path input : files) {
        byte[] bytes = Files.readAllBytes(input);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(bytes.length).array());
        digest.update(bytes);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new InputException(
          shown, "", "one of its files vanished while it was read", "Run again.");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private Problem problem(JsonCursor root) {
    root.find("$schema").ifPresent(JsonCursor::text);
    root.find("description").ifPresent(JsonCursor::text);
    String name = name(root.get("name"));
    JsonCursor modelCursor = root.get("model");
    JsonCursor topologyCursor = root.get("topology");
    JsonCursor workloadCursor = root.get("workload");
    root.find("precision");
    root.find("engine");
    root.find("layout");
    root.find("limits");
    root.find("objective");
    root.end();
    Model model = model(modelCursor);
    FileReference topologyFile = open(topologyCursor, ".json");
    Topology topology = TopologyFile.read(topologyFile.file(), topologyFile.shown());
    Workload workload =
        new WorkloadReader(model, new RoutingReader(file, model, files::add)::read)
            .read(workloadCursor);
    Precision precision =
        root.find("precision").map(ProblemFile::precision).orElseGet(ProblemFile::defaultPrecision);
    Engine engine =
        root.find("engine").map(ProblemFile::engine).orElseGet(ProblemFile::defaultEngine);
    Limits limits =
        root.find("limits")
            .map(ProblemFile::limits)
            .orElse(new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0.1));
    Objective objective =
        root.find("objective")
            .map(value -> value.oneOf(Objective.class))
            .orElse(Objective.THROUGHPUT);
    try {
      return new Problem(
          name,
          model,
          topology,
          workload,
          precision,
          engine,
          LayoutReader.space(root, model, topology),
          limits,
          objective);
    } catch (IllegalArgumentException e) {
      throw crossCheckError(root, e.getMessage());
    }
  }

  /** Problem's messages start with the path of the part at fault. */
  private static InputException crossCheckError(JsonCursor root, String message) {
    int colon = message.indexOf(": ");
    if (!message.startsWith("$") || colon < 0) {
      return root.error(message, "Make the parts of the problem agree (docs/formats.md#problem).");
    }
    String path = message.substring(0, colon);
    String remedy =
        path.startsWith("$.workload.routing")
            ? "Give routing made for this model (docs/formats.md#routing)."
            : path.startsWith("$.topology")
                ? "Remove a prefix from its drained list, or give another topology."
                : path.startsWith("$.precision")
                    ? "Give a dtype that every GPU in use has a rate for, or the rate in an inline gpu."
                    : "Make it agree with the other parts (docs/formats.md#problem).";
    return new InputException(root.file(), path, message.substring(colon + 2), remedy);
  }

  private static String name(JsonCursor cursor) {
    String name = cursor.text();
    if (!name.matches(NAME_PATTERN)) {
      throw cursor.error(
          "must be a file name, was \""
              + (name.length() > 60 ? name.substring(0, 57) + "…" : name)
              + "\"",
          "Use up to 100 letters, digits, dots, dashes and underscores.");
    }
    return name;
  }

  private Model model(JsonCursor cursor) {
    String text = cursor.text();
    if (text.contains("/") || text.endsWith(".json")) {
      FileReference config = open(cursor, ".json");
      return ModelReader.read(config.file(), config.shown());
    }
    List<String> names = ModelCatalog.names();
    if (!names.contains(text)) {
      throw cursor.error(
          "no model \""
              + text
              + "\" in the catalogue"
              + Spelling.nearest(text, names)
                  .map(near -> "; did you mean \"" + near + "\"?")
                  .orElse(""),
          "Known: "
              + String.join(", ", names)
              + "; or give the path of a config.json, such as ./config.json.");
    }
    return ModelCatalog.read(text);
  }

  private FileReference open(JsonCursor cursor, String suffix) {
    FileReference reference = FileReference.resolve(cursor, file, suffix);
    files.add(reference.file());
    return reference;
  }

  private static Precision defaultPrecision() {
    return new Precision(Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16);
  }

  static Precision precision(JsonCursor cursor) {
    Dtype weights = dtype(cursor, "weights", Dtype.BF16);
    Precision precision =
        new Precision(
            weights,
            dtype(cursor, "experts", weights),
            dtype(cursor, "kv", Dtype.BF16),
            dtype(cursor, "dispatch", Dtype.BF16),
            dtype(cursor, "combine", Dtype.BF16));
    cursor.end();
    return precision;
  }

  private static Dtype dtype(JsonCursor cursor, String key, Dtype absent) {
    return cursor.find(key).map(value -> value.oneOf(Dtype.class)).orElse(absent);
  }

  private static Engine defaultEngine() {
    return new Engine("sglang", DispatchRule.EVEN, CopyRule.PER_GPU, false);
  }

  static Engine engine(JsonCursor cursor) {
    Engine absent = defaultEngine();
    Engine engine =
        new Engine(
            cursor.find("name").map(JsonCursor::text).orElse(absent.name()),
            cursor
                .find("dispatchRule")
                .map(value -> value.oneOf(DispatchRule.class))
                .orElse(absent.dispatchRule()),
            cursor
                .find("copyRule")
                .map(value -> value.oneOf(CopyRule.class))
                .orElse(absent.copyRule()),
            cursor.find("twoBatchOverlap").map(JsonCursor::bool).orElse(absent.twoBatchOverlap()));
    cursor.end();
    return engine;
  }

  private static Limits limits(JsonCursor cursor) {
    double reserve = cursor.find("memoryReserve").map(ProblemFile::reserve).orElse(0.1);
    Limits limits =
        new Limits(seconds(cursor, "tpotMillis"), seconds(cursor, "ttftMillis"), reserve);
    cursor.end();
    return limits;
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

  private static OptionalDouble seconds(JsonCursor cursor, String key) {
    OptionalDouble millis = cursor.findPositive(key);
    if (millis.isEmpty()) {
      return millis;
    }
    cursor.get(key).numberIn(0, MAX_MILLIS);
    return OptionalDouble.of(millis.getAsDouble() / 1000);
  }
}
