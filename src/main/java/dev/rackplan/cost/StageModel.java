package dev.rackplan.cost;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import java.util.OptionalDouble;

/**
 * Costs of single layers on one stage's GPUs; the plan-wide sums are {@link PipelineCost}'s.
 * Immutable.
 */
public final class StageModel {
  private final Problem problem;
  private final Layout layout;
  private final StageShape shape;
  private final Batch batch;

  /** The stage of {@code layout} whose GPUs have {@code shape}. */
  public StageModel(Problem problem, Layout layout, StageShape shape) {
    this.problem = problem;
    this.layout = layout;
    this.shape = shape;
    this.batch = Batch.of(problem, layout);
  }

  public StageShape shape() {
    return shape;
  }

  /** Whether two-batch overlap lets compute and network of a layer run side by side. */
  boolean overlaps() {
    return problem.engine().twoBatchOverlap();
  }

  public Batch batch() {
    return batch;
  }

  /** The placement-dependent part of MoE layer {@code layer}. */
  public ExpertLayerModel expertLayer(int layer) {
    Layer spec = problem.model().layers().get(layer);
    return new ExpertLayerModel(
        problem,
        problem.model().moe(layer).orElseThrow(),
        shape,
        batch,
        problem.engine().twoBatchOverlap()
            ? OptionalDouble.of(attention(spec).seconds() + tensorParallel(spec))
            : OptionalDouble.empty());
  }

  /** Cost of a layer without routed experts. */
  public LayerCost denseLayer(int layer) {
    Layer spec = problem.model().layers().get(layer);
    return LayerCost.of(
        attention(spec),
        ffn(spec.ffn()),
        tensorParallel(spec),
        0,
        0,
        0,
        problem.engine().twoBatchOverlap());
  }

  /**
   * Cost of a MoE layer whose experts take {@code experts} and whose busiest link takes {@code
   * secondsPerByte}.
   */
  public LayerCost moeLayer(
      int layer, Roof experts, double dispatchSeconds, double combineSeconds) {
    Layer spec = problem.model().layers().get(layer);
    return LayerCost.of(
        attention(spec),
        experts,
        tensorParallel(spec),
        dispatchSeconds,
        combineSeconds,
        OverheadTime.seconds(problem, problem.model().moe(layer).orElseThrow(), shape, batch),
        problem.engine().twoBatchOverlap());
  }

  /** Cost of MoE layer {@code layer} under one tally. */
  public LayerCost moeLayer(int layer, PlacementTally tally) {
    ExpertLayerModel model = expertLayer(layer);
    int slowest = model.slowestGpu(tally);
    double perByte = model.busiestLink(tally).secondsPerByte();
    return moeLayer(
        layer,
        model.gpuRoof(slowest, tally.load(slowest), tally.activeExperts(slowest)),
        model.dispatchSeconds(perByte),
        model.combineSeconds(perByte));
  }

  private Roof attention(Layer layer) {
    return AttentionTime.of(
        layer.attention(), problem.precision(), shape, batch, layout.attentionTensorParallel());
  }

  private Roof ffn(Ffn ffn) {
    if (ffn instanceof DenseFfn dense) {
      return DenseTime.of(
          dense.parameters(),
          problem.precision(),
          shape,
          batch.tokensPerRank(),
          layout.attentionTensorParallel());
    }
    return new Roof(0, 0);
  }

  // One all-reduce after the mixer, one after a dense FFN; a MoE layer's combine takes the second
  // one's place.
  private double tensorParallel(Layer layer) {
    int count =
        (layer.attention().parameters() > 0 ? 1 : 0) + (layer.ffn() instanceof DenseFfn ? 1 : 0);
    return count
        * TensorParallelTime.allReduceSeconds(
            shape, batch, layout.attentionTensorParallel(), problem.model().hiddenSize());
  }

  /** LM head on this stage: every token in decode, one per sequence in prefill. */
  public Roof head() {
    Model model = problem.model();
    double tokens =
        problem.workload().phase() == Phase.DECODE
            ? batch.tokensPerRank()
            : batch.sequencesPerRank();
    return DenseTime.of(
        model.embeddingParameters(),
        problem.precision(),
        shape,
        tokens,
        layout.attentionTensorParallel());
  }

  /** Boundary after {@code layer} to the next stage. */
  public double hopSeconds(int layer, StageShape next) {
    Model model = problem.model();
    return HopTime.seconds(
        shape, next, batch, model.hiddenSize(), model.layers().get(layer).boundaryResiduals());
  }
}
