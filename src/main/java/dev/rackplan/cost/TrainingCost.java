package dev.rackplan.cost;

import dev.rackplan.law.Answer;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Training;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/** Training: forward and backward passes of a global batch by a schedule, then the optimizer. */
public final class TrainingCost extends PhaseCost {
  // The head's forward pass and two gradients; it is never computed again.
  private static final double HEAD_PASSES = 3;

  private final Training training;
  private final PassCounts counts;

  /**
   * Of a problem whose phase is training.
   *
   * @throws java.util.NoSuchElementException for another phase
   */
  public TrainingCost(Problem problem, Layout layout) {
    super(problem, layout);
    this.training = problem.workload().training().orElseThrow();
    this.counts = PassCounts.of(training);
  }

  // A kernel that writes its scores computes those behind the mask, too.
  @Override
  double attendedTokens() {
    double tokens = problem.workload().contextTokens();
    return training.fusedAttention() ? tokens / 2 : tokens;
  }

  @Override
  double headTokens(Batch batch) {
    return batch.tokensPerRank();
  }

  @Override
  double tokensPerSequence() {
    return problem.workload().contexts().computedTokens();
  }

  @Override
  PassCounts counts() {
    return counts;
  }

  // Once there and once back, for each chunk of layers.
  @Override
  double boundaryPasses() {
    return training.overlapsPasses() ? 0 : 2.0 * training.virtualStages();
  }

  private Roof mixer(Layer layer, StageShape shape, Batch batch, int degree, PassCounts passes) {
    return TrainingMixerTime.of(
        layer.attention(), problem.precision(), shape, batch, degree, passes);
  }

  @Override
  Breakdown layerTerms(
      Layer layer, StagePrices prices, StageShape shape, Batch batch, Layout layout) {
    int degree = layout.attentionTensorParallel();
    Breakdown terms =
        Breakdown.of(Term.ATTENTION, mixer(layer, shape, batch, degree, counts).seconds())
            .with(Term.ELEMENTWISE, elementwiseSeconds(layer, shape, batch, degree, counts));
    if (layer.ffn() instanceof DenseFfn dense) {
      return terms.with(
          Term.DENSE, products(dense.parameters(), shape, batch, batch.tokensPerRank(), degree));
    }
    if (layer.ffn() instanceof MoeFfn moe) {
      return terms
          .with(
              Term.SHARED, products(moe.sharedParameters(), shape, batch, batch.tokensPerGpu(), 1))
          .with(
              Term.ROUTER, products(moe.routerParameters(), shape, batch, batch.tokensPerGpu(), 1));
    }
    return terms;
  }

  private double products(
      double parameters, StageShape shape, Batch batch, double tokens, int degree) {
    return counts.products()
        * DenseTime.of(parameters, problem.precision(), shape, tokens, batch.parts(), degree)
            .seconds();
  }

  // No tables were measured of training: the flat formula, without starts.
  @Override
  ExpertPrice experts(Layer layer, MoeFfn moe, OpPrices prices, Batch batch, Layout layout) {
    return ExpertPrice.flat(
            prices,
            prices.formats(layer).experts(),
            MoeShard.of(moe, layout, problem),
            moe,
            batch,
            layout.expertHostCount())
        .times(counts.products());
  }

  @Override
  double headSeconds(StagePrices prices, StageShape shape, Batch batch, Layout layout) {
    return HEAD_PASSES
        * DenseTime.of(
                problem.model().embeddingParameters(),
                problem.precision(),
                shape,
                headTokens(batch),
                1,
                layout.attentionTensorParallel())
            .seconds();
  }

  @Override
  void addSources(
      SourceTally tally,
      Layer layer,
      double experts,
      StagePrices prices,
      Batch batch,
      Layout layout) {
    // Formulas only.
  }

  @Override
  Optional<Answer> headLaw(StagePrices prices) {
    return Optional.empty();
  }

  @Override
  Optional<Answer> collectives(OpKind kind, StagePrices prices) {
    return Optional.empty();
  }

  @Override
  TransferStart transferStart(MoeFfn moe, StagePrices prices, StageShape shape, Batch batch) {
    double latency = counts.network() * ExpertLayerModel.latencySeconds(shape);
    return new TransferStart(latency, latency);
  }

  private double elementwiseSeconds(
      Layer layer, StageShape shape, Batch batch, int degree, PassCounts passes) {
    return ElementwiseTime.seconds(
        layer, training, problem.model().hiddenSize(), passes, shape, batch, degree);
  }

  // The terms hold all passes; the forward pass and the weight gradients are their parts. Mixer and
  // element-wise work have parts of their own, communication and products are done equally often.
  @Override
  Optional<LayerTraining> passes(
      Layer layer, Breakdown terms, StageShape shape, Batch batch, int degree) {
    double network = terms.sum(Term::communication) / counts.network();
    double products =
        terms.sum(
                term -> !term.communication() && term != Term.ATTENTION && term != Term.ELEMENTWISE)
            / counts.products();
    PassCounts once = new PassCounts(1, 1, 1, 1, training.fusedAttention() ? 0 : 1);
    double forward =
        mixer(layer, shape, batch, degree, once).seconds()
            + products
            + network
            + elementwiseSeconds(layer, shape, batch, degree, once);
    double weights =
        mixer(layer, shape, batch, degree, new PassCounts(1, 0, 0, 0, 0)).seconds() + products;
    return Optional.of(new LayerTraining(forward, terms.sum() - forward, weights));
  }

