package dev.rackplan.cost;

import dev.rackplan.cost.link.CollectiveTime;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.TransferStart;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.Exchange;
import dev.rackplan.cost.operation.ExpertPrice;
import dev.rackplan.cost.operation.LayerTraining;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.PassCounts;
import dev.rackplan.cost.operation.PricedOp;
import dev.rackplan.cost.operation.SourceTally;
import dev.rackplan.cost.operation.StreamOverlap;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.pipeline.PipelineCost;
import dev.rackplan.cost.pipeline.StageFloors;
import dev.rackplan.law.Answer;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import java.util.List;
import java.util.Optional;

/**
 * What a phase makes of a pass: which tokens it computes, which terms its layers have, and how
 * stage times become a step. One subclass a phase; beside it only {@link Exchange} and {@link
 * StreamOverlap} ask which phase it is. Immutable.
 */
public abstract sealed class PhaseCost permits InferenceCost, TrainingCost {
  final Problem problem;
  final Layout layout;

  PhaseCost(Problem problem, Layout layout) {
    this.problem = problem;
    this.layout = layout;
  }

  /** Of the problem's phase, under a layout, which says what one step reads. */
  public static PhaseCost of(Problem problem, Layout layout) {
    return switch (problem.workload().phase()) {
      case DECODE ->
          problem
              .workload()
              .prompts()
              .<DecodeCost>map(prompts -> new MixedCost(problem, layout, prompts))
              .orElseGet(() -> new DecodeCost(problem, layout));
      case PREFILL -> new PrefillCost(problem, layout);
      case TRAINING -> new TrainingCost(problem, layout);
    };
  }

  // Tokens.

  /** Tokens of the fullest attention rank whose next token the LM head computes. */
  abstract double headTokens(Batch batch);

  /** Tokens that one sequence yields (decode), computes (prefill) or is trained on in a cycle. */
  abstract double tokensPerSequence();

  /** Tokens that one instance yields, computes or trains on in one cycle. */
  public double tokensPerCycle(Layout layout) {
    return (double) layout.microBatches() * layout.sequencesPerMicroBatch() * tokensPerSequence();
  }

  // Passes.

  /** How often the work of one forward pass is done for one micro-batch. */
  PassCounts counts() {
    return PassCounts.INFERENCE;
  }

  /** How often a micro-batch crosses a stage boundary in a step, as far as nothing hides it. */
  public double boundaryPasses() {
    return 1;
  }

  /** Chunks of one prompt of mean length: passes that a prompt takes through each stage. */
  public int chunks() {
    return 1;
  }

  // Terms of a layer.

  /** A layer's terms except all-reduces and what a placement decides; all parts of the batch. */
  abstract Breakdown layerTerms(
      Layer layer, StagePrices prices, StageShape shape, Batch batch, Layout layout);

  /**
   * What a layer's routed experts take on one kind of GPU, all parts of the batch and passes
   * together.
   *
   * @param moe its FFN
   */
  abstract ExpertPrice experts(
      Layer layer, MoeFfn moe, OpPrices prices, Batch batch, Layout layout);

  /**
   * The all-reduce, all-gather or reduce-scatter within a domain; empty where the links' rates
   * alone say.
   *
   * @param domains over which the whole collective goes
   */
  abstract Optional<Answer> collectives(OpKind kind, int domains, StagePrices prices);

  /**
   * A layer's operations on one kind of GPU, pass by pass, all parts of the batch together; routed
   * experts and what the network does are not among them. After each pass GPUs wait for the slowest
   * kind.
   */
  abstract List<List<PricedOp>> ops(Layer layer, OpPrices prices, Batch batch, Layout layout);

  /** The law of a layer's routed experts. */
  abstract Answer expertLaw(Layer layer, OpPrices prices, Layout layout);

  /**
   * Adds a layer's kernels on the stage's first GPU, as far as laws price them.
   *
   * @param experts time of its routed experts in s
   */
  void addSources(
      SourceTally tally,
      Layer layer,
      double experts,
      StagePrices prices,
      Batch batch,
      Layout layout) {
    OpPrices price = prices.of(0);
    ops(layer, price, batch, layout).stream()
        .flatMap(List::stream)
        .forEach(op -> tally.add(op.law(), op.seconds()));
    if (layer.ffn() instanceof MoeFfn moe
        && experts(layer, moe, price, batch, layout).filledExperts() == 0) {
      tally.add(expertLaw(layer, price, layout), experts);
    }
  }

  /** The law of the LM head; empty where a formula prices it. */
  abstract Optional<Answer> headLaw(StagePrices prices);

  /** The head's operations on one kind of GPU, likewise. */
  abstract List<List<PricedOp>> headOps(OpPrices prices, Batch batch, Layout layout);

  /** What chooses the next tokens on one kind of GPU; nothing in training. */
  List<PricedOp> samplingOps(OpPrices prices, Batch batch) {
    return List.of();
  }

