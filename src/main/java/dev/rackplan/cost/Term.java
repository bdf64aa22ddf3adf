package dev.rackplan.cost;

/**
 * What a stage's time is made of: one name for one thing in tables, JSON, pages and documents.
 *
 * <p>Layers, stages, gains, bottleneck, tables, files and their schema walk this list in its order.
 * A new term is: its constant here, and its line where {@link StageModel} or, if a placement
 * decides it, {@link ExpertLayerModel} builds a layer's terms.
 */
public enum Term {
  /** The slowest GPU's token mixers. */
  ATTENTION("attention", "attention", Stream.COMPUTE, Origin.LAYER),
  /** The slowest GPU's dense FFNs. */
  DENSE("dense", "dense FFN", Stream.COMPUTE, Origin.LAYER),
  /** The slowest GPU's shared experts. */
  SHARED("shared", "shared experts", Stream.COMPUTE, Origin.LAYER),
  /** Scoring experts. */
  ROUTER("router", "router", Stream.COMPUTE, Origin.LAYER),
  /** The slowest GPU's experts, in layers where computing binds. */
  EXPERT_COMPUTE("expertCompute", "expert compute", Stream.COMPUTE, Origin.PLACEMENT),
  /** The slowest GPU's experts, in layers where reading their weights binds. */
  EXPERT_FETCH("expertFetch", "expert weight fetch", Stream.COMPUTE, Origin.PLACEMENT),
  /**
   * All-reduces of attention ranks. They wait for what is computed and what is computed next waits
   * for them: two-batch overlap does not move them to the network's side.
   */
  ALL_REDUCE("allReduce", "all-reduce", Stream.COMPUTE, Origin.LAYER, "all-reduce", true),
  /** Queries, outputs, keys and values between GPUs that divide a rank's tokens. */
  CONTEXT_EXCHANGE(
      "contextExchange",
      "context exchange",
      Stream.COMPUTE,
      Origin.LAYER,
      "context exchange",
      true),
  /** Kernels that only stream activations: norms, rotary positions, activation functions. */
  ELEMENTWISE("elementwise", "element-wise work", Stream.COMPUTE, Origin.LAYER),
  /** Activations to experts. */
  DISPATCH("dispatch", "dispatch", Stream.NETWORK, Origin.PLACEMENT, "all-to-all", true),
  /** Results back. */
  COMBINE("combine", "combine", Stream.NETWORK, Origin.PLACEMENT, "all-to-all", true),
  /** What a pass waits for the host, which launches its kernels one by one; in training. */
  LAUNCH("launch", "launches", Stream.ALONE, Origin.LAYER),
  /** Weights gathered and gradients scattered layer by layer, as far as no pass hides them. */
  WEIGHT_EXCHANGE(
      "weightExchange", "weight exchange", Stream.ALONE, Origin.LAYER, "weight exchange", true),
  /** LM head, on the last stage. */
  HEAD("head", "LM head", Stream.ALONE, Origin.STAGE),
  /** Passes of the draft module, on the last stage: a layer like the last one and the head. */
  DRAFTS("drafts", "draft passes", Stream.ALONE, Origin.STAGE),
  /** To the next stage. */
  HOP("hop", "hop", Stream.ALONE, Origin.STAGE, "hop", true);

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
  private final String group;
  private final boolean communication;

  Term(String name, String words, Stream stream, Origin origin) {
    this(name, words, stream, origin, words, false);
  }

  Term(
      String name,
      String words,
      Stream stream,
      Origin origin,
      String group,
      boolean communication) {
    this.name = name;
    this.words = words;
    this.stream = stream;
    this.origin = origin;
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
