package dev.rackplan.cost;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.AttentionOps;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.TermOp;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.Attention;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.PromptShare;
import java.util.ArrayList;
import java.util.List;

/**
 * A decode step that reads prompts beside: both kinds of tokens go through the same products,
 * experts and collectives; attention runs a kernel for each. Whole measured blocks of attention
 * read their weights twice.
 *
 * <p>Steps with prompts are long, and are not recorded as graphs: their experts and transfers are
 * those of prefill. Source: vLLM's {@code DPMetadata} and SGLang's {@code resolve_deepep_mode},
 * which take low-latency kernels for decode alone.
 */
final class MixedCost extends DecodeCost {
  private final PromptShare prompts;
  private final PrefillCost prefill;

  MixedCost(Problem problem, Layout layout, PromptShare prompts) {
    super(problem, layout);
    this.prompts = prompts;
    this.prefill = new PrefillCost(problem, layout);
  }

  @Override
  boolean readsPrompts() {
    return true;
  }

  // Of prompts the last token is asked for its next one.
  @Override
  double headTokens(Batch batch) {
    return batch.tokensPerRank() - prompts.tokensPerRank() + prompts.finishedPerRank();
  }

  @Override
  List<TermOp> mixer(AttentionOps ops, Attention attention, Batch batch, int ranks) {
    List<TermOp> mixer = new ArrayList<>(super.mixer(ops, attention, batch, ranks));
    double parts = batch.parts();
    for (TermOp op : ops.prefillProjections(attention, prompts.tokensPerRank() / parts)) {
      addTogether(mixer, op);
    }
    mixer.addAll(
        ops.prefillCore(
            attention,
            prompts.promptsPerRank() / parts,
            prompts.chunkTokens(),
            prompts.prefixTokens()));
    return mixer;
  }

  // One product with the tokens of both where the decode has it too.
  private static void addTogether(List<TermOp> mixer, TermOp read) {
    for (int i = 0; i < mixer.size(); i++) {
      TermOp known = mixer.get(i);
      if (known.op() instanceof Gemm decoded
          && read.op() instanceof Gemm prompts
          && decoded.width() == prompts.width()
          && decoded.depth() == prompts.depth()
          && known.count() == 1
          && known.format() == read.format()) {
        mixer.set(
            i,
            TermOp.of(
                known.term(),
                known.kind(),
                known.format(),
                new Gemm(decoded.rows() + prompts.rows(), decoded.width(), decoded.depth())));
        return;
      }
    }
    mixer.add(read);
  }

  @Override
  List<TermOp> aroundTransfers(MoeFfn moe, double tokens) {
    return prefill.aroundTransfers(moe, tokens);
  }

  @Override
  OpKind dispatchedExperts() {
    return prefill.dispatchedExperts();
  }

  @Override
  List<OpKind> transfer(StageShape shape, OpPrices prices) {
    return prefill.transfer(shape, prices);
  }
}
