package dev.rackplan.plan;

import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.workload.Offload;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Sharding;
import dev.rackplan.workload.Training;
import dev.rackplan.workload.TrainingRuntime;
import dev.rackplan.workload.Workload;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * The degrees of one deployment: a number for each {@link Degree}, neutral where nothing else is
 * said. Which of them fit each other, a model and a cluster: {@link LayoutRule}.
 */
public final class Layout {
  // One place for each degree, in their order: the search asks too often for a map of objects.
  private final int[] values;
  private final int gpusPerStage;
  private final int attentionRanks;

  private Layout(int[] values) {
    this.values = values;
    for (Degree degree : Degree.values()) {
      if (get(degree) < degree.least()) {
        throw new IllegalArgumentException(
            degree.key() + " must be >= " + degree.least() + ", was " + get(degree));
      }
    }
    this.gpusPerStage = Degree.gpusPerStage(this::get);
    this.attentionRanks = Degree.attentionRanks(this::get);
  }

  /** Every degree neutral: one GPU that runs everything. */
  public static Layout neutral() {
    return of(Map.of());
  }

  /** These degrees, the others neutral. */
  public static Layout of(Map<Degree, Integer> degrees) {
    int[] values = new int[Degree.values().length];
    for (Degree degree : Degree.values()) {
      values[degree.ordinal()] = degrees.getOrDefault(degree, degree.neutral());
    }
    return new Layout(values);
  }

  /** The value of {@code degree}. */
  public int get(Degree degree) {
    return values[degree.ordinal()];
  }

  /** The same with another {@code degree}. */
  public Layout with(Degree degree, int value) {
    int[] others = values.clone();
    others[degree.ordinal()] = value;
    return new Layout(others);
  }

  /** The same with other micro-batches in flight, each of {@code sequences}. */
  public Layout withMicroBatches(int count, int sequences) {
    return with(Degree.MICRO_BATCHES, count).with(Degree.SEQUENCES_PER_MICRO_BATCH, sequences);
  }

  /** The same with so many sequences, in a micro-batch for each stage where there are enough. */
  public Layout withSequences(int all) {
    int count = Math.min(pipelineStages(), all);
    return withMicroBatches(count, (all - 1) / count + 1);
  }

  /** Sequences of the attention rank that has most. */
  public int sequencesPerRank() {
    return microBatches() * ((sequencesPerMicroBatch() - 1) / attentionRanks + 1);
  }

  /** The same, with so many sequences of each attention rank where it has fewer. */
  public Layout withAtLeastPerRank(int sequences) {
    return sequences > sequencesPerRank()
        ? withSequences(Math.multiplyExact(sequences, attentionRanks))
        : this;
  }

  /** {@link Degree#REPLICAS}. */
  public int replicas() {
    return get(Degree.REPLICAS);
  }

  /** {@link Degree#PIPELINE_STAGES}. */
  public int pipelineStages() {
    return get(Degree.PIPELINE_STAGES);
  }

  /** {@link Degree#EXPERT_PARALLEL}. */
  public int expertParallel() {
    return get(Degree.EXPERT_PARALLEL);
  }

  /** {@link Degree#ATTENTION_TENSOR_PARALLEL}. */
  public int attentionTensorParallel() {
    return get(Degree.ATTENTION_TENSOR_PARALLEL);
  }

  /** {@link Degree#EXPERT_TENSOR_PARALLEL}. */
  public int expertTensorParallel() {
    return get(Degree.EXPERT_TENSOR_PARALLEL);
  }

  /** {@link Degree#PREFILL_CONTEXT_PARALLEL}. */
  public int prefillContextParallel() {
    return get(Degree.PREFILL_CONTEXT_PARALLEL);
  }

  /** {@link Degree#DECODE_CONTEXT_PARALLEL}. */
  public int decodeContextParallel() {
    return get(Degree.DECODE_CONTEXT_PARALLEL);
  }

  /** GPUs over which dense FFNs are divided: {@link Degree#DENSE_TENSOR_PARALLEL}. */
  public int denseTensorParallel() {
    int asked = get(Degree.DENSE_TENSOR_PARALLEL);
    return asked == 0 ? attentionTensorParallel() : asked;
  }

