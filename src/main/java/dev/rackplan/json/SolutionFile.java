package dev.rackplan.json;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Topology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * Solutions in and out: the plan, where it came from, and what it was judged to cost. Format:
 * docs/formats.md.
 */
public final class SolutionFile {
  /** Value of {@code $schema}: right for plans/NAME.json and solutions/NAME.json. */
  static final String SCHEMA = "../docs/schema/solution.schema.json";

  private static final double MAX_SECONDS = 1e9;

  private SolutionFile() {}

  /**
   * How a plan came about.
   *
   * @param version of rackplan
   * @param seed of the search
   * @param timeLimitSeconds wall-clock limit in s, where one was set
   * @param steps limit in search steps, where one was set
   * @param started date and time of the start, ISO 8601, where it is recorded
   * @param seconds how long it took in s, where it is recorded
   * @param stopped whether the search did not come to its limit: it was stopped or killed, or still
   *     runs
   * @param inputSha256 hash of the problem and every file it names ({@link
   *     ProblemFile.Loaded#sha256()})
   */
  public record Provenance(
      String version,
      long seed,
      OptionalDouble timeLimitSeconds,
      OptionalLong steps,
      Optional<String> started,
      OptionalDouble seconds,
      boolean stopped,
      String inputSha256) {

    /** Of what took no search, or one that ended by itself and whose time is not recorded. */
    public Provenance(
        String version,
        long seed,
        OptionalDouble timeLimitSeconds,
        OptionalLong steps,
        Optional<String> started,
        String inputSha256) {
      this(
          version,
          seed,
          timeLimitSeconds,
          steps,
          started,
          OptionalDouble.empty(),
          false,
          inputSha256);
    }
  }

  /**
   * What a solution file holds.
   *
   * @param problemPath path of the problem, relative to the solution
   * @param problem that the plan was checked against: the file's, less what the solution drains
   * @param drained names of racks, domains, nodes or GPUs that the solution drains
   * @param provenance how the plan came about
   * @param plan checked against the problem
   * @param evaluation as written, to be compared and never trusted; empty where absent
   */
  public record Contents(
      String problemPath,
      Problem problem,
      List<String> drained,
      Provenance provenance,
      Plan plan,
      Optional<JsonCursor> evaluation) {
    public Contents {
      drained = List.copyOf(drained);
    }
  }

  /**
   * Which of two pools a solution is of.
   *
   * @param beside name of the other pool's solution, in the same folder
   */
  public record PoolName(Pool pool, String beside) {}

  /**
   * The same as read.
   *
   * @param beside the other pool's solution
   */
  public record PoolLink(Pool pool, FileReference beside) {}

  /** The pool that a solution is of; empty where its problem has none. */
  public static Optional<PoolLink> pool(Path file, String shown) {
    Optional<JsonCursor> found = JsonCursor.read(file, shown).find("pool");
    if (found.isEmpty()) {
      return Optional.empty();
    }
    JsonCursor cursor = found.get();
    Pool pool = cursor.get("name").oneOf(Pool.class);
    FileReference beside = FileReference.resolve(cursor.get("beside"), file, ".json");
    cursor.end();
    return Optional.of(new PoolLink(pool, beside));
  }

  /** Names of the GPUs of a solution's plan. */
  public static Set<String> gpuNames(Path file, String shown) {
    Set<String> names = new TreeSet<>();
    for (JsonCursor stage : JsonCursor.read(file, shown).get("plan").get("stages").list()) {
      stage.get("gpus").list().forEach(gpu -> names.add(gpu.text()));
    }
    return names;
  }

  /**
   * The problem file that a solution names. {@code shown} is the solution's path as the user gave
   * it.
   */
  public static FileReference problem(Path file, String shown) {
    return FileReference.resolveOwn(JsonCursor.read(file, shown).get("problem"), file, ".json");
  }

  /**
   * Reads a solution and checks its plan against {@code problem}. {@code shown} is the path as the
   * user gave it.
   */
  public static Contents read(Path file, String shown, Problem problem) {
    JsonCursor root = JsonCursor.read(file, shown);
    root.find("$schema").ifPresent(JsonCursor::text);
    String problemPath = root.text("problem");
    root.find("pool");
    Optional<JsonCursor> drained = root.find("drained");
    Problem left = drained.map(names -> drain(problem, names)).orElse(problem);
    Provenance provenance = provenance(root.get("rackplan"));
    JsonCursor plan = root.get("plan");
    Optional<JsonCursor> evaluation = root.find("evaluation");
    root.end();
    if (evaluation.isPresent() && !evaluation.get().isObject()) {
      throw evaluation.get().error("must be an object", "Remove it; evaluate writes a new one.");
    }
    return new Contents(
        problemPath,
        left,
        drained.stream().flatMap(names -> names.list().stream()).map(JsonCursor::text).toList(),
        provenance,
        new PlanReader(left).read(plan),
        evaluation);
  }

  private static Problem drain(Problem problem, JsonCursor names) {
    return names.build(
        () -> problem.withTopology(TopologyFile.drain(problem.topology(), names)),
        "Remove a name.");
  }

