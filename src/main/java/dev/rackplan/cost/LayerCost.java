package dev.rackplan.cost;

/**
 * Time of one layer on one stage for one micro-batch, term by term, in s.
 *
 * @param attention slowest GPU's token mixer
 * @param ffn slowest GPU's dense FFN or experts
 * @param tensorParallelSeconds all-reduces inside attention ranks
 * @param dispatchSeconds activations to experts
 * @param combineSeconds results back
 * @param seconds the layer, every term in its place: a sum, or with two-batch overlap the longer of
 *     compute and communication
 */
public record LayerCost(
    Roof attention,
    Roof ffn,
    double tensorParallelSeconds,
    double dispatchSeconds,
    double combineSeconds,
    double seconds) {

  static LayerCost of(
      Roof attention,
      Roof ffn,
      double tensorParallelSeconds,
      double dispatchSeconds,
      double combineSeconds,
      boolean overlap) {
    double compute = attention.seconds() + ffn.seconds() + tensorParallelSeconds;
    double network = dispatchSeconds + combineSeconds;
    return new LayerCost(
        attention,
        ffn,
        tensorParallelSeconds,
        dispatchSeconds,
        combineSeconds,
        overlap ? Math.max(compute, network) : compute + network);
  }
}
