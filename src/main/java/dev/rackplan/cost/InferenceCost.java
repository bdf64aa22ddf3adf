package dev.rackplan.cost;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.TransferStart;
import dev.rackplan.cost.operation.AttentionOps;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.Exchange;
import dev.rackplan.cost.operation.ExpertBlocks;
import dev.rackplan.cost.operation.ExpertPrice;
import dev.rackplan.cost.operation.FfnOps;
import dev.rackplan.cost.operation.FusedShared;
import dev.rackplan.cost.operation.KernelFormats;
import dev.rackplan.cost.operation.MoeOps;
import dev.rackplan.cost.operation.MoeShard;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.PricedOp;
import dev.rackplan.cost.operation.SustainedShare;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.operation.TermOp;
import dev.rackplan.law.Answer;
import dev.rackplan.law.ExpertTransfer;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Provenance;
import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What decode and prefill have in common: a layer is a list of operations, each priced by a law.
 */
abstract sealed class InferenceCost extends PhaseCost permits DecodeCost, PrefillCost {
  // What reading prompts keeps busy without a pause.
  private static final Set<OpKind> SUSTAINED =
      EnumSet.of(
          OpKind.GEMM,
          OpKind.PREFILL_ATTENTION,
          OpKind.LATENT_PREFILL,
          OpKind.LATENT_PREFILL_BLOCK,
          OpKind.HEAD_PRODUCT);

  InferenceCost(Problem problem, Layout layout) {
    super(problem, layout);
  }

  /**
   * A token mixer's operations for one part of a micro-batch.
   *
   * @param ranks attention ranks of the stage
   */
  abstract List<TermOp> mixer(AttentionOps ops, Attention attention, Batch batch, int ranks);

  /** The engine's kernel for experts that get their tokens from a dispatch kernel. */
  abstract OpKind dispatchedExperts();

  /** The engine's kernels for the all-to-all, dispatch and combine. */
  abstract List<OpKind> transfer(StageShape shape, OpPrices prices);

  /** Whether a step reads prompts, so that products and attention run at what a GPU sustains. */
  abstract boolean readsPrompts();

  private double sustained(OpPrices prices) {
    return readsPrompts() ? SustainedShare.of(prices.gpu()) : 1;
  }

  /** Whether a kernel for such a transfer was measured on this GPU or one of its generation. */
  static boolean wasMeasured(OpKind kind, OpPrices prices) {
    return prices.answer(kind, KernelFormat.FP8).provenance() != Provenance.FLAT;
  }

  // Each part of the batch launches every kernel.
  @Override
  Breakdown layerTerms(
      Layer layer, StagePrices prices, StageShape shape, Batch batch, Layout layout) {
    return prices.slowest(price -> ofPart(layer, price, batch, layout)).times(batch.parts());
  }

  /** All operations of a layer for one part of the batch, except experts and communication. */
  List<TermOp> ofPart(Layer layer, OpPrices prices, Batch batch, Layout layout) {
    int degree = layout.attentionTensorParallel();
    double hidden = problem.model().hiddenSize();
    double tokens = batch.tokensPerRank() / batch.parts();
    KernelFormats formats = prices.formats(layer);
    AttentionOps attention =
        new AttentionOps(
            prices, formats, degree, layout.decodeContextParallel(), problem.model().hiddenSize());
    List<TermOp> ops =
        new ArrayList<>(mixer(attention, layer.attention(), batch, layout.attentionRanks()));
    ops.addAll(FfnOps.norms(layer, tokens, hidden));
    if (layer.ffn() instanceof DenseFfn dense) {
      double parts = layout.denseTensorParallel();
      ops.addAll(
          FfnOps.gated(
              Term.DENSE,
              formats.ffn(),
              tokens * parts / degree,
              dense.parameters() / parts,
              hidden));
    } else if (layer.ffn() instanceof MoeFfn moe) {
      double own = batch.tokensPerGpu() / batch.parts();
      ops.addAll(
          new MoeOps(problem, layout, layer, prices, batch, expertLaw(layer, prices, layout))
              .ops(moe, aroundTransfers(moe, own)));
    }
    double share = sustained(prices);
    return share == 1
        ? ops
        : ops.stream().map(op -> SUSTAINED.contains(op.kind()) ? op.times(1 / share) : op).toList();
  }

