package dev.rackplan.json.rows;

import dev.rackplan.json.DtypeName;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.LawCatalog;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.json.RoutingReader;
import dev.rackplan.law.LawBook;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.model.StoredFormats;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.EngineMemory;
import dev.rackplan.problem.GivenPrecision;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.MemoryRule;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.Workload;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Models, clusters, engines and formats of measured rows; each is made once. */
final class RowConditions {
  private static final double MEMORY_RESERVE = 0.1;
  // What no row says: as uneven as recorded routing is in the mean.
  private static final String ROUTING = "{\"uneven\": {\"seed\": 1}}";
  // As training's auxiliary losses and biases make it.
  private static final String EVEN_ROUTING =
      "{\"topics\": {\"seed\": 1, \"skew\": 0, \"affinity\": 0}}";
  private static final List<EngineKind> ENGINES =
      List.of(EngineKind.SGLANG, EngineKind.VLLM, EngineKind.TENSORRT_LLM);

  private final GpuCatalog gpus = GpuCatalog.load();
  private final Map<String, Model> models = new HashMap<>();
  private final Map<String, Routing> routings = new HashMap<>();
  private final Map<String, Cluster> clusters = new HashMap<>();

  private record Cluster(Topology topology, LawBook laws, int domainGpus) {}

  /**
   * What the rows of one model on one cluster share.
   *
   * @param domainGpus most GPUs that a scale-up domain of this kind joins
   */
  record Found(Model model, Topology topology, LawBook laws, Routing routing, int domainGpus) {}

  Found of(ServingRow row, int gpuCount) {
    Model model = model(row.model());
    Cluster cluster = cluster(row.gpu(), gpuCount);
    Routing routing = routings.computeIfAbsent(row.model(), word -> routing(model));
    return new Found(model, cluster.topology(), cluster.laws(), routing, cluster.domainGpus());
  }

  Problem problem(ServingRow row, Found found, Workload workload) {
    return new Problem(
        "row",
        found.model(),
        found.topology(),
        workload,
        precision(row, found.model()).complete(found.model(), found.topology(), workload.phase()),
        engine(row),
        LayoutSpace.open(),
        new Limits(OptionalDouble.empty(), OptionalDouble.empty(), MEMORY_RESERVE),
        Objective.THROUGHPUT,
        found.laws());
  }

  /** The model that a row names, also as a checkpoint that others quantised. */
  Model model(String word) {
    Model known = models.get(word);
    if (known == null) {
      String name =
          CheckpointName.of(word)
              .map(CheckpointName::model)
              .orElseThrow(
                  () ->
                      new InexpressibleRow(
                          "model " + word + " is not in the catalogue" + near(word)));
      known = ModelCatalog.read(name);
      models.put(word, known);
    }
    return known;
  }

  private static String near(String word) {
    return ModelCatalog.nearest(word).map(found -> " (" + found + " is)").orElse("");
  }

  /** What is taken for routing where no row says any. */
  static Routing routing(Model model) {
    return routing(model, ROUTING);
  }

  /** The same in training. */
  static Routing evenRouting(Model model) {
    return routing(model, EVEN_ROUTING);
  }

  private static Routing routing(Model model, String routing) {
    return model.moeLayers().isEmpty()
        ? Routing.none()
        : new RoutingReader(Path.of("routing"), model, opened -> {})
            .read(JsonCursor.parse(routing, "routing"));
  }

  /** Sustained rate of a GPU's NICs, one direction. */
  double linkBytesPerSecond(String gpu) {
    return gpu(gpu).nic().sustainedBytesPerSecond();
  }

  private GpuCatalogEntry gpu(String word) {
    return gpus.meant(word)
        .orElseThrow(
            () ->
                new InexpressibleRow(
                    "GPU "
                        + word
                        + " is not in the catalogue: rackplan catalog lists those that are"));
  }

  // As many GPUs as the instance has, in domains as full as they get.
  private Cluster cluster(String word, int count) {
    GpuCatalogEntry gpu = gpu(word);
    return clusters.computeIfAbsent(
        gpu.name() + "/" + count,
        key -> {
          int perDomain = Math.min(count, gpu.scaleUpDomainGpus());
          int domains = WorkerDegrees.atLeast(count, perDomain);
          Topology topology = TopologyBuilder.equalDomains(gpu.name(), gpu, domains, perDomain);
          return new Cluster(topology, LawCatalog.book(topology), gpu.scaleUpDomainGpus());
        });
  }

  private static Engine engine(ServingRow row) {
    EngineKind kind =
        EngineKind.of(row.engine())
            .filter(ENGINES::contains)
            .orElseThrow(
                () ->
                    new InexpressibleRow(
                        "engine "
                            + row.engine()
                            + " is none of sglang, vllm and tensorrt-llm (trtllm), also behind"
                            + " dynamo"));
    Engine engine =
        new Engine(
            Optional.of(kind.title().toLowerCase(Locale.ROOT)),
            row.version(),
            DispatchRule.EVEN,
            CopyRule.PER_GPU,
            false);
    MemoryRule rule = MemoryRule.ofEngine(engine.lawName()).orElse(MemoryRule.RESERVE);
    return engine.withMemory(
        new EngineMemory(rule, fraction(row, rule), OptionalInt.empty(), true)
            .withSteps(row.flags().step().tokens(), row.flags().step().sequences()));
  }

  private static OptionalDouble fraction(ServingRow row, MemoryRule rule) {
    return rule == MemoryRule.RESERVE ? OptionalDouble.empty() : row.flags().memoryFraction();
  }

  // TensorRT-LLM takes the KV cache's format from the checkpoint, and ModelOpt's that are quantised
  // further keep it in FP8 (kv_cache_quant_algo of hf_quant_config.json).
  private static GivenPrecision cached(ServingRow row, boolean narrower, GivenPrecision weights) {
    Optional<Dtype> cache =
        row.flags()
            .kvCache()
            .or(
                () ->
                    EngineKind.of(row.engine())
                        .filter(kind -> narrower && kind == EngineKind.TENSORRT_LLM)
                        .map(kind -> Dtype.FP8));
    return cache.map(weights::withKv).orElse(weights);
  }

  // A checkpoint is quantised further, never back: a format that is no narrower than its own stands
  // for the checkpoint, format by format as it is stored.
  private static GivenPrecision precision(ServingRow row, Model model) {
    ServingRow.Formats formats = row.formats();
    Optional<Dtype> all = formats.all().flatMap(DtypeName::find);
    Optional<Dtype> weights =
        formats
            .weights()
            .map(RowConditions::dtype)
            .or(() -> formats.experts().isPresent() ? Optional.empty() : all)
            .or(() -> CheckpointName.of(row.model()).flatMap(CheckpointName::format));
    boolean dense = model.moeLayers().isEmpty();
    Optional<Dtype> experts =
        dense ? Optional.empty() : formats.experts().map(RowConditions::dtype).or(() -> weights);
    Dtype stored =
        model
            .stored()
            .map(dense ? StoredFormats::weights : StoredFormats::experts)
            .orElse(Dtype.BF16);
    boolean narrower =
        (dense ? weights : experts).filter(dtype -> bits(dtype) < bits(stored)).isPresent();
    return cached(
        row,
        narrower,
        narrower ? GivenPrecision.ofWeights(weights, experts) : GivenPrecision.NOTHING);
  }

  // Without scales.
  private static int bits(Dtype dtype) {
    return (int) (8 * dtype.bytes());
  }

  private static Dtype dtype(String name) {
    return DtypeName.find(name)
        .orElseThrow(() -> new InexpressibleRow(name + " is no number format"));
  }
}
