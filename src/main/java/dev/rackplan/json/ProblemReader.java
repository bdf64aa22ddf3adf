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
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Makes a problem of a problem file's values: its parts, read by the readers of this package, and
 * checked against each other.
 */
final class ProblemReader {
  private final Path file;
  private final ReadFiles files;
  private final UnaryOperator<Model> design;

  ProblemReader(Path file, ReadFiles files) {
    this(file, files, UnaryOperator.identity());
  }

  /**
   * @param file the problem file, against which paths are resolved
   * @param files gets every file that is opened
   * @param design makes the model from that of the file
   */
  ProblemReader(Path file, ReadFiles files, UnaryOperator<Model> design) {
    this.file = file;
    this.files = files;
    this.design = design;
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

  /** The problem of {@code root}. */
  Problem problem(JsonCursor root) {
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

  /** Both pools of {@code root}. */
  ServingProblem serving(JsonCursor root) {
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
    String name = ProblemFile.name(root.get("name"));
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