  /**
   * How activations travel around routed experts in {@code phase}: what the layout says, else what
   * engines do. They sum up where one group has every token, gather where experts are sliced, and
   * send tokens to experts otherwise; training always sends.
   */
  public MoeCommunication communication(Phase phase) {
    MoeCommunication asked = MoeCommunication.values()[get(Degree.MOE_COMMUNICATION)];
    if (asked != MoeCommunication.DEFAULT) {
      return asked;
    }
    if (phase == Phase.TRAINING) {
      return MoeCommunication.ALL_TO_ALL;
    }
    if (tokenGroups() == 1) {
      return MoeCommunication.ALL_REDUCE;
    }
    return expertTensorParallel() > 1 ? MoeCommunication.ALL_GATHER : MoeCommunication.ALL_TO_ALL;
  }

  /** Query tokens of one sequence and step: drafts and chunks are the layout's, or the load's. */
  public double queryTokens(Workload workload) {
    return switch (workload.phase()) {
      case DECODE ->
          get(Degree.DRAFT_TOKENS) > 0 ? 1.0 + get(Degree.DRAFT_TOKENS) : workload.queryTokens();
      case PREFILL ->
          get(Degree.CHUNK_TOKENS) > 0
              ? Math.min(get(Degree.CHUNK_TOKENS), workload.contexts().computedTokens())
              : workload.queryTokens();
      case TRAINING -> workload.queryTokens();
    };
  }

  /** Tokens that a draft module guesses for each sequence and step; 0 except in decode. */
  public double draftTokens(Workload workload) {
    return workload.phase() == Phase.DECODE ? queryTokens(workload) - 1 : 0;
  }

  /**
   * Tokens of context that a query token of a sequence of mean length sees, mean. Of what is read
   * or trained on a token sees half, behind a causal mask; a kernel that writes its scores computes
   * those behind the mask, too.
   */
  public double attendedTokens(Workload workload) {
    return switch (workload.phase()) {
      case DECODE -> workload.contextTokens();
      case PREFILL -> workload.contexts().cachedTokens() + workload.contexts().computedTokens() / 2;
      case TRAINING ->
          training(workload).orElseThrow().fusedAttention()
              ? workload.contextTokens() / 2
              : workload.contextTokens();
    };
  }

  /** Tokens that one decode step yields for each sequence, likewise. */
  public double acceptedTokens(Workload workload) {
    int drafts = get(Degree.DRAFT_TOKENS);
    return drafts > 0
        ? workload.drafts().map(known -> known.acceptedTokens(drafts)).orElse(1.0)
        : workload.acceptedTokens();
  }

  /**
   * How the workload is trained: what the layout says, else what the workload does. An interleaved
   * schedule has at least the workload's chunks; another has none.
   */
  public Optional<Training> training(Workload workload) {
    return workload.training().map(this::trained);
  }

  private Training trained(Training asked) {
    Training training = asked;
    int schedule = get(Degree.SCHEDULE);
    int chunks = get(Degree.VIRTUAL_STAGES);
    if (schedule > 0 || chunks > 0) {
      PipelineSchedule order =
          schedule > 0 ? PipelineSchedule.values()[schedule - 1] : asked.schedule();
      boolean interleaved = order == PipelineSchedule.INTERLEAVED;
      training =
          training.with(order, !interleaved ? 1 : chunks > 0 ? chunks : asked.virtualStages());
    }
    int recompute = get(Degree.RECOMPUTE);
    if (recompute > 0) {
      training = training.with(Recompute.values()[recompute - 1]);
    }
    if (training.recompute() == Recompute.FULL) {
      training = training.withRecomputed(get(Degree.RECOMPUTED_LAYERS));
    }
    return training.with(sharding(asked.sharding())).with(runtime(asked.runtime()));
  }

  private Sharding sharding(Sharding asked) {
    int stage = get(Degree.SHARDING);
    int ranks = get(Degree.SHARD_RANKS);
    return new Sharding(
        stage > 0 ? stage - 1 : asked.stage(), ranks > 0 ? OptionalInt.of(ranks) : asked.ranks());
  }

  private TrainingRuntime runtime(TrainingRuntime asked) {
    Offload offload = Offload.values()[get(Degree.OFFLOAD)];
    return offload == Offload.DEFAULT ? asked : asked.withHostOptimizer(offload.optimizerShare());
  }

  /** Whether half batches overlap: {@link Degree#TWO_BATCH_OVERLAP}, or as the engine is set. */
  public boolean twoBatchOverlap(Engine engine) {
    int asked = get(Degree.TWO_BATCH_OVERLAP);
    return asked == 0 ? engine.twoBatchOverlap() : asked == 2;
  }

