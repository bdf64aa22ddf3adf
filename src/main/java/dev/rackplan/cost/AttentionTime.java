package dev.rackplan.cost;

import dev.rackplan.model.Attention;
import dev.rackplan.model.Dtype;
import dev.rackplan.problem.Precision;
import dev.rackplan.topology.GpuSpec;

/** Time of one layer's token mixer. */
public final class AttentionTime {
  private static final int MOST_CHUNKS = 64;

  private AttentionTime() {}

  /**
   * Slowest GPU's attention of one micro-batch: {@code max(flops/(F·ηc), (P_attn·w/t + KV
   * read)/(W·ηm))}, with n the fullest rank's query tokens: {@code flops = (2·P_attn +
   * scores)·n/t}.
   *
   * <p>Source: COST_MODEL section 3. Left out: an imbalance of contexts between ranks.
   *
   * @param degree GPUs t of one attention rank
   */
  public static Roof of(
      Attention attention, Precision precision, StageShape shape, Batch batch, int degree) {
    double flops =
        (2 * (double) attention.parameters() + attention.scoreFlops(batch.attendedTokens()))
            * batch.tokensPerRank()
            / degree;
    double bytes =
        attention.parameters() * precision.weights().bytes() / degree
            + attention.kvReadBytes(batch.attendedTokens(), precision.kv())
                * batch.sequencesPerRank()
                / attention.kvShards(degree);
    return slowest(shape, precision, flops, bytes);
  }

  /**
   * Mean over a prompt's chunks: chunk i of n sees what went before, {@code i/n} of the prompt, and
   * half of itself (causal mask), and reads the KV cache of that. Latent attention takes the
   * cheaper of its two forms.
   *
   * @param promptTokens length of the prompt in tokens
   * @param chunks n, of equal length
   */
  static Roof ofChunks(
      Attention attention,
      Precision precision,
      StageShape shape,
      Batch batch,
      int degree,
      double promptTokens,
      int chunks) {
    // Many chunks are sampled evenly: their times are smooth in between.
    int sampled = Math.min(chunks, MOST_CHUNKS);
    double length = promptTokens / chunks;
    double compute = 0;
    double memory = 0;
    double longer = 0;
    for (int i = 0; i < sampled; i++) {
      double seen = (i + 0.5) * promptTokens / sampled;
      double earlier = Math.max(0, seen - length / 2);
      double flops =
          (2 * (double) attention.parameters() + attention.passScoreFlops(seen, earlier, length))
              * batch.tokensPerRank()
              / degree;
      double bytes =
          attention.parameters() * precision.weights().bytes() / degree
              + attention.kvReadBytes(seen, precision.kv())
                  * batch.sequencesPerRank()
                  / attention.kvShards(degree);
      Roof roof = slowest(shape, precision, flops, bytes);
      compute += roof.computeSeconds() / sampled;
      memory += roof.memorySeconds() / sampled;
      longer += roof.seconds() / sampled;
    }
    // Where one side binds in some chunks and the other in others, both count.
    return compute > memory ? new Roof(longer, memory) : new Roof(compute, longer);
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
        counts.products() * attention.parameters() * precision.weights().bytes() / degree
            + counts.scores()
                * attention.kvReadBytes(batch.attendedTokens(), precision.kv())
                * batch.sequencesPerRank()
                / attention.kvShards(degree);
    Roof slowest = new Roof(0, 0);
    for (int g = 0; g < shape.gpuCount(); g++) {
      GpuSpec spec = shape.spec(g);
      Roof roof =
          new Roof(
              products / GpuRates.flopsPerSecond(spec, precision.weights())
                  + scores / GpuRates.flopsPerSecond(spec, scoreDtype(spec, precision)),
              bytes / GpuRates.bytesPerSecond(spec));
      if (roof.seconds() > slowest.seconds()) {
        slowest = roof;
      }
    }
    return slowest;
  }

  private static Dtype scoreDtype(GpuSpec spec, Precision precision) {
    return spec.peakFlops().rate(Dtype.BF16.operandBits()).isPresent()
        ? Dtype.BF16
        : precision.weights();
  }

  /** The slowest GPU's roofline where each GPU does the same work. */
  static Roof slowest(StageShape shape, Precision precision, double flops, double bytes) {
    Roof slowest = new Roof(0, 0);
    for (int g = 0; g < shape.gpuCount(); g++) {
      if (g == 0 || !shape.spec(g).equals(shape.spec(g - 1))) {
        Roof roof = GpuRates.roof(shape.spec(g), precision.weights(), flops, bytes);
        if (roof.seconds() > slowest.seconds()) {
          slowest = roof;
        }
      }
    }
    return slowest;
  }
}
