package dev.rackplan.cost;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Precision;
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
 * @param embeddingBytes embedding, vision and audio parts (first stage) and head (last stage),
 *     unquantised, divided by attention tensor parallelism
 * @param kvBytes KV cache
 * @param bufferBytes activations of the running pass and receive buffers
 * @param training what training holds beside these; empty in inference
 */
public record MemoryUse(
    double attentionBytes,
    double denseBytes,
    double sharedBytes,
    double expertBytes,
    double embeddingBytes,
    double kvBytes,
    double bufferBytes,
    Optional<Trained> training) {
  private static final double ACTIVATION_STREAMS = 8;
  private static final double BUFFER_COPIES = 2;

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

  /** Memory in inference. */
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
        kvBytes,
        bufferBytes,
        Optional.empty());
  }

  /** Everything together. */
  public double bytes() {
    return attentionBytes
        + denseBytes
        + sharedBytes
        + expertBytes
        + embeddingBytes
        + kvBytes
        + bufferBytes
        + training.map(Trained::bytes).orElse(0.0);
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
            bufferBytes / 1e9)
        : String.format(
            Locale.ROOT,
            "weights %.2f, KV cache %.2f, buffers %.2f",
            weightBytes() / 1e9,
            kvBytes / 1e9,
            bufferBytes / 1e9);
  }

  /** Weights alone. */
  public double weightBytes() {
    return attentionBytes + denseBytes + sharedBytes + expertBytes + embeddingBytes;
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
    Precision precision = problem.precision();
    Batch batch = Batch.of(problem, layout);
    int degree = layout.attentionTensorParallel();
    double weight = precision.weights().bytes();
    double wide = precision.unquantised().bytes();
    double attention = 0;
    double dense = 0;
    double shared = 0;
    double experts = 0;
    double kv = 0;
    double receive = 0;
    for (int l = first; l <= last; l++) {
      Layer layer = model.layers().get(l);
      attention +=
          layer.attention().parameters() * weight / degree + layer.otherParameters() * wide;
      kv += layer.kvSource().isPresent() ? 0 : kvBytesOfSequence(problem, layer, degree);
      if (layer.ffn() instanceof DenseFfn ffn) {
        dense += ffn.parameters() * weight / degree;
      }
      if (layer.ffn() instanceof MoeFfn moe) {
        int slots = layout.dealt(slotsOfLayer.applyAsInt(l)).mostSlotsPerGpu();
        MoeShard shard = MoeShard.of(moe, layout, problem);
        shared += shard.sharedParameters() * weight + shard.routerParameters() * wide;
        experts += slots * shard.expertParameters() * precision.experts().bytes();
        receive = Math.max(receive, receiveBytes(problem, moe, batch, slots));
      }
    }
    boolean hasFirst = first == 0;
    boolean hasLast = last == model.layers().size() - 1;
    int tables = (hasFirst ? 1 : 0) + (hasLast && !(model.tiedEmbeddings() && hasFirst) ? 1 : 0);
    double input = hasFirst ? model.input().parameters() : 0;
    double embedding = (tables * (double) model.embeddingParameters() + input) * wide / degree;
    double activations = ACTIVATION_STREAMS * batch.tokensPerRank() * model.hiddenSize() * 2;
    MemoryUse inference =
        new MemoryUse(
            attention,
            dense,
            shared,
            experts,
            embedding,
            kv * layout.microBatches() * batch.sequencesPerRank(),
            activations + receive);
    return PhaseCost.of(problem).memory(inference, layout, stage, first, last, slotsOfLayer);
  }

  /** The same and what training holds beside it. */
  MemoryUse trained(
      TrainingMemory memory, int stage, int first, int last, IntUnaryOperator slotsOfLayer) {
    double copies = memory.weightCopies();
    double common = memory.sharedParameters(first, last);
    double routed = memory.expertParameters(first, last, slotsOfLayer);
    return new MemoryUse(
        copies * attentionBytes,
        copies * denseBytes,
        copies * sharedBytes,
        copies * expertBytes,
        copies * embeddingBytes,
        0,
        bufferBytes + memory.workingBytes(first, last),
        Optional.of(
            new Trained(
                memory.gradientBytes(common + routed),
                memory.optimizerBytes(common, routed),
                memory.activationBytes(stage, first, last))));
  }

  /** KV bytes of one resident sequence on one GPU for one layer. */
  static double kvBytesOfSequence(Problem problem, Layer layer, int degree) {
    return layer
            .attention()
            .kvCapacityBytes(problem.workload().contexts().heldTokens(), problem.precision().kv())
        / layer.attention().kvShards(degree);
  }

  private static double receiveBytes(Problem problem, MoeFfn moe, Batch batch, int slots) {
    double copies =
        problem.engine().copyRule() == CopyRule.PER_EXPERT
            ? batch.tokens() * slots
            : batch.tokensPerGpu() * moe.expertsPerToken();
    double buffers = BUFFER_COPIES;
    return buffers * copies * moe.tokenWidth() * problem.precision().dispatch().bytes();
  }

  /**
   * Bytes that one more token of context in every resident sequence adds on a GPU of layers {@code
   * first..last}, per sequence.
   */
  public static double growingKvBytesPerToken(Problem problem, Layout layout, int first, int last) {
    double bytes = 0;
    for (int l = first; l <= last; l++) {
      Layer layer = problem.model().layers().get(l);
      var attention = layer.attention();
      bytes +=
          layer.kvSource().isPresent()
              ? 0
              : attention.growingKvBytesPerToken(problem.precision().kv())
                  / attention.kvShards(layout.attentionTensorParallel());
    }
    return bytes;
  }
}