  /** How a solution came about, without a look at its plan. */
  public static Provenance provenance(Path file, String shown) {
    return provenance(JsonCursor.read(file, shown).get("rackplan"));
  }

  private static Provenance provenance(JsonCursor cursor) {
    String version = cursor.text("version");
    long seed = cursor.get("seed").whole(Long.MIN_VALUE, Long.MAX_VALUE);
    OptionalDouble limit = cursor.findPositive("timeLimitSeconds");
    if (limit.isPresent()) {
      cursor.get("timeLimitSeconds").numberIn(0, MAX_SECONDS);
    }
    Optional<JsonCursor> stepsCursor = cursor.find("steps");
    OptionalLong steps =
        stepsCursor.isPresent()
            ? OptionalLong.of(stepsCursor.get().whole(0, 1L << 53))
            : OptionalLong.empty();
    Optional<String> started = cursor.find("started").map(JsonCursor::text);
    OptionalDouble seconds = cursor.findPositive("seconds");
    boolean stopped = cursor.find("stopped").map(JsonCursor::bool).orElse(false);
    String hash = cursor.text("inputSha256");
    if (!hash.matches("[0-9a-f]{64}")) {
      throw cursor
          .get("inputSha256")
          .error("must be 64 hexadecimal digits", "Solve again to get the hash of the inputs.");
    }
    cursor.end();
    return new Provenance(version, seed, limit, steps, started, seconds, stopped, hash);
  }

  /**
   * Writes a solution whole or not at all; equal arguments give equal bytes.
   *
   * @param problemPath path of the problem relative to {@code file}'s folder
   * @param topology the problem's, for GPU names
   * @param evaluation plain values as {@link JsonText} takes them, in the order to write
   */
  public static void write(
      Path file,
      String problemPath,
      Provenance provenance,
      Plan plan,
      Topology topology,
      Map<String, Object> evaluation) {
    AtomicFile.write(file, text(problemPath, provenance, plan, topology, evaluation));
  }

  /** The text that {@link #write} writes. */
  public static String text(
      String problemPath,
      Provenance provenance,
      Plan plan,
      Topology topology,
      Map<String, Object> evaluation) {
    return text(problemPath, Optional.empty(), List.of(), provenance, plan, topology, evaluation);
  }

  /**
   * The text of a solution, of one of two pools where {@code pool} says so.
   *
   * @param drained names of what is out of use beyond what the problem's topology drains
   */
  public static String text(
      String problemPath,
      Optional<PoolName> pool,
      List<String> drained,
      Provenance provenance,
      Plan plan,
      Topology topology,
      Map<String, Object> evaluation) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("$schema", SCHEMA);
    root.put("problem", problemPath);
    if (pool.isPresent()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("name", JsonCursor.camelCase(pool.get().pool()));
      tree.put("beside", pool.get().beside());
      root.put("pool", tree);
    }
    if (!drained.isEmpty()) {
      root.put("drained", drained);
    }
    root.put("rackplan", tree(provenance));
    root.put("plan", tree(plan, topology));
    root.put("evaluation", evaluation);
    return JsonText.of(root);
  }

  private static Map<String, Object> tree(Provenance provenance) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("version", provenance.version());
    tree.put("seed", provenance.seed());
    provenance.timeLimitSeconds().ifPresent(seconds -> tree.put("timeLimitSeconds", seconds));
    provenance.steps().ifPresent(steps -> tree.put("steps", steps));
    provenance.started().ifPresent(started -> tree.put("started", started));
    provenance.seconds().ifPresent(seconds -> tree.put("seconds", seconds));
    if (provenance.stopped()) {
      tree.put("stopped", true);
    }
    tree.put("inputSha256", provenance.inputSha256());
    return tree;
  }

  /** A plan as plain values: what {@code plan} of a solution holds. */
  public static Map<String, Object> tree(Plan plan, Topology topology) {
    Map<String, Object> experts = new LinkedHashMap<>();
    for (Map.Entry<Integer, ExpertMap> entry : plan.experts().entrySet()) {
      experts.put(
          entry.getKey().toString(), Arrays.stream(entry.getValue().toArray()).boxed().toList());
    }
    List<Object> stages = new ArrayList<>();
    for (Stage stage : plan.stages()) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("layers", List.of(stage.firstLayer(), stage.lastLayer()));
      tree.put(
          "gpus", stage.gpus().stream().map(index -> topology.gpus().get(index).name()).toList());
      stages.add(tree);
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("layout", layout(plan.layout()));
    tree.put("stages", stages);
    tree.put("experts", experts);
    return tree;
  }

  /** A layout under the keys of every file that holds one. */
  public static Map<String, Object> layout(Layout layout) {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (Degree degree : Degree.values()) {
      if (degree.isNamedAt(layout.get(degree))) {
        tree.put(degree.key(), degree.inFile(layout.get(degree)));
      }
    }
    return tree;
  }

  /** The layout that such an object holds. */
  public static Layout layout(JsonCursor cursor) {
    return LayoutReader.layout(cursor);
  }
}
