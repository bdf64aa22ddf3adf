package dev.rackplan.cost;

import dev.rackplan.law.Answer;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Provenance;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.TensorOverlap;
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

  // Keys, values and their gradients; only keys and values forward.
  private static final double BACKWARD_WAYS = 2;
  // Chosen by looking (docs/decisions/0027): collectives between products against the same alone,
  // since GPUs
  // wait for the last of them and kernels share the multiprocessors.
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

  // Once there and once back. Chunks of interleaved stages send while others compute (Megatron's
  // overlap of point-to-point communication), as DualPipe does: only a pipeline that fills waits.
  @Override
  public double boundaryPasses() {
    return training.schedule() == PipelineSchedule.INTERLEAVED || training.overlapsPasses() ? 0 : 2;
  }

  // Its kinds of layers, on each stage's kinds of GPUs.
  private TrainingTerms computed(Layer layer, StagePrices prices, Batch batch) {
    return terms.computeIfAbsent(
        List.of(layer.attention(), layer.ffn(), layer.stored(), prices),
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
        .times(counts.products() / SustainedShare.of(prices.gpu()));
  }

  @Override
  double headSeconds(StagePrices prices, StageShape shape, Batch batch, Layout layout) {
    return TrainingTerms.ofHead(problem, layout, batch, prices).all().of(Term.HEAD)
        + logitSeconds(prices, shape, batch, layout);
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
    return new CollectiveTime(shape, kind -> collectives(kind, prices))
        .seconds(
            OpKind.ALL_GATHER, logits, Dtype.BF16.bytes(), layout.attentionTensorParallel(), 1);
  }

  @Override
  List<PricedOp> ops(Layer layer, OpPrices prices, Batch batch, Layout layout) {
    return TrainingOps.of(layer, problem, layout, batch, prices).all();
  }

  @Override
  Answer expertLaw(Layer layer, OpPrices prices, Layout layout) {
    return prices.product(prices.formats(layer).experts());
  }

  @Override
  List<PricedOp> headOps(OpPrices prices, Batch batch, Layout layout) {
    return TrainingOps.ofHead(problem, layout, batch, prices).all();
  }

  @Override
  Optional<Answer> headLaw(StagePrices prices) {
    return Optional.of(prices.of(0).product(KernelFormat.BF16));
  }

  @Override
  Optional<Answer> collectives(OpKind kind, StagePrices prices) {
    Answer answer = prices.of(0).answer(kind, KernelFormat.BF16);
    return answer.provenance() == Provenance.FLAT ? Optional.empty() : Optional.of(answer);
  }

  // With sequence parallelism or without, as many bytes: an all-gather and a reduce-scatter.
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
    double ways = (1 + BACKWARD_WAYS + (training.repeatsLayers() ? 1 : 0)) * onceSeconds;
    double first = ways / layout.prefillContextParallel();
    return first + Math.max(0, ways - first - layerTerms.of(Term.ATTENTION));
  }

  @Override
  TransferStart transferStart(MoeFfn moe, StagePrices prices, StageShape shape, Batch batch) {
    double latency = counts.network() * ExpertLayerModel.latencySeconds(shape);
    return new TransferStart(latency, latency);
  }

  // Passes take the longer of GPU and host; then the longer of that and of the weights and
  // gradients on their way. Each for itself, or both together where compute and network run side by
  // side: there
  // what the GPU takes is less than its terms, and host and links have only that to hide behind.
  @Override
  Breakdown settled(
      Layer layer, Breakdown device, StagePrices prices, Batch batch, StreamOverlap overlap) {
    WeightExchange exchange = new WeightExchange(problem, layout, layer);
    if (overlap.sideBySide()) {
      double together = overlap.seconds(device);
      double host =
          HostTime.forwardSeconds(layer, training, layout)
              + HostTime.backwardSeconds(layer, training, layout);
      double wait = HostTime.waitSeconds(layer, training, together, host);
      return device
          .with(Term.LAUNCH, wait)
          .with(Term.WEIGHT_EXCHANGE, exchange.visibleSeconds(together + wait));
    }
    LayerTraining passes = device(layer, device, prices, batch);
    LayerTraining launched = launched(layer, passes);
    return device
        .with(
            Term.LAUNCH,
            launched.forwardSeconds()
                - passes.forwardSeconds()
                + launched.backwardSeconds()
                - passes.backwardSeconds())
        .with(
            Term.WEIGHT_EXCHANGE,
            exchange.visibleSeconds(launched.forwardSeconds(), launched.backwardSeconds()));
  }

  // Each pass for itself, with what it waits for its host.
  private LayerTraining launched(Layer layer, LayerTraining device) {
    double forward = HostTime.forwardSeconds(layer, training, layout);
    double backward = HostTime.backwardSeconds(layer, training, layout);
    double forwardSeconds = device.forwardSeconds();
    double backwardSeconds = device.backwardSeconds();
    return new LayerTraining(
        forwardSeconds + HostTime.waitSeconds(layer, training, forwardSeconds, forward),
        backwardSeconds + HostTime.waitSeconds(layer, training, backwardSeconds, backward),
        device.weightGradientSeconds());
  }

  // The terms hold all passes; the forward pass and the weight gradients are their parts.
  private LayerTraining device(Layer layer, Breakdown terms, StagePrices prices, Batch batch) {
    TrainingTerms own = computed(layer, prices, batch);
    double experts =
        (terms.of(Term.EXPERT_COMPUTE) + terms.of(Term.EXPERT_FETCH)) / counts.products();
    double network =
        (terms.of(Term.DISPATCH) + terms.of(Term.COMBINE)) / counts.network()
            + terms.of(Term.ALL_REDUCE) / counts.tensor() * forwardTensor()
            + terms.of(Term.CONTEXT_EXCHANGE) / (1 + BACKWARD_WAYS);
    double forward = own.forward().sum() + experts + network;
    double all = terms.sum(term -> term != Term.LAUNCH && term != Term.WEIGHT_EXCHANGE);
    return new LayerTraining(forward, all - forward, own.weights().sum() + experts);
  }

  private double forwardTensor() {
    return training.runtime().tensorOverlap() == TensorOverlap.ALL
        ? PassCounts.VISIBLE_IN_PIECES
        : 1;
  }

  @Override
  Optional<LayerTraining> passes(Layer layer, Breakdown terms, StagePrices prices, Batch batch) {
    StreamOverlap overlap = StreamOverlap.of(problem, layout);
    if (overlap.sideBySide() && !training.overlapsPasses()) {
      return Optional.of(device(layer, terms, prices, batch).lasting(overlap.seconds(terms)));
    }
    LayerTraining own = launched(layer, device(layer, terms, prices, batch));
    double exchange =
        new WeightExchange(problem, layout, layer)
                .visibleSeconds(own.forwardSeconds(), own.backwardSeconds())
            / 2;
    return Optional.of(
        new LayerTraining(
            own.forwardSeconds() + exchange,
            own.backwardSeconds() + exchange,
            own.weightGradientSeconds()));
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

  private static List<ScheduleTime.Passes> passes(List<CostedStage> stages) {
    return stages.stream().map(TrainingCost::passes).toList();
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
   * Lower bound of {@link #scheduleSeconds} in s, that of ZB-H1 without its bubble, and of a step's
   * end at 0. A device of DualPipe has the mean of two stages, so that the heaviest layer bounds
   * nothing; the slowest device takes at least as long as the mean one, bubble included.
   */
  @Override
  public double leastStepSeconds(Layout layout, StageFloors stages) {
    int microBatches = layout.microBatches();
    double largestSeconds = stages.largestSeconds();
    double sumSeconds = stages.sumSeconds();
    return switch (training.schedule()) {
      case ONE_FORWARD_ONE_BACKWARD ->
          Math.max(microBatches * largestSeconds, leastInTurn(layout, 1, sumSeconds));
      case INTERLEAVED ->
          Math.max(
              microBatches * largestSeconds,
              leastInTurn(layout, training.virtualStages(), sumSeconds));
      case ZERO_BUBBLE -> microBatches * largestSeconds;
      case DUAL_PIPE -> leastDualPipeSeconds(layout, stages);
    };
  }

  // Stage s has M passes each way, after the first forward passes and before the last backward
  // passes of the stages before it, a chunk of each: M·T_s + Σ_{r<s} T_r/v. However ΣT is cut, the
  // longest of these is shortest where all are equal: T_s = T_0·(1 - 1/vM)^s.
  private static double leastInTurn(Layout layout, int chunks, double sumSeconds) {
    double share = 1 - 1.0 / ((double) chunks * layout.microBatches());
    double parts = 1 - StrictMath.pow(share, layout.pipelineStages());
    return sumSeconds / (chunks * parts);
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
    return weightFlops() + scoreFlops();
  }

  /** The same with half of the scores, as far as a causal mask lets a token see on average. */
  public double causalModelFlopsPerToken() {
    return weightFlops() + scoreFlops() / 2;
  }

  private double weightFlops() {
    Model model = problem.model();
    double flops = 6.0 * model.embeddingParameters();
    for (Layer layer : model.layers()) {
      flops += 6.0 * layer.activeParameters();
    }
    return flops;
  }

  private double scoreFlops() {
    double flops = 0;
    for (Layer layer : problem.model().layers()) {
      flops += 3 * layer.attention().passScoreFlops(problem.workload().contextTokens());
    }
    return flops;
  }
}
