package dev.rackplan.serving;

import dev.rackplan.baseline.EvenStages;
import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StepConfidence;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.law.RestsOn;
import dev.rackplan.plan.EngineStart;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Batching;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Gpu;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.PromptShare;
import dev.rackplan.workload.Workload;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One instance whose GPUs both read prompts and decode. Attention ranks are taken to have as many
 * sequences and prompts each.
 *
 * @param decode the question of its decode steps: a mean context of the prompt and half of the
 *     answer
 * @param prompts how long prompts are, their cached part included
 * @param layout of one instance; its sequences don't count
 * @param batching how steps are put together
 */
public record SharedPool(Problem decode, Contexts prompts, Layout layout, Batching batching) {
  /** Whether the engine also starts this layout where it reads prompts alone. */
  boolean startsAsReader() {
    Problem reading = decode.withWorkload(decode.workload().readingAlone(prompts));
    return new EngineStart(reading).broken(layout).isEmpty();
  }

  /**
   * Whether the engine also starts it where it reads prompts beside decoding. SGLang sends prompts
   * to experts by the kernels of pools that read alone ({@code --deepep-mode auto}); vLLM has one
   * kind of kernels for a pool.
   */
  boolean startsAsBoth() {
    return !decode.engine().kind().equals(Optional.of(EngineKind.SGLANG)) || startsAsReader();
  }

  /** The same as an engine runs them, with routing that was mixed before. */
  public EngineSteps engineSteps(ProblemRouting routing) {
    return engineSteps(routing, batching.tokenBudget());
  }

  /** The same, exact for steps that read parts of these prompts. */
  EngineSteps engineStepsOfPrompts(ProblemRouting routing) {
    return engineSteps(routing, partTokens());
  }

  private EngineSteps engineSteps(ProblemRouting routing, double exactTokens) {
    StepTimes times = steps(routing, exactTokens);
    boolean staged = layout.pipelineStages() > 1;
    DoubleFunction<List<Double>> all = prompts(routing, 1);
    DoubleFunction<List<Double>> one = prompts(routing, 1.0 / layout.attentionRanks());
    StepTimes full = staged ? times(all, SharedPool::sum, exactTokens) : times;
    StepTimes alone = times(one, SharedPool::sum, exactTokens);
    return new EngineSteps(
        times,
        new EngineSteps.Prompts(
            full,
            alone,
            staged ? times(all, Collections::max, exactTokens) : full,
            staged ? times(one, Collections::max, exactTokens) : alone),
        layout.attentionRanks(),
        layout.pipelineStages(),
        batching,
        EngineHost.of(decode, layout));
  }

  // Seconds of each stage through which prompts of so many tokens go whole, priced once; of the
  // ranks such a share has some.
  private DoubleFunction<List<Double>> prompts(ProblemRouting routing, double fill) {
    Layout whole = layout.withMicroBatches(1, layout.attentionRanks());
    Plan plan = UsualPlan.inOrder(decode, whole);
    Map<Double, List<Double>> known = new ConcurrentHashMap<>();
    return tokens ->
        known.computeIfAbsent(
            tokens,
            priced -> step(routing, plan, whole, priced, fill).costed().slowest().seconds());
  }

  private StepTimes times(
      DoubleFunction<List<Double>> stages,
      ToDoubleFunction<List<Double>> through,
      double exactTokens) {
    return new StepTimes(
        (sequences, tokens) -> through.applyAsDouble(stages.apply(tokens)),
        batching.tokenBudget(),
        exactTokens);
  }

  // Tokens of a prompt in each of as few steps as it takes.
  private double partTokens() {
    double computed = prompts.tokens() - prompts.cachedTokens();
    return computed / EngineSteps.chunks(computed, batching.tokenBudget());
  }

  private static double sum(List<Double> seconds) {
    return seconds.stream().mapToDouble(Double::doubleValue).sum();
  }