  @Override
  List<List<PricedOp>> ops(Layer layer, OpPrices prices, Batch batch, Layout layout) {
    return List.of(
        ofPart(layer, prices, batch, layout).stream()
            .map(op -> prices.priced(op).times(batch.parts()))
            .toList());
  }

  @Override
  Answer expertLaw(Layer layer, OpPrices prices, Layout layout) {
    return expertLaw(prices.formats(layer).experts(), prices, layout);
  }

  @Override
  Optional<Answer> headLaw(StagePrices prices) {
    return Optional.of(prices.of(0).answer(OpKind.GEMM, prices.of(0).headFormat()));
  }

  /** What engines do beside dispatch and combine kernels, for each token of a GPU. */
  abstract List<TermOp> aroundTransfers(MoeFfn moe, double tokens);

  private Answer expertLaw(KernelFormat format, OpPrices prices, Layout layout) {
    if (Exchange.of(problem, layout) == Exchange.ALL_TO_ALL) {
      for (OpKind kind : List.of(dispatchedExperts(), OpKind.WIDE_EXPERTS)) {
        if (prices.knows(kind, format, format)) {
          return prices.answer(kind, format);
        }
      }
    }
    return prices.answer(OpKind.EXPERTS, format);
  }

  @Override
  ExpertPrice experts(Layer layer, MoeFfn moe, OpPrices prices, Batch batch, Layout layout) {
    MoeShard shard = MoeShard.of(moe, layout, problem);
    boolean sent = Exchange.of(problem, layout) == Exchange.ALL_TO_ALL;
    KernelFormat format = prices.formats(layer).experts();
    return ExpertPrice.of(
            expertLaw(format, prices, layout),
            shard,
            moe,
            batch,
            layout.expertHostCount(),
            sent
                ? ExpertPrice.Handled.sent(moe, layout.expertHostCount())
                : ExpertPrice.Handled.all(batch),
            sent
                ? ExpertBlocks.NONE
                : ExpertBlocks.of(problem.engine(), prices.generation(), format, moe, layout),
            FusedShared.of(problem, layout, layer, moe, prices.generation(), batch.tokensAtOnce()))
        .times(1 / sustained(prices));
  }

  @Override
  double headSeconds(StagePrices prices, StageShape shape, Batch batch, Layout layout) {
    return prices.slowest(price -> List.of(head(price, batch, layout))).of(Term.HEAD);
  }

  @Override
  List<List<PricedOp>> headOps(OpPrices prices, Batch batch, Layout layout) {
    return List.of(List.of(prices.priced(head(prices, batch, layout))));
  }

  private TermOp head(OpPrices prices, Batch batch, Layout layout) {
    double width = problem.model().vocabularySize() / (double) layout.attentionTensorParallel();
    return FfnOps.head(prices.headFormat(), headTokens(batch), width, problem.model().hiddenSize());
  }

  // The GPUs of a stage are of one generation, or the first one's law stands for all.
  @Override
  Optional<Answer> collectives(OpKind kind, int domains, StagePrices prices) {
    Optional<Answer> library = domains > 1 ? prices.of(0).nccl(kind) : Optional.empty();
    if (library.isPresent()) {
      return library;
    }
    return Optional.of(prices.of(0).answer(kind, KernelFormat.BF16))
        .filter(answer -> answer.provenance() != Provenance.FLAT);
  }

