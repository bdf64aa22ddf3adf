package dev.rackplan.replay;

import dev.rackplan.cost.CacheTransfer;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Batching;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.RequestTrace;
import dev.rackplan.workload.Workload;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.DoubleBinaryOperator;

/**
 * Deployments of plans: their steps priced for a trace's lengths, their memory, their engine's way
 * to put steps together.
 */
public final class PlannedPools {
  // SGLang counts on 0.7 of what running sequences may still write, which falls to 0.14 of that in
  // 600 steps without preemption: new_token_ratio, global_config.py.
  private static final double SGLANG_RESERVED = 0.7 * 0.14;
  // vLLM lets requests in as long as their prompts fit, and preempts.
  private static final double VLLM_RESERVED = 0;
  // TensorRT-LLM's GUARANTEED_NO_EVICT, its default: a request that is let in runs to its end.
  private static final double TENSORRT_RESERVED = 1;

  private PlannedPools() {}

  /**
   * What the caller sets; what is empty is as the plan or the engine has it.
   *
   * @param order which tokens a step takes, in a pool that does both
   * @param tokenBudget prompt tokens of one step of a rank
   * @param mostRunning sequences of a rank
   * @param cachedShare of prompts whose blocks are unknown
   */
  public record Settings(
      Router router,
      Optional<Batching.Order> order,
      OptionalInt tokenBudget,
      OptionalInt mostRunning,
      OptionalDouble cachedShare) {}

  /**
   * One pool for both: the plan's layout reads prompts, too.
   *
   * @param problem of decode or prefill, which {@code plan} is for
   */
  public static Deployment one(Problem problem, Plan plan, RequestTrace trace, Settings settings) {
    PlanSteps steps = new PlanSteps(problem, plan);
    Layout layout = plan.layout();
    Batching usual =
        Batching.usual(engine(problem), problem.topology().firstSpec(), layout.attentionRanks());
    boolean decodePlan = problem.workload().phase() == Phase.DECODE;
    Batching batching =
        new Batching(
            settings.order().orElse(usual.order()),
            settings.tokenBudget().orElse(usual.tokenBudget()),
            settings.mostRunning().orElse(decodePlan ? sequences(layout) : usual.mostRunning()),
            usual.cutsPrompts());
    double longest = longest(trace);
    StepTimes times =
        StepTimes.of(
            Optional.of(steps.decode(mostAtOnce(batching, trace), longest)),
            Optional.of(steps.prompts(mostTokens(batching, trace), longest)),
            held(layout, steps),
            layout.pipelineStages() > 1);
    Workload decoding = steps.decoding();
    Pool pool =
        pool(Role.BOTH, problem, plan, batching, times)
            .withTokens(layout.queryTokens(decoding), layout.acceptedTokens(decoding));
    return new Deployment(
        List.of(pool),
        Optional.empty(),
        settings.router(),
        settings.cachedShare().orElse(cachedShare(problem)));
  }

  /** A pool for each phase. */
  public static Deployment two(
      ServingProblem serving, Plan prefill, Plan decode, RequestTrace trace, Settings settings) {
    double longest = longest(trace);
    Layout reads = prefill.layout();
    double step =
        Math.ceil(reads.sequencesPerMicroBatch() / (double) reads.attentionRanks())
            * reads.queryTokens(serving.prefill().workload());
    Batching reading =
        new Batching(
            Batching.Order.PROMPTS_FIRST,
            settings.tokenBudget().orElse((int) Math.min(Integer.MAX_VALUE, Math.ceil(step))),
            Integer.MAX_VALUE,
            true);
    PlanSteps readingSteps = new PlanSteps(serving.prefill(), prefill);
    StepTimes readingTimes =
        StepTimes.of(
            Optional.empty(),
            Optional.of(readingSteps.prompts(mostTokens(reading, trace), longest)),
            held(reads, readingSteps),
            reads.pipelineStages() > 1);
    Layout writes = decode.layout();
    Batching decoding =
        new Batching(
            Batching.Order.PROMPTS_FIRST,
            1,
            settings.mostRunning().orElse(sequences(writes)),
            true);
    PlanSteps decodingSteps = new PlanSteps(serving.decode(), decode);
    StepTimes decodingTimes =
        StepTimes.of(
            Optional.of(decodingSteps.decode(mostAtOnce(decoding, trace), longest)),
            Optional.empty(),
            Optional.empty(),
            writes.pipelineStages() > 1);
    Workload load = serving.decode().workload();
    Problem reader = serving.prefill();
    double link = CacheTransfer.of(serving).linkBytesPerSecond();
    return new Deployment(
        List.of(
            pool(Role.PREFILL, reader, prefill, reading, readingTimes),
            pool(Role.DECODE, serving.decode(), decode, decoding, decodingTimes)
                .withTokens(writes.queryTokens(load), writes.acceptedTokens(load))),
        Optional.of(
            new CacheLink(
                tokens -> reader.model().kvCapacityBytes(tokens, reader.precision().kv()),
                link * gpusPerRank(reads),
                link * gpusPerRank(writes))),
        settings.router(),
        settings.cachedShare().orElse(cachedShare(reader)));
  }

  private static Optional<DoubleBinaryOperator> held(Layout layout, PlanSteps steps) {
    return layout.pipelineStages() > 1 ? Optional.of(steps::slowestStageSeconds) : Optional.empty();
  }

  private static Pool pool(
      Role role, Problem problem, Plan plan, Batching batching, StepTimes times) {
    return new Pool(
        role,
        plan.layout().replicas(),
        plan.layout().attentionRanks(),
        plan.layout().gpus(),
        batching,
        reservedShare(engine(problem)),
        KvRoom.of(problem, plan),
        times,
        1,
        1);
  }

  private static int sequences(Layout layout) {
    return layout.microBatches()
        * (int) Math.ceil(layout.sequencesPerMicroBatch() / (double) layout.attentionRanks());
  }

  private static int gpusPerRank(Layout layout) {
    return layout.pipelineStages() * layout.gpusPerStage() / layout.attentionRanks();
  }

  // Kernels are the usual engine's where none is known.
  private static EngineKind engine(Problem problem) {
    return EngineKind.of(problem.engine().name())
        .filter(kind -> !kind.trains())
        .orElse(EngineKind.SGLANG);
  }

  private static double reservedShare(EngineKind engine) {
    return switch (engine) {
      case SGLANG -> SGLANG_RESERVED;
      case VLLM, VLLM_ASCEND -> VLLM_RESERVED;
      case TENSORRT_LLM -> TENSORRT_RESERVED;
      case MEGATRON -> throw new IllegalArgumentException("Megatron-LM serves nothing");
    };
  }

  private static double cachedShare(Problem problem) {
    Contexts contexts = problem.workload().contexts();
    return problem.workload().phase() == Phase.PREFILL
        ? contexts.cachedTokens() / contexts.tokens()
        : 0;
  }

  // What a trace can't fill need not be priced.
  private static int mostAtOnce(Batching batching, RequestTrace trace) {
    return Math.min(batching.mostRunning(), trace.size());
  }

  private static int mostTokens(Batching batching, RequestTrace trace) {
    double all = 0;
    for (int request = 0; request < trace.size(); request++) {
      all += trace.promptTokens(request);
    }
    return (int) Math.min(batching.tokenBudget(), all);
  }

  private static double longest(RequestTrace trace) {
    double longest = 2;
    for (int request = 0; request < trace.size(); request++) {
      longest =
          Math.max(longest, (double) trace.promptTokens(request) + trace.answerTokens(request));
    }
    return longest;
  }
}