  /** {@link Degree#MICRO_BATCHES}. */
  public int microBatches() {
    return get(Degree.MICRO_BATCHES);
  }

  /** {@link Degree#SEQUENCES_PER_MICRO_BATCH}. */
  public int sequencesPerMicroBatch() {
    return get(Degree.SEQUENCES_PER_MICRO_BATCH);
  }

  /** {@link Degree#REDUNDANT_EXPERTS}. */
  public int redundantExperts() {
    return get(Degree.REDUNDANT_EXPERTS);
  }

  /** GPUs G that host one stage of one instance. */
  public int gpusPerStage() {
    return gpusPerStage;
  }

  /**
   * Those of a stage's GPUs that expert slots are dealt to, in rank order: the first of each group
   * that slices its experts, or all of them. The one place that says so; a placement knows no other
   * GPUs.
   *
   * @param gpus of the stage, in rank order
   */
  public List<Integer> expertHosts(List<Integer> gpus) {
    int group = gpusPerExpertHost();
    if (group == 1) {
      return gpus;
    }
    return IntStream.range(0, gpus.size() / group).mapToObj(i -> gpus.get(i * group)).toList();
  }

  /** GPUs that hold slices of the same experts: neighbours in rank order. */
  public int gpusPerExpertHost() {
    return expertTensorParallel();
  }

  /** Position among the expert hosts of the one whose experts the GPU of {@code rank} slices. */
  public int expertHostOf(int rank) {
    return rank / gpusPerExpertHost();
  }

  /** Which slice of them it holds, from 0 to {@link #gpusPerExpertHost} - 1. */
  public int expertSliceOf(int rank) {
    return rank % gpusPerExpertHost();
  }

  /** How the slots of a MoE layer are dealt to the expert hosts. */
  public GpuSlots dealt(int slots) {
    return new GpuSlots(slots, expertHostCount());
  }

  /** How many those are. */
  public int expertHostCount() {
    return gpusPerStage / gpusPerExpertHost();
  }

  /**
   * GPUs of the whole deployment.
   *
   * @throws ArithmeticException where they are more than any cluster has; {@link #gpusNeeded} holds
   *     them
   */
  public int gpus() {
    return Math.toIntExact(gpusNeeded());
  }

  /** The same of layouts that may be too large for every cluster. */
  public long gpusNeeded() {
    return (long) replicas() * pipelineStages() * gpusPerStage;
  }

  /** Attention (data-parallel) ranks of one stage. */
  public int attentionRanks() {
    return attentionRanks;
  }

  /** Groups of a stage's GPUs that hold the same tokens between the layers' parts. */
  public int tokenGroups() {
    return gpusPerStage / attentionTensorParallel();
  }

  /** Data-parallel ranks as trainers count them: GPUs that hold the same part of attention. */
  public int dataParallelRanks() {
    return replicas() * tokenGroups();
  }

  /** What decides which GPUs talk to which: PP, EP, expert TP, attention TP, prefill CP. */
  public List<Integer> communicationDegrees() {
    return List.of(
        pipelineStages(),
        expertParallel(),
        expertTensorParallel(),
        attentionTensorParallel(),
        prefillContextParallel());
  }

  /** Sequences that the whole deployment has in flight. */
  public long concurrentSequences() {
    return (long) replicas() * microBatches() * sequencesPerMicroBatch();
  }

  /**
   * As trainers write it, what is 1 or neutral left out: {@code TP8 CP2 PP16 VPP7 DP64}. DP are the
   * ranks that attention has beside TP and CP.
   */
  public String inTrainersWords() {
    StringBuilder words = new StringBuilder("TP" + attentionTensorParallel());
    appendAboveOne(words, " CP", prefillContextParallel());
    appendAboveOne(words, " PP", pipelineStages());
    appendAboveOne(words, " VPP", get(Degree.VIRTUAL_STAGES));
    appendAboveOne(words, " EP", expertParallel());
    appendAboveOne(words, " ETP", expertTensorParallel());
    return words.append(" DP").append(replicas() * attentionRanks()).toString();
  }

  private static void appendAboveOne(StringBuilder words, String mark, int value) {
    if (value > 1) {
      words.append(mark).append(value);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Layout layout && Arrays.equals(values, layout.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  /** Degrees by their keys, such as {@code replicas=1, pipelineStages=2}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Degree degree : Degree.values()) {
      text.append(text.isEmpty() ? "" : ", ").append(degree.key()).append('=').append(get(degree));
    }
    return text.toString();
  }
}
