package dev.rackplan.cost;

/**
 * Time of one layer on one stage for one micro-batch, term by term, in s.
 *
 * @param attention slowest GPU's token mixer
 * @param ffn slowest GPU's dense FFN or experts
 * @param tensorParallelSeconds all-reduces inside attention ranks
 * @param dispatchSeconds activations to experts
 * @param combineSeconds results back
 * @param overheadSeconds launches and kernels that only move activations; not hidden by overlap
 * @param seconds the layer, every term in its place: a sum, or with two-batch overlap the longer of
 *     compute and communication, and the overhead
 */
public record LayerCost(
    Roof attention,
    Roof ffn,
    double tensorParallelSeconds,
    double dispatchSeconds,
    double combineSeconds,
    double overheadSeconds,
    double seconds) {

  static LayerCost of(
      Roof attention,
      Roof ffn,
      double tensorParallelSeconds,
      double dispatchSeconds,
      double combineSeconds,
      double overheadSeconds,
      boolean overlap) {
    double compute = attention.seconds() + ffn.seconds() + tensorParallelSeconds;
    double network = dispatchSeconds + combineSeconds;
    return new LayerCost(
        attention,
        ffn,
        tensorParallelSeconds,
        dispatchSeconds,
        combineSeconds,
        overheadSeconds,
        (overlap ? Math.max(compute, network) : compute + network) + overheadSeconds);
  }
}
