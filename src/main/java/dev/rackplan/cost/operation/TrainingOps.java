package dev.rackplan.cost.operation;

import dev.rackplan.law.Gemm;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Streaming;
import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.SparseIndex;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.LossKernel;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The operations of a layer in training on one GPU, pass by pass: routed experts and what the
 * network does are not among them.
 *
 * <p>Each product {@code y[m, n] = x[m, k]·W} has two more of the same FLOPs in the backward pass:
 * the input's gradient {@code [m, n]·[n, k]} and the weights' {@code [n, m]·[m, k]}, which is added
 * to the main gradient in FP32. Attention that is fused computes its scores again and takes 2.5
 * times its forward pass (FlashAttention-2, Dao 2023: five products where the forward pass has
 * two); attention that writes its scores moves them from kernel to kernel ({@link WrittenScores}).
 * What only streams takes 1.5 times as long backward.
 */
public final class TrainingOps {
  private static final double STREAMING_BACKWARD = 1.5;
  private static final double MATRICES = 3;
  private static final double REPEATED_PRODUCTS = 0.5;
  // The main gradient is read and written in FP32.
  private static final double ACCUMULATED_BYTES = 2 * 4;

  private final Problem problem;
  private final Training training;
  private final Layout layout;
  private final Batch batch;
  private final OpPrices prices;
  private final double sustained;
  // Of a layer's forward pass, what is done again as a whole.
  private final double whole;
  private final List<PricedOp> forward = new ArrayList<>();
  private final List<PricedOp> again = new ArrayList<>();
  private final List<PricedOp> inputs = new ArrayList<>();
  private final List<PricedOp> weights = new ArrayList<>();

  /** Nothing yet. */
  private TrainingOps(Problem problem, Layout layout, Batch batch, OpPrices prices) {
    this.problem = problem;
    this.training = layout.training(problem.workload()).orElseThrow();
    this.layout = layout;
    this.batch = batch;
    this.prices = prices;
    this.sustained = SustainedShare.inTraining(prices.gpu());
    this.whole = RepeatedLayers.share(problem, layout);
  }

  /** Of a layer. */
  public static TrainingOps of(
      Layer layer, Problem problem, Layout layout, Batch batch, OpPrices prices) {
    TrainingOps ops = new TrainingOps(problem, layout, batch, prices);
    ops.addMixer(layer);
    ops.addFfn(layer);
    ops.addElementwise(layer);
    return ops;
  }

  /**
   * Of the head and its loss: for each token that is predicted, and for each beyond the next one
   * the projection of hidden state and embedding in front of its layers, which is divided like them
   * (DeepSeek-V3's report, 2.2; Megatron-Core's {@code eh_proj} and {@code process_mtp_loss}).
   */
  public static TrainingOps ofHead(Problem problem, Layout layout, Batch batch, OpPrices prices) {
    TrainingOps ops = new TrainingOps(problem, layout, batch, prices);
    for (int ahead = 0; ahead < problem.model().predictions(); ahead++) {
      ops.addHead();
      if (ahead > 0) {
        double hidden = problem.model().hiddenSize();
        ops.addProduct(
            Term.HEAD,
            KernelFormat.BF16,
            new Gemm(batch.tokensPerRank(), hidden / layout.attentionTensorParallel(), 2 * hidden),
            0);
      }
    }
    return ops;
  }

  private void addHead() {
    double hidden = problem.model().hiddenSize();
    double width =
        problem.model().embeddingParameters() / hidden / layout.attentionTensorParallel();
    addProduct(Term.HEAD, KernelFormat.BF16, new Gemm(batch.tokensPerRank(), width, hidden), 0);
    LossKernel loss = training.runtime().loss();
    double logits =
        width * (loss.divided() ? 1 : layout.attentionTensorParallel()) * batch.tokensPerRank();
    forward.add(streaming(Term.HEAD, loss.movedBytes() * logits));
  }