  private StepTimes steps(ProblemRouting routing, double exactTokens) {
    Plan plan = UsualPlan.inOrder(decode, layout.withSequences(layout.attentionRanks()));
    return new StepTimes(
        (sequences, promptTokens) -> stepSeconds(routing, plan, sequences, promptTokens),
        batching.tokenBudget(),
        exactTokens);
  }

  /**
   * Seconds of a step in which every running sequence gets its tokens once.
   *
   * @param sequences of each attention rank
   * @param promptTokens new tokens of prompts of each rank
   */
  private double stepSeconds(
      ProblemRouting routing, Plan plan, double sequences, double promptTokens) {
    Step step = step(routing, plan, stepped(sequences), promptTokens, 1);
    return step.costed().slowest().stepSeconds() * layout.acceptedTokens(step.problem().workload());
  }

  private record Step(Problem problem, CostedPlan costed) {}

  /** What such a step's time rests on. */
  RestsOn restsOn(ProblemRouting routing, double sequences, double promptTokens) {
    Plan plan = UsualPlan.inOrder(decode, layout.withSequences(layout.attentionRanks()));
    Step step = step(routing, plan, stepped(Math.max(1, sequences)), promptTokens, 1);
    return StepConfidence.restsOn(step.problem(), step.costed());
  }

  private Step step(
      ProblemRouting routing, Plan plan, Layout stepped, double promptTokens, double fill) {
    int ranks = layout.attentionRanks();
    Workload load =
        decode.workload().withConcurrentSequences(OptionalLong.of(stepped.concurrentSequences()));
    if (promptTokens > 0) {
      double each = promptTokens / stepped.microBatches();
      load = load.withPrompts(new PromptShare(Math.max(1, fill * ranks) * each, each, prompts));
    }
    Problem step = decode.withWorkload(load);
    Plan running = new Plan(stepped, plan.stages(), plan.experts());
    return new Step(step, CostedPlan.of(step, routing, running, CostDetail.TIMES));
  }

  private Layout stepped(double sequences) {
    return layout.withSequences((int) Math.ceil(sequences) * layout.attentionRanks());
  }

  /**
   * Sequences that each attention rank decodes at a time: as many as the engine runs and memory
   * holds; 0 where memory holds none.
   */
  public int mostRunning() {
    int good = 0;
    int bad = batching.mostRunning() + 1;
    while (bad - good > 1) {
      int middle = (good + bad) / 2;
      if (fits(middle)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return good;
  }

  /** Whether memory holds the model and one sequence of each attention rank. */
  boolean holdsOne() {
    return fits(1);
  }

  /** Memory of the fullest stage's fullest GPU with one sequence on each attention rank. */
  MemoryUse fullestOfOne() {
    return stages(1).max(Comparator.comparingDouble(MemoryUse::bytes)).orElseThrow();
  }

  /** What weights, caches and buffers may fill of each GPU, in bytes. */
  double usableBytes() {
    return decode.usableBytes(
        decode.topology().usableGpus().stream()
            .map(Gpu::spec)
            .mapToDouble(spec -> spec.hbmBytes())
            .min()
            .orElseThrow());
  }

  private boolean fits(int sequences) {
    double usable = usableBytes();
    return stages(sequences).noneMatch(memory -> memory.bytes() > usable);
  }

  // Memory of each stage, cut as plans are, with so many sequences on each attention rank.
  private Stream<MemoryUse> stages(int sequences) {
    Layout held = layout.withSequences(Math.multiplyExact(sequences, layout.attentionRanks()));
    Problem holding =
        decode.withWorkload(
            decode.workload().withConcurrentSequences(OptionalLong.of(held.concurrentSequences())));
    int layers = decode.model().layers().size();
    List<Integer> first = EvenStages.firstLayers(layers, layout.pipelineStages());
    return IntStream.range(0, first.size())
        .mapToObj(
            s ->
                MemoryUse.of(
                    holding,
                    held,
                    first.get(s),
                    (s + 1 < first.size() ? first.get(s + 1) : layers) - 1));
  }
}
