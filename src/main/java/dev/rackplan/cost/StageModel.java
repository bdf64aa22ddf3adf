package dev.rackplan.cost;

import dev.rackplan.cost.link.CollectiveTime;
import dev.rackplan.cost.link.HopTime;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.TransferStart;
import dev.rackplan.cost.memory.DraftLayers;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.Exchange;
import dev.rackplan.cost.operation.FfnOps;
import dev.rackplan.cost.operation.LayerCost;
import dev.rackplan.cost.operation.SourceTally;
import dev.rackplan.cost.operation.StreamOverlap;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.pipeline.PipelineCost;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LayerKind;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.LinkLoads;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.Workload;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  private final StageCollectives collectives;
  // Layers of one kind have the same terms.
  private final Map<LayerKind, Breakdown> termsOfKind = new ConcurrentHashMap<>();

  /** The stage of {@code layout} whose GPUs have {@code shape}. */
  public StageModel(Problem problem, Layout layout, StageShape shape) {
    this.problem = problem;
    this.layout = layout;
    this.shape = shape;
    this.expertShape = shape.part(layout::expertHosts);
    this.batch = Batch.of(problem, layout);
    this.phase = PhaseCost.of(problem, layout);
    this.overlap = StreamOverlap.of(problem, layout);
    this.prices = new StagePrices(problem, shape);
    this.collectives =
        new StageCollectives(
            problem,
            layout,
            batch,
            phase,
            new CollectiveTime(shape, (kind, domains) -> phase.collectives(kind, domains, prices)));
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
        problem,
        layout,
        layer(layer),
        expertShape,
        prices,
        () -> around(moe(layer)),
        overlap,
        termsWithoutPlacement(layer));
  }

  // Collectives around experts: in an all-to-all's place, or among those that slice them.
  private TransferStart around(MoeFfn moe) {
    return Exchange.of(problem, layout) == Exchange.ALL_GATHER
        ? collectives.gatherStart(moe)
        : collectives.slices(moe);
  }

  /** Adds what prices the layers and the head of {@code stage}, which has this model's shape. */
  void addSources(SourceTally tally, CostedStage stage) {
    for (CostedLayer layer : stage.layers()) {
      Breakdown terms = layer.cost().terms();
      double experts = terms.of(Term.EXPERT_COMPUTE) + terms.of(Term.EXPERT_FETCH);
      phase.addSources(tally, layer(layer.index()), experts, prices, batch, layout);
    }
    double head = stage.terms().of(Term.HEAD);
    double sampling =
        head == 0 || problem.workload().phase() == Phase.TRAINING ? 0 : samplingSeconds();
    phase.headLaw(prices).ifPresent(law -> tally.add(law, head - sampling));
    collective(tally, OpKind.ELEMENTWISE, sampling);
    // Between domains links' rates say.
    if (shape.domainCount() == 1) {
      collective(tally, OpKind.ALL_REDUCE, stage.terms().of(Term.ALL_REDUCE));
      collective(tally, OpKind.ALL_GATHER, stage.terms().of(Term.CONTEXT_EXCHANGE));
      if (Exchange.of(problem, layout) == Exchange.ALL_GATHER) {
        collective(tally, OpKind.ALL_GATHER, stage.terms().of(Term.DISPATCH));
        collective(tally, OpKind.REDUCE_SCATTER, stage.terms().of(Term.COMBINE));
      }
    }
  }

  private void collective(SourceTally tally, OpKind kind, double seconds) {
    phase.collectives(kind, 1, prices).ifPresent(law -> tally.add(law, seconds));
  }

  private MoeFfn moe(int layer) {
    return problem.model().moe(layer).orElseThrow();
  }

  /** Cost of a layer without routed experts. */
  public LayerCost denseLayer(int layer) {
    return cost(layer(layer), termsWithoutPlacement(layer));
  }

  /**
   * Cost of MoE layer {@code layer}.
   *
   * @param experts its {@link #expertLayer}
   * @param placed what its placement takes: {@link ExpertLayerModel#terms}
   */
  public LayerCost moeLayer(int layer, ExpertLayerModel experts, Breakdown placed) {
    return cost(layer(layer), experts.beside().plus(placed));
  }

  private LayerCost cost(Layer layer, Breakdown terms) {
    Breakdown settled = phase.settled(layer, terms, prices, batch, overlap);
    return new LayerCost(
        settled, overlap.seconds(settled), phase.passes(layer, settled, prices, batch));
  }

  private Layer layer(int layer) {
    return problem.model().layers().get(layer);
  }

  // A layer's terms, except those that a placement decides.
  private Breakdown termsWithoutPlacement(int index) {
    Layer layer = layer(index);
    return termsOfKind.computeIfAbsent(layer.kind(), kind -> ownTerms(layer));
  }

  private Breakdown ownTerms(Layer layer) {
    Breakdown computed = phase.layerTerms(layer, prices, shape, batch, layout);
    return computed
        .with(Term.ALL_REDUCE, collectives.allReduceSeconds(layer))
        .with(
            Term.CONTEXT_EXCHANGE,
            phase.exchangeSeconds(collectives.contextExchangeSeconds(layer), computed));
  }

  /**
   * LM head on this stage in s, for both halves of a batch at once: every token in decode and
   * training (forward and backward), one per sequence in prefill. In inference with the choice of
   * the next token.
   */
  public double headSeconds() {
    double product = phase.headSeconds(prices, shape, batch, layout);
    return problem.workload().phase() == Phase.TRAINING ? product : product + samplingSeconds();
  }

  // Each GPU's part of the vocabulary is gathered in BF16, copied to FP32, and the largest taken.
  // Source: the engines' logits processors and samplers, without penalties or top-p.
  private double samplingSeconds() {
    double logits = phase.headTokens(batch) * problem.model().vocabularySize();
    return collectives.logitSeconds(logits)
        + prices.slowest(price -> InferenceCost.sampling(logits)).of(Term.ELEMENTWISE);
  }

  /**
   * Passes of the draft module on this stage in s; 0 without drafts.
   *
   * <p>A step that checks n drafts ran a module n times, one token a sequence each: the projection
   * of embedding and hidden state, the layers that {@link DraftLayers} holds, experts evenly
   * loaded, and the head. A model without such layers is taken to draft with one like its last. A
   * draft model of its own runs all of its layers and its head. Source: DeepSeek-V3's multi-token
   * prediction; the engines' draft workers.
   */
  public double draftSeconds() {
    double drafts = layout.draftTokens(problem.workload());
    if (drafts == 0) {
      return 0;
    }
    Workload plain = problem.workload().withoutDrafts();
    Optional<Model> own = problem.workload().draftModel();
    if (own.isPresent()) {
      return drafts * ownModelSeconds(own.get(), plain);
    }
    StageModel pass =
        new StageModel(problem.withWorkload(plain), layout.with(Degree.DRAFT_TOKENS, 0), shape);
    return drafts * pass.moduleSeconds(DraftLayers.held(problem, layout));
  }

  // Each module attends once; where there are several, each pass runs the next.
  private double moduleSeconds(List<Layer> held) {
    List<Layer> layers =
        held.isEmpty() ? List.of(layer(problem.model().layers().size() - 1)) : held;
    double modules = layers.stream().filter(layer -> layer.attention().parameters() > 0).count();
    double seconds = 0;
    for (Layer layer : layers) {
      seconds += evenLayer(layer).seconds();
    }
    return seconds / Math.max(1, modules) + projectionSeconds() + headSeconds();
  }

  private double projectionSeconds() {
    double hidden = problem.model().hiddenSize();
    return prices
        .slowest(
            price ->
                List.of(
                    FfnOps.head(price.headFormat(), phase.headTokens(batch), hidden, 2 * hidden)))
        .of(Term.HEAD);
  }

  // A draft model is dense, and small: engines run it by the tensor parallelism of the other.
  private double ownModelSeconds(Model drafts, Workload plain) {
    Problem small = problem.withModel(drafts, plain.withRouting(Routing.none()));
    Layout own = DraftLayers.layoutOf(problem, layout).with(Degree.DRAFT_TOKENS, 0);
    StageModel pass = new StageModel(small, own, shape);
    double seconds = pass.headSeconds();
    for (int layer = 0; layer < drafts.layers().size(); layer++) {
      seconds += pass.denseLayer(layer).seconds();
    }
    return seconds;
  }

  /** Head and draft passes in s: what the stage with the last layer has beside its layers. */
  public double endSeconds() {
    return headSeconds() + draftSeconds();
  }

  // Each GPU with its share of pairs, active experts and copies.
  private LayerCost evenLayer(Layer layer) {
    Breakdown own = ownTerms(layer);
    if (!(layer.ffn() instanceof MoeFfn moe)) {
      return cost(layer, own);
    }
    ExpertLayerModel experts =
        new ExpertLayerModel(
            problem, layout, layer, expertShape, prices, () -> around(moe), overlap, own);
    return cost(layer, own.plus(experts.evenTerms(moe)));
  }

  /**
   * Boundary after {@code layer} to the next stage. In training once there and once back, for each
   * chunk of layers; not counted where the schedule hides it behind a pass of another micro-batch.
   */
  public double hopSeconds(int layer, StageShape next) {
    return boundarySeconds(layer, next) * phase.boundaryPasses();
  }

  /** As {@link #hopSeconds(int, StageShape)} where {@code together} is sent at the same time. */
  public double hopSeconds(int layer, StageShape next, LinkLoads together) {
    return boundarySeconds(layer, next, together) * phase.boundaryPasses();
  }

  /** The same once, one way. */
  double boundarySeconds(int layer, StageShape next) {
    Model model = problem.model();
    return HopTime.seconds(
        shape, next, batch, model.hiddenSize(), model.layers().get(layer).boundaryResiduals());
  }

  /** The same where {@code together} is sent at the same time, one byte from each sender. */
  double boundarySeconds(int layer, StageShape next, LinkLoads together) {
    Model model = problem.model();
    return HopTime.seconds(
        shape,
        next,
        together,
        batch,
        model.hiddenSize(),
        model.layers().get(layer).boundaryResiduals());
  }
}
