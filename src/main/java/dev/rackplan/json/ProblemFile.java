package dev.rackplan.json;

import dev.rackplan.json.huggingface.HuggingFaceConfig;
import dev.rackplan.law.LawBook;
import dev.rackplan.law.LawSet;
import dev.rackplan.model.Model;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.GivenPrecision;
import dev.rackplan.problem.LatencyLimit;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.MemoryRule;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.problem.WideLayers;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Reads a problem file with every file that it names. Format: docs/formats.md. */
public final class ProblemFile {
  private static final String NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";

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

  private final Path file;
  private final ReadFiles files;
  private final UnaryOperator<Model> design;

  private ProblemFile(ProblemSource source, ReadFiles files) {
    this(source.file(), files, UnaryOperator.identity());
  }

  private ProblemFile(Path file, ReadFiles files, UnaryOperator<Model> design) {
    this.file = file;
    this.files = files;
    this.design = design;
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
    return new ProblemFile(source.file(), files, design).problem(root);
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
    ProblemFile reader = new ProblemFile(source, files);
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
    ProblemFile reader = new ProblemFile(source, files);
    ServingProblem serving = reader.serving(source.root());
    return new LoadedServing(serving, files.list(), files.sha256(shown));
  }

  /** The problem file with every file that it names, as in {@link Loaded#files}; both read. */
  public static List<Path> files(Path file, String shown) {
    return isServing(file, shown) ? loadServing(file, shown).files() : load(file, shown).files();
  }

  /** What prefill and decode of one deployment have in common. */
  private record Parts(
      String name,
      Model model,
      Topology topology,
      GivenPrecision precision,
      Engine engine,
      Limits limits,
      Objective objective,
      LawBook laws) {
    Problem with(String nameOfProblem, Workload workload, LayoutSpace space) {
      return new Problem(
          nameOfProblem,
          workload.phase() == Phase.TRAINING ? precision.wide().in(model) : model,
          topology,
          workload,
          precision.complete(model, topology, workload.phase()),
          engine,
          space,
          limits,
          objective,
          laws);
    }
  }

  private Problem problem(JsonCursor root) {
    JsonCursor workloadCursor = workload(root);
    if (WorkloadReader.isServing(workloadCursor)) {
      throw workloadCursor
          .get("phase")
          .error(
              "serving has two pools, here is room for one",
              "Solve it, then name the solution of one pool; or give one of decode, prefill, training.");
    }
    Parts parts = parts(root);
    Workload workload =
        new WorkloadReader(
                parts.model(),
                new RoutingReader(file, parts.model(), files::add)::read,
                this::model)
            .read(workloadCursor);
    Problem problem =
        checked(
            root,
            () ->
                parts.with(
                    parts.name(),
                    workload,
                    LayoutReader.space(root, parts.model(), parts.topology())));
    refusePercentiles(
        root,
        problem.limits(),
        "needs requests, whose times a replay tells",
        "Give a number, or workload.phase serving with requestsPerSecond.");
    EngineFit.check(problem, root, "$.layout");
    return problem;
  }

  private static void refusePercentiles(
      JsonCursor root, Limits limits, String fault, String remedy) {
    if (limits.ofPercentiles()) {
      boolean ttft = limits.ttft().filter(LatencyLimit::isPercentile).isPresent();
      throw root.get("limits").get(ttft ? "ttftMillis" : "tpotMillis").error(fault, remedy);
    }
  }

  private ServingProblem serving(JsonCursor root) {
    JsonCursor workloadCursor = workload(root);
    Parts parts = parts(root);
    WorkloadReader.Serving read =
        new WorkloadReader(
                parts.model(),
                new RoutingReader(file, parts.model(), files::add)::read,
                this::model)
            .readServing(workloadCursor);
    Optional<JsonCursor> layout = root.find("layout");
    LayoutSpace prefill = pool(layout, "prefill", parts);
    LayoutSpace decode = pool(layout, "decode", parts);
    layout.ifPresent(JsonCursor::end);
    ServingProblem serving =
        checked(
            root,
            () ->
                new ServingProblem(
                    parts.name(),
                    read.inputTokens(),
                    read.outputTokens(),
                    read.rate(),
                    parts.with(parts.name() + "-prefill", read.prefill(), prefill),
                    parts.with(parts.name() + "-decode", read.decode(), decode)));
    if (serving.rate().isEmpty()) {
      refusePercentiles(
          root,
          parts.limits(),
          "needs a rate at which requests come",
          "Give workload.requestsPerSecond a number, or a number here.");
    }
    EngineFit.check(serving.prefill(), root, "$.layout.prefill");
    EngineFit.check(serving.decode(), root, "$.layout.decode");
    return serving;
  }

  private static LayoutSpace pool(Optional<JsonCursor> layout, String key, Parts parts) {
    Optional<JsonCursor> found = layout.flatMap(cursor -> cursor.find(key));
    if (found.isEmpty()) {
      return LayoutSpace.open();
    }
    if (found.get().has("replicas")) {
      throw found
          .get()
          .get("replicas")
          .error("follows from requestsPerSecond in serving", "Remove it.");
    }
    return LayoutReader.spaceOf(found.get(), parts.model(), parts.topology());
  }