  /** LM head in s, on the stage that has it. */
  abstract double headSeconds(StagePrices prices, StageShape shape, Batch batch, Layout layout);

  /** What an all-to-all takes beside its links, for one micro-batch. */
  abstract TransferStart transferStart(
      MoeFfn moe, StagePrices prices, StageShape shape, Batch batch);

  /**
   * The kernels of an all-to-all on one kind of GPU, links left out: those of {@link
   * #transferStart}, as far as laws price them.
   *
   * @param term dispatch or combine
   */
  List<PricedOp> startOps(Term term, MoeFfn moe, OpPrices prices, StageShape shape, Batch batch) {
    return List.of();
  }

  /** Forward and backward pass of a layer with these terms; empty in inference. */
  Optional<LayerTraining> passes(Layer layer, Breakdown terms, StagePrices prices, Batch batch) {
    return Optional.empty();
  }

  /** A layer's terms with what follows from all of them together, overlapped as they are. */
  Breakdown settled(
      Layer layer, Breakdown terms, StagePrices prices, Batch batch, StreamOverlap overlap) {
    return terms;
  }

  /** Sums of so many elements of {@code bytes} each over a tensor-parallel group, in s. */
  double tensorSeconds(CollectiveTime collectives, double elements, double bytes, int degree) {
    return collectives.seconds(OpKind.ALL_REDUCE, elements, bytes, degree, 1);
  }

  /**
   * What of a context's exchange nothing hides, in s.
   *
   * @param onceSeconds one forward pass
   * @param layerTerms what the layer computes
   */
  double exchangeSeconds(double onceSeconds, Breakdown layerTerms) {
    return onceSeconds;
  }

  // A stage.

  /**
   * Passes of one stage and what it adds to the end of a step; empty in inference.
   *
   * @param layers of the stage
   * @param headSeconds LM head in s; 0 except on the last stage
   * @param boundarySeconds one hop to the next stage in s; 0 on the last
   */
  Optional<StageTraining> ofStage(
      Plan plan, int stage, List<CostedLayer> layers, double headSeconds, double boundarySeconds) {
    return Optional.empty();
  }

  /** Whether the same layers take another amount of memory as another stage of the pipeline. */
  public boolean memoryDiffersByStage() {
    return false;
  }

  // Aggregation: stage times to a step.

  /** TPOT (decode), TTFT (prefill) or the optimizer step (training) in s of one instance. */
  public double stepSeconds(int microBatches, List<CostedStage> stages) {
    return stepSecondsOf(microBatches, seconds(stages));
  }

  /**
   * As {@link #stepSeconds} from the stages' times in s; in training as 1F1B would take, without
   * the step's end.
   */
  public abstract double stepSecondsOf(int microBatches, List<Double> stageSeconds);

  /** How often each stage's time counts in {@link #stepSecondsOf}. */
  public abstract double[] stagePasses(int microBatches, List<Double> stageSeconds);

  /**
   * Time in s after which every sequence in flight has its next token, is read, or is trained on;
   * in training as {@link #stepSecondsOf}.
   */
  public double cycleSeconds(int microBatches, List<Double> stageSeconds) {
    return stepSecondsOf(microBatches, stageSeconds);
  }

  /** The time in s that cuts and hosts of stages are chosen by. */
  public double cutSeconds(int microBatches, List<Double> stageSeconds) {
    return cycleSeconds(microBatches, stageSeconds);
  }

  /**
   * Lower bound of {@link #stepSeconds} in s.
   *
   * @param stages lower bounds of the stages' times
   */
  public abstract double leastStepSeconds(Layout layout, StageFloors stages);

  /** Lower bound of {@link #cycleSeconds}, likewise. */
  public double leastCycleSeconds(Layout layout, StageFloors stages) {
    return leastStepSeconds(layout, stages);
  }

  /** Tokens per second of one instance: see {@link #tokensPerCycle}. */
  public double tokensPerSecond(Layout layout, List<CostedStage> stages) {
    return tokensPerCycle(layout) / cycleSeconds(layout.microBatches(), seconds(stages));
  }

  /** Tokens per second of a deployment of these instances. */
  public double deploymentTokensPerSecond(List<Double> tokensPerSecond) {
    double sum = 0;
    for (double instance : tokensPerSecond) {
      sum += instance;
    }
    return sum;
  }

  /** Idle share of stage time in steady state, or in training of the schedule's time. */
  public double bubbleFraction(Layout layout, List<CostedStage> stages) {
    List<Double> seconds = seconds(stages);
    double passes = (double) layout.microBatches() * chunks();
    return PipelineCost.bubbleFraction(
        seconds, passes, cycleSeconds(layout.microBatches(), seconds));
  }

  static List<Double> seconds(List<CostedStage> stages) {
    return stages.stream().map(CostedStage::seconds).toList();
  }
}
