package dev.rackplan.cost;

import dev.rackplan.model.Attention;
import dev.rackplan.problem.Precision;

/** Time of one layer's token mixer. */
public final class AttentionTime {
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
