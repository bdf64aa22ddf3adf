package dev.rackplan.problem;

import dev.rackplan.workload.Offload;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Recompute;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * A number that a layout holds, such as how many stages a pipeline has: its key in files, its
 * limits, its words, and the values that are worth a look where a problem lists none.
 *
 * <p>Readers, writers, schema, enumeration, tables and comparisons walk these constants, in this
 * order.
 */
public enum Degree {
  REPLICAS(
      "replicas",
      "copies of the whole instance",
      Divides.INSTANCES,
      new Values(1, 1_000_000, 1),
      Named.ALWAYS,
      new DegreeWords("replicas %d", "%dx", "", "%d replica", "%d replicas"),
      DegreeChoices::replicas),
  PIPELINE_STAGES(
      "pipelineStages",
      "stages P of one instance",
      Divides.LAYERS,
      new Values(1, 1_000_000, 1),
      Named.ALWAYS,
      new DegreeWords(", stages %d", " PP%d", " of ", "%d stage", "%d stages"),
      DegreeChoices::pipelineStages),
  SCHEDULE(
      "schedule",
      "order in which stages take micro-batches, in training",
      Divides.LAYERS,
      Values.named(orDefault(Stream.of(PipelineSchedule.values()).map(PipelineSchedule::word))),
      Named.WHERE_USED,
      new DegreeWords(", %d", " %d", "; ", "schedule %d", "schedule %d"),
      (choices, chosen) -> choices.training().schedules(chosen)),
  VIRTUAL_STAGES(
      "virtualStages",
      "chunks of layers on each stage under an interleaved schedule, in training",
      Divides.LAYERS,
      new Values(0, 1000, 0),
      Named.WHERE_USED,
      new DegreeWords(", VPP %d", " VPP%d", " of ", "%d chunk", "%d chunks"),
      (choices, chosen) -> choices.training().virtualStages(chosen)),
  RECOMPUTE(
      "recompute",
      "what a backward pass computes again, in training",
      Divides.STATES,
      Values.named(
          orDefault(
              Stream.of(Recompute.values()).map(value -> value.name().toLowerCase(Locale.ROOT)))),
      Named.WHERE_USED,
      new DegreeWords(", recompute %d", " re-%d", "; ", "recompute %d", "recompute %d"),
      (choices, chosen) -> choices.training().recomputations()),
  SHARDING(
      "sharding",
      "what data-parallel ranks hold a part of, as ZeRO's stages, in training",
      Divides.STATES,
      Values.named(List.of("default", "zero0", "zero1", "zero2", "zero3")),
      Named.WHERE_USED,
      new DegreeWords(", %d", " %d", ", ", "%d", "%d"),
      (choices, chosen) -> choices.training().shardings(chosen)),
  RECOMPUTED_LAYERS(
      "recomputedLayers",
      "layers of each chunk that recompute full computes again, the first ones; 0: all",
      Divides.STATES,
      new Values(0, 1000, 0),
      Named.WHERE_USED,
      new DegreeWords(
          " of %d", " first %d", " ", "of %d layer of a chunk", "of %d layers of a chunk"),
      (choices, chosen) -> choices.training().recomputedLayers(chosen)),
  SHARD_RANKS(
      "shardRanks",
      "data-parallel ranks that hold one copy together (HSDP); 0: as the workload says",
      Divides.STATES,
      new Values(0, 1_000_000, 0),
      Named.WHERE_USED,
      new DegreeWords(" over %d", " over %d", " ", "over %d rank", "over %d ranks"),
      (choices, chosen) -> choices.training().shardRanks(chosen)),
  OFFLOAD(
      "offload",
      "what the host holds, in training",
      Divides.STATES,
      Values.named(Offload.words()),
      Named.WHERE_USED,
      new DegreeWords(", host %d", " host-%d", "; ", "host holds %d", "host holds %d"),
      (choices, chosen) -> choices.training().offloads(chosen)),
  EXPERT_PARALLEL(
      "expertParallel",
      "GPUs of one stage over which routed experts are spread; 1 for dense models",
      Divides.EXPERTS,
      new Values(1, 1_000_000, 1),
      Named.ALWAYS,
      new DegreeWords(", EP %d", " EP%d", "; ", "expert parallel %d", "expert parallel %d"),
      (choices, chosen) -> choices.expertParallel()),
  EXPERT_TENSOR_PARALLEL(
      "expertTensorParallel",
      "GPUs over which the width of each routed expert is divided; neighbours in rank order",
      Divides.WIDTH,
      new Values(1, 1_000_000, 1),
      Named.WHERE_USED,
      new DegreeWords(
          ", ETP %d", " ETP%d", ", ", "expert tensor parallel %d", "expert tensor parallel %d"),
      DegreeChoices::expertTensorParallel),
  ATTENTION_TENSOR_PARALLEL(
      "attentionTensorParallel",
      "GPUs t that share one attention rank",
      Divides.HEADS,
      new Values(1, 1_000_000, 1),
      Named.ALWAYS,
      new DegreeWords(
          ", TP %d", " TP%d", ", ", "attention tensor parallel %d", "attention tensor parallel %d"),
      DegreeChoices::attentionTensorParallel),
  DENSE_TENSOR_PARALLEL(
      "denseTensorParallel",
      "GPUs over which the width of dense FFNs beside MoE layers is divided; 0: as attention",
      Divides.HEADS,
      new Values(0, 1_000_000, 0),
      Named.WHERE_USED,
      new DegreeWords(
          ", dense TP %d", " DTP%d", ", ", "dense tensor parallel %d", "dense tensor parallel %d"),
      DegreeChoices::denseTensorParallel),
  PREFILL_CONTEXT_PARALLEL(
      "prefillContextParallel",
      "groups of GPUs over which an attention rank divides the new tokens of a prompt",
      Divides.HEADS,
      new Values(1, 1_000_000, 1),
      Named.WHERE_USED,
      new DegreeWords(
          ", PCP %d", " PCP%d", ", ", "prefill context parallel %d", "prefill context parallel %d"),
      DegreeChoices::prefillContextParallel),
  DECODE_CONTEXT_PARALLEL(
      "decodeContextParallel",
      "GPUs of an attention rank over which each KV head's cache is divided by tokens",
      Divides.HEADS,
      new Values(1, 1_000_000, 1),
      Named.WHERE_USED,
      new DegreeWords(
          ", DCP %d", " DCP%d", ", ", "decode context parallel %d", "decode context parallel %d"),
      DegreeChoices::decodeContextParallel),
  MICRO_BATCHES(
      "microBatches",
      "micro-batches M in flight",
      Divides.SEQUENCES,
      new Values(1, 1_000_000, 1),
      Named.ALWAYS,
      new DegreeWords(", micro-batches %d", " M%d", "; ", "%d micro-batch", "%d micro-batches"),
      DegreeChoices::microBatches),
  SEQUENCES_PER_MICRO_BATCH(
      "sequencesPerMicroBatch",
      "sequences of one micro-batch over all attention ranks of a stage",
      Divides.SEQUENCES,
      new Values(1, 1_000_000_000, 1),
      Named.ALWAYS,
      new DegreeWords(" x %d", "x%d", " of ", "%d sequence", "%d sequences"),
      DegreeChoices::sequencesPerMicroBatch),
  /**
   * Slots beyond the number of experts: the most that a MoE layer holds; a plan may give a layer
   * fewer where memory is short.
   */
  REDUNDANT_EXPERTS(
      "redundantExperts",
      "slots of each MoE layer beyond one per expert, at most",
      Divides.EXPERTS,
      new Values(0, 1_000_000, 0),
      Named.ALWAYS,
      new DegreeWords(
          ", redundant %d", " +%d", "; ", "%d redundant expert", "%d redundant experts"),
      DegreeChoices::redundantExperts),
  MOE_COMMUNICATION(
      "moeCommunication",
      "how activations travel around routed experts",
      Divides.COMMUNICATION,
      Values.named(MoeCommunication.keys()),
      Named.WHERE_USED,
      new DegreeWords(", MoE by %d", " %d", "; ", "MoE by %d", "MoE by %d"),
      DegreeChoices::moeCommunication),
  DRAFT_TOKENS(
      "draftTokens",
      "tokens that are drafted for each sequence and decode step; 0: as the workload says",
      Divides.SEQUENCES,
      new Values(0, 1000, 0),
      Named.WHERE_USED,
      new DegreeWords(", drafts %d", " D%d", ", ", "drafts %d", "drafts %d"),
      DegreeChoices::draftTokens),
  CHUNK_TOKENS(
      "chunkTokens",
      "tokens of a prompt that one prefill step reads; 0: as the workload says",
      Divides.SEQUENCES,
      new Values(0, 1_000_000_000, 0),
      Named.WHERE_USED,
      new DegreeWords(", chunk %d", " C%d", ", ", "chunks of %d tokens", "chunks of %d tokens"),
      DegreeChoices::chunkTokens),
  TWO_BATCH_OVERLAP(
      "twoBatchOverlap",
      "whether communication of one half batch hides behind compute of the other",
      Divides.COMMUNICATION,
      Values.named(List.of("default", "off", "on")),
      Named.WHERE_USED,
      new DegreeWords(
          ", two-batch overlap %d",
          " TBO-%d", "; ", "two-batch overlap %d", "two-batch overlap %d"),
      DegreeChoices::twoBatchOverlap);

