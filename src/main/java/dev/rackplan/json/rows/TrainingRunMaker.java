package dev.rackplan.json.rows;

import dev.rackplan.accuracy.Deployment;
import dev.rackplan.accuracy.RowRun;
import dev.rackplan.accuracy.TrainingRun;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.LawCatalog;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.GivenPrecision;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.Workload;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Problems of measured training rows: each with the one layout that was measured. */
final class TrainingRunMaker {
  // As in the published training rows: what the allocator can't fill.
  private static final double MEMORY_RESERVE = 0.05;
  private static final double ADAM_BYTES = 12;
  private static final double NARROW_ADAM_BYTES = 8;
  // "v5e-256" is 256 of v5e.
  private static final Pattern POD = Pattern.compile("(?<=v\\d[ep]?)-\\d+$");

  private final GpuCatalog gpus = GpuCatalog.load();
  private final TrainedModels models = new TrainedModels();
  private final Map<String, Topology> clusters = new HashMap<>();

  /**
   * The row as a problem, or why there is none.
   *
   * @param byTokens whether tokens a second were measured, which a sequence's length moves little
   */
  RowRun run(TrainingObject row, boolean byTokens) {
    return RowAttempt.of(() -> made(row, byTokens));
  }

  private TrainingRun made(TrainingObject row, boolean byTokens) {
    refuseUnknown(row);
    Model model = models.model(row);
    List<Integer> moe = model.moeLayers();
    int experts = moe.isEmpty() ? 0 : model.moe(moe.get(0)).orElseThrow().experts();
    if (experts > 0 && row.degrees().expert().isEmpty()) {
      throw new InexpressibleRow("ep is not given for a model with experts");
    }
    Layout layout = layout(row, moe.isEmpty(), experts);
    int sequence = row.sequenceTokens();
    Workload workload =
        new Workload(
            Phase.TRAINING,
            Contexts.of(sequence),
            OptionalLong.of(row.batchSequences()),
            sequence,
            1,
            models.routing(model),
            Optional.of(training(row, layout, model)));
    Topology topology = topology(row);
    Problem problem =
        new Problem(
            "row",
            kept(row, model),
            topology,
            workload,
            precision(row).complete(model, topology, Phase.TRAINING),
            engine(row),
            LayoutSpace.open(),
            new Limits(OptionalDouble.empty(), OptionalDouble.empty(), MEMORY_RESERVE),
            Objective.THROUGHPUT,
            LawCatalog.book(topology));
    LayoutRule.firstFault(problem, layout)
        .ifPresent(
            fault -> {
              throw new InexpressibleRow(fault);
            });
    return new TrainingRun(
        new Deployment(problem.withLayoutSpace(ServingRunMaker.only(layout)), layout),
        Optional.of(row)
            .filter(said -> experts > 0)
            .flatMap(TrainingRunMaker::unsaidLoads)
            .or(() -> byTokens ? Optional.empty() : unsaidSequence(row)));
  }

  private static void refuseUnknown(TrainingObject row) {
    TrainingObject.Degrees degrees = row.degrees();
    if (Stream.of(degrees.tensor(), degrees.pipeline(), degrees.expert())
            .allMatch(OptionalInt::isEmpty)
        && !ranksAlone(row)) {
      throw new InexpressibleRow("neither tp nor pp nor ep is given");
    }
    int replica =
        Math.multiplyExact(
            Math.multiplyExact(
                TrainingObject.Degrees.least(degrees.tensor()),
                TrainingObject.Degrees.least(degrees.pipeline())),
            TrainingObject.Degrees.least(degrees.context()));
    int ranks = TrainingObject.Degrees.least(degrees.data());
    if ((degrees.tensor().isEmpty() || degrees.pipeline().isEmpty())
        && degrees.data().isPresent()
        && row.gpus().orElse(0) > (long) ranks * replica) {
      throw new InexpressibleRow(
          "dp "
              + ranks
              + " leaves "
              + row.gpus().getAsInt() / ranks
              + " GPUs for each copy, and the row does not say how tp and pp divide them");
    }
    if (row.model().toLowerCase(Locale.ROOT).contains("lora")) {
      throw new InexpressibleRow("model " + row.model() + ": adapters are not modelled");
    }
  }