  /** Pass by pass. */
  public List<List<PricedOp>> passes() {
    return List.of(forward, again, inputs, weights);
  }

  /** The forward pass. */
  public List<PricedOp> forward() {
    return forward;
  }

  /** What the backward pass computes again. */
  public List<PricedOp> again() {
    return again;
  }

  /** Gradients of inputs, and whatever else the backward pass does but weight gradients. */
  public List<PricedOp> inputs() {
    return inputs;
  }

  /** Weight gradients. */
  public List<PricedOp> weights() {
    return weights;
  }

  private void addMixer(Layer layer) {
    Attention attention = layer.attention();
    AttentionOps mixer =
        new AttentionOps(
            prices,
            prices.formats(layer),
            layout.attentionTensorParallel(),
            1,
            problem.model().hiddenSize());
    for (TermOp op : mixer.prefillProjections(attention, batch.tokensPerRank())) {
      add(op, repeated(false));
    }
    if (!training.fusedAttention() && attention.scores(1) > 0) {
      addWrittenScores(attention);
      return;
    }
    // GPUs that divide a sequence's tokens get as many pairs each: early and late parts together.
    double share = 1.0 / layout.prefillContextParallel();
    double queries = problem.workload().contextTokens();
    double sequences = batch.sequencesPerRank();
    double repeated = training.namesModules() && training.repeatsCore() ? 1 : whole;
    Optional<SparseIndex> index = attention.ownIndex();
    for (TermOp op :
        index.isPresent()
            ? mixer.prefillCoreAlone(attention, sequences, queries, 0)
            : mixer.prefillCore(attention, sequences, queries, 0)) {
      add(op.times(share), repeated);
      if (index.isPresent() && isCore(op)) {
        double keys = attention.indexed(queries / 2);
        TermOp scores = mixer.indexScores(index.get(), sequences, queries, keys);
        addIndex(
            new TrainedIndex(
                product(scores.term(), scores.format(), (Gemm) scores.op()).times(share),
                index.get().selected(keys) / keys,
                share * sequences * queries * keys,
                priced(op.times(share))),
            repeated);
      }
    }
  }

  // Beside products that expand or absorb latents.
  private static boolean isCore(TermOp op) {
    return op.kind() == OpKind.PREFILL_ATTENTION
        || op.kind() == OpKind.LATENT_PREFILL
        || op.kind() == OpKind.LATENT_DECODE;
  }

  private void addIndex(TrainedIndex index, double repeated) {
    forward.addAll(index.forward(prices));
    inputs.addAll(index.backward());
    if (repeated > 0) {
      index.forward(prices).forEach(op -> again.add(op.times(repeated)));
    }
  }

  private void addWrittenScores(Attention attention) {
    WrittenScores scores =
        new WrittenScores(
            prices,
            sustained,
            attention.scores(batch.attendedTokens())
                * batch.tokensPerRank()
                / layout.attentionTensorParallel(),
            attention.passScoreFlops(batch.attendedTokens())
                * batch.tokensPerRank()
                / layout.attentionTensorParallel());
    forward.addAll(scores.forward());
    inputs.addAll(scores.backward());
    double repeated = training.repeatsCore() ? 1 : whole;
    if (repeated > 0) {
      scores.forward().forEach(op -> again.add(op.times(repeated)));
    }
  }

  private void addFfn(Layer layer) {
    double hidden = problem.model().hiddenSize();
    if (layer.ffn() instanceof DenseFfn dense) {
      addGated(
          Term.DENSE,
          prices.formats(layer).ffn(),
          batch.tokensPerRank(),
          (double) dense.parameters() / layout.attentionTensorParallel(),
          repeated(training.repeatsFfns()));
    } else if (layer.ffn() instanceof MoeFfn moe) {
      if (moe.sharedParameters() > 0) {
        addGated(
            Term.SHARED,
            prices.formats(layer).ffn(),
            batch.tokensPerGpu(),
            (double) moe.sharedParameters(),
            repeated(training.repeatsSharedExperts()));
      }
      addProduct(
          Term.ROUTER,
          KernelFormat.BF16,
          new Gemm(batch.tokensPerGpu(), moe.experts(), hidden),
          repeated(training.repeatsExperts()));
    }
  }

