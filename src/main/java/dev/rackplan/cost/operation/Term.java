package dev.rackplan.cost.operation;

/**
 * What a stage's time is made of: one name for one thing in tables, JSON, pages and documents.
 *
 * <p>Layers, stages, gains, bottleneck, tables, files and their schema walk this list in its order.
 * A new term is: its constant here, and its line where {@code StageModel} or, if a placement
 * decides it, {@code ExpertLayerModel} builds a layer's terms.
 */
public enum Term {
  ATTENTION(
      "attention",
      "attention",
      Stream.COMPUTE,
      Origin.LAYER,
      "the slowest GPU's token mixers",
      Texts.OPERATIONS),
  DENSE(
      "dense",
      "dense FFN",
      Stream.COMPUTE,
      Origin.LAYER,
      "the slowest GPU's dense FFNs",
      Texts.OPERATIONS),
  SHARED(
      "shared",
      "shared experts",
      Stream.COMPUTE,
      Origin.LAYER,
      "the slowest GPU's shared experts",
      Texts.OPERATIONS),
  ROUTER("router", "router", Stream.COMPUTE, Origin.LAYER, "scoring experts", Texts.OPERATIONS),
  EXPERT_COMPUTE(
      "expertCompute",
      "expert compute",
      Stream.COMPUTE,
      Origin.PLACEMENT,
      "the slowest GPU's experts, in layers where computing binds",
      Texts.EXPERTS),
  EXPERT_FETCH(
      "expertFetch",
      "expert weight fetch",
      Stream.COMPUTE,
      Origin.PLACEMENT,
      "the slowest GPU's experts, in layers where reading their weights binds",
      Texts.EXPERTS),
  /**
   * They wait for what is computed and what is computed next waits for them: two-batch overlap does
   * not move them to the network's side.
   */
  ALL_REDUCE(
      "allReduce",
      "all-reduce",
      Stream.COMPUTE,
      Origin.LAYER,
      "all-reduces of attention ranks",
      "one after the mixer, one after a dense FFN or summed experts: the law"
          + " within a domain, else α + f·(g-1)/g·bytes/rate; over m domains also α·⌈log2 m⌉ +"
          + " f·(m-1)/m·bytes/(g/m)/NIC",
      "all-reduce",
      true),
  CONTEXT_EXCHANGE(
      "contextExchange",
      "context exchange",
      Stream.COMPUTE,
      Origin.LAYER,
      "queries, outputs, keys and values between GPUs that divide a rank's tokens",
      "decode: all-gather of queries and reduce-scatter of outputs; prefill: all-gather"
          + " of keys and values; each as an all-reduce is priced, with f = 1",
      "context exchange",
      true),
  ELEMENTWISE(
      "elementwise",
      "element-wise work",
      Stream.COMPUTE,
      Origin.LAYER,
      "kernels that only stream activations: norms, rotary positions, activation functions",
      Texts.OPERATIONS),
  DISPATCH(
      "dispatch",
      "dispatch",
      Stream.NETWORK,
      Origin.PLACEMENT,
      "activations to experts",
      Texts.SENT,
      "all-to-all",
      true),
  COMBINE(
      "combine",
      "combine",
      Stream.NETWORK,
      Origin.PLACEMENT,
      "results of experts back",
      Texts.SENT,
      "all-to-all",
      true),
  LAUNCH(
      "launch",
      "launches",
      Stream.ALONE,
      Origin.LAYER,
      "what a pass waits for the host, which launches its kernels one by one and may hold its"
          + " activations, in training",
      "|GPU, host|_p - GPU for each pass; p = 4, or 1.5 where the host counts the experts' tokens;"
          + " max(0, way of activations - pass)"),
  WEIGHT_EXCHANGE(
      "weightExchange",
      "weight exchange",
      Stream.ALONE,
      Origin.LAYER,
      "weights gathered and gradients scattered layer by layer, in training",
      "max(0, gather - forward) + max(0, scatter + gather - backward)",
      "weight exchange",
      true),
  HEAD(
      "head",
      "LM head",
      Stream.ALONE,
      Origin.STAGE,
      "hidden states to logits and next tokens, on the last stage",
      "the product with the vocabulary and the choice of the next token; in training with both"
          + " gradients and the loss"),
  DRAFTS(
      "drafts",
      "draft passes",
      Stream.ALONE,
      Origin.STAGE,
      "passes of the draft module, on the last stage",
      "passes · (projection + layers with even experts + head)"),
  HOP(
      "hop",
      "hop",
      Stream.ALONE,
      Origin.STAGE,
      "activations to the next stage",
      "passes · (α + bytes/rate) of the slowest pair of GPUs",
      "hop",
      true);

  /** Formulas that several terms have. */
  private static final class Texts {
    static final String OPERATIONS =
        "the sum of its operations, each by its law, pass by pass on the slowest kind of GPU";
    static final String EXPERTS =
        "the law of (pairs, active experts, tokens) on the slowest GPU, and what a step's slowest"
            + " GPU is expected above it";
    static final String SENT =
        "the kernel's start + bytes of a copy · seconds a byte on the busiest link";

    private Texts() {}
  }

  /** What decides a term. */
  public enum Origin {
    /** The layer, its GPUs and the micro-batch, wherever experts lie. */
    LAYER,
    /** Which expert lies on which GPU. */
    PLACEMENT,
    /** The stage as a whole: no layer has it. */
    STAGE
  }

  private final String name;
  private final String words;
  private final Stream stream;
  private final Origin origin;
  private final String meaning;
  private final String formula;
  private final String group;
  private final boolean communication;

  Term(String name, String words, Stream stream, Origin origin, String meaning, String formula) {
    this(name, words, stream, origin, meaning, formula, words, false);
  }

  Term(
      String name,
      String words,
      Stream stream,
      Origin origin,
      String meaning,
      String formula,
      String group,
      boolean communication) {
    this.name = name;
    this.words = words;
    this.stream = stream;
    this.origin = origin;
    this.meaning = meaning;
    this.formula = formula;
    this.group = group;
    this.communication = communication;
  }

  /** Its key in files, such as {@code attentionSeconds}; values are in s. */
  public String key() {
    return name + "Seconds";
  }

  /** What tables and sentences call it. */
  public String words() {
    return words;
  }

  /** Its name in files and commands, such as {@code expertFetch}. */
  public String shortKey() {
    return name;
  }

  /** What it is, in a few words. */
  public String meaning() {
    return meaning;
  }

  /** How it is computed. */
  public String formula() {
    return formula;
  }

  /** What the bottleneck calls it together with the terms that one remedy shortens. */
  public String group() {
    return group;
  }

  public Stream stream() {
    return stream;
  }

  public Origin origin() {
    return origin;
  }

  /** Whether it moves bytes between GPUs. */
  public boolean communication() {
    return communication;
  }
}
