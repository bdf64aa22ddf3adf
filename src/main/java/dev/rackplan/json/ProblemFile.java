package dev.rackplan.json;

import dev.rackplan.model.Model;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Reads a problem file with every file that it names. Format: docs/formats.md. */
public final class ProblemFile {
  private static final String NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

  private ProblemFile() {}

  /**
   * A problem and the files it came from.
   *
   * @param problem checked
   * @param files the problem file first, then its base where it has one, then every file it names,
   *     in the order in which they were opened
   * @param sha256 SHA-256 over the length (8 bytes, big-endian) and the bytes of each file, in
   *     order; lower-case hex. Names do not count
   */
  public record Loaded(Problem problem, List<Path> files, String sha256) {
    public Loaded {
      files = List.copyOf(files);
    }
  }

  /**
   * Reads a problem with values of its own set otherwise, and another design of its model.
   *
   * @param set values by key with dots, as JSON; text that is none stands for itself
   * @param design makes the model from that of the file
   * @throws InputException also where the design does not suit the rest of the problem
   */
  public static Problem redesigned(
      Path file, String shown, Map<String, String> set, UnaryOperator<Model> design) {
    ReadFiles files = new ReadFiles();
    ProblemSource source = ProblemSource.read(file, shown, files);
    JsonCursor root = source.root();
    for (Map.Entry<String, String> entry : set.entrySet()) {
      root = root.with(entry.getKey(), value(entry.getKey(), entry.getValue()));
    }
    return new ProblemReader(source.file(), files, design).problem(root);
  }

  private static JsonCursor value(String key, String text) {
    try {
      return JsonCursor.parse(text, "--set " + key);
    } catch (InputException e) {
      return JsonCursor.parse(JsonText.of(text), "--set " + key);
    }
  }

  /** Reads a problem. {@code shown} is the path as the user gave it. */
  public static Problem read(Path file, String shown) {
    return load(file, shown).problem();
  }

  /** Reads a problem and remembers which files it came from. */
  public static Loaded load(Path file, String shown) {
    ReadFiles files = new ReadFiles();
    ProblemSource source = ProblemSource.read(file, shown, files);
    ProblemReader reader = new ProblemReader(source.file(), files);
    Problem problem = reader.problem(source.root());
    return new Loaded(problem, files.list(), files.sha256(shown));
  }

  /**
   * Both pools of a serving problem.
   *
   * @param serving checked
   * @param files as {@link Loaded#files}
   * @param sha256 as {@link Loaded#sha256}
   */
  public record LoadedServing(ServingProblem serving, List<Path> files, String sha256) {
    public LoadedServing {
      files = List.copyOf(files);
    }

    /** One pool's problem with the files of both. */
    public Loaded of(Pool pool) {
      return new Loaded(serving.of(pool), files, sha256);
    }
  }

  /** Whether the file asks for a prefill and a decode pool. */
  public static boolean isServing(Path file, String shown) {
    JsonCursor root = ProblemSource.read(file, shown, new ReadFiles()).root();
    return root.isObject()
        && root.has("workload")
        && root.get("workload").isObject()
        && root.get("workload").has("phase")
        && WorkloadReader.isServing(root.get("workload"));
  }

  /** Reads a serving problem and remembers which files it came from. */
  public static LoadedServing loadServing(Path file, String shown) {
    ReadFiles files = new ReadFiles();
    ProblemSource source = ProblemSource.read(file, shown, files);
    ProblemReader reader = new ProblemReader(source.file(), files);
    ServingProblem serving = reader.serving(source.root());
    return new LoadedServing(serving, files.list(), files.sha256(shown));
  }

  /** The problem file with every file that it names, as in {@link Loaded#files}; both read. */
  public static List<Path> files(Path file, String shown) {
    return isServing(file, shown) ? loadServing(file, shown).files() : load(file, shown).files();
  }

  /** A name that can be a file's. */
  static String name(JsonCursor cursor) {
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
}
