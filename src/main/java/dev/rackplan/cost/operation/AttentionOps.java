package dev.rackplan.cost.operation;

import dev.rackplan.law.DecodeAttention;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.HeadProduct;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.LatentDecode;
import dev.rackplan.law.LatentDecodeBlock;
import dev.rackplan.law.LatentPrefill;
import dev.rackplan.law.LatentPrefillBlock;
import dev.rackplan.law.Op;
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
import java.util.Set;

/**
 * The operations of one token mixer on one GPU: the one place that says how each kind of attention
 * runs. Weights and heads are divided over an attention rank's GPUs; latents are not.
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
  private static final Set<String> MEASURED_WHOLE = Set.of("trtllm", "vllm");

  private final OpPrices prices;
  private final KernelFormats formats;
  private final double degree;
  private final double cacheParts;
  private final double hiddenSize;

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
    this.cacheParts = cacheParts;
    this.hiddenSize = hiddenSize;
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
      double parts = parts(grouped);
      double keys = grouped.index().map(index -> index.selected(seen)).orElse(seen);
      ops.add(
          core(
              OpKind.DECODE_ATTENTION,
              KernelFormat.BF16,
              variant(grouped),
              new DecodeAttention(
                  sequences,
                  heads(grouped.queryHeads()) * parts * queries,
                  heads(grouped.kvHeads()),
                  grouped.headDimension(),
                  keys / parts)));
      grouped.index().ifPresent(index -> addIndex(ops, index, sequences, queries, seen));
    } else if (attention instanceof LatentAttention latent) {
      addLatentDecode(ops, latent, sequences, queries, context);
    } else if (attention instanceof CompressedAttention compressed) {
      addProduct(ops, tokens, attention.parameters() / hiddenSize / degree, hiddenSize);
      ops.add(compressedCore(compressed, sequences, queries, context));
      compressed
          .index()
          .ifPresent(
              index -> addIndex(ops, index, sequences, queries, compressed.entries(context)));
    } else if (attention instanceof LinearAttention linear) {
      addProduct(ops, tokens, attention.parameters() / hiddenSize / degree, hiddenSize);
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
      if (!runsPrefillBlock(latent)) {
        addLatentProjections(ops, latent, tokens);
        // Queries get their positions; each head's key is put together with the shared rotary one.
        ops.add(
            inPlace(tokens * heads(latent.heads()) * (latent.ropeDimension() + keySize(latent))));
      }
    } else if (attention.parameters() > 0) {
      addProduct(ops, tokens, attention.parameters() / hiddenSize / degree, hiddenSize);
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
                addIndex(ops, index, sequences, queries, attention.indexed(prefix + queries / 2)));
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
          core(
              OpKind.PREFILL_ATTENTION,
              formats.scores(),
              variant(grouped),
              new PrefillAttention(
                  sequences,
                  queries,
                  prefix,
                  heads(grouped.queryHeads()),
                  heads(grouped.kvHeads()),
                  grouped.headDimension(),
                  window)));
    } else if (attention instanceof LatentAttention latent) {
      addLatentPrefill(ops, latent, sequences, queries, prefix);
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
  // kernels
  // as measured lack them. Source: the engines' models of Qwen3 and MiniMax-M2.
  private void addPasses(List<TermOp> ops, GroupedQueryAttention grouped, double tokens) {
    double heads = heads(grouped.queryHeads()) + heads(grouped.kvHeads());
    double elements = tokens * heads * grouped.headDimension();
    if (grouped.norm() != GroupedQueryAttention.Norm.NONE) {
      ops.add(inPlace(elements));
    }
    if (!FUSES_ROTARY.equals(prices.engine())) {
      ops.add(inPlace(elements));
    }
  }

  private double parts(Attention attention) {
    return attention.contextExchange().isPresent() ? cacheParts : 1;
  }

  private void addProjections(List<TermOp> ops, GroupedQueryAttention grouped, double tokens) {
    double queryWidth = heads(grouped.queryHeads()) * grouped.headDimension();
    double keyWidth = heads(grouped.kvHeads()) * grouped.headDimension();
    double plain =
        2
            * hiddenSize
            * grouped.headDimension()
            * ((double) grouped.queryHeads() + grouped.kvHeads());
    // Gates and an indexer's projections read the same input.
    double more = Math.max(0, grouped.parameters() - plain) / hiddenSize / degree;
    addProduct(ops, tokens, queryWidth + 2 * keyWidth + more, hiddenSize);
    addProduct(ops, tokens, hiddenSize, queryWidth);
  }

  private void addLatentDecode(
      List<TermOp> ops, LatentAttention latent, double sequences, double queries, double context) {
    double keys = latent.index().map(index -> index.selected(context)).orElse(context);
    double heads = heads(latent.heads());
    double parts = parts(latent);
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
          core(
              OpKind.LATENT_DECODE_BLOCK,
              formats.attention(),
              Map.of(),
              new LatentDecodeBlock(core, projectionWeights(latent, heads))));
      addGate(ops, latent, tokens);
      return;
    }
    addLatentProjections(ops, latent, tokens);
    addAbsorbed(ops, latent, tokens);
    ops.add(core(OpKind.LATENT_DECODE, KernelFormat.BF16, Map.of(), core));
    latent.index().ifPresent(index -> addIndex(ops, index, sequences, queries, context));
  }

  private void addLatentPrefill(
      List<TermOp> ops, LatentAttention latent, double sequences, double queries, double prefix) {
    double heads = heads(latent.heads());
    LatentPrefill core =
        new LatentPrefill(
            sequences, queries, prefix, heads, keySize(latent), latent.valueDimension());
    if (runsPrefillBlock(latent)) {
      ops.add(
          core(
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
          core(
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
      addProduct(
          ops,
          sequences * (queries + prefix),
          heads * ((double) latent.noRopeDimension() + latent.valueDimension()),
          latent.latentRank());
      ops.add(core(OpKind.LATENT_PREFILL, formats.scores(), Map.of(), core));
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
  private void addLatentProjections(List<TermOp> ops, LatentAttention latent, double tokens) {
    double heads = heads(latent.heads());
    double queryWidth = heads * keySize(latent);
    double latentWidth = (double) latent.latentRank() + latent.ropeDimension();
    double more = moreWidth(latent);
    if (latent.queryRank().isPresent()) {
      double rank = latent.queryRank().getAsInt();
      addProduct(ops, tokens, rank + latentWidth + more, hiddenSize);
      addProduct(ops, tokens, queryWidth, rank);
    } else {
      addProduct(ops, tokens, queryWidth + latentWidth + more, hiddenSize);
    }
    addProduct(ops, tokens, hiddenSize, heads * latent.valueDimension());
  }

  private void addAbsorbed(List<TermOp> ops, LatentAttention latent, double tokens) {
    double heads = heads(latent.heads());
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
      addProduct(ops, tokens, more, hiddenSize);
    }
  }

  // What is left of the weights beside the projections.
  private double moreWidth(LatentAttention latent) {
    double more = latent.parameters() - projectionWeights(latent, latent.heads());
    return Math.max(0, more) / hiddenSize / degree;
  }

  // Elements of the projections' weights on a GPU with so many heads: what all share is on each.
  private double projectionWeights(LatentAttention latent, double heads) {
    double queryWidth = heads * keySize(latent);
    double rank = latent.queryRank().orElse(0);
    return hiddenSize * (rank + latent.latentRank() + latent.ropeDimension())
        + queryWidth * (rank > 0 ? rank : hiddenSize)
        + heads
            * latent.latentRank()
            * ((double) latent.noRopeDimension() + latent.valueDimension())
        + heads * latent.valueDimension() * hiddenSize;
  }

  // Elements of a head's query and of its expanded key.
  private static double keySize(LatentAttention latent) {
    return (double) latent.noRopeDimension() + latent.ropeDimension();
  }

  // One entry is key and value at once, shared by all heads.
  private TermOp compressedCore(
      CompressedAttention compressed, double sequences, double queries, double context) {
    double gathered = compressed.index().isPresent() ? queries : 1;
    return core(
        OpKind.LATENT_DECODE,
        KernelFormat.BF16,
        Map.of(),
        new LatentDecode(
            sequences * gathered,
            heads(compressed.heads()) * queries / gathered,
            compressed.attended(context),
            compressed.headDimension(),
            0));
  }

  // Scores of all index keys, one product a sequence, and reading the keys.
  private void addIndex(
      List<TermOp> ops, SparseIndex index, double sequences, double queries, double entries) {
    if (!index.shared()) {
      ops.add(indexScores(index, sequences, queries, entries));
    }
  }

  /** One product of every query's index heads with so many index keys of each sequence. */
  TermOp indexScores(SparseIndex index, double sequences, double queries, double entries) {
    return TermOp.of(
        Term.ATTENTION,
        OpKind.GEMM,
        formats.cache() == KernelFormat.FP8 ? KernelFormat.FP8 : KernelFormat.BF16,
        new Gemm(queries * index.heads(), sequences * entries, index.keyDimension()));
  }

  private void addProduct(List<TermOp> ops, double tokens, double width, double depth) {
    if (width > 0 && depth > 0) {
      ops.add(
          TermOp.of(
              Term.ATTENTION, OpKind.GEMM, formats.attention(), new Gemm(tokens, width, depth)));
    }
  }

  private TermOp core(OpKind kind, KernelFormat format, Map<String, Double> variant, Op op) {
    return new TermOp(Term.ATTENTION, kind, format, formats.cache(), variant, op, 1);
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

  // Reads and writes each element.
  private static TermOp inPlace(double elements) {
    return FfnOps.elementwise(2 * BF16_BYTES * elements);
  }

  // A GPU holds a whole head at least.
  private double heads(double all) {
    return Math.max(1, all / degree);
  }
}