  private static JsonCursor workload(JsonCursor root) {
    root.find("$schema").ifPresent(JsonCursor::text);
    root.find("description").ifPresent(JsonCursor::text);
    root.get("name");
    root.get("model");
    root.get("topology");
    JsonCursor workload = root.get("workload");
    root.find("precision");
    root.find("engine");
    root.find("layout");
    root.find("limits");
    root.find("objective");
    root.find("laws");
    root.end();
    return workload;
  }

  private Parts parts(JsonCursor root) {
    String name = name(root.get("name"));
    Model model =
        root.get("model")
            .build(() -> design.apply(model(root.get("model"))), "Design the model otherwise.");
    FileReference topologyFile = open(root.get("topology"), ".json");
    TopologyFile.Loaded cluster = TopologyFile.load(topologyFile.file(), topologyFile.shown());
    Topology topology = cluster.topology();
    List<LawSet> measured = new ArrayList<>();
    root.find("laws")
        .map(at -> FileReference.resolve(at, file, ".json"))
        .ifPresent(at -> measured.add(laws(at)));
    cluster.laws().ifPresent(at -> measured.add(laws(at)));
    GivenPrecision precision =
        root.find("precision").map(ConditionsReader::precision).orElse(GivenPrecision.NOTHING);
    if (!precision.wide().equals(WideLayers.NONE) && !isTraining(root)) {
      throw root.get("precision")
          .get("wideLayers")
          .error("belongs to training alone", "Remove it.");
    }
    Engine engine =
        root.find("engine")
            .map(at -> engine(at, root, model))
            .orElseGet(ConditionsReader::defaultEngine);
    if (isTraining(root)
        && root.find("engine").filter(given -> given.find("copyRule").isPresent()).isEmpty()) {
      // Megatron's plain all-to-all, which exports name where nothing else is said.
      engine = engine.withCopyRule(CopyRule.PER_EXPERT);
    }
    Limits limits =
        root.find("limits")
            .map(ConditionsReader::limits)
            .orElse(new Limits(OptionalDouble.empty(), OptionalDouble.empty(), 0.1));
    Objective objective =
        root.find("objective")
            .map(value -> value.oneOf(Objective.class))
            .orElse(Objective.THROUGHPUT);
    return new Parts(
        name,
        model,
        topology,
        precision,
        engine,
        limits,
        objective,
        LawCatalog.book(topology, measured));
  }

  // Training has no KV cache that an engine would give the rest to.
  private static Engine engine(JsonCursor at, JsonCursor root, Model model) {
    Engine engine = ConditionsReader.engine(at);
    engine
        .memory()
        .sequenceTokens()
        .ifPresent(tokens -> ModelReader.checkContext(model, at.get("sequenceTokens"), tokens));
    boolean reserve = root.find("limits").map(limits -> limits.has("memoryReserve")).orElse(false);
    if (reserve) {
      return ConditionsReader.leavingReserve(engine, at);
    }
    if (!isTraining(root)) {
      return engine;
    }
    if (engine.memory().fraction().isPresent()) {
      throw at.get("memoryFraction").error("does not belong to training", "Remove it.");
    }
    return engine.withMemory(engine.memory().withRule(MemoryRule.RESERVE));
  }

  private static boolean isTraining(JsonCursor root) {
    JsonCursor phase = root.get("workload").get("phase");
    return phase.isText() && phase.text().equals("training");
  }

  private LawSet laws(FileReference reference) {
    files.add(reference.file());
    return LawsFile.read(reference.file(), reference.shown());
  }

  private static <T> T checked(JsonCursor root, Supplier<T> constructor) {
    try {
      return constructor.get();
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

  private Model model(JsonCursor cursor) {
    String text = cursor.text();
    boolean isFile = Files.isRegularFile(file.resolveSibling(text));
    if (ModelCatalog.isId(text) && !isFile) {
      return ModelCatalog.findModel(text)
          .orElseThrow(() -> cursor.error(ModelReader.noId(text), ModelReader.remedyOfId()));
    }
    if (text.contains("/") || text.endsWith(".json")) {
      FileReference config = open(cursor, ".json");
      HuggingFaceConfig.modelOptFile(config.file()).ifPresent(files::add);
      return ModelReader.read(config.file(), config.shown());
    }
    return ModelCatalog.findModel(text)
        .orElseThrow(
            () ->
                cursor.error(
                    "no model \"" + text + "\" in the catalogue" + ModelCatalog.didYouMean(text),
                    "rackplan catalog lists the known ones; or give the path of a config.json, such as ./config.json."));
  }

  private FileReference open(JsonCursor cursor, String suffix) {
    FileReference reference = FileReference.resolve(cursor, file, suffix);
    files.add(reference.file());
    return reference;
  }
}
