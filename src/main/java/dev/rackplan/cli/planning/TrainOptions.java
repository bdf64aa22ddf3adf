package dev.rackplan.cli.planning;

import dev.rackplan.cli.option.DtypeConverter;
import dev.rackplan.cli.option.DurationConverter;
import dev.rackplan.cost.economics.TrainingRunTime;
import dev.rackplan.model.Dtype;
import dev.rackplan.problem.Degree;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options of {@code rackplan plan --train}: what is trained, and degrees that are not searched. */
public final class TrainOptions {
  private static final int MOST_SEQUENCES = 1_000_000_000;
  private static final int MOST_TOKENS = 10_000_000;
  private static final double MOST_TOKENS_OF_A_RUN = 1e18;
  private static final double MOST_OPTIMIZER_BYTES = 64;
  private static final int MOST_DEGREE = 100_000;
  // Those of serving, which training has no use for.
  private static final List<String> SERVING =
      List.of(
          "--isl",
          "--osl",
          "--ttft",
          "--tpot",
          "--rate",
          "--tokens-per-second",
          "--concurrency",
          "--objective",
          "--mode",
          "--prefix-cached",
          "--trace",
          "--prefill-gpu",
          "--prefill-gpus",
          "--weights",
          "--kv-cache",
          "--watts");
  private static final String TRAIN = "--train";

  @Option(names = TRAIN, description = "Plan training, not serving.")
  private boolean train;

  @Option(
      names = "--global-batch",
      paramLabel = "N",
      description = "Training: sequences of one optimizer step.")
  private Optional<Integer> globalBatch = Optional.empty();

  @Option(names = "--seq", paramLabel = "N", description = "Training: tokens of a sequence.")
  private Optional<Integer> sequence = Optional.empty();

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Training: tokens of the whole run, such as 15e12, for its days and price.")
  private Optional<Double> tokens = Optional.empty();

  @Option(
      names = "--precision",
      paramLabel = "DTYPE",
      converter = DtypeConverter.class,
      description = "Training: format of products, such as bf16, fp8, mxfp8. Default: bf16.")
  private Dtype precision = Dtype.BF16;

  @Option(
      names = "--gradients",
      paramLabel = "DTYPE",
      converter = DtypeConverter.class,
      description = "Training: format of summed gradients. Default: fp32.")
  private Dtype gradients = Dtype.FP32;

  @Option(
      names = "--activations",
      paramLabel = "DTYPE",
      converter = DtypeConverter.class,
      description = "Training: format in which inputs of products are kept. Default: bf16.")
  private Dtype activations = Dtype.BF16;

  @Option(
      names = "--optimizer-bytes",
      paramLabel = "N",
      defaultValue = "12",
      description =
          "Training: bytes of optimizer state a weight; 8 with BF16 moments. Default:"
              + " ${DEFAULT-VALUE}.")
  private double optimizerBytes;

  @Option(
      names = "--cuda-graphs",
      description = "Training: layers are replayed from CUDA graphs; else the host launches.")
  private boolean graphs;

  @Option(names = "--tp", paramLabel = "N", description = "Training: tensor parallelism.")
  private Optional<Integer> tensor = Optional.empty();

  @Option(names = "--cp", paramLabel = "N", description = "Training: context parallelism.")
  private Optional<Integer> context = Optional.empty();

  @Option(names = "--pp", paramLabel = "N", description = "Training: pipeline stages.")
  private Optional<Integer> stages = Optional.empty();

  @Option(names = "--vpp", paramLabel = "N", description = "Training: chunks on each stage.")
  private Optional<Integer> chunks = Optional.empty();

  @Option(names = "--ep", paramLabel = "N", description = "Training: expert parallelism.")
  private Optional<Integer> expert = Optional.empty();

  @Option(names = "--etp", paramLabel = "N", description = "Training: expert tensor parallelism.")
  private Optional<Integer> expertTensor = Optional.empty();

