package dev.rackplan.cost;

import dev.rackplan.law.Provenance;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Costs of single layers on one stage's GPUs; the plan-wide sums are {@link PipelineCost}'s.
 * Immutable.
 */
public final class StageModel {
  private final Problem problem;
  private final Layout layout;
  private final StageShape shape;
  private final StageShape expertShape;
  private final Batch batch;
  private final PhaseCost phase;
  private final StreamOverlap overlap;
  private final StagePrices prices;
  // Layers of one kind have the same terms.
  private final Map<List<Object>, Breakdown> termsOfKind = new ConcurrentHashMap<>();

  /** The stage of {@code layout} whose GPUs have {@code shape}. */
  public StageModel(Problem problem, Layout layout, StageShape shape) {
    this.problem = problem;
    this.layout = layout;
    this.shape = shape;
    this.expertShape = shape.part(problem.topology(), layout::expertHosts);
    this.batch = Batch.of(problem, layout);
    this.phase = PhaseCost.of(problem);
    this.overlap = StreamOverlap.of(problem, layout);
    this.prices = new StagePrices(problem, shape);
  }

  public StageShape shape() {
    return shape;
  }

  /** The GPUs that expert slots are dealt to. */
  public StageShape expertShape() {
    return expertShape;
  }

  public Batch batch() {
    return batch;
  }

  /** The placement-dependent part of MoE layer {@code layer}. */
  public ExpertLayerModel expertLayer(int layer) {
    return new ExpertLayerModel(
        problem, layout, layer(layer), expertShape, prices, overlap, termsWithoutPlacement(layer));
  }

  /** A layer's kernels on the stage's first GPU by where their laws come from, in s. */
  Map<Provenance, Double> kernelSeconds(CostedLayer layer) {
    Breakdown terms = layer.cost().terms();
    double experts = terms.of(Term.EXPERT_COMPUTE) + terms.of(Term.EXPERT_FETCH);
    return phase.kernelSeconds(layer(layer.index()), experts, prices, batch, layout);
  }

  private MoeFfn moe(int layer) {
    return problem.model().moe(layer).orElseThrow();
  }

  /** Cost of a layer without routed experts. */
  public LayerCost denseLayer(int layer) {
    return cost(layer, termsWithoutPlacement(layer));
  }

  /**
   * Cost of MoE layer {@code layer}.
   *
   * @param experts its {@link #expertLayer}
   * @param placed what its placement takes: {@link ExpertLayerModel#terms}
   */
  public LayerCost moeLayer(int layer, ExpertLayerModel experts, Breakdown placed) {
    return cost(layer, experts.beside().plus(placed));
  }

  private LayerCost cost(int layer, Breakdown terms) {
    return new LayerCost(
        terms,
        overlap.seconds(terms),
        phase.passes(layer(layer), terms, shape, batch, layout.attentionTensorParallel()));
  }

  private Layer layer(int layer) {
    return problem.model().layers().get(layer);
  }

  // A layer's terms, except those that a placement decides.
  private Breakdown termsWithoutPlacement(int index) {
    Layer layer = layer(index);
    return termsOfKind.computeIfAbsent(
        List.of(layer.attention(), layer.ffn(), layer.stored()), kind -> ownTerms(layer));
  }

  private Breakdown ownTerms(Layer layer) {
    return phase
        .layerTerms(layer, prices, shape, batch, layout)
        .with(Term.ALL_REDUCE, allReduceSeconds(layer));
  }

  // One all-reduce after the mixer; one after a dense FFN, and after experts whose tokens every GPU
  // has. A MoE layer's combine takes the second one's place elsewhere.
  private double allReduceSeconds(Layer layer) {
    boolean summed =
        layer.ffn() instanceof DenseFfn
            || (layer.ffn() instanceof MoeFfn
                && Exchange.of(problem, layout) == Exchange.ALL_REDUCE);
    int count = (layer.attention().parameters() > 0 ? 1 : 0) + (summed ? 1 : 0);
    return phase.counts().network()
        * count
        * batch.parts()
        * TensorParallelTime.allReduceSeconds(
            shape,
            phase.collectives(prices),
            batch.tokensPerRank() / batch.parts(),
            layout.attentionTensorParallel(),
            problem.model().hiddenSize());
  }

  /**
   * LM head on this stage in s, for both halves of a batch at once: every token in decode and
   * training (forward and backward), one per sequence in prefill.
   */
  public double headSeconds() {
    return phase.headSeconds(prices, shape, batch, layout);
  }

  /**
   * Passes of the draft module on this stage in s; 0 without drafts.
   *
   * <p>A step that checks n drafts ran the module n times, one token a sequence each: a layer like
   * the model's last one, its experts evenly loaded, and the head. Source: DeepSeek-V3's
   * multi-token prediction.
   */
  public double draftSeconds() {
    double drafts = phase.drafts();
    if (drafts == 0) {
      return 0;
    }
    StageModel pass =
        new StageModel(problem.withWorkload(problem.workload().withoutDrafts()), layout, shape);
    int last = problem.model().layers().size() - 1;
    double layer =
        problem.model().moe(last).isPresent()
            ? pass.evenMoeLayer(last).seconds()
            : pass.denseLayer(last).seconds();
    return drafts * (layer + pass.headSeconds());
  }

  /** Head and draft passes in s: what the stage with the last layer has beside its layers. */
  public double endSeconds() {
    return headSeconds() + draftSeconds();
  }

  // Each GPU with its share of pairs, active experts and copies.
  private LayerCost evenMoeLayer(int layer) {
    ExpertLayerModel experts = expertLayer(layer);
    return moeLayer(layer, experts, experts.evenTerms(moe(layer)));
  }

  /**
   * Boundary after {@code layer} to the next stage. In training once there and once back, for each
   * chunk of layers; not counted where the schedule hides it behind a pass of another micro-batch.
   */
  public double hopSeconds(int layer, StageShape next) {
    return boundarySeconds(layer, next) * phase.boundaryPasses();
  }

  /** The same once, one way. */
  double boundarySeconds(int layer, StageShape next) {
    Model model = problem.model();
    return HopTime.seconds(
        shape, next, batch, model.hiddenSize(), model.layers().get(layer).boundaryResiduals());
  }
}