  @Override
  TransferStart transferStart(MoeFfn moe, StagePrices prices, StageShape shape, Batch batch) {
    double dispatch = 0;
    double combine = 0;
    for (OpPrices price : prices.kinds()) {
      List<OpKind> kinds = transfer(shape, price);
      Dtype sent = problem.precision().dispatch();
      double there = start(kinds.get(0), sent, moe, price, shape, batch);
      if (kinds.get(0) == OpKind.NVLINK_DISPATCH) {
        there += start(OpKind.TRANSFER_PREPARE, sent, moe, price, shape, batch);
      }
      double back = start(kinds.get(1), problem.precision().combine(), moe, price, shape, batch);
      dispatch = Math.max(dispatch, there);
      combine = Math.max(combine, back);
    }
    return new TransferStart(batch.parts() * dispatch, batch.parts() * combine);
  }

  @Override
  List<PricedOp> startOps(Term term, MoeFfn moe, OpPrices prices, StageShape shape, Batch batch) {
    List<OpKind> kinds = transfer(shape, prices);
    boolean back = term == Term.COMBINE;
    OpKind first = kinds.get(back ? 1 : 0);
    Dtype sent = back ? problem.precision().combine() : problem.precision().dispatch();
    return Stream.of(first, OpKind.TRANSFER_PREPARE)
        .filter(kind -> kind == first || first == OpKind.NVLINK_DISPATCH)
        .flatMap(kind -> startOp(term, kind, sent, moe, prices, shape, batch).stream())
        .map(op -> op.times(batch.parts()))
        .toList();
  }

  private double start(
      OpKind kind, Dtype sent, MoeFfn moe, OpPrices prices, StageShape shape, Batch batch) {
    return startOp(Term.DISPATCH, kind, sent, moe, prices, shape, batch)
        .map(PricedOp::seconds)
        .orElseGet(() -> ExpertLayerModel.latencySeconds(shape));
  }

  // Laws of one node and of several come from different rows. A kernel over nodes also does what it
  // does in one, so it never starts faster than there.
  private Optional<PricedOp> startOp(
      Term term,
      OpKind kind,
      Dtype sent,
      MoeFfn moe,
      OpPrices prices,
      StageShape shape,
      Batch batch) {
    return IntStream.of(1, shape.domainCount())
        .distinct()
        .mapToObj(nodes -> startOp(term, kind, sent, moe, prices, shape, batch, nodes))
        .flatMap(Optional::stream)
        .max(Comparator.comparingDouble(PricedOp::seconds));
  }

  // The law without its links, which are counted one by one.
  private Optional<PricedOp> startOp(
      Term term,
      OpKind kind,
      Dtype sent,
      MoeFfn moe,
      OpPrices prices,
      StageShape shape,
      Batch batch,
      int nodes) {
    KernelFormat format = sent.operandBits() <= 8 ? KernelFormat.FP8 : KernelFormat.BF16;
    Answer answer = prices.answer(kind, format, format, Map.of("nodes", (double) nodes));
    if (answer.provenance() == Provenance.FLAT) {
      return Optional.empty();
    }
    ExpertTransfer op =
        new ExpertTransfer(
            batch.tokensPerGpu() / batch.parts(),
            moe.expertsPerToken(),
            moe.tokenWidth(),
            sent.bytes(),
            shape.gpuCount(),
            nodes,
            moe.experts(),
            0);
    return Optional.of(new PricedOp(term, kind, answer.withoutLinks(), op, 1));
  }

  @Override
  List<PricedOp> samplingOps(OpPrices prices, Batch batch) {
    return sampling(headTokens(batch) * problem.model().vocabularySize()).stream()
        .map(prices::priced)
        .toList();
  }

  /** Logits copied to FP32, and the largest taken. */
  static List<TermOp> sampling(double logits) {
    return List.of(
        FfnOps.elementwise((Dtype.BF16.bytes() + Float.BYTES) * logits),
        FfnOps.elementwise(Float.BYTES * logits));
  }
}
