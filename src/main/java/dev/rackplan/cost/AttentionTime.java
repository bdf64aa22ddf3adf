package dev.rackplan.cost;

import dev.rackplan.model.Attention;
import dev.rackplan.model.Dtype;
import dev.rackplan.problem.Precision;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.workload.Contexts;
import java.util.List;

/** Time of one layer's token mixer. */
public final class AttentionTime {
  private static final int MOST_CHUNKS = 64;

  // Of a chunk: a prompt that fills its chunks exactly has no more.
  private static final double ROUNDING = 1e-9;

  private AttentionTime() {}

  /**
   * Slowest GPU's attention of one micro-batch: {@code max(2·P_attn·n/(t·F·ηc) +
   * scores·n/(t·F_kv·ηc), (b·P_attn·w/t + KV read)/(W·ηm))}, with n the fullest rank's query
   * tokens, F the rate of the weights' dtype and F_kv that of the KV cache's, b the batch's parts.
   *
   * <p>Source: COST_MODEL section 3. Left out: an imbalance of contexts between ranks.
   *
   * @param degree GPUs t of one attention rank
   */
  public static Roof of(
      Attention attention, Precision precision, StageShape shape, Batch batch, int degree) {
    double scores = 0;
    double read = 0;
    for (Contexts.Length length : batch.contexts().lengths()) {
      double seen = length.relative() * batch.attendedTokens();
      scores += length.share() * attention.scoreFlops(seen);
      read += length.share() * attention.kvReadBytes(seen, precision.kv());
    }
    return pass(attention, precision, shape, batch, degree, scores, read);
  }

  /**
   * Mean over a prompt's chunks: chunk i of n sees what is cached, what went before, {@code i/n} of
   * the rest, and half of itself (causal mask), and reads the KV cache of that. Latent attention
   * takes the cheaper of its two forms. Where prompts differ in length, means over tokens for
   * scores and over prompts for reads: a batch holds as many tokens of prompts of each length as
   * there are.
   *
   * @param chunks n of a prompt of mean length; chunks of longer prompts are as long, but a prompt
   *     that is read at once has one whatever its length
   */
  static Roof ofChunks(
      Attention attention,
      Precision precision,
      StageShape shape,
      Batch batch,
      int degree,
      int chunks) {
    Contexts contexts = batch.contexts();
    List<Contexts.Length> lengths = contexts.lengths();
    double meanChunk = contexts.computedTokens() / chunks;
    // Many chunks are sampled evenly: their times are smooth in between.
    int sampled = Math.min(chunks, MOST_CHUNKS);
    double compute = 0;
    double memory = 0;
    double longer = 0;
    for (int i = 0; i < sampled; i++) {
      double scores = 0;
      double read = 0;
      for (Contexts.Length length : lengths) {
        double computed = length.relative() * contexts.computedTokens();
        double chunk =
            chunks == 1 ? computed : computed / Math.ceil(computed / meanChunk - ROUNDING);
        double seen = length.relative() * contexts.cachedTokens() + (i + 0.5) * computed / sampled;
        double earlier = Math.max(0, seen - chunk / 2);
        double tokens = length.share() * length.relative();
        scores += tokens * attention.passScoreFlops(seen, earlier, chunk);
        read += tokens * meanChunk / chunk * attention.kvReadBytes(seen, precision.kv());
      }
      Roof roof = pass(attention, precision, shape, batch, degree, scores, read);
      compute += roof.computeSeconds() / sampled;
      memory += roof.memorySeconds() / sampled;
      longer += roof.seconds() / sampled;
    }
    // Where one side binds in some chunks and the other in others, both count.
    return compute > memory ? new Roof(longer, memory) : new Roof(compute, longer);
  }

  // Of a token's score FLOPs and a sequence's bytes of KV cache read, both means.
  private static Roof pass(
      Attention attention,
      Precision precision,
      StageShape shape,
      Batch batch,
      int degree,
      double scores,
      double read) {
    double share = batch.tokensPerRank() / degree;
    return slowest(
        shape,
        precision,
        2 * (double) attention.parameters() * share,
        scores * share,
        scoreDtype(precision),
        batch.parts() * attention.parameters() * precision.weights().bytes() / degree
            + read * batch.sequencesPerRank() / attention.kvShards(degree));
  }

  /**
   * As above, with each part as often as training does it. Scores run in BF16, as training kernels
   * compute them whatever the weights' format.
   */
  static Roof of(
      Attention attention,
      Precision precision,
      StageShape shape,
      Batch batch,
      int degree,
      PassCounts counts) {
    double products =
        counts.products() * 2 * (double) attention.parameters() * batch.tokensPerRank() / degree;
    double scores =
        counts.scores()
            * attention.passScoreFlops(batch.attendedTokens())
            * batch.tokensPerRank()
            / degree;
    double bytes =
        batch.parts()
                * counts.products()
                * attention.parameters()
                * precision.weights().bytes()
                / degree
            + counts.scores()
                * attention.kvReadBytes(batch.attendedTokens(), precision.kv())
                * batch.sequencesPerRank()
                / attention.kvShards(degree);
    return slowest(shape, precision, products, scores, Dtype.BF16, bytes);
  }

  // Kernels bring queries to the cache's format, and widen a narrower cache than FP8.
  private static Dtype scoreDtype(Precision precision) {
    boolean narrow = precision.kv().operandBits() < Dtype.FP8.operandBits();
    return narrow ? Dtype.FP8 : precision.kv();
  }

  /** The slowest GPU's roofline where each GPU does the same work. */
  static Roof slowest(StageShape shape, Precision precision, double flops, double bytes) {
    return slowest(shape, precision, flops, 0, precision.weights(), bytes);
  }

  // Scores at the rate of their dtype; where the catalogue has none of that width, at the weights'.
  private static Roof slowest(
      StageShape shape,
      Precision precision,
      double products,
      double scores,
      Dtype ofScores,
      double bytes) {
    Roof slowest = new Roof(0, 0);
    for (int g = 0; g < shape.gpuCount(); g++) {
      if (g == 0 || !shape.spec(g).equals(shape.spec(g - 1))) {
        GpuSpec spec = shape.spec(g);
        boolean known = spec.peakFlops().rate(ofScores.operandBits()).isPresent();
        Roof roof =
            new Roof(
                products / GpuRates.flopsPerSecond(spec, precision.weights())
                    + scores
                        / GpuRates.flopsPerSecond(spec, known ? ofScores : precision.weights()),
                bytes / GpuRates.bytesPerSecond(spec));
        if (roof.seconds() > slowest.seconds()) {
          slowest = roof;
        }
      }
    }
    return slowest;
  }
}
