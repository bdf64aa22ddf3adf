package dev.rackplan.cli.planning;

import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cli.planning.PlannedLaunch.Planned;
import dev.rackplan.export.ExportRefusal;
import dev.rackplan.export.ExportedFile;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Pool;
import dev.rackplan.problem.Problem;
import dev.rackplan.replay.PlannedPools;
import dev.rackplan.replay.Role;
import dev.rackplan.report.FormatsText;
import dev.rackplan.report.ReplayReport;
import dev.rackplan.report.TextTable;
import dev.rackplan.report.html.ReplayPage;
import dev.rackplan.serving.Found;
import dev.rackplan.serving.Found.Instances;
import dev.rackplan.serving.Goal;
import dev.rackplan.topology.GpuCatalogEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The files that a question without files stands for: a topology and a problem for each pool, as a
 * user would write them, and what follows from them.
 *
 * @param modelWord a name of the catalogue, or the path of a config
 * @param model what that is
 * @param weights of all matrices; empty = as the checkpoint
 * @param cache of KV caches; empty = as the engine takes it from the checkpoint
 * @param gpu kind of the GPUs that decode
 * @param engine as problems name it
 * @param routing how tokens choose experts; empty = synthetic
 * @param topologies of all GPUs, and which of them a pool has
 */
public record PlannedFiles(
    String modelWord,
    Model model,
    Optional<Dtype> weights,
    Optional<Dtype> cache,
    GpuCatalogEntry gpu,
    String engine,
    Goal goal,
    Optional<RoutingSource> routing,
    PlannedTopologies topologies) {
  // As uneven as recorded loads are: what measured rows were predicted with.
  private static final Map<String, Object> SYNTHETIC = Map.of("uneven", Map.of("seed", 1));

  /** One pool's problem, read back from its files. */
  private record Written(ProblemFile.Loaded loaded, Plan plan, Path problem) {}

  /** The same on GPUs of another kind. */
  public PlannedFiles on(GpuCatalogEntry other) {
    return new PlannedFiles(
        modelWord, model, weights, cache, other, engine, goal, routing, topologies);
  }

  /** The question of a decode step on so many GPUs, with its layout open. */
  public Problem question(int gpus) {
    return PlanFolder.inTemporaryFolder(
        folder -> {
          Path file =
              problem(
                  folder, Pool.DECODE.word(), PlannedTopologies.whole(gpu, gpus), Optional.empty());
          return ProblemFile.load(file, file.toString()).problem();
        });
  }

  /**
   * What was planned for: model, engine, formats and routing, in lines of at most 80 columns.
   *
   * @param question as {@link #question} gives it
   */
  public String told(Problem question) {
    List<String> lines = new ArrayList<>();
    lines.add("model: " + modelWord + "; engine: " + EngineKind.of(engine).orElseThrow().title());
    lines.addAll(FormatsText.lines(question));
    lines.add("routing: " + routingWords());
    model
        .contextLimit()
        .flatMap(limit -> limit.remark(goal.inputTokens() + goal.outputTokens()))
        .ifPresent(lines::add);
    return lines.stream().map(line -> TextTable.wrapped(line, 2)).collect(Collectors.joining());
  }

  /** What experts are chosen by, in words. */
  public String routingWords() {
    return model.moeLayers().isEmpty()
        ? "none, the model is dense"
        : routing
            .map(RoutingSource::shown)
            .orElse("synthetic, as uneven as recorded loads; --routing FILE takes yours");
  }

  /** How each pool of {@code found} is launched, as its engine's script says it. */
  public String launch(Found found) {
    return PlanFolder.inTemporaryFolder(
        folder -> {
          List<Planned> pools =
              written(folder, found).entrySet().stream()
                  .map(pool -> planned(pool.getKey(), pool.getValue()))
                  .toList();
          return launch(pools).commands();
        });
  }

  /** What requests are sent through in a replay: the pools as they are launched. */
  List<PlannedPools.Part> parts(Found found) {
    return PlanFolder.inTemporaryFolder(
        folder -> {
          List<PlannedPools.Part> parts = new ArrayList<>();
          written(folder, found)
              .forEach(
                  (pool, written) ->
                      parts.add(
                          new PlannedPools.Part(
                              role(pool), written.loaded().problem(), written.plan())));
          return parts;
        });
  }

  private static Role role(Instances pool) {
    return pool.role().map(PlannedFiles::role).orElse(Role.BOTH);
  }

  private static Role role(Pool role) {
    return switch (role) {
      case PREFILL -> Role.PREFILL;
      case DECODE -> Role.DECODE;
    };
  }

  /** Writes everything; the files in the order in which they are read. */
  public List<String> write(String to, Found found) {
    Path folder = PlanFolder.made(to);
    List<String> files = new ArrayList<>();
    List<Planned> pools = new ArrayList<>();
    for (Map.Entry<Instances, Written> entry : written(folder, found).entrySet()) {
      Instances pool = entry.getKey();
      Written written = entry.getValue();
      Path solution = folder.resolve(pool.name() + "-solution.json");
      AtomicFile.write(
          solution,
          PlanFolder.solution(
              written.problem().getFileName().toString(), written.loaded(), written.plan()));
      files.add(folder.resolve(pool.name() + "-topology.json").toString());
      files.add(written.problem().toString());
      files.add(solution.toString());
      pools.add(planned(pool, written));
    }
    files.addAll(PlanFolder.write(folder, startable(pools)));
    return files;
  }

  /** Writes the page of a replay into {@code to}; its path. */
  public static String writePage(String to, ReplayReport report) {
    Path page = PlanFolder.made(to).resolve("replay.html");
    AtomicFile.write(page, ReplayPage.of(report));
    return page.toString();
  }

  // Why there are none the summary says.
  private List<ExportedFile> startable(List<Planned> pools) {
    try {
      return launch(pools).files();
    } catch (ExportRefusal refusal) {
      return List.of();
    }
  }

  private PlannedLaunch launch(List<Planned> pools) {
    return new PlannedLaunch(EngineKind.of(engine).orElseThrow(), pools);
  }

  private static Planned planned(Instances pool, Written written) {
    return new Planned(pool.name(), pool.role(), written.loaded().problem(), written.plan());
  }

  private Map<Instances, Written> written(Path folder, Found found) {
    Map<String, Map<String, Object>> gpus = topologies.of(found);
    Map<Instances, Written> written = new LinkedHashMap<>();
    found.pools().forEach(pool -> written.put(pool, written(folder, pool, gpus.get(pool.name()))));
    return written;
  }

  private Written written(Path folder, Instances pool, Map<String, Object> gpus) {
    Path file = problem(folder, pool.name(), gpus, Optional.of(pool));
    ProblemFile.Loaded loaded = ProblemFile.load(file, file.toString());
    Layout layout = layout(pool);
    return new Written(loaded, UsualPlan.inOrder(loaded.problem(), layout), file);
  }

  // With the sequences that decode in the mean: what the step's time is of.
  private static Layout layout(Instances pool) {
    int perRank = Math.max(1, (int) Math.floor(pool.sequencesPerRank()));
    return pool.layout()
        .withSequences(perRank * pool.layout().attentionRanks())
        .with(Degree.REPLICAS, pool.count());
  }

  private Path problem(
      Path folder, String name, Map<String, Object> gpus, Optional<Instances> pool) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", name);
    tree.put("model", PlanFolder.modelIn(folder, modelWord, model));
    String topology = name + "-topology.json";
    AtomicFile.write(folder.resolve(topology), JsonText.of(gpus));
    tree.put("topology", topology);
    tree.put("workload", workload(folder, pool));
    Map<String, Object> precision = new LinkedHashMap<>();
    weights.ifPresent(dtype -> precision.put("weights", dtype.key()));
    cache.ifPresent(dtype -> precision.put("kv", dtype.key()));
    if (!precision.isEmpty()) {
      tree.put("precision", precision);
    }
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("name", engine);
    pool.filter(instances -> instances.mostPerRank() > 0)
        .ifPresent(instances -> told.put("maxSequences", instances.mostPerRank()));
    told.put("sequenceTokens", (int) Math.ceil(goal.inputTokens() + goal.outputTokens()));
    tree.put("engine", told);
    Map<String, Object> limits = new LinkedHashMap<>();
    if (pool.filter(Instances::readsAlone).isPresent()) {
      goal.ttftSeconds().ifPresent(seconds -> limits.put("ttftMillis", 1e3 * seconds));
    } else {
      goal.tpotSeconds().ifPresent(seconds -> limits.put("tpotMillis", 1e3 * seconds));
    }
    tree.put("limits", limits);
    pool.ifPresent(instances -> tree.put("layout", SolutionFile.layout(layout(instances))));
    Path file = folder.resolve(name + "-problem.json");
    AtomicFile.write(file, JsonText.of(tree));
    return file;
  }

  private Map<String, Object> workload(Path folder, Optional<Instances> pool) {
    Map<String, Object> workload = new LinkedHashMap<>();
    boolean prefill = pool.filter(Instances::readsAlone).isPresent();
    workload.put("phase", (prefill ? Pool.PREFILL : Pool.DECODE).word());
    workload.put(
        "contextTokens",
        prefill ? goal.inputTokens() : goal.inputTokens() + goal.outputTokens() / 2);
    if (prefill && goal.cachedTokens() > 0) {
      workload.put("cachedTokens", goal.cachedTokens());
    }
    workload.put(
        "concurrentSequences",
        pool.<Object>map(instances -> layout(instances).concurrentSequences()).orElse("max"));
    if (!model.moeLayers().isEmpty()) {
      workload.put("routing", routing.map(file -> file.in(folder)).orElseGet(() -> SYNTHETIC));
    }
    return workload;
  }
}