  private void addGated(
      Term term, KernelFormat format, double tokens, double parameters, double repeated) {
    double hidden = problem.model().hiddenSize();
    double inner = parameters / MATRICES / hidden;
    addProduct(term, format, new Gemm(tokens, 2 * inner, hidden), repeated);
    addProduct(term, format, new Gemm(tokens, hidden, inner), repeated);
  }

  // How much of products is done again; every second one where operations are chosen.
  private double repeated(boolean module) {
    if (training.repeatsLayers()) {
      return whole;
    }
    return module ? 1 : training.repeatsOperations() ? REPEATED_PRODUCTS : 0;
  }

  private void addElementwise(Layer layer) {
    double bytes = ElementwiseTime.bytes(layer, problem, batch, layout);
    PricedOp op = streaming(Term.ELEMENTWISE, bytes);
    forward.add(op);
    inputs.add(op.times(STREAMING_BACKWARD));
    double repeated =
        !training.repeatsElementwise(layer.ffn() instanceof MoeFfn)
            ? 0
            : training.repeatsLayers() ? whole : 1;
    if (repeated > 0) {
      again.add(op.times(repeated));
    }
    // Streams are mixed again in all layers.
    if (layer.streams() > 1 && repeated < 1) {
      HyperConnections streams =
          new HyperConnections(layer.streams(), problem.model().hiddenSize());
      int shards = LayerActivations.residualShards(training, layout);
      PricedOp mixed =
          streaming(Term.ELEMENTWISE, streams.movedBytes() * batch.tokensPerRank() / shards);
      again.add(mixed.times(1 - repeated));
    }
  }

  private void add(TermOp op, double repeated) {
    if (op.op() instanceof Gemm gemm) {
      addProduct(op.term(), op.format(), gemm, repeated);
      return;
    }
    boolean streams = op.op() instanceof Streaming;
    AttentionPasses passes =
        streams
            ? new AttentionPasses(1, STREAMING_BACKWARD)
            : AttentionPasses.of(training.runtime().attention(), prices.gpu());
    PricedOp one = priced(op);
    PricedOp once = one.times(passes.forward());
    forward.add(once);
    inputs.add(one.times(passes.backward()));
    if (repeated > 0) {
      again.add(once.times(repeated));
    }
  }

  private PricedOp priced(TermOp op) {
    boolean streams = op.op() instanceof Streaming;
    return new PricedOp(
        op.term(),
        op.kind(),
        prices.answer(op),
        op.op(),
        streams ? op.count() : op.count() / sustained);
  }

  private void addProduct(Term term, KernelFormat format, Gemm gemm, double repeated) {
    forward.add(product(term, format, gemm));
    if (repeated > 0) {
      again.add(product(term, format, gemm).times(repeated));
    }
    inputs.add(product(term, format, new Gemm(gemm.rows(), gemm.depth(), gemm.width())));
    weights.add(product(term, format, new Gemm(gemm.width(), gemm.depth(), gemm.rows())));
    weights.add(streaming(term, ACCUMULATED_BYTES * gemm.width() * gemm.depth()));
  }

  private PricedOp product(Term term, KernelFormat format, Gemm gemm) {
    return new PricedOp(term, OpKind.GEMM, prices.product(format), gemm, 1 / sustained);
  }

  private PricedOp streaming(Term term, double bytes) {
    return streaming(prices, term, bytes);
  }

  static PricedOp streaming(OpPrices prices, Term term, double bytes) {
    return new PricedOp(
        term,
        OpKind.ELEMENTWISE,
        prices.answer(OpKind.ELEMENTWISE, KernelFormat.BF16),
        new Streaming(bytes),
        1);
  }
}
