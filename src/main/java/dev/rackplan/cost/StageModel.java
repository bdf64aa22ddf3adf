package dev.rackplan.cost;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Training;
import java.util.OptionalDouble;

/**
 * Costs of single layers on one stage's GPUs; the plan-wide sums are {@link PipelineCost}'s.
 * Immutable.
 */
public final class StageModel {
  /** The head's forward pass and two gradients; it is never computed again. */
  static final double HEAD_PASSES = 3;

  private final Problem problem;
  private final Layout layout;
  private final StageShape shape;
  private final Batch batch;
  private final PassCounts counts;

  /** The stage of {@code layout} whose GPUs have {@code shape}. */
  public StageModel(Problem problem, Layout layout, StageShape shape) {
    this.problem = problem;
    this.layout = layout;
    this.shape = shape;
    this.batch = Batch.of(problem, layout);
    this.counts = PassCounts.of(problem);
  }

  /** How often a product with weights is done for one micro-batch: 1 but in training. */
  public static double productPasses(Problem problem) {
    return PassCounts.of(problem).products();
  }

  public StageShape shape() {
    return shape;
  }

  /**
   * Whether compute and network of a layer run side by side: with two-batch overlap, or where the
   * schedule pairs a forward with a backward pass.
   */
  boolean overlaps() {
    return problem.engine().twoBatchOverlap()
        || problem.workload().training().map(Training::overlapsPasses).orElse(false);
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
        overlaps()
            ? OptionalDouble.of(
                attention(spec).seconds() + tensorParallel(spec) + elementwise(spec, counts))
            : OptionalDouble.empty());
  }

  /** Cost of a layer without routed experts. */
  public LayerCost denseLayer(int layer) {
    Layer spec = problem.model().layers().get(layer);
    return inPhase(
        spec,
        LayerCost.of(attention(spec), ffn(spec.ffn()), tensorParallel(spec), 0, 0, 0, overlaps()));
  }

  /**
   * Cost of a MoE layer whose experts take {@code experts} and whose busiest link takes {@code
   * secondsPerByte}.
   */
  public LayerCost moeLayer(
      int layer, Roof experts, double dispatchSeconds, double combineSeconds) {
    Layer spec = problem.model().layers().get(layer);
    return inPhase(
        spec,
        LayerCost.of(
            attention(spec),
            experts,
            tensorParallel(spec),
            dispatchSeconds,
            combineSeconds,
            OverheadTime.seconds(problem, problem.model().moe(layer).orElseThrow(), shape, batch),
            overlaps()));
  }

  // The terms hold all passes; the forward pass and the weight gradients are their parts.
  private LayerCost inPhase(Layer spec, LayerCost cost) {
    if (problem.workload().training().isEmpty()) {
      return cost;
    }
    double ffn = cost.ffn().seconds() / counts.products();
    double network =
        (cost.tensorParallelSeconds() + cost.dispatchSeconds() + cost.combineSeconds())
            / counts.network();
    double elementwise = elementwise(spec, counts);
    boolean fused = problem.workload().training().get().fusedAttention();
    double forward =
        mixer(spec, new PassCounts(1, 1, 1, 1, 1)).seconds()
            + ffn
            + network
            + elementwise(spec, new PassCounts(1, 1, 1, 1, fused ? 0 : 1));
    double all =
        cost.attention().seconds()
            + cost.ffn().seconds()
            + cost.tensorParallelSeconds()
            + cost.dispatchSeconds()
            + cost.combineSeconds()
            + elementwise;
    double weights = mixer(spec, new PassCounts(1, 0, 0, 0, 0)).seconds() + ffn;
    return cost.inTraining(
        new LayerTraining(elementwise, forward, all - forward, weights), overlaps());
  }

  private double elementwise(Layer spec, PassCounts passes) {
    return problem
        .workload()
        .training()
        .map(
            training ->
                ElementwiseTime.seconds(
                    spec,
                    training,
                    problem.model().hiddenSize(),
                    passes,
                    shape,
                    batch,
                    layout.attentionTensorParallel()))
        .orElse(0.0);
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
    int degree = layout.attentionTensorParallel();
    return switch (problem.workload().phase()) {
      case DECODE -> AttentionTime.of(layer.attention(), problem.precision(), shape, batch, degree);
      case PREFILL ->
          AttentionTime.ofChunks(
              layer.attention(),
              problem.precision(),
              shape,
              batch,
              degree,
              PlanCost.chunks(problem));
      case TRAINING -> mixer(layer, counts);
    };
  }

  private Roof mixer(Layer layer, PassCounts passes) {
    return AttentionTime.of(
        layer.attention(),
        problem.precision(),
        shape,
        batch,
        layout.attentionTensorParallel(),
        passes);
  }

  private Roof ffn(Ffn ffn) {
    if (ffn instanceof DenseFfn dense) {
      return DenseTime.of(
              dense.parameters(),
              problem.precision(),
              shape,
              batch.tokensPerRank(),
              batch.parts(),
              layout.attentionTensorParallel())
          .times(counts.products());
    }
    return new Roof(0, 0);
  }

  // One all-reduce after the mixer, one after a dense FFN; a MoE layer's combine takes the second
  // one's place.
  private double tensorParallel(Layer layer) {
    int count =
        (layer.attention().parameters() > 0 ? 1 : 0) + (layer.ffn() instanceof DenseFfn ? 1 : 0);
    return counts.network()
        * count
        * TensorParallelTime.allReduceSeconds(
            shape, batch, layout.attentionTensorParallel(), problem.model().hiddenSize());
  }

  /**
   * LM head on this stage, for both halves of a batch at once: every token in decode and training
   * (forward and backward), one per sequence in prefill.
   */
  public Roof head() {
    Model model = problem.model();
    double tokens =
        switch (problem.workload().phase()) {
          case DECODE, TRAINING -> batch.tokensPerRank();
          case PREFILL -> batch.sequencesPerRank();
        };
    return DenseTime.of(
            model.embeddingParameters(),
            problem.precision(),
            shape,
            tokens,
            1,
            layout.attentionTensorParallel())
        .times(problem.workload().phase() == Phase.TRAINING ? HEAD_PASSES : 1);
  }

  /**
   * Boundary after {@code layer} to the next stage. In training once there and once back, for each
   * chunk of layers; not counted where the schedule hides it behind a pass of another micro-batch.
   */
  public double hopSeconds(int layer, StageShape next) {
    return boundarySeconds(layer, next)
        * problem
            .workload()
            .training()
            .map(training -> training.overlapsPasses() ? 0.0 : 2.0 * training.virtualStages())
            .orElse(1.0);
  }

  /** The same once, one way. */
  double boundarySeconds(int layer, StageShape next) {
    Model model = problem.model();
    return HopTime.seconds(
        shape, next, batch, model.hiddenSize(), model.layers().get(layer).boundaryResiduals());
  }
}
