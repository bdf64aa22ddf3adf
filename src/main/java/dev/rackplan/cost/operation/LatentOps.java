package dev.rackplan.cost.operation;

import dev.rackplan.law.HeadProduct;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.LatentDecode;
import dev.rackplan.law.LatentDecodeBlock;
import dev.rackplan.law.LatentPrefill;
import dev.rackplan.law.LatentPrefillBlock;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.LatentAttention;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The operations of latent attention on one GPU. Latents are on every GPU of an attention rank.
 *
 * <p>Source: as {@link AttentionOps}.
 */
final class LatentOps {
  private static final Set<String> MEASURED_WHOLE = Set.of("trtllm", "vllm");

  private final OpPrices prices;
  private final KernelFormats formats;
  private final AttentionShard shard;

  LatentOps(OpPrices prices, KernelFormats formats, AttentionShard shard) {
    this.prices = prices;
    this.formats = formats;
    this.shard = shard;
  }

  /** One decode step, its projections among it. */
  void addDecode(
      List<TermOp> ops, LatentAttention latent, double sequences, double queries, double context) {
    double keys = latent.index().map(index -> index.selected(context)).orElse(context);
    double heads = shard.heads(latent.heads());
    double parts = shard.parts(latent);
    LatentDecode core =
        new LatentDecode(
            sequences,
            heads * parts * queries,
            keys / parts,
            latent.latentRank(),
            latent.ropeDimension());
    double tokens = sequences * queries;
    if (queries == 1 && parts == 1 && runsBlock(OpKind.LATENT_DECODE_BLOCK, latent)) {
      ops.add(
          shard.core(
              OpKind.LATENT_DECODE_BLOCK,
              formats.attention(),
              Map.of(),
              new LatentDecodeBlock(core, projectionWeights(latent, heads))));
      addGate(ops, latent, tokens);
      return;
    }
    addProjections(ops, latent, tokens);
    addAbsorbed(ops, latent, tokens);
    ops.add(shard.core(OpKind.LATENT_DECODE, KernelFormat.BF16, Map.of(), core));
    latent.index().ifPresent(index -> shard.addIndex(ops, index, sequences, queries, context));
  }

  /** The projections of one pass over new tokens of prompts; in a block measured whole, none. */
  void addPrefillProjections(List<TermOp> ops, LatentAttention latent, double tokens) {
    if (!runsPrefillBlock(latent)) {
      addProjections(ops, latent, tokens);
      // Queries get their positions; each head's key is put together with the shared rotary one.
      ops.add(
          AttentionShard.inPlace(
              tokens * shard.heads(latent.heads()) * (latent.ropeDimension() + keySize(latent))));
    }
  }

  /** The core of that pass. */
  void addPrefillCore(
      List<TermOp> ops, LatentAttention latent, double sequences, double queries, double prefix) {
    double heads = shard.heads(latent.heads());
    LatentPrefill core =
        new LatentPrefill(
            sequences, queries, prefix, heads, keySize(latent), latent.valueDimension());
    if (runsPrefillBlock(latent)) {
      ops.add(
          shard.core(
              OpKind.LATENT_PREFILL_BLOCK,
              formats.attention(),
              Map.of(),
              new LatentPrefillBlock(core, projectionWeights(latent, heads))));
      addGate(ops, latent, sequences * queries);
      return;
    }
    double seen = prefix + queries / 2;
    boolean sparse = latent.index().isPresent() && latent.index().get().topEntries() < seen;
    if (sparse) {
      // Each query gathers entries of its own, in the absorbed form.
      addAbsorbed(ops, latent, sequences * queries);
      ops.add(
          shard.core(
              OpKind.LATENT_DECODE,
              KernelFormat.BF16,
              Map.of(),
              new LatentDecode(
                  sequences * queries,
                  heads,
                  latent.index().get().selected(seen),
                  latent.latentRank(),
                  latent.ropeDimension())));
    } else {
      shard.addProduct(
          ops,
          sequences * (queries + prefix),
          heads * ((double) latent.noRopeDimension() + latent.valueDimension()),
          latent.latentRank());
      ops.add(shard.core(OpKind.LATENT_PREFILL, formats.scores(), Map.of(), core));
    }
  }

  private boolean runsPrefillBlock(LatentAttention latent) {
    return runsBlock(OpKind.LATENT_PREFILL_BLOCK, latent);
  }

  // Of engines whose whole blocks were measured these are nearer than the sum of their parts.
  private boolean runsBlock(OpKind kind, LatentAttention latent) {
    return latent.index().isEmpty()
        && MEASURED_WHOLE.contains(prices.engine())
        && prices.knows(kind, formats.attention(), formats.cache());
  }

  // Down, up and output projections; what is left of the weights, gates and an indexer, reads the
  // same input as the first.
  private void addProjections(List<TermOp> ops, LatentAttention latent, double tokens) {
    double heads = shard.heads(latent.heads());
    double queryWidth = heads * keySize(latent);
    double latentWidth = (double) latent.latentRank() + latent.ropeDimension();
    double more = moreWidth(latent);
    if (latent.queryRank().isPresent()) {
      double rank = latent.queryRank().getAsInt();
      shard.addProduct(ops, tokens, rank + latentWidth + more, shard.hiddenSize());
      shard.addProduct(ops, tokens, queryWidth, rank);
    } else {
      shard.addProduct(ops, tokens, queryWidth + latentWidth + more, shard.hiddenSize());
    }
    shard.addProduct(ops, tokens, shard.hiddenSize(), heads * latent.valueDimension());
  }

  private void addAbsorbed(List<TermOp> ops, LatentAttention latent, double tokens) {
    double heads = shard.heads(latent.heads());
    ops.add(
        headProduct(new HeadProduct(tokens, heads, latent.noRopeDimension(), latent.latentRank())));
    ops.add(
        headProduct(new HeadProduct(tokens, heads, latent.latentRank(), latent.valueDimension())));
  }

  // Absorbed matrices stay in BF16.
  private static TermOp headProduct(HeadProduct op) {
    return new TermOp(
        Term.ATTENTION,
        OpKind.HEAD_PRODUCT,
        KernelFormat.BF16,
        KernelFormat.BF16,
        Map.of("inputs", op.inputs()),
        op,
        1);
  }

  private void addGate(List<TermOp> ops, LatentAttention latent, double tokens) {
    double more = moreWidth(latent);
    if (more >= 1) {
      shard.addProduct(ops, tokens, more, shard.hiddenSize());
    }
  }

  // What is left of the weights beside the projections.
  private double moreWidth(LatentAttention latent) {
    double more = latent.parameters() - projectionWeights(latent, latent.heads());
    return Math.max(0, more) / shard.hiddenSize() / shard.degree();
  }

  // Elements of the projections' weights on a GPU with so many heads: what all share is on each.
  private double projectionWeights(LatentAttention latent, double heads) {
    double queryWidth = heads * keySize(latent);
    double rank = latent.queryRank().orElse(0);
    return shard.hiddenSize() * (rank + latent.latentRank() + latent.ropeDimension())
        + queryWidth * (rank > 0 ? rank : shard.hiddenSize())
        + heads
            * latent.latentRank()
            * ((double) latent.noRopeDimension() + latent.valueDimension())
        + heads * latent.valueDimension() * shard.hiddenSize();
  }

  // Elements of a head's query and of its expanded key.
  private static double keySize(LatentAttention latent) {
    return (double) latent.noRopeDimension() + latent.ropeDimension();
  }
}
