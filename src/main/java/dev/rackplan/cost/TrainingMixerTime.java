package dev.rackplan.cost;

import dev.rackplan.model.Attention;
import dev.rackplan.model.Dtype;
import dev.rackplan.problem.Precision;
import dev.rackplan.topology.GpuSpec;

/** Training: time of one layer's token mixer. */
public final class TrainingMixerTime {
  private TrainingMixerTime() {}

  /**
   * Slowest GPU's attention of one micro-batch: {@code max(2·P_attn·n/(t·F·ηc) +
   * scores·n/(t·F16·ηc), (b·P_attn·w/t + KV read)/(W·ηm))}, each part as often as training does it,
   * n the fullest rank's tokens, b how often a micro-batch in parts reads the weights. Scores run
   * in BF16, as training kernels compute them whatever the weights' format.
   *
   * @param degree GPUs t of one attention rank
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