  // As many ranks as GPUs, or weights divided over all: nothing else divides the model.
  private static boolean ranksAlone(TrainingObject row) {
    return row.degrees().data().isPresent()
        ? row.degrees().data().equals(row.gpus())
        : new TrainingFramework(row).sharding().weights();
  }

  // Untrained routers send the made-up tokens of such runs to few experts, unless they are forced.
  private static Optional<String> unsaidLoads(TrainingObject row) {
    return row.madeUpData() && !row.balanced()
        ? Optional.of(
            "untrained routers on made-up data, not forced to balance: how uneven experts' loads"
                + " were is not said")
        : Optional.empty();
  }

  // NVIDIA's recipes have one length; elsewhere it decides a step.
  private static Optional<String> unsaidSequence(TrainingObject row) {
    return row.sequence().isEmpty() && !new TrainingFramework(row).isRecipe()
        ? Optional.of("a step of sequences whose length is not said")
        : Optional.empty();
  }

  // A replica's data-parallel ranks are as many as share its experts; the rest are replicas. Where
  // experts are spread over fewer GPUs than an attention rank has, these hold copies.
  private static Layout layout(TrainingObject row, boolean dense, int experts) {
    TrainingObject.Degrees degrees = row.degrees();
    int tensor = TrainingObject.Degrees.least(degrees.tensor());
    int stages = TrainingObject.Degrees.least(degrees.pipeline());
    int context = TrainingObject.Degrees.least(degrees.context());
    int rank = Math.multiplyExact(tensor, context);
    int expert = dense ? 1 : Math.max(1, degrees.expert().orElse(1));
    boolean slicesAsTensor = expert == 1 || new TrainingFramework(row).slicesExperts();
    int slices =
        dense ? 1 : Math.max(1, degrees.expertTensor().orElse(slicesAsTensor ? tensor : 1));
    int spread = Math.multiplyExact(expert, slices);
    int stage = Math.max(rank, spread);
    int copies = dense || stage % spread != 0 ? 1 : stage / spread;
    int all = said(row.gpus(), "gpus");
    int instance = Math.multiplyExact(stage, stages);
    if (all % instance != 0) {
      throw new InexpressibleRow("gpus is " + all + ", an instance needs " + instance + " of them");
    }
    int replicas = all / instance;
    int batch = row.batchSequences();
    int micro = microBatch(row, batch / Math.max(1, all / Math.multiplyExact(rank, stages)));
    int sequences = Math.multiplyExact(micro, stage / rank);
    int together = Math.multiplyExact(replicas, sequences);
    if (batch % together != 0) {
      throw new InexpressibleRow(
          "global_batch " + batch + " is no multiple of " + together + " sequences at once");
    }
    return Layout.of(
        Map.of(
            Degree.REPLICAS, replicas,
            Degree.PIPELINE_STAGES, stages,
            Degree.EXPERT_PARALLEL, expert * copies,
            Degree.EXPERT_TENSOR_PARALLEL, slices,
            Degree.REDUNDANT_EXPERTS, experts * (copies - 1),
            Degree.ATTENTION_TENSOR_PARALLEL, tensor,
            Degree.PREFILL_CONTEXT_PARALLEL, context,
            Degree.MICRO_BATCHES, batch / together,
            Degree.SEQUENCES_PER_MICRO_BATCH, sequences,
            Degree.RECOMPUTED_LAYERS, new TrainingFramework(row).recomputedLayers()));
  }

  // One sequence where the row does not say, as large models are trained; torchtitan cuts a rank's
  // batch into as many micro-batches as the pipeline has stages.
  private static int microBatch(TrainingObject row, int sequencesOfRank) {
    int stages = TrainingObject.Degrees.least(row.degrees().pipeline());
    boolean cut = stages > 1 && new TrainingFramework(row).isTorchtitan();
    return Math.max(1, row.microBatch().orElse(cut ? sequencesOfRank / stages : 1));
  }

