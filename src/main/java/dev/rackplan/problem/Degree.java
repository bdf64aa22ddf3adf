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
      1,
      1_000_000,
      1,
      Named.ALWAYS,
      "replicas %d",
      "%dx",
      "",
      "%d replica",
      "%d replicas") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.replicas(chosen);
    }
  },
  PIPELINE_STAGES(
      "pipelineStages",
      "stages P of one instance",
      Divides.LAYERS,
      1,
      1_000_000,
      1,
      Named.ALWAYS,
      ", stages %d",
      " PP%d",
      " of ",
      "%d stage",
      "%d stages") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.pipelineStages(chosen);
    }
  },
  SCHEDULE(
      "schedule",
      "order in which stages take micro-batches, in training",
      Divides.LAYERS,
      0,
      PipelineSchedule.values().length,
      0,
      Named.WHERE_USED,
      ", %d",
      " %d",
      "; ",
      "schedule %d",
      "schedule %d",
      orDefault(Stream.of(PipelineSchedule.values()).map(PipelineSchedule::word))) {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.training().schedules(chosen);
    }
  },
  VIRTUAL_STAGES(
      "virtualStages",
      "chunks of layers on each stage under an interleaved schedule, in training",
      Divides.LAYERS,
      0,
      1000,
      0,
      Named.WHERE_USED,
      ", VPP %d",
      " VPP%d",
      " of ",
      "%d chunk",
      "%d chunks") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.training().virtualStages(chosen);
    }
  },
  RECOMPUTE(
      "recompute",
      "what a backward pass computes again, in training",
      Divides.STATES,
      0,
      Recompute.values().length,
      0,
      Named.WHERE_USED,
      ", recompute %d",
      " re-%d",
      "; ",
      "recompute %d",
      "recompute %d",
      orDefault(
          Stream.of(Recompute.values()).map(value -> value.name().toLowerCase(Locale.ROOT)))) {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.training().recomputations();
    }
  },
  SHARDING(
      "sharding",
      "what data-parallel ranks hold a part of, as ZeRO's stages, in training",
      Divides.STATES,
      0,
      4,
      0,
      Named.WHERE_USED,
      ", %d",
      " %d",
      ", ",
      "%d",
      "%d",
      List.of("default", "zero0", "zero1", "zero2", "zero3")) {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.training().shardings(chosen);
    }
  },
  RECOMPUTED_LAYERS(
      "recomputedLayers",
      "layers of each chunk that recompute full computes again, the first ones; 0: all",
      Divides.STATES,
      0,
      1000,
      0,
      Named.WHERE_USED,
      " of %d",
      " first %d",
      " ",
      "of %d layer of a chunk",
      "of %d layers of a chunk") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.training().recomputedLayers(chosen);
    }
  },
  SHARD_RANKS(
      "shardRanks",
      "data-parallel ranks that hold one copy together (HSDP); 0: as the workload says",
      Divides.STATES,
      0,
      1_000_000,
      0,
      Named.WHERE_USED,
      " over %d",
      " over %d",
      " ",
      "over %d rank",
      "over %d ranks") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.training().shardRanks(chosen);
    }
  },
  OFFLOAD(
      "offload",
      "what the host holds, in training",
      Divides.STATES,
      0,
      Offload.values().length - 1,
      0,
      Named.WHERE_USED,
      ", host %d",
      " host-%d",
      "; ",
      "host holds %d",
      "host holds %d",
      Offload.words()) {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.training().offloads(chosen);
    }
  },
  EXPERT_PARALLEL(
      "expertParallel",
      "GPUs of one stage over which routed experts are spread; 1 for dense models",
      Divides.EXPERTS,
      1,
      1_000_000,
      1,
      Named.ALWAYS,
      ", EP %d",
      " EP%d",
      "; ",
      "expert parallel %d",
      "expert parallel %d") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.expertParallel();
    }
  },
  EXPERT_TENSOR_PARALLEL(
      "expertTensorParallel",
      "GPUs over which the width of each routed expert is divided; neighbours in rank order",
      Divides.WIDTH,
      1,
      1_000_000,
      1,
      Named.WHERE_USED,
      ", ETP %d",
      " ETP%d",
      ", ",
      "expert tensor parallel %d",
      "expert tensor parallel %d") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.expertTensorParallel(chosen);
    }
  },
  ATTENTION_TENSOR_PARALLEL(
      "attentionTensorParallel",
      "GPUs t that share one attention rank",
      Divides.HEADS,
      1,
      1_000_000,
      1,
      Named.ALWAYS,
      ", TP %d",
      " TP%d",
      ", ",
      "attention tensor parallel %d",
      "attention tensor parallel %d") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.attentionTensorParallel(chosen);
    }
  },
  DENSE_TENSOR_PARALLEL(
      "denseTensorParallel",
      "GPUs over which the width of dense FFNs beside MoE layers is divided; 0: as attention",
      Divides.HEADS,
      0,
      1_000_000,
      0,
      Named.WHERE_USED,
      ", dense TP %d",
      " DTP%d",
      ", ",
      "dense tensor parallel %d",
      "dense tensor parallel %d") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.denseTensorParallel(chosen);
    }
  },
  PREFILL_CONTEXT_PARALLEL(
      "prefillContextParallel",
      "groups of GPUs over which an attention rank divides the new tokens of a prompt",
      Divides.HEADS,
      1,
      1_000_000,
      1,
      Named.WHERE_USED,
      ", PCP %d",
      " PCP%d",
      ", ",
      "prefill context parallel %d",
      "prefill context parallel %d") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.prefillContextParallel(chosen);
    }
  },
  DECODE_CONTEXT_PARALLEL(
      "decodeContextParallel",
      "GPUs of an attention rank over which each KV head's cache is divided by tokens",
      Divides.HEADS,
      1,
      1_000_000,
      1,
      Named.WHERE_USED,
      ", DCP %d",
      " DCP%d",
      ", ",
      "decode context parallel %d",
      "decode context parallel %d") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.decodeContextParallel(chosen);
    }
  },
  MICRO_BATCHES(
      "microBatches",
      "micro-batches M in flight",
      Divides.SEQUENCES,
      1,
      1_000_000,
      1,
      Named.ALWAYS,
      ", micro-batches %d",
      " M%d",
      "; ",
      "%d micro-batch",
      "%d micro-batches") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.microBatches(chosen);
    }
  },
  SEQUENCES_PER_MICRO_BATCH(
      "sequencesPerMicroBatch",
      "sequences of one micro-batch over all attention ranks of a stage",
      Divides.SEQUENCES,
      1,
      1_000_000_000,
      1,
      Named.ALWAYS,
      " x %d",
      "x%d",
      " of ",
      "%d sequence",
      "%d sequences") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.sequencesPerMicroBatch(chosen);
    }
  },
  /**
   * Slots beyond the number of experts: the most that a MoE layer holds; a plan may give a layer
   * fewer where memory is short.
   */
  REDUNDANT_EXPERTS(
      "redundantExperts",
      "slots of each MoE layer beyond one per expert, at most",
      Divides.EXPERTS,
      0,
      1_000_000,
      0,
      Named.ALWAYS,
      ", redundant %d",
      " +%d",
      "; ",
      "%d redundant expert",
      "%d redundant experts") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.redundantExperts(chosen);
    }
  },
  MOE_COMMUNICATION(
      "moeCommunication",
      "how activations travel around routed experts",
      Divides.COMMUNICATION,
      0,
      3,
      0,
      Named.WHERE_USED,
      ", MoE by %d",
      " %d",
      "; ",
      "MoE by %d",
      "MoE by %d",
      MoeCommunication.keys()) {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.moeCommunication(chosen);
    }
  },
  DRAFT_TOKENS(
      "draftTokens",
      "tokens that are drafted for each sequence and decode step; 0: as the workload says",
      Divides.SEQUENCES,
      0,
      1000,
      0,
      Named.WHERE_USED,
      ", drafts %d",
      " D%d",
      ", ",
      "drafts %d",
      "drafts %d") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.draftTokens(chosen);
    }
  },
  CHUNK_TOKENS(
      "chunkTokens",
      "tokens of a prompt that one prefill step reads; 0: as the workload says",
      Divides.SEQUENCES,
      0,
      1_000_000_000,
      0,
      Named.WHERE_USED,
      ", chunk %d",
      " C%d",
      ", ",
      "chunks of %d tokens",
      "chunks of %d tokens") {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.chunkTokens(chosen);
    }
  },
  TWO_BATCH_OVERLAP(
      "twoBatchOverlap",
      "whether communication of one half batch hides behind compute of the other",
      Divides.COMMUNICATION,
      0,
      2,
      0,
      Named.WHERE_USED,
      ", two-batch overlap %d",
      " TBO-%d",
      "; ",
      "two-batch overlap %d",
      "two-batch overlap %d",
      List.of("default", "off", "on")) {
    @Override
    List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
      return choices.twoBatchOverlap(chosen);
    }
  };

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

  private final String key;
  private final String meaning;
  private final Divides divides;
  private final int least;
  private final int most;
  private final int neutral;
  private final Named named;
  private final String table;
  private final String mark;
  private final String separator;
  private final String one;
  private final String many;

  // Lists that can't change.
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<String> names;

  /**
   * Each of the words has the value for {@code %d}; {@code table} and {@code mark} begin with what
   * separates them from the degree before.
   */
  Degree(
      String key,
      String meaning,
      Divides divides,
      int least,
      int most,
      int neutral,
      Named named,
      String table,
      String mark,
      String separator,
      String one,
      String many) {
    this(
        key, meaning, divides, least, most, neutral, named, table, mark, separator, one, many,
        List.of());
  }

  /** A choice whose values have names, from 0 on. */
  Degree(
      String key,
      String meaning,
      Divides divides,
      int least,
      int most,
      int neutral,
      Named named,
      String table,
      String mark,
      String separator,
      String one,
      String many,
      List<String> names) {
    this.key = key;
    this.meaning = meaning;
    this.divides = divides;
    this.least = least;
    this.most = most;
    this.neutral = neutral;
    this.named = named;
    this.table = table;
    this.mark = mark;
    this.separator = separator;
    this.one = one;
    this.many = many;
    this.names = names;
  }

  /**
   * Values worth a look where a problem lists none; a degree without a body of its own stays
   * neutral.
   *
   * @param chosen the degrees before this one in {@link DegreeChoices#order()}
   */
  List<Integer> choices(DegreeChoices choices, ToIntFunction<Degree> chosen) {
    return List.of(neutral);
  }

  /** Whether other values than the neutral one are looked at where a problem lists none. */
  boolean searched() {
    // A constant with a body is of a class of its own.
    return getClass() != Degree.class;
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
    return names;
  }

  /** A value as files hold it: a number, or its name. */
  public Object inFile(int value) {
    return names.isEmpty() ? (Object) value : names.get(value);
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
    return least;
  }

  /** Largest value that files may hold. */
  public int most() {
    return most;
  }

  /** The value that stands for none of it: that of a layout that doesn't say. */
  public int neutral() {
    return neutral;
  }

  /** Whether files and tables name it at that value. */
  public boolean isNamedAt(int value) {
    return named == Named.ALWAYS || value != neutral;
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
    return with(table, inFile(value));
  }

  /** The same as short as can be: {@code EP4}. */
  public String inShort(int value) {
    return with(mark, inFile(value));
  }

  /** What separates it from the degree before in a sentence. */
  public String separator() {
    return separator;
  }

  /** A value in a sentence: {@code 1 stage}, {@code 2 stages}, {@code expert parallel 4}. */
  public String inSentence(int value) {
    return with(value == 1 ? one : many, inFile(value));
  }

  private static String with(String words, Object value) {
    return words.replace("%d", value.toString());
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
