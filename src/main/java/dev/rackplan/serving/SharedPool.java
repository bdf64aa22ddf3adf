package dev.rackplan.serving;

import dev.rackplan.baseline.UsualPlan;
import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.MemoryUse;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.cost.StepConfidence;
import dev.rackplan.law.RestsOn;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Gpu;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.PromptShare;
import dev.rackplan.workload.Workload;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;

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
  /** The same as an engine runs them, with routing that was mixed before. */
  EngineSteps engineSteps(ProblemRouting routing) {
    StepTimes times = steps(routing);
    StepTimes full = layout.pipelineStages() == 1 ? times : prompts(routing, 1, Through.ALL);
    StepTimes alone = prompts(routing, 1.0 / layout.attentionRanks(), Through.ALL);
    boolean staged = layout.pipelineStages() > 1;
    return new EngineSteps(
        times,
        new EngineSteps.Prompts(
            full,
            alone,
            staged ? prompts(routing, 1, Through.SLOWEST) : full,
            staged ? prompts(routing, 1.0 / layout.attentionRanks(), Through.SLOWEST) : alone),
        layout.attentionRanks(),
        layout.pipelineStages(),
        batching,
        EngineHost.of(decode, layout));
  }

  /** Which stages' time. */
  private enum Through {
    ALL,
    SLOWEST
  }

  // Prompts that go through all stages whole; of the ranks such a share has some.
  private StepTimes prompts(ProblemRouting routing, double fill, Through through) {
    Layout whole = layout.withMicroBatches(1, layout.attentionRanks());
    Plan plan = UsualPlan.inOrder(decode, whole);
    return new StepTimes(
        (sequences, promptTokens) -> {
          List<Double> stages =
              step(routing, plan, whole, promptTokens, fill).costed().slowest().seconds();
          return through == Through.SLOWEST
              ? Collections.max(stages)
              : stages.stream().mapToDouble(Double::doubleValue).sum();
        },
        batching.tokenBudget());
  }

  /** What its steps take, priced where they are asked for. */
  public StepTimes steps() {
    return steps(ProblemRouting.of(decode));
  }

  private StepTimes steps(ProblemRouting routing) {
    Plan plan = UsualPlan.inOrder(decode, with(layout.attentionRanks()));
    return new StepTimes(
        (sequences, promptTokens) -> stepSeconds(routing, plan, sequences, promptTokens),
        batching.tokenBudget());
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
    Plan plan = UsualPlan.inOrder(decode, with(layout.attentionRanks()));
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
    return with((int) Math.ceil(sequences) * layout.attentionRanks());
  }

  // In a micro-batch for each stage where there are enough.
  private Layout with(int sequences) {
    int microBatches = Math.min(layout.pipelineStages(), sequences);
    return layout.withMicroBatches(microBatches, (sequences - 1) / microBatches + 1);
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

  private boolean fits(int sequences) {
    Layout held = with(Math.multiplyExact(sequences, layout.attentionRanks()));
    Problem holding =
        decode.withWorkload(
            decode.workload().withConcurrentSequences(OptionalLong.of(held.concurrentSequences())));
    double usable =
        decode.usableBytes(
            decode.topology().usableGpus().stream()
                .map(Gpu::spec)
                .mapToDouble(spec -> spec.hbmBytes())
                .min()
                .orElseThrow());
    int layers = decode.model().layers().size();
    int stages = layout.pipelineStages();
    for (int s = 0; s < stages; s++) {
      int first = s * layers / stages;
      int last = (s + 1) * layers / stages - 1;
      if (MemoryUse.of(holding, held, first, last).bytes() > usable) {
        return false;
      }
    }
    return true;
  }
}
