package dev.rackplan.json.rows;

import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import java.util.function.ToIntFunction;

/** Bytes of a model's weights, each once, in the formats that a problem has. */
final class WeightBytes {
  private WeightBytes() {}

  /**
   * All weights except those of experts that don't count. Of an embedding and a head of its own
   * one, since stages hold, and steps read, either.
   *
   * @param experts how many routed experts of a mixture count
   */
  static double of(Problem problem, ToIntFunction<MoeFfn> experts) {
    Model model = problem.model();
    Precision precision = problem.precision();
    double bytes = model.embeddingParameters() * precision.head(model).bytes();
    for (Layer layer : model.layers()) {
      bytes += layer.attention().parameters() * precision.attention(layer).bytes();
      if (layer.ffn() instanceof MoeFfn moe) {
        bytes += moe.sharedParameters() * precision.ffn(layer).bytes();
        bytes +=
            (double) experts.applyAsInt(moe)
                * moe.parametersPerExpert()
                * precision.experts(layer).bytes();
      } else {
        bytes += layer.ffn().parameters() * precision.ffn(layer).bytes();
      }
    }
    return bytes;
  }
}