  @Option(
      names = "--micro-batch",
      paramLabel = "N",
      description = "Training: sequences of a rank's micro-batch. Degrees left out are searched.")
  private Optional<Integer> microBatch = Optional.empty();

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description = "Training: 1f1b, interleaved, zb1p or dualpipe.")
  private Optional<String> schedule = Optional.empty();

  @Option(
      names = "--recompute",
      paramLabel = "NAME",
      description = "Training: none, selective, pointwise or full.")
  private Optional<String> recompute = Optional.empty();

  @Option(
      names = "--recompute-layers",
      paramLabel = "N",
      description =
          "Training: layers of each chunk that --recompute full computes again, the first ones; 0: all.")
  private Optional<Integer> recomputedLayers = Optional.empty();

  @Option(
      names = "--shard-ranks",
      paramLabel = "N",
      description = "Training: data-parallel ranks that hold one copy together (HSDP); 0: all.")
  private Optional<Integer> shardRanks = Optional.empty();

  @Option(
      names = "--offload",
      paramLabel = "NAME",
      description = "Training: what the host holds, none or optimizer.")
  private Optional<String> offload = Optional.empty();

  @Option(names = "--zero", paramLabel = "N", description = "Training: ZeRO stage, 0 to 3.")
  private Optional<Integer> zero = Optional.empty();

  @Option(
      names = "--checkpoint-time",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Training: what saving a checkpoint stops the run for. Default: 30s (assumed).")
  private double checkpointSeconds = TrainingRunTime.USUAL_CHECKPOINT_SECONDS;

  @Option(
      names = "--restart-time",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Training: from a failure to the next step. Default: 5m (assumed).")
  private double restartSeconds = TrainingRunTime.USUAL_RESTART_SECONDS;

  /** Whether training is asked for. */
  public boolean asked() {
    return train;
  }

  /** Refuses options that belong to the other of training and serving, and values out of range. */
  public void refuseMixed(CommandSpec spec) {
    var parsed = spec.commandLine().getParseResult();
    for (String option : train ? SERVING : own(spec)) {
      require(
          spec,
          !parsed.hasMatchedOption(option),
          option + (train ? " is for serving, not for --train" : " needs --train"));
    }
    if (!train) {
      return;
    }
    require(
        spec,
        globalBatch.filter(n -> n >= 1 && n <= MOST_SEQUENCES).isPresent()
            && sequence.filter(n -> n >= 1 && n <= MOST_TOKENS).isPresent(),
        "--train needs --global-batch of 1.." + MOST_SEQUENCES + " and --seq of 1.." + MOST_TOKENS);
    require(
        spec,
        tokens.filter(n -> !(n >= 1 && n <= MOST_TOKENS_OF_A_RUN)).isEmpty(),
        "--tokens must be in 1..1e18");
    Stream.of(tensor, context, stages, chunks, expert, expertTensor, microBatch)
        .flatMap(Optional::stream)
        .forEach(
            n -> require(spec, n >= 1 && n <= MOST_DEGREE, "degrees must be in 1.." + MOST_DEGREE));
    require(
        spec,
        microBatch.filter(each -> globalBatch.orElseThrow() % each != 0).isEmpty(),
        "--micro-batch must divide --global-batch");
    require(
        spec,
        optimizerBytes >= 0 && optimizerBytes <= MOST_OPTIMIZER_BYTES,
        "--optimizer-bytes must be in 0..64");
    within(spec, "--recompute-layers", Degree.RECOMPUTED_LAYERS, recomputedLayers);
    within(spec, "--shard-ranks", Degree.SHARD_RANKS, shardRanks);
    zero.ifPresent(n -> require(spec, n >= 0 && n <= 3, "--zero must be in 0..3"));
    named(spec, "--schedule", Degree.SCHEDULE, schedule);
    named(spec, "--recompute", Degree.RECOMPUTE, recompute);
    named(spec, "--offload", Degree.OFFLOAD, offload);
  }

  private List<String> own(CommandSpec spec) {
    return spec.mixins().values().stream()
        .filter(mixin -> mixin.userObject() == this)
        .flatMap(mixin -> mixin.options().stream())
        .map(OptionSpec::longestName)
        .filter(name -> !name.equals(TRAIN))
        .toList();
  }

  private static void within(
      CommandSpec spec, String option, Degree degree, Optional<Integer> value) {
    require(
        spec,
        value.filter(n -> n < degree.least() || n > degree.most()).isEmpty(),
        option + " must be in " + degree.least() + ".." + degree.most());
  }

  private static void named(
      CommandSpec spec, String option, Degree degree, Optional<String> value) {
    List<String> names = degree.names().subList(1, degree.names().size());
    require(
        spec,
        value.filter(name -> !names.contains(name)).isEmpty(),
        option + " must be one of " + String.join(", ", names));
  }

  private static void require(CommandSpec spec, boolean holds, String words) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), words);
    }
  }

  /** What is trained, by this engine; {@code any} for none. */
  public TrainingQuestion trained(String engine) {
    Map<String, Object> training = new LinkedHashMap<>();
    training.put("globalBatchSequences", globalBatch.orElseThrow());
    training.put("gradients", name(gradients));
    training.put("activations", name(activations));
    training.put("optimizerBytesPerParameter", optimizerBytes);
    training.put("overlapGradientReduction", true);
    training.put("overlapWeightGather", true);
    training.put("cudaGraphs", graphs);
    return new TrainingQuestion(
        globalBatch.orElseThrow(),
        sequence.orElseThrow(),
        name(precision),
        training,
        engine,
        layout(),
        microBatch);
  }

  private static String name(Dtype dtype) {
    return dtype.name().toLowerCase(Locale.ROOT);
  }

  // Values of degrees as layouts in problem files have them; those left out are open.
  private Map<Degree, Object> layout() {
    Map<Degree, Object> layout = new EnumMap<>(Degree.class);
    for (Degree degree : Degree.values()) {
      if (degree.followsWorkload()) {
        layout.put(degree, "open");
      }
    }
    tensor.ifPresent(n -> layout.put(Degree.ATTENTION_TENSOR_PARALLEL, n));
    context.ifPresent(n -> layout.put(Degree.PREFILL_CONTEXT_PARALLEL, n));
    stages.ifPresent(n -> layout.put(Degree.PIPELINE_STAGES, n));
    expert.ifPresent(n -> layout.put(Degree.EXPERT_PARALLEL, n));
    expertTensor.ifPresent(n -> layout.put(Degree.EXPERT_TENSOR_PARALLEL, n));
    schedule.ifPresent(name -> layout.put(Degree.SCHEDULE, name));
    recompute.ifPresent(name -> layout.put(Degree.RECOMPUTE, name));
    recomputedLayers.ifPresent(n -> layout.put(Degree.RECOMPUTED_LAYERS, n));
    shardRanks.ifPresent(n -> layout.put(Degree.SHARD_RANKS, n));
    offload.ifPresent(name -> layout.put(Degree.OFFLOAD, name));
    zero.ifPresent(n -> layout.put(Degree.SHARDING, "zero" + n));
    chunks.ifPresent(n -> addChunks(layout, n));
    return layout;
  }

  // One chunk is no interleaved schedule.
  private void addChunks(Map<Degree, Object> layout, int count) {
    layout.put(Degree.VIRTUAL_STAGES, count);
    if (count > 1 && schedule.isEmpty()) {
      layout.put(Degree.SCHEDULE, "interleaved");
    }
  }

  /** Tokens of the whole run. */
  Optional<Double> tokensOfRun() {
    return tokens;
  }

  /** The run of so many steps. */
  TrainingRunTime run(double workSeconds, int gpus) {
    return new TrainingRunTime(workSeconds, gpus, checkpointSeconds, restartSeconds);
  }
}
