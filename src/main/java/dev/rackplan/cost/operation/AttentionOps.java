package dev.rackplan.cost.operation;

import dev.rackplan.law.DecodeAttention;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.LatentDecode;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.PrefillAttention;
import dev.rackplan.law.Streaming;
import dev.rackplan.model.Attention;
import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.ParallelMixers;
import dev.rackplan.model.SparseIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The operations of one token mixer on one GPU: the one place that says how each kind of attention
 * runs, latent attention in {@link LatentOps}. Weights and heads are divided over an attention
 * rank's GPUs; latents are not.
 *
 * <p>Source: the engines' forward passes (docs/decisions/0021). Left out: rotary positions of
 * latent attention in decode and the norms of low ranks, which engines fuse into their neighbours
 * or overlap.
 */
public final class AttentionOps {
  private static final double BF16_BYTES = Dtype.BF16.bytes();
  // Tokens that a chunked scan of a recurrent layer takes at a time.
  private static final double SCAN_CHUNK = 64;

  // Rotary positions and the cache's write are in its attention kernels.
  private static final String FUSES_ROTARY = "trtllm";

  private final OpPrices prices;
  private final KernelFormats formats;
  private final double degree;
  private final double hiddenSize;
  private final AttentionShard shard;
  private final LatentOps latents;

  /**
   * @param formats of the layer
   * @param degree GPUs t of one attention rank that divide its heads
   * @param cacheParts GPUs that divide each KV head's cache by tokens in decode; each takes the
   *     heads of all of them
   * @param hiddenSize width h of the residual
   */
  public AttentionOps(
      OpPrices prices, KernelFormats formats, int degree, int cacheParts, int hiddenSize) {
    this.prices = prices;
    this.formats = formats;
    this.degree = degree;
    this.hiddenSize = hiddenSize;
    this.shard = new AttentionShard(formats, degree, cacheParts, hiddenSize);
    this.latents = new LatentOps(prices, formats, shard);
  }

  /**
   * One decode step.
   *
   * @param sequences of the rank
   * @param queries query tokens of each: 1, or with drafts more
   * @param context tokens that the last query sees, as many of each sequence
   */
  public List<TermOp> decode(
      Attention attention, double sequences, double queries, double context) {
    if (attention instanceof ParallelMixers both) {
      List<TermOp> ops = new ArrayList<>(decode(both.attention(), sequences, queries, context));
      ops.addAll(decode(both.state(), sequences, queries, context));
      return ops;
    }
    double tokens = sequences * queries;
    List<TermOp> ops = new ArrayList<>();
    if (attention instanceof GroupedQueryAttention grouped) {
      addProjections(ops, grouped, tokens);
      addPasses(ops, grouped, tokens);
      double seen = grouped.window().attended(context);
      double parts = shard.parts(grouped);
      double keys = grouped.index().map(index -> index.selected(seen)).orElse(seen);
      ops.add(
          shard.core(
              OpKind.DECODE_ATTENTION,
              KernelFormat.BF16,
              variant(grouped),
              new DecodeAttention(
                  sequences,
                  shard.heads(grouped.queryHeads()) * parts * queries,
                  shard.heads(grouped.kvHeads()),
                  grouped.headDimension(),
                  keys / parts)));
      grouped.index().ifPresent(index -> shard.addIndex(ops, index, sequences, queries, seen));
    } else if (attention instanceof LatentAttention latent) {
      latents.addDecode(ops, latent, sequences, queries, context);
    } else if (attention instanceof CompressedAttention compressed) {
      shard.addProduct(ops, tokens, attention.parameters() / hiddenSize / degree, hiddenSize);
      ops.add(compressedCore(compressed, sequences, queries, context));
      compressed
          .index()
          .ifPresent(
              index -> shard.addIndex(ops, index, sequences, queries, compressed.entries(context)));
    } else if (attention instanceof LinearAttention linear) {
      shard.addProduct(ops, tokens, attention.parameters() / hiddenSize / degree, hiddenSize);
      ops.add(
          recurrent(
              OpKind.RECURRENT_DECODE,
              new Streaming(
                  2 * sequences * linear.stateBytes() / linear.kvShards((int) degree), queries)));
    }
    return ops;
  }

  /** The projections of one pass over new tokens of prompts; the cores are {@link #prefillCore}. */
  public List<TermOp> prefillProjections(Attention attention, double tokens) {
    if (attention instanceof ParallelMixers both) {
      List<TermOp> ops = new ArrayList<>(prefillProjections(both.attention(), tokens));
      ops.addAll(prefillProjections(both.state(), tokens));
      return ops;
    }
    List<TermOp> ops = new ArrayList<>();
    if (attention instanceof GroupedQueryAttention grouped) {
      addProjections(ops, grouped, tokens);
      addPasses(ops, grouped, tokens);
    } else if (attention instanceof LatentAttention latent) {
      latents.addPrefillProjections(ops, latent, tokens);
    } else if (attention.parameters() > 0) {
      shard.addProduct(ops, tokens, attention.parameters() / hiddenSize / degree, hiddenSize);
    }
    return ops;
  }

