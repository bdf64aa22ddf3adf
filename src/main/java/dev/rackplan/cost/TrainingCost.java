package dev.rackplan.cost;

import dev.rackplan.cost.link.CollectiveTime;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.TransferStart;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.ExpertPrice;
import dev.rackplan.cost.operation.LayerTraining;
import dev.rackplan.cost.operation.MoeShard;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.PassCounts;
import dev.rackplan.cost.operation.PricedOp;
import dev.rackplan.cost.operation.RepeatedLayers;
import dev.rackplan.cost.operation.StreamOverlap;
import dev.rackplan.cost.operation.SustainedShare;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.operation.TrainingOps;
import dev.rackplan.cost.pipeline.LeastSchedule;
import dev.rackplan.cost.pipeline.PipelineCost;
import dev.rackplan.cost.pipeline.PipelineRun;
import dev.rackplan.cost.pipeline.ScheduleTime;
import dev.rackplan.cost.pipeline.StageFloors;
import dev.rackplan.cost.pipeline.StagePasses;
import dev.rackplan.law.Answer;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Provenance;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Training;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntUnaryOperator;

/** Training: forward and backward passes of a global batch by a schedule, then the optimizer. */
public final class TrainingCost extends PhaseCost {
  // The head's forward pass and two gradients; it is never computed again.
  private static final double HEAD_PASSES = 3;

  // Chosen by looking (docs/decisions/0027): collectives between products against the same alone,
  // since GPUs wait for the last of them and kernels share the multiprocessors.
  private static final double TENSOR_SLOWDOWN = 1.5;

  private final Training training;
  private final PassCounts counts;
  private final Map<List<Object>, TrainingTerms> terms = new ConcurrentHashMap<>();

