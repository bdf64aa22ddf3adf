package dev.rackplan.cost.memory;

import dev.rackplan.cost.operation.Batch;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/**
 * Memory of the fullest GPU of one stage in bytes; the others hold the same, or one expert slot a
 * layer less.
 *
 * <p>Source: COST_MODEL section 5. KV: M micro-batches in flight × sequences of the fullest rank ×
 * the stage's layers at the context that is planned for ({@link
 * dev.rackplan.workload.Contexts#heldTokens}). Assumed: activations take 8 residual streams of the
 * fullest rank's tokens; receive buffers hold, twice, every token for each local expert
 * (low-latency kernels, {@code PER_EXPERT}) or twice the expected copies (the other rules).
 *
 * @param attentionBytes token mixers, divided by attention tensor parallelism, and norms
 * @param denseBytes dense FFNs, divided likewise
 * @param sharedBytes shared experts and gates, whole
 * @param expertBytes routed experts in the slots of the GPU that holds most
 * @param embeddingBytes embedding, vision and audio parts (first stage) and head (last stage; the
 *     embedding too where that drafts), divided by attention tensor parallelism
 * @param draftBytes layers that draft tokens ({@link DraftLayers}; last stage)
 * @param kvBytes KV cache, that of layers that draft among it
 * @param working activations, transfer buffers, graphs and framework
 * @param training what training holds beside these; empty in inference
 */
