package dev.rackplan.json;

import dev.rackplan.accuracy.Deployment;
import dev.rackplan.accuracy.RowRun;
import dev.rackplan.accuracy.TrainingRun;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.LayoutRule;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.GivenPrecision;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Limits;
import dev.rackplan.problem.Objective;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.Workload;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Problems of measured training rows: each with the one layout that was measured. */
final class TrainingRunMaker {
  // As in the published training rows: what drivers and libraries hold.
  private static final double MEMORY_RESERVE = 0.05;
  private static final double ADAM_BYTES = 12;

  private final GpuCatalog gpus = GpuCatalog.load();
  private final TrainedModels models = new TrainedModels();
  private final Map<String, Topology> clusters = new HashMap<>();

  /** The row as a problem, or why there is none. */
  RowRun run(TrainingObject row) {
    return RowAttempt.of(() -> made(row));
  }

  private TrainingRun made(TrainingObject row) {
    refuseSharded(row);
    Model model = models.model(row);
    Layout layout = layout(row, model.moeLayers().isEmpty());
    int sequence = said(row.sequence(), "seq");
    Workload workload =
        new Workload(
            Phase.TRAINING,
            Contexts.of(sequence),
            OptionalLong.of(said(row.globalBatch(), "global_batch")),
            sequence,
            1,
            models.routing(model),
            Optional.of(training(row, layout)));
    Topology topology = topology(row);
    Problem problem =
        new Problem(
            "row",
            model,
            topology,
            workload,
            precision(row).complete(model, topology, Phase.TRAINING),
            ConditionsReader.defaultEngine(),
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
        new Deployment(problem.withLayoutSpace(ServingRunMaker.only(layout)), layout));
  }

  private static void refuseSharded(TrainingObject row) {
    String optimizer = row.optimizer().orElse("").toLowerCase(Locale.ROOT);
    if (Stream.of("fsdp", "hsdp", "zero-2", "zero-3", "offload 25", "50%", "75%", "100%")
        .anyMatch(optimizer::contains)) {
      throw new InexpressibleRow(
          "dist_opt " + row.optimizer().get() + ": only optimizer states are sharded (ZeRO-1)");
    }
    if (row.model().toLowerCase(Locale.ROOT).contains("lora")) {
      throw new InexpressibleRow("model " + row.model() + ": adapters are not modelled");
    }
    if (row.degrees().context().orElse(1) > 1) {
      throw new InexpressibleRow(
          "cp " + row.degrees().context().getAsInt() + ": no context parallelism in training");
    }
  }

  // A replica's data-parallel ranks are as many as share its experts; the rest are replicas.
  private static Layout layout(TrainingObject row, boolean dense) {
    TrainingObject.Degrees degrees = row.degrees();
    int tensor = said(degrees.tensor(), "tp");
    int stages = said(degrees.pipeline(), "pp");
    int expert = dense ? 1 : Math.max(1, degrees.expert().orElse(1));
    int slices = dense ? 1 : Math.max(1, degrees.expertTensor().orElse(1));
    int stage = Math.max(tensor, Math.multiplyExact(expert, slices));
    int all = said(row.gpus(), "gpus");
    int instance = Math.multiplyExact(stage, stages);
    if (all % instance != 0) {
      throw new InexpressibleRow("gpus is " + all + ", an instance needs " + instance + " of them");
    }
    int replicas = all / instance;
    int sequences = Math.multiplyExact(said(row.microBatch(), "micro_batch"), stage / tensor);
    int batch = said(row.globalBatch(), "global_batch");
    int together = Math.multiplyExact(replicas, sequences);
    if (batch % together != 0) {
      throw new InexpressibleRow(
          "global_batch " + batch + " is no multiple of " + together + " sequences at once");
    }
    return Layout.of(
        Map.of(
            Degree.REPLICAS, replicas,
            Degree.PIPELINE_STAGES, stages,
            Degree.EXPERT_PARALLEL, expert,
            Degree.EXPERT_TENSOR_PARALLEL, slices,
            Degree.ATTENTION_TENSOR_PARALLEL, tensor,
            Degree.MICRO_BATCHES, batch / together,
            Degree.SEQUENCES_PER_MICRO_BATCH, sequences));
  }

  private static Training training(TrainingObject row, Layout layout) {
    int chunks = layout.pipelineStages() > 1 ? Math.max(1, row.degrees().virtual().orElse(1)) : 1;
    String optimizer = row.optimizer().orElse("").toLowerCase(Locale.ROOT);
    String framework = row.framework().orElse("").toLowerCase(Locale.ROOT);
    return new Training(
        chunks > 1 ? PipelineSchedule.INTERLEAVED : PipelineSchedule.ONE_FORWARD_ONE_BACKWARD,
        chunks,
        recompute(row),
        !framework.contains("kernel torch") && !framework.contains("kernel fused"),
        row.sequenceParallel().orElse(true),
        false,
        ADAM_BYTES,
        !optimizer.startsWith("none"),
        Dtype.FP32,
        Dtype.BF16,
        false);
  }

  private static Recompute recompute(TrainingObject row) {
    String word = row.recompute().orElse("selective").toLowerCase(Locale.ROOT);
    return word.startsWith("full")
        ? Recompute.FULL
        : word.startsWith("none") ? Recompute.NONE : Recompute.SELECTIVE;
  }

  // The first format that is named; products of 16 bits are the usual ones.
  private static GivenPrecision precision(TrainingObject row) {
    Optional<Dtype> named =
        Stream.of(row.precision().orElse("").split("[^A-Za-z0-9]+"))
            .map(DtypeName::find)
            .flatMap(Optional::stream)
            .findFirst()
            .filter(dtype -> dtype.operandBits() < Dtype.BF16.operandBits());
    return GivenPrecision.ofWeights(named, named);
  }

  // Scale-up domains are the nodes, except where the GPU's are larger than nodes are.
  private Topology topology(TrainingObject row) {
    String word =
        row.gpu()
            .map(text -> text.replaceAll("\\(.*\\)", "").strip())
            .orElseThrow(() -> new InexpressibleRow("gpu is not given"));
    GpuCatalogEntry gpu =
        gpus.meant(word)
            .orElseThrow(() -> new InexpressibleRow("GPU " + word + " is not in the catalogue"));
    int count = said(row.gpus(), "gpus");
    int node = row.gpusPerNode().orElse(gpu.scaleUpDomainGpus());
    int whole = gpu.scaleUpDomainGpus() > 8 ? gpu.scaleUpDomainGpus() : Math.max(1, node);
    int domains = WorkerDegrees.atLeast(count, whole);
    int perDomain = WorkerDegrees.atLeast(count, domains);
    return clusters.computeIfAbsent(
        gpu.name() + "/" + domains + "/" + perDomain,
        key -> TopologyBuilder.equalDomains(gpu.name(), gpu, domains, perDomain));
  }

  static int said(OptionalInt value, String key) {
    return WorkerDegrees.said(value, key);
  }
}