  private static Training training(TrainingObject row, Layout layout, Model model) {
    // Two chunks a stage where a row says that it interleaves some.
    int usual = row.schedule().orElse("").contains("interleaved") ? 2 : 1;
    int chunks =
        layout.pipelineStages() > 1 ? Math.max(1, row.degrees().virtual().orElse(usual)) : 1;
    // Chunks without layers hold the embedding or the loss.
    chunks = Math.max(1, Math.min(chunks, model.layers().size() / layout.pipelineStages()));
    TrainingFramework framework = new TrainingFramework(row);
    return new Training(
        TrainingWords.schedule(row.schedule().orElse(""), chunks),
        chunks,
        framework.recompute(),
        !new FrameworkKernels(row, framework.isRecipe()).writesScores(),
        row.sequenceParallel().orElse(framework.isRecipe() || framework.isTorchtitan()),
        false,
        framework.keepsOneCopy() ? NARROW_ADAM_BYTES : ADAM_BYTES,
        framework.sharding(),
        framework.sumsWide() ? Dtype.FP32 : Dtype.BF16,
        framework.keptFormat(),
        framework.hidesReduction(),
        framework.runtime());
  }

  private static Engine engine(TrainingObject row) {
    return new Engine(
        Optional.empty(),
        Optional.empty(),
        DispatchRule.EVEN,
        new TrainingFramework(row).copies(),
        false);
  }

  // Wide layers of narrow recipes.
  private static Model kept(TrainingObject row, Model model) {
    Optional<Dtype> narrowed = new TrainingFramework(row).narrowed();
    return TrainingRecipe.of(row)
        .flatMap(recipe -> narrowed.map(dtype -> recipe.keeping(model, dtype)))
        .orElse(model);
  }

  private static GivenPrecision precision(TrainingObject row) {
    Optional<Dtype> format = new TrainingFramework(row).format();
    return GivenPrecision.ofWeights(format, format);
  }

  // Scale-up domains are the nodes, except where the GPU's are larger than nodes are.
  private Topology topology(TrainingObject row) {
    String word =
        row.gpu()
            .map(text -> text.replaceAll("\\(.*\\)", "").strip())
            .orElseThrow(() -> new InexpressibleRow("gpu is not given"));
    GpuCatalogEntry gpu =
        gpus.meant(word)
            .or(() -> sized(word))
            .or(() -> gpus.meant(POD.matcher(word).replaceAll("")))
            .orElseThrow(() -> new InexpressibleRow("GPU " + word + " is not in the catalogue"));
    int count = said(row.gpus(), "gpus");
    int node = row.gpusPerNode().orElse(gpu.scaleUpDomainGpus());
    int whole = gpu.scaleUpDomainGpus() > 8 ? gpu.scaleUpDomainGpus() : Math.max(1, node);
    int domains = WorkerDegrees.atLeast(count, whole);
    int perDomain = WorkerDegrees.atLeast(count, domains);
    LinkSpec nic =
        row.network().map(words -> TrainingNetwork.nic(words, gpu.nic(), node)).orElse(gpu.nic());
    return clusters.computeIfAbsent(
        gpu.name() + gpu.spec().hbmBytes() + "/" + domains + "/" + perDomain + "/" + nic,
        key -> TopologyBuilder.equalDomains(gpu.name(), gpu, nic, domains, perDomain));
  }

  // "H100-96GB" is an H100 with that much memory.
  private Optional<GpuCatalogEntry> sized(String word) {
    Matcher size = Pattern.compile("(.+)-(\\d{1,4})GB").matcher(word);
    return size.matches() && !size.group(2).matches("0+")
        ? gpus.meant(size.group(1))
            .map(gpu -> gpu.withMemory(Integer.parseInt(size.group(2)) * 1e9))
        : Optional.empty();
  }

  static int said(OptionalInt value, String key) {
    return WorkerDegrees.said(value, key);
  }
}
