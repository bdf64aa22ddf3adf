package dev.rackplan.replay;

import dev.rackplan.cost.link.CacheTransfer;
import dev.rackplan.plan.EngineGround;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Batching;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.serving.EngineHost;
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
   * Equal instances of one plan.
   *
   * @param role of its GPUs
   * @param problem that {@code plan} is for: of decode or prefill
   */
  public record Part(Role role, Problem problem, Plan plan) {
    public Part {
      problem = EngineGround.of(problem, plan);
    }
  }

  /**
   * One pool for both: the plan's layout reads prompts, too.
   *
   * @param problem of decode or prefill, which {@code plan} is for
   */
  public static Deployment one(Problem problem, Plan plan, RequestTrace trace, Settings settings) {
    return of(List.of(new Part(Role.BOTH, problem, plan)), OptionalDouble.empty(), trace, settings);
  }

  /** A pool for each phase. */
  public static Deployment two(
      ServingProblem serving, Plan prefill, Plan decode, RequestTrace trace, Settings settings) {
    return of(
        List.of(
            new Part(Role.PREFILL, serving.prefill(), prefill),
            new Part(Role.DECODE, serving.decode(), decode)),
        OptionalDouble.of(CacheTransfer.of(serving).linkBytesPerSecond()),
        trace,
        settings);
  }

  /**
   * Pools of any number of plans: all do both, or some read prompts and the others decode.
   *
   * @param parts those that read prompts first
   * @param linkBytesPerSecond of a GPU that sends KV caches, or takes them; empty where all do both
   */
  public static Deployment of(
      List<Part> parts, OptionalDouble linkBytesPerSecond, RequestTrace trace, Settings settings) {
    Problem reader = parts.get(0).problem();
    List<Double> links =
        parts.stream()
            .map(part -> linkBytesPerSecond.orElse(0) * gpusPerRank(part.plan().layout()))
            .toList();
    return new Deployment(
        parts.stream().map(part -> pool(part, trace, settings)).toList(),
        linkBytesPerSecond.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new CacheLink(
                    tokens -> reader.model().kvCapacityBytes(tokens, reader.precision().kv()),
                    links)),
        settings.router(),
        settings.cachedShare().orElse(cachedShare(reader)));
  }

  private static Pool pool(Part part, RequestTrace trace, Settings settings) {
    return switch (part.role()) {
      case BOTH -> both(part, trace, settings);
      case PREFILL -> prefill(part, trace, settings);
      case DECODE -> decode(part, trace, settings);
    };
  }

  private static Pool both(Part part, RequestTrace trace, Settings settings) {
    Problem problem = part.problem();
    PlanSteps steps = new PlanSteps(problem, part.plan());
    Layout layout = part.plan().layout();
    Batching usual =
        Batching.usual(engine(problem), problem.topology().firstSpec(), layout.attentionRanks());
    boolean decodePlan = problem.workload().phase() == Phase.DECODE;
    Batching batching =
        new Batching(
            settings.order().orElse(usual.order()),
            settings.tokenBudget().orElse(usual.tokenBudget()),
            settings.mostRunning().orElse(decodePlan ? sequences(part) : usual.mostRunning()),
            usual.cutsPrompts());
    double longest = longest(trace);
    StepTimes times =
        StepTimes.of(
            Optional.of(steps.decode(mostAtOnce(batching, trace), longest)),
            Optional.of(steps.prompts(mostTokens(batching, trace), longest)),
            held(layout, steps),
            layout.pipelineStages());
    Workload decoding = steps.decoding();
    return pool(part, batching, times)
        .withTokens(layout.queryTokens(decoding), layout.acceptedTokens(decoding));
  }

  private static Pool prefill(Part part, RequestTrace trace, Settings settings) {
    Layout layout = part.plan().layout();
    double step =
        Math.ceil(layout.sequencesPerMicroBatch() / (double) layout.attentionRanks())
            * layout.queryTokens(part.problem().workload());
    Batching batching =
        new Batching(
            Batching.Order.PROMPTS_FIRST,
            settings.tokenBudget().orElse((int) Math.min(Integer.MAX_VALUE, Math.ceil(step))),
            Integer.MAX_VALUE,
            true);
    PlanSteps steps = new PlanSteps(part.problem(), part.plan());
    return pool(
        part,
        batching,
        StepTimes.of(
            Optional.empty(),
            Optional.of(steps.prompts(mostTokens(batching, trace), longest(trace))),
            held(layout, steps),
            layout.pipelineStages()));
  }

  private static Pool decode(Part part, RequestTrace trace, Settings settings) {
    Layout layout = part.plan().layout();
    Batching batching =
        new Batching(
            Batching.Order.PROMPTS_FIRST, 1, settings.mostRunning().orElse(sequences(part)), true);
    PlanSteps steps = new PlanSteps(part.problem(), part.plan());
    Workload load = part.problem().workload();
    return pool(
            part,
            batching,
            StepTimes.of(
                Optional.of(steps.decode(mostAtOnce(batching, trace), longest(trace))),
                Optional.empty(),
                Optional.empty(),
                layout.pipelineStages()))
        .withTokens(layout.queryTokens(load), layout.acceptedTokens(load));
  }

  private static Optional<DoubleBinaryOperator> held(Layout layout, PlanSteps steps) {
    return layout.pipelineStages() > 1 ? Optional.of(steps::slowestStageSeconds) : Optional.empty();
  }

  private static Pool pool(Part part, Batching batching, StepTimes times) {
    Layout layout = part.plan().layout();
    return new Pool(
            part.role(),
            layout.replicas(),
            layout.attentionRanks(),
            layout.gpus(),
            batching,
            reservedShare(engine(part.problem())),
            KvRoom.of(part.problem(), part.plan()),
            times)
        .withHost(EngineHost.of(part.problem(), layout));
  }

  // Of a rank: the plan's, or more that the engine is told.
  private static int sequences(Part part) {
    return Math.max(
        part.plan().layout().sequencesPerRank(),
        part.problem().engine().memory().stepSequences().orElse(0));
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