  /**
   * Of a problem whose phase is training.
   *
   * @throws java.util.NoSuchElementException for another phase
   */
  public TrainingCost(Problem problem, Layout layout) {
    super(problem, layout);
    this.training = layout.training(problem.workload()).orElseThrow();
    this.counts = PassCounts.of(training, RepeatedLayers.share(problem, layout));
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

  // There and back. Chunks of interleaved stages send while others compute, as Megatron's overlap
  // of point-to-point communication and DualPipe do: only a pipeline that fills waits.
  @Override
  public double boundaryPasses() {
    return training.schedule() == PipelineSchedule.INTERLEAVED || training.overlapsPasses() ? 0 : 2;
  }

  private TrainingTerms computed(Layer layer, StagePrices prices, Batch batch) {
    return terms.computeIfAbsent(
        List.of(layer.kind(), prices),
        key -> TrainingTerms.of(layer, problem, layout, batch, prices));
  }

  @Override
  Breakdown layerTerms(
      Layer layer, StagePrices prices, StageShape shape, Batch batch, Layout layout) {
    return computed(layer, prices, batch).all();
  }

  // Tokens come permuted; each of a product's three passes reads the weights or writes gradients.
  @Override
  ExpertPrice experts(Layer layer, MoeFfn moe, OpPrices prices, Batch batch, Layout layout) {
    return ExpertPrice.ofProducts(
            prices.product(prices.formats(layer).experts()),
            MoeShard.of(moe, layout, problem),
            moe,
            batch)
        .times(counts.products() / SustainedShare.inTraining(prices.gpu()));
  }

  @Override
  double headSeconds(StagePrices prices, StageShape shape, Batch batch, Layout layout) {
    return TrainingTerms.ofHead(problem, layout, batch, prices).all().of(Term.HEAD)
        + problem.model().predictions() * logitSeconds(prices, shape, batch, layout);
  }

  // Logits that a loss wants whole are gathered by each tensor rank.
  private double logitSeconds(StagePrices prices, StageShape shape, Batch batch, Layout layout) {
    if (training.runtime().loss().divided() || layout.attentionTensorParallel() == 1) {
      return 0;
    }
    double logits =
        batch.tokensPerRank()
            * problem.model().embeddingParameters()
            / problem.model().hiddenSize();
    return new CollectiveTime(shape, (kind, domains) -> collectives(kind, domains, prices))
        .seconds(
            OpKind.ALL_GATHER, logits, Dtype.BF16.bytes(), layout.attentionTensorParallel(), 1);
  }

  @Override
  List<List<PricedOp>> ops(Layer layer, OpPrices prices, Batch batch, Layout layout) {
    return TrainingOps.of(layer, problem, layout, batch, prices).passes();
  }

  @Override
  Answer expertLaw(Layer layer, OpPrices prices, Layout layout) {
    return prices.product(prices.formats(layer).experts());
  }

  @Override
  List<List<PricedOp>> headOps(OpPrices prices, Batch batch, Layout layout) {
    return TrainingOps.ofHead(problem, layout, batch, prices).passes();
  }

  @Override
  Optional<Answer> headLaw(StagePrices prices) {
    return Optional.of(prices.of(0).product(KernelFormat.BF16));
  }

  @Override
  Optional<Answer> collectives(OpKind kind, int domains, StagePrices prices) {
    Answer answer = prices.of(0).answer(kind, KernelFormat.BF16);
    return answer.provenance() == Provenance.FLAT ? Optional.empty() : Optional.of(answer);
  }

  // As many bytes with sequence parallelism as without.
  @Override
  double tensorSeconds(CollectiveTime collectives, double elements, double bytes, int degree) {
    return TENSOR_SLOWDOWN
        * (collectives.seconds(OpKind.ALL_GATHER, elements, bytes, degree, 1)
            + collectives.seconds(OpKind.REDUCE_SCATTER, elements, bytes, degree, 1));
  }

  // Keys and values go round the ring forward; keys, values and their gradients backward. What is
  // computed with one part hides the way of the next.
  @Override
  double exchangeSeconds(double onceSeconds, Breakdown layerTerms) {
    double ways =
        (1 + LayerPasses.BACKWARD_WAYS + RepeatedLayers.share(problem, layout)) * onceSeconds;
    double first = ways / layout.prefillContextParallel();
    return first + Math.max(0, ways - first - layerTerms.of(Term.ATTENTION));
  }

  @Override
  TransferStart transferStart(MoeFfn moe, StagePrices prices, StageShape shape, Batch batch) {
    double latency = counts.network() * ExpertLayerModel.latencySeconds(shape);
    return new TransferStart(latency, latency);
  }

  @Override
  Breakdown settled(
      Layer layer, Breakdown device, StagePrices prices, Batch batch, StreamOverlap overlap) {
    return new LayerPasses(problem, layout, layer, computed(layer, prices, batch))
        .settled(device, overlap);
  }

  @Override
  Optional<LayerTraining> passes(Layer layer, Breakdown terms, StagePrices prices, Batch batch) {
    return Optional.of(
        new LayerPasses(problem, layout, layer, computed(layer, prices, batch)).passes(terms));
  }

  @Override
  Optional<StageTraining> ofStage(
      Plan plan, int stage, List<CostedLayer> layers, double headSeconds, double boundarySeconds) {
    double hop = boundaryPasses() > 0 ? boundarySeconds : 0;
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
    StepEnd end = StepEnd.of(new GradientTime(problem, plan, stage));
    return Optional.of(
        new StageTraining(
            forward,
            backward,
            weights,
            boundarySeconds,
            end.visibleSeconds(training, forward, backward),
            end.optimizerSeconds()));
  }

  /** What a step ends with on one stage, with so many slots in each of its MoE layers. */
  public StepEnd stepEnd(Stage stage, IntUnaryOperator slotsOfLayer) {
    return StepEnd.of(new GradientTime(problem, layout, stage, slotsOfLayer));
  }

  @Override
  public boolean memoryDiffersByStage() {
    return true;
  }

  /**
   * All micro-batches through the pipeline in s: as its run takes; by formula where the schedule
   * does not run so many.
   */
  public double scheduleSeconds(int microBatches, List<CostedStage> stages) {
    return PipelineRun.runs(training.schedule(), stages.size(), microBatches)
        ? run(microBatches, stages).seconds()
        : ScheduleTime.seconds(
            training.schedule(), training.virtualStages(), microBatches, passes(stages));
  }

  /** The pipeline's run, of a schedule that {@linkplain PipelineRun#runs runs} so. */
  public PipelineRun run(int microBatches, List<CostedStage> stages) {
    // Where passes hold their hops these take no time of their own.
    double[] hops =
        stages.stream()
            .mapToDouble(
                stage ->
                    boundaryPasses() > 0 ? 0 : stage.training().orElseThrow().boundarySeconds())
            .toArray();
    return PipelineRun.of(
        training.schedule(), training.virtualStages(), microBatches, passes(stages), hops);
  }

  private static List<StagePasses> passes(List<CostedStage> stages) {
    return stages.stream().map(CostedStage::passes).toList();
  }

  // The schedule, then the slowest stage's reduction and optimizer.
  @Override
  public double stepSeconds(int microBatches, List<CostedStage> stages) {
    return scheduleSeconds(microBatches, stages) + StageTraining.ending(stages).endSeconds();
  }

  @Override
  public double stepSecondsOf(int microBatches, List<Double> stageSeconds) {
    return PipelineCost.ttftSeconds(stageSeconds, microBatches);
  }

  @Override
  public double[] stagePasses(int microBatches, List<Double> stageSeconds) {
    return PipelineCost.ttftPasses(stageSeconds, microBatches);
  }

  @Override
  public double leastStepSeconds(Layout layout, StageFloors stages) {
    return LeastSchedule.seconds(training, layout, stages);
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
}