public record MemoryUse(
    double attentionBytes,
    double denseBytes,
    double sharedBytes,
    double expertBytes,
    double embeddingBytes,
    double draftBytes,
    double kvBytes,
    WorkingMemory working,
    Optional<Trained> training) {

  /**
   * Memory that only training takes, in bytes. In DualPipe weights and gradients count twice: each
   * GPU holds its stage and the one that mirrors it.
   *
   * @param gradientBytes sums of gradients
   * @param optimizerBytes optimizer state, this GPU's part of it
   * @param activationBytes what forward passes leave for their backward passes
   */
  public record Trained(double gradientBytes, double optimizerBytes, double activationBytes) {
    double bytes() {
      return gradientBytes + optimizerBytes + activationBytes;
    }
  }

  /** Memory in inference without drafts. */
  public MemoryUse(
      double attentionBytes,
      double denseBytes,
      double sharedBytes,
      double expertBytes,
      double embeddingBytes,
      double kvBytes,
      double bufferBytes) {
    this(
        attentionBytes,
        denseBytes,
        sharedBytes,
        expertBytes,
        embeddingBytes,
        0,
        kvBytes,
        new WorkingMemory(bufferBytes, 0, 0, 0, bufferBytes),
        Optional.empty());
  }

  /** Everything together. */
  public double bytes() {
    return weightBytes() + kvBytes + bufferBytes() + training.map(Trained::bytes).orElse(0.0);
  }

  /** Its parts in words, in GB. */
  String words() {
    return training.isPresent()
        ? String.format(
            Locale.ROOT,
            "weights %.2f, gradients %.2f, optimizer %.2f, activations %.2f, buffers %.2f",
            weightBytes() / 1e9,
            training.get().gradientBytes() / 1e9,
            training.get().optimizerBytes() / 1e9,
            training.get().activationBytes() / 1e9,
            bufferBytes() / 1e9)
        : String.format(
            Locale.ROOT,
            "weights %.2f, KV cache %.2f, buffers %.2f",
            weightBytes() / 1e9,
            kvBytes / 1e9,
            bufferBytes() / 1e9);
  }

  /** What counts against the limit beside weights and KV cache: {@link WorkingMemory}. */
  public double bufferBytes() {
    return working.countedBytes();
  }

  /** Weights alone. */
  public double weightBytes() {
    return attentionBytes + denseBytes + sharedBytes + expertBytes + embeddingBytes + draftBytes;
  }

  /** Memory of stage {@code stage} of {@code plan}: each layer's own slots. */
  public static MemoryUse of(Problem problem, Plan plan, int stage) {
    Stage layers = plan.stages().get(stage);
    return of(
        problem,
        plan.layout(),
        stage,
        layers.firstLayer(),
        layers.lastLayer(),
        layer -> plan.experts().get(layer).slots());
  }

  /**
   * Memory of the stage that holds layers {@code first..last}, each with all redundant experts of
   * the layout.
   */
  public static MemoryUse of(Problem problem, Layout layout, int first, int last) {
    return of(
        problem,
        layout,
        first,
        last,
        layer -> problem.model().moe(layer).orElseThrow().experts() + layout.redundantExperts());
  }

  /** As below for the first stage, which holds most in training. */
  public static MemoryUse of(
      Problem problem, Layout layout, int first, int last, IntUnaryOperator slotsOfLayer) {
    return of(problem, layout, 0, first, last, slotsOfLayer);
  }

  /**
   * Memory of the stage that holds layers {@code first..last}.
   *
   * @param stage its index; in training later stages hold fewer micro-batches
   * @param slotsOfLayer expert slots of each MoE layer of the stage; not asked for others
   */
  public static MemoryUse of(
      Problem problem,
      Layout layout,
      int stage,
      int first,
      int last,
      IntUnaryOperator slotsOfLayer) {
    Model model = problem.model();
    double held = heldTokens(problem, layout);
    LayerMemory layers = LayerMemory.NONE;
    LayerMemory one = LayerMemory.NONE;
    for (int l = first; l <= last; l++) {
      int layer = l;
      // Layers of a run are one object, and asked for often: counted once.
      if (l == first || !sameMemory(model, l - 1, l, slotsOfLayer)) {
        one =
            LayerMemory.of(
                problem,
                layout,
                model.layers().get(l),
                held,
                moe -> slotsOfLayer.applyAsInt(layer));
      }
      layers = layers.plus(one);
    }
    boolean hasFirst = first == 0;
    boolean hasLast = last == model.layers().size() - 1;
    LayerMemory drafts = hasLast ? DraftLayers.memory(problem, layout, held) : LayerMemory.NONE;
    double input =
        hasFirst ? model.input().parameters() * problem.precision().vision(model).bytes() : 0;
    double embedding =
        (tableBytes(problem, layout, hasFirst, hasLast) * model.embeddingParameters() + input)
            / layout.attentionTensorParallel();
    double kv =
        (layers.sequenceBytes() + drafts.sequenceBytes()) * residentSequences(problem, layout);
    MemoryUse inference =
        new MemoryUse(
            layers.attentionBytes(),
            layers.denseBytes(),
            layers.sharedBytes(),
            layers.expertBytes(),
            embedding,
            drafts.weightBytes(),
            kv,
            WorkingMemory.of(problem, layout, first, last, kv, slotsOfLayer),
            Optional.empty());
    return layout.training(problem.workload()).isEmpty()
        ? inference
        : inference.trained(new TrainingMemory(problem, layout), stage, first, last, slotsOfLayer);
  }

  @SuppressWarnings("ReferenceEquality")
  private static boolean sameMemory(Model model, int one, int other, IntUnaryOperator slots) {
    return model.layers().get(one) == model.layers().get(other)
        && (model.moe(one).isEmpty() || slots.applyAsInt(one) == slots.applyAsInt(other));
  }

  /** The same and what training holds beside it. */
  private MemoryUse trained(
      TrainingMemory memory, int stage, int first, int last, IntUnaryOperator slotsOfLayer) {
    double common = memory.sharedParameters(first, last);
    double routed = memory.expertParameters(first, last, slotsOfLayer);
    double share = memory.weightCopies() * memory.weightShare();
    return new MemoryUse(
        share * attentionBytes,
        share * denseBytes,
        share * sharedBytes,
        share * expertBytes,
        share * embeddingBytes,
        0,
        0,
        working.ofTraining(memory.workingBytes(stage, first, last, routed)),
        Optional.of(
            new Trained(
                memory.gradientBytes(common, routed),
                memory.optimizerBytes(common, routed),
                memory.activationBytes(stage, first, last))));
  }

  // Of an element of embedding and head, and of the embedding again where the stage that drafts is
  // not the first.
  private static double tableBytes(
      Problem problem, Layout layout, boolean hasFirst, boolean hasLast) {
    boolean drafts = hasLast && DraftLayers.sharesTables(problem, layout);
    boolean tied = problem.model().tiedEmbeddings();
    boolean embeds = hasFirst || drafts;
    return (embeds ? problem.precision().unquantised().bytes() : 0)
        + (hasLast && !(tied && embeds) ? problem.precision().head(problem.model()).bytes() : 0);
  }

  /** Sequences that the fullest attention rank holds. */
  public static double residentSequences(Problem problem, Layout layout) {
    return layout.microBatches() * Batch.of(problem, layout).sequencesPerRank();
  }

  /** Tokens of context that memory holds for each of them. */
  public static double heldTokens(Problem problem, Layout layout) {
    return problem.workload().contexts().heldTokens(residentSequences(problem, layout));
  }

  /**
   * Bytes that one more token of context in every resident sequence adds on a GPU of layers {@code
   * first..last}, per sequence.
   */
  public static double growingKvBytesPerToken(Problem problem, Layout layout, int first, int last) {
    double bytes = 0;
    for (int l = first; l <= last; l++) {
      bytes += LayerMemory.growingBytes(problem, layout, problem.model().layers().get(l));
    }
    if (last == problem.model().layers().size() - 1) {
      for (Layer layer : DraftLayers.held(problem, layout)) {
        bytes += LayerMemory.growingBytes(problem, DraftLayers.layoutOf(problem, layout), layer);
      }
    }
    return bytes;
  }
}