  /**
   * The core of one pass over new tokens of prompts, with the scores of an indexer.
   *
   * @param sequences prompts of the rank
   * @param queries new tokens of each
   * @param prefix tokens of each before them
   */
  public List<TermOp> prefillCore(
      Attention attention, double sequences, double queries, double prefix) {
    if (attention instanceof ParallelMixers both) {
      List<TermOp> ops = new ArrayList<>(prefillCore(both.attention(), sequences, queries, prefix));
      ops.addAll(prefillCore(both.state(), sequences, queries, prefix));
      return ops;
    }
    List<TermOp> ops = prefillCoreAlone(attention, sequences, queries, prefix);
    attention
        .ownIndex()
        .ifPresent(
            index ->
                shard.addIndex(
                    ops, index, sequences, queries, attention.indexed(prefix + queries / 2)));
    return ops;
  }

  /** The same without these, of a mixer that is not several side by side. */
  List<TermOp> prefillCoreAlone(
      Attention attention, double sequences, double queries, double prefix) {
    List<TermOp> ops = new ArrayList<>();
    if (attention instanceof GroupedQueryAttention grouped) {
      double reach = grouped.window().attended(prefix + queries);
      double window = grouped.index().map(index -> index.selected(reach)).orElse(reach);
      ops.add(
          shard.core(
              OpKind.PREFILL_ATTENTION,
              formats.scores(),
              variant(grouped),
              new PrefillAttention(
                  sequences,
                  queries,
                  prefix,
                  shard.heads(grouped.queryHeads()),
                  shard.heads(grouped.kvHeads()),
                  grouped.headDimension(),
                  window)));
    } else if (attention instanceof LatentAttention latent) {
      latents.addPrefillCore(ops, latent, sequences, queries, prefix);
    } else if (attention instanceof CompressedAttention compressed) {
      ops.add(compressedCore(compressed, sequences, queries, prefix + queries / 2));
    } else if (attention instanceof LinearAttention linear) {
      double tokens = sequences * queries;
      double width = linear.flopsPerToken() / (2 * SCAN_CHUNK) / degree;
      ops.add(
          TermOp.of(
              Term.ATTENTION, OpKind.GEMM, KernelFormat.BF16, new Gemm(tokens, width, SCAN_CHUNK)));
      ops.add(
          recurrent(
              OpKind.RECURRENT_PREFILL,
              new Streaming(
                  2 * sequences * linear.stateBytes() / linear.kvShards((int) degree)
                      + 2 * BF16_BYTES * tokens * hiddenSize / degree,
                  queries)));
    }
    return ops;
  }

  // Norms of queries and keys, one kernel for both, and rotary positions where the attention
  // kernels as measured lack them. Source: the engines' models of Qwen3 and MiniMax-M2.
  private void addPasses(List<TermOp> ops, GroupedQueryAttention grouped, double tokens) {
    double heads = shard.heads(grouped.queryHeads()) + shard.heads(grouped.kvHeads());
    double elements = tokens * heads * grouped.headDimension();
    if (grouped.norm() != GroupedQueryAttention.Norm.NONE) {
      ops.add(AttentionShard.inPlace(elements));
    }
    if (!FUSES_ROTARY.equals(prices.engine())) {
      ops.add(AttentionShard.inPlace(elements));
    }
  }

  private void addProjections(List<TermOp> ops, GroupedQueryAttention grouped, double tokens) {
    double queryWidth = shard.heads(grouped.queryHeads()) * grouped.headDimension();
    double keyWidth = shard.heads(grouped.kvHeads()) * grouped.headDimension();
    double plain =
        2
            * hiddenSize
            * grouped.headDimension()
            * ((double) grouped.queryHeads() + grouped.kvHeads());
    // Gates and an indexer's projections read the same input.
    double more = Math.max(0, grouped.parameters() - plain) / hiddenSize / degree;
    shard.addProduct(ops, tokens, queryWidth + 2 * keyWidth + more, hiddenSize);
    shard.addProduct(ops, tokens, hiddenSize, queryWidth);
  }

  // One entry is key and value at once, shared by all heads.
  private TermOp compressedCore(
      CompressedAttention compressed, double sequences, double queries, double context) {
    double gathered = compressed.index().isPresent() ? queries : 1;
    return shard.core(
        OpKind.LATENT_DECODE,
        KernelFormat.BF16,
        Map.of(),
        new LatentDecode(
            sequences * gathered,
            shard.heads(compressed.heads()) * queries / gathered,
            compressed.attended(context),
            compressed.headDimension(),
            0));
  }

  private static Map<String, Double> variant(GroupedQueryAttention grouped) {
    return Map.of(
        "headSize",
        (double) grouped.headDimension(),
        "group",
        (double) grouped.queryHeads() / grouped.kvHeads());
  }

  private static TermOp recurrent(OpKind kind, Streaming op) {
    return TermOp.of(Term.ATTENTION, kind, KernelFormat.BF16, op);
  }

  /** As {@link AttentionShard#indexScores}. */
  TermOp indexScores(SparseIndex index, double sequences, double queries, double entries) {
    return shard.indexScores(index, sequences, queries, entries);
  }
}
