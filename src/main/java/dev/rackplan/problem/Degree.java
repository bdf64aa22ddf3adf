package dev.rackplan.problem;

import java.util.Comparator;
import java.util.List;
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
  /** Copies of the whole instance. */
  REPLICAS(
      "replicas",
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
  /** Stages P of one instance. */
  PIPELINE_STAGES(
      "pipelineStages",
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
  /** GPUs of one stage over which routed experts are spread; 1 for dense models. */
  EXPERT_PARALLEL(
      "expertParallel",
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
  /** GPUs t that share one attention rank. */
  ATTENTION_TENSOR_PARALLEL(
      "attentionTensorParallel",
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
  /** Micro-batches M in flight. */
  MICRO_BATCHES(
      "microBatches",
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
  /** Sequences of one micro-batch over all attention ranks of a stage. */
  SEQUENCES_PER_MICRO_BATCH(
      "sequencesPerMicroBatch",
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
    /** Attention heads. */
    HEADS,
    /** Layers. */
    LAYERS,
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

  /**
   * Each of the words has the value for {@code %d}; {@code table} and {@code mark} begin with what
   * separates them from the degree before.
   */
  Degree(
      String key,
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
    this.key = key;
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

  /** Whether it decides which weights a GPU of a stage holds. */
  public boolean shapesWeights() {
    return shapesExperts() || divides == Divides.HEADS;
  }

  /** A value in a table, behind the degree before: {@code , EP 4}. */
  public String inTable(int value) {
    return with(table, value);
  }

  /** The same as short as can be: {@code EP4}. */
  public String inShort(int value) {
    return with(mark, value);
  }

  /** What separates it from the degree before in a sentence. */
  public String separator() {
    return separator;
  }

  /** A value in a sentence: {@code 1 stage}, {@code 2 stages}, {@code expert parallel 4}. */
  public String inSentence(int value) {
    return with(value == 1 ? one : many, value);
  }

  private static String with(String words, int value) {
    return words.replace("%d", Integer.toString(value));
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
        degrees.applyAsInt(EXPERT_PARALLEL), degrees.applyAsInt(ATTENTION_TENSOR_PARALLEL));
  }

  /** Attention (data-parallel) ranks of one stage; likewise. */
  public static int attentionRanks(ToIntFunction<Degree> degrees) {
    return gpusPerStage(degrees) / degrees.applyAsInt(ATTENTION_TENSOR_PARALLEL);
  }
}