  @Override
  Optional<StageTraining> ofStage(
      Plan plan, int stage, List<CostedLayer> layers, double headSeconds, double boundarySeconds) {
    double hop = boundarySeconds * training.virtualStages();
    double head = headSeconds / HEAD_PASSES;
    double forward = hop + head;
    double backward = hop + 2 * head;
    double weights = head;
    for (CostedLayer layer : layers) {
      LayerTraining passes = layer.cost().training().orElseThrow();
      forward += passes.forwardSeconds();
      backward += passes.backwardSeconds();
      weights += passes.weightGradientSeconds();
    }
    GradientTime gradients = new GradientTime(problem, plan, stage);
    double hidden = training.overlapGradientReduction() ? backward : 0;
    return Optional.of(
        new StageTraining(
            forward,
            backward,
            weights,
            Math.max(0, gradients.reductionSeconds() - hidden),
            gradients.optimizerSeconds()));
  }

  @Override
  MemoryUse memory(
      MemoryUse inference,
      Layout layout,
      int stage,
      int first,
      int last,
      IntUnaryOperator slotsOfLayer) {
    return inference.trained(new TrainingMemory(problem, layout), stage, first, last, slotsOfLayer);
  }

  // Later stages hold fewer micro-batches.
  @Override
  public boolean memoryDiffersByStage() {
    return true;
  }

  /** All micro-batches through the pipeline in s. */
  public double scheduleSeconds(int microBatches, List<CostedStage> stages) {
    return ScheduleTime.seconds(
        training.schedule(),
        training.virtualStages(),
        microBatches,
        stages.stream().map(TrainingCost::passes).toList());
  }

  private static ScheduleTime.Passes passes(CostedStage stage) {
    StageTraining passes = stage.training().orElseThrow();
    return new ScheduleTime.Passes(
        stage.seconds(),
        passes.forwardSeconds(),
        passes.backwardSeconds(),
        passes.weightGradientSeconds());
  }

  // The schedule, then the slowest stage's reduction and optimizer.
  @Override
  public double stepSeconds(int microBatches, List<CostedStage> stages) {
    return scheduleSeconds(microBatches, stages) + ending(stages).endSeconds();
  }

  /** The stage that the step ends with: where reduction and optimizer take longest, the first. */
  public static StageTraining ending(List<CostedStage> stages) {
    StageTraining longest = stages.get(0).training().orElseThrow();
    for (CostedStage stage : stages) {
      StageTraining other = stage.training().orElseThrow();
      longest = other.endSeconds() > longest.endSeconds() ? other : longest;
    }
    return longest;
  }

  @Override
  public double stepSecondsOf(int microBatches, List<Double> stageSeconds) {
    return PipelineCost.ttftSeconds(stageSeconds, microBatches);
  }

  @Override
  public double[] stagePasses(int microBatches, List<Double> stageSeconds) {
    return PipelineCost.ttftPasses(stageSeconds, microBatches);
  }

  /**
   * Lower bound of {@link ScheduleTime#seconds} in s, that of ZB-H1 without its bubble, and of a
   * step's end at 0. A device of DualPipe has the mean of two stages, so that the heaviest layer
   * bounds nothing; the slowest device takes at least as long as the mean one, bubble included.
   */
  @Override
  public double leastStepSeconds(Layout layout, StageFloors stages) {
    int microBatches = layout.microBatches();
    double largestSeconds = stages.largestSeconds();
    double sumSeconds = stages.sumSeconds();
    return switch (training.schedule()) {
      case ONE_FORWARD_ONE_BACKWARD -> sumSeconds + (microBatches - 1) * largestSeconds;
      case INTERLEAVED ->
          (microBatches - 1.0 / training.virtualStages()) * largestSeconds
              + sumSeconds / training.virtualStages();
      case ZERO_BUBBLE -> microBatches * largestSeconds;
      case DUAL_PIPE -> leastDualPipeSeconds(layout, stages);
    };
  }

  private static double leastDualPipeSeconds(Layout layout, StageFloors stages) {
    int count = layout.pipelineStages();
    int alone = Math.min(layout.microBatches(), count);
    double bubbles = (count / 2 - 1) * Math.max(0, stages.tailSeconds());
    return ((layout.microBatches() - alone) * stages.sumSeconds()
            + alone * stages.apartSeconds()
            + bubbles)
        / count;
  }

  @Override
  public double tokensPerSecond(Layout layout, List<CostedStage> stages) {
    return tokensPerCycle(layout) / stepSeconds(layout.microBatches(), stages);
  }

  // All replicas wait for the slowest before they reduce gradients.
  @Override
  public double deploymentTokensPerSecond(List<Double> tokensPerSecond) {
    return tokensPerSecond.size()
        * tokensPerSecond.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  // 1 - M·ΣT/(P·schedule).
  @Override
  public double bubbleFraction(Layout layout, List<CostedStage> stages) {
    int microBatches = layout.microBatches();
    double sum = PipelineCost.sum(seconds(stages));
    return 1 - microBatches * sum / stages.size() / scheduleSeconds(microBatches, stages);
  }

  /**
   * FLOPs of one token, forward and backward, nothing computed again: {@code 6·weights} that it
   * uses (the embedding's lookup not among them) and three times the scores over the whole
   * sequence, as published utilisations count them (no causal mask).
   */
  public double modelFlopsPerToken() {
    Model model = problem.model();
    double flops = 6.0 * model.embeddingParameters();
    for (Layer layer : model.layers()) {
      flops +=
          6.0 * layer.activeParameters()
              + 3 * layer.attention().passScoreFlops(problem.workload().contextTokens());
    }
    return flops;
  }
}
