package dev.rackplan.cost;

import dev.rackplan.cost.link.CollectiveTime;
import dev.rackplan.cost.link.TransferStart;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Exchange;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.ContextExchange;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;

/**
 * Which collectives a stage's GPUs run for one micro-batch, and what they take in s: all-reduces of
 * attention ranks, the exchange of contexts, and tokens gathered and scattered around experts.
 */
final class StageCollectives {
  private final Problem problem;
  private final Layout layout;
  private final Batch batch;
  private final PhaseCost phase;
  private final CollectiveTime collectives;

  StageCollectives(
      Problem problem, Layout layout, Batch batch, PhaseCost phase, CollectiveTime collectives) {
    this.problem = problem;
    this.layout = layout;
    this.batch = batch;
    this.phase = phase;
    this.collectives = collectives;
  }

  // One all-reduce after the mixer; one after a dense FFN, and after experts whose tokens every GPU
  // of an attention rank has. An all-to-all's combine takes the second one's place elsewhere. Where
  // dense FFNs are divided otherwise than attention, tokens are gathered and their sums scattered:
  // the two halves of an all-reduce.
  double allReduceSeconds(Layer layer) {
    double tokens = batch.tokensPerRank() / batch.parts();
    int degree = layout.attentionTensorParallel();
    double once = allReduceSeconds(tokens, degree);
    double seconds = layer.attention().parameters() > 0 ? once : 0;
    if (problem.workload().phase() != Phase.TRAINING
        && layer.attention() instanceof GroupedQueryAttention grouped
        && grouped.norm() == GroupedQueryAttention.Norm.WHOLE) {
      seconds += squaresSeconds(tokens, degree);
    }
    if (layer.ffn() instanceof DenseFfn) {
      int dense = layout.denseTensorParallel();
      seconds += allReduceSeconds(tokens * dense / degree, dense);
    } else if (layer.ffn() instanceof MoeFfn
        && Exchange.of(problem, layout) != Exchange.ALL_TO_ALL) {
      seconds += once;
    }
    return phase.counts().tensor() * batch.parts() * seconds;
  }

  // Sums of squares of queries and of keys, one number each in FP32. Source: vLLM's MiniMax-M2.
  private double squaresSeconds(double tokens, int degree) {
    return collectives.seconds(OpKind.ALL_REDUCE, 2 * tokens, Float.BYTES, degree, 1);
  }

  private double allReduceSeconds(double tokens, int degree) {
    return phase.tensorSeconds(
        collectives, tokens * problem.model().hiddenSize(), Dtype.BF16.bytes(), degree);
  }

  // Engines fill up the ranks' parts to the fullest one's.
  TransferStart gatherStart(MoeFfn moe) {
    double elements =
        batch.tokensPerRank() / batch.parts() * layout.tokenGroups() * moe.tokenWidth();
    int stride = layout.attentionTensorParallel();
    return new TransferStart(
        batch.parts()
            * collectives.seconds(
                OpKind.ALL_GATHER,
                elements,
                problem.precision().dispatch().bytes(),
                layout.tokenGroups(),
                stride),
        batch.parts()
            * collectives.seconds(
                OpKind.REDUCE_SCATTER,
                elements,
                problem.precision().combine().bytes(),
                layout.tokenGroups(),
                stride));
  }

  /**
   * Tokens that arrived at the GPUs that slice an expert, gathered among these, and parts of sums
   * scattered: an all-to-all goes on among them (Megatron-Core's {@code MoEAlltoAllTokenDispatcher}
   * over {@code tp_group}). In training every pass through the experts takes both.
   */
  TransferStart slices(MoeFfn moe) {
    int slices = layout.expertTensorParallel();
    if (slices == 1 || Exchange.of(problem, layout) != Exchange.ALL_TO_ALL) {
      return new TransferStart(0, 0);
    }
    double passes = phase.counts().network();
    double elements = batch.tokensPerGpu() * moe.expertsPerToken() * moe.tokenWidth() * slices;
    return new TransferStart(
        passes
            * collectives.seconds(
                OpKind.ALL_GATHER, elements, problem.precision().dispatch().bytes(), slices, 1),
        passes
            * collectives.seconds(
                OpKind.REDUCE_SCATTER, elements, problem.precision().combine().bytes(), slices, 1));
  }

  // Of a mixer whose rank divides tokens. In decode each GPU of a group needs the group's queries
  // and adds up parts of their outputs; in prefill it needs the keys and values of the others.
  double contextExchangeSeconds(Layer layer) {
    return batch.parts()
        * layer.attention().contextExchange().stream()
            .mapToDouble(this::contextExchangeSeconds)
            .sum();
  }

  private double contextExchangeSeconds(ContextExchange exchange) {
    double tokens = batch.tokensPerRank() / batch.parts();
    int degree = layout.attentionTensorParallel();
    int decode = layout.decodeContextParallel();
    int prefill = layout.prefillContextParallel();
    double width = Dtype.BF16.bytes();
    double queries = tokens * exchange.queryElements() * decode / degree;
    double outputs = tokens * exchange.outputElements() * decode / degree;
    double keys = tokens * prefill * exchange.keyElements() / exchange.keyShards(degree);
    return collectives.seconds(OpKind.ALL_GATHER, queries, width, decode, 1)
        + collectives.seconds(OpKind.REDUCE_SCATTER, outputs, width, decode, 1)
        + collectives.seconds(OpKind.ALL_GATHER, keys, width, prefill, degree);
  }

  /**
   * All-gather of each GPU's part of the vocabulary, in BF16.
   *
   * @param logits of all parts together
   */
  double logitSeconds(double logits) {
    return collectives.seconds(
        OpKind.ALL_GATHER, logits, Dtype.BF16.bytes(), layout.attentionTensorParallel(), 1);
  }
}