  /**
   * What a degree divides, in the order in which layouts are enumerated: first what decides where
   * weights lie within a stage, then how often there is a stage, last what runs through it.
   */
  public enum Divides {
    /** Routed experts, over GPUs. */
    EXPERTS,
    /** The width of matrices. */
    WIDTH,
    /** Attention heads, and what engines divide with them. */
    HEADS,
    /** Layers. */
    LAYERS,
    /** Nothing: how GPUs exchange what they compute. */
    COMMUNICATION,
    /** What training keeps between its passes and steps. */
    STATES,
    /** The GPUs of a deployment, into instances. */
    INSTANCES,
    /** The sequences in flight. */
    SEQUENCES
  }

  /** Whether files and tables name a degree. */
  private enum Named {
    /** Also where it is neutral. */
    ALWAYS,
    /** Only where it is not neutral. */
    WHERE_USED
  }

  /**
   * What a degree can be.
   *
   * @param least value
   * @param most value that files may hold
   * @param neutral stands for none of it: that of a layout that doesn't say
   * @param names of the values from 0 on where it is a choice; empty where it is a number
   */
  private record Values(int least, int most, int neutral, List<String> names) {
    Values(int least, int most, int neutral) {
      this(least, most, neutral, List.of());
    }

    /** A choice; its first name is neutral. */
    static Values named(List<String> names) {
      return new Values(0, names.size() - 1, 0, names);
    }
  }

  /** Which values are worth a look where a problem lists none. */
  private interface Choice {
    List<Integer> of(DegreeChoices choices, ToIntFunction<Degree> chosen);
  }

  private final String key;
  private final String meaning;
  private final Divides divides;
  private final Named named;

  // A record of texts.
  @SuppressWarnings("ImmutableEnumChecker")
  private final DegreeWords words;

  // Lists that can't change.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Values values;

  // A function without a state.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Choice choice;

  Degree(
      String key,
      String meaning,
      Divides divides,
      Values values,
      Named named,
      DegreeWords words,
      Choice choice) {
    this.key = key;
    this.meaning = meaning;
    this.divides = divides;
    this.values = values;
    this.named = named;
    this.words = words;
    this.choice = choice;
  }

  /**
   * Values worth a look where a problem lists none.
   *
   * @param chosen the degrees before this one in {@link DegreeChoices#order()}
   */
  List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
    return choice.of(choices, chosen);
  }

  /** Key in files. */
  public String key() {
    return key;
  }

  /** What it is, in a few words. */
  public String meaning() {
    return meaning;
  }

  /** Names of its values from 0 on where it is a choice; empty where it is a number. */
  public List<String> names() {
    return values.names();
  }

  /** A value as files hold it: a number, or its name. */
  public Object inFile(int value) {
    return names().isEmpty() ? (Object) value : names().get(value);
  }

  /**
   * Whether a workload says it where no layout does: it is open only where a problem's layout says
   * so, not where it is absent.
   */
  public boolean followsWorkload() {
    return this == SCHEDULE || this == VIRTUAL_STAGES || divides == Divides.STATES;
  }

  private static List<String> orDefault(Stream<String> names) {
    return Stream.concat(Stream.of("default"), names).toList();
  }

  /** What it divides. */
  public Divides divides() {
    return divides;
  }

  /** Least value. */
  public int least() {
    return values.least();
  }

  /** Largest value that files may hold. */
  public int most() {
    return values.most();
  }

  /** The value that stands for none of it: that of a layout that doesn't say. */
  public int neutral() {
    return values.neutral();
  }

  /** Whether files and tables name it at that value. */
  public boolean isNamedAt(int value) {
    return named == Named.ALWAYS || value != neutral();
  }

  /** Whether every file that holds a layout has to name it. */
  public boolean isNamedAlways() {
    return named == Named.ALWAYS;
  }

  /** Whether it decides where experts lie or how wide they are. */
  public boolean shapesExperts() {
    return divides == Divides.EXPERTS || divides == Divides.WIDTH;
  }

  /** Whether layers of one micro-batch on one stage take another time under other values. */
  public boolean shapesLayers() {
    return shapesExperts()
        || divides == Divides.HEADS
        || divides == Divides.COMMUNICATION
        || divides == Divides.STATES
        || this == SCHEDULE
        || this == DRAFT_TOKENS
        || this == CHUNK_TOKENS;
  }

  /** A value in a table, behind the degree before: {@code , EP 4}. */
  public String inTable(int value) {
    return words.inTable(inFile(value));
  }

  /** The same as short as can be: {@code EP4}. */
  public String inShort(int value) {
    return words.inShort(inFile(value));
  }

  /** What separates it from the degree before in a sentence. */
  public String separator() {
    return words.separator();
  }

  /** A value in a sentence: {@code 1 stage}, {@code 2 stages}, {@code expert parallel 4}. */
  public String inSentence(int value) {
    return words.inSentence(value == 1, inFile(value));
  }

  /** All of them in the order of enumeration: by what they divide. */
  static List<Degree> nested() {
    return Stream.of(values()).sorted(Comparator.comparing(Degree::divides)).toList();
  }

  /**
   * GPUs G that host one stage of one instance. The one place that says so, for layouts and for
   * degrees that are chosen one after the other.
   */
  public static int gpusPerStage(ToIntFunction<Degree> degrees) {
    return Math.max(
        degrees.applyAsInt(EXPERT_PARALLEL) * degrees.applyAsInt(EXPERT_TENSOR_PARALLEL),
        gpusPerAttentionRank(degrees));
  }

  /** GPUs of one attention (data-parallel) rank; likewise. */
  public static int gpusPerAttentionRank(ToIntFunction<Degree> degrees) {
    return degrees.applyAsInt(ATTENTION_TENSOR_PARALLEL)
        * degrees.applyAsInt(PREFILL_CONTEXT_PARALLEL);
  }

  /** Attention (data-parallel) ranks of one stage; likewise. */
  public static int attentionRanks(ToIntFunction<Degree> degrees) {
    return gpusPerStage(degrees) / gpusPerAttentionRank(degrees);
  }
}
