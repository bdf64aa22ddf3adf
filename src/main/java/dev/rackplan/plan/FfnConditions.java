package dev.rackplan.plan;

import static dev.rackplan.plan.EngineCondition.named;
import static dev.rackplan.plan.EngineCondition.when;

import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.workload.Phase;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Conditions on how FFNs are divided: dense ones, shared and routed experts, and their copies. */
final class FfnConditions {
  // NUM_MAX_NVL_PEERS of DeepEP.
  private static final int DEEP_EP_NODE = 8;

  // So many groups of eight GPUs as SWITCH_RDMA_RANKS of DeepEP is built for, July 2026; the commit
  // that vLLM pins (73b6ea4) has the same, older ones fewer.
  private static final List<Integer> DEEP_EP_NODES = List.of(2, 3, 4, 6, 8, 12, 16, 18, 20);

  /** Dense FFNs are cut as attention is. */
  static final EngineCondition DENSE_AS_ATTENTION =
      new EngineCondition(
          FfnConditions::denseAsAttention,
          Degree.DENSE_TENSOR_PARALLEL,
          Degree.ATTENTION_TENSOR_PARALLEL);

  /** Dense FFNs beside experts are whole on each GPU, or cut over the stage. */
  static final EngineCondition DENSE_WHOLE_OR_OVER_STAGE =
      new EngineCondition(
          FfnConditions::denseWholeOrOverStage,
          Degree.DENSE_TENSOR_PARALLEL,
          Degree.ATTENTION_TENSOR_PARALLEL);

  /** Dense FFNs are cut between whole blocks of their format. */
  static final EngineCondition DENSE_WIDTH_DIVIDES =
      new EngineCondition(
          FfnConditions::denseWidthDivides,
          Degree.DENSE_TENSOR_PARALLEL,
          Degree.ATTENTION_TENSOR_PARALLEL);

  /** Dense FFNs are cut between elements. */
  static final EngineCondition DENSE_ELEMENTS_DIVIDE =
      new EngineCondition(
          FfnConditions::denseElementsDivide,
          Degree.DENSE_TENSOR_PARALLEL,
          Degree.ATTENTION_TENSOR_PARALLEL);

  /**
   * Shared experts are cut over the stage between whole blocks, except where tokens are sent to
   * experts: there each GPU has them whole.
   */
  static final EngineCondition SHARED_OVER_STAGE =
      new EngineCondition(
          FfnConditions::sharedOverStage, Degree.ATTENTION_TENSOR_PARALLEL, Degree.EXPERT_PARALLEL);

  /**
   * Shared experts are cut over an attention rank between whole blocks, except where several ranks
   * share spread experts: there each GPU has them whole.
   */
  static final EngineCondition SHARED_OVER_RANK =
      new EngineCondition(FfnConditions::sharedOverRank, Degree.ATTENTION_TENSOR_PARALLEL);

  /** Routed experts are cut between whole blocks of their format. */
  static final EngineCondition EXPERT_WIDTH_DIVIDES =
      new EngineCondition(FfnConditions::expertWidthDivides, Degree.EXPERT_TENSOR_PARALLEL);

  /** Routed experts are cut between elements. */
  static final EngineCondition EXPERT_ELEMENTS_DIVIDE =
      new EngineCondition(FfnConditions::expertElementsDivide, Degree.EXPERT_TENSOR_PARALLEL);

  /** Experts are whole, spread over the stage, or all of them sliced over it; nothing between. */
  static final EngineCondition EXPERTS_SPREAD_OR_SLICED =
      new EngineCondition(
          FfnConditions::expertsSpreadOrSliced,
          Degree.EXPERT_TENSOR_PARALLEL,
          Degree.EXPERT_PARALLEL);

  /** Each GPU holds as many expert slots. */
  static final EngineCondition SLOTS_DIVIDE =
      new EngineCondition(
          FfnConditions::slotsDivide, Degree.EXPERT_PARALLEL, Degree.REDUNDANT_EXPERTS);

  /** The same where there are redundant experts; without, some GPUs may hold one expert more. */
  static final EngineCondition SLOTS_DIVIDE_WITH_REDUNDANT =
      new EngineCondition(
          FfnConditions::slotsDivideWithRedundant,
          Degree.REDUNDANT_EXPERTS,
          Degree.EXPERT_PARALLEL);

  /** The same where tokens are sent to the GPUs of their experts. */
  static final EngineCondition SLOTS_DIVIDE_WHERE_SENT =
      new EngineCondition(
          FfnConditions::slotsDivideWhereSent, Degree.EXPERT_PARALLEL, Degree.MOE_COMMUNICATION);

  /**
   * Prompts' tokens are sent among 2, 4 or 8 GPUs, or so many groups of 8 as the normal kernels of
   * DeepEP are built for.
   */
  static final EngineCondition PROMPTS_SENT_IN_EIGHTS =
      new EngineCondition(
          FfnConditions::promptsSentInEights, Degree.EXPERT_PARALLEL, Degree.MOE_COMMUNICATION);

  /** No expert has a second copy. */
  static final EngineCondition NO_REDUNDANT_EXPERTS =
      new EngineCondition(FfnConditions::noRedundantExperts, Degree.REDUNDANT_EXPERTS);

  /** Copies of experts need expert parallelism. */
  static final EngineCondition REDUNDANT_NEED_EXPERT_PARALLEL =
      new EngineCondition(
          FfnConditions::redundantNeedExpertParallel,
          Degree.REDUNDANT_EXPERTS,
          Degree.EXPERT_PARALLEL);

  /** Tokens are not sent to experts that have biases. */
  static final EngineCondition NO_SENDING_TO_BIASED_EXPERTS =
      new EngineCondition(
          FfnConditions::noSendingToBiasedExperts,
          Degree.MOE_COMMUNICATION,
          Degree.EXPERT_PARALLEL);

  /** Experts that have biases are not sliced. */
  static final EngineCondition NO_SLICES_OF_BIASED_EXPERTS =
      new EngineCondition(FfnConditions::noSlicesOfBiasedExperts, Degree.EXPERT_TENSOR_PARALLEL);

  private FfnConditions() {}

  private static Optional<String> denseAsAttention(EngineQuestion asked, Layout layout) {
    return when(
        asked.hasDenseBesideExperts()
            && layout.denseTensorParallel() != layout.attentionTensorParallel(),
        () ->
            denseParallel(layout)
                + " is not the "
                + named(Degree.ATTENTION_TENSOR_PARALLEL, layout));
  }

  private static Optional<String> denseWholeOrOverStage(EngineQuestion asked, Layout layout) {
    int dense = layout.denseTensorParallel();
    return when(
        asked.hasDenseBesideExperts() && dense != 1 && dense != layout.gpusPerStage(),
        () -> denseParallel(layout) + " is neither 1 nor the " + stage(layout));
  }

  private static Optional<String> denseWidthDivides(EngineQuestion asked, Layout layout) {
    return first(asked.denseWidths(), width -> width.fault(layout.denseTensorParallel()));
  }

  private static Optional<String> denseElementsDivide(EngineQuestion asked, Layout layout) {
    return first(asked.denseWidths(), width -> width.faultOfElements(layout.denseTensorParallel()));
  }

  private static Optional<String> sharedOverStage(EngineQuestion asked, Layout layout) {
    int slices = SharedExperts.parts(Optional.of(EngineKind.SGLANG), asked.sends(layout), layout);
    return first(asked.sharedWidths(), width -> width.fault(slices));
  }

  private static Optional<String> sharedOverRank(EngineQuestion asked, Layout layout) {
    int slices = SharedExperts.parts(Optional.of(EngineKind.VLLM), asked.sends(layout), layout);
    return first(asked.sharedWidths(), width -> width.fault(slices));
  }

  private static Optional<String> expertWidthDivides(EngineQuestion asked, Layout layout) {
    return first(asked.expertWidths(), width -> width.fault(layout.expertTensorParallel()));
  }

  private static Optional<String> expertElementsDivide(EngineQuestion asked, Layout layout) {
    return first(
        asked.expertWidths(), width -> width.faultOfElements(layout.expertTensorParallel()));
  }

  private static Optional<String> expertsSpreadOrSliced(EngineQuestion asked, Layout layout) {
    return when(
        layout.expertParallel() > 1 && layout.expertTensorParallel() > 1,
        () ->
            "expertParallel "
                + layout.expertParallel()
                + " with expertTensorParallel "
                + layout.expertTensorParallel()
                + ": one of the two is 1");
  }

  private static Optional<String> slotsDivide(EngineQuestion asked, Layout layout) {
    int parallel = layout.expertParallel();
    int redundant = layout.redundantExperts();
    return asked.moes().stream()
        .map(MoeFfn::experts)
        .filter(experts -> (experts + redundant) % parallel != 0)
        .map(
            experts ->
                experts
                    + (redundant == 0 ? " experts" : " + " + redundant + " expert slots")
                    + " do not divide over expertParallel "
                    + parallel)
        .findFirst();
  }

  private static Optional<String> slotsDivideWithRedundant(EngineQuestion asked, Layout layout) {
    return layout.redundantExperts() == 0 ? Optional.empty() : SLOTS_DIVIDE.fault(asked, layout);
  }

  private static Optional<String> slotsDivideWhereSent(EngineQuestion asked, Layout layout) {
    return asked.sends(layout) ? SLOTS_DIVIDE.fault(asked, layout) : Optional.empty();
  }

  private static Optional<String> promptsSentInEights(EngineQuestion asked, Layout layout) {
    int gpus = layout.gpusPerStage();
    boolean built =
        gpus % DEEP_EP_NODE == 0
            ? gpus == DEEP_EP_NODE || DEEP_EP_NODES.contains(gpus / DEEP_EP_NODE)
            : DEEP_EP_NODE % gpus == 0;
    return when(
        asked.problem().workload().phase() == Phase.PREFILL && asked.sends(layout) && !built,
        () ->
            "prompts are sent among 2, 4 or 8 GPUs or "
                + DEEP_EP_NODES.stream().map(String::valueOf).collect(Collectors.joining(", "))
                + " groups of 8, not "
                + gpus);
  }

  private static Optional<String> noRedundantExperts(EngineQuestion asked, Layout layout) {
    return when(
        layout.redundantExperts() > 0,
        () -> "has no redundant experts, the layout has " + layout.redundantExperts());
  }

  private static Optional<String> redundantNeedExpertParallel(EngineQuestion asked, Layout layout) {
    return when(
        layout.redundantExperts() > 0 && layout.expertParallel() == 1,
        () -> "redundantExperts " + layout.redundantExperts() + " need expertParallel above 1");
  }

  private static Optional<String> noSendingToBiasedExperts(EngineQuestion asked, Layout layout) {
    return when(
        asked.sends(layout) && asked.moes().stream().anyMatch(MoeFfn::hasBias),
        () -> "sends no tokens to experts with biases: its model code stops at the first step");
  }

  private static Optional<String> noSlicesOfBiasedExperts(EngineQuestion asked, Layout layout) {
    return when(
        layout.expertTensorParallel() > 1 && asked.moes().stream().anyMatch(MoeFfn::hasBias),
        () -> named(Degree.EXPERT_TENSOR_PARALLEL, layout) + ", and slices no experts with biases");
  }

  private static Optional<String> first(
      List<SlicedWidth> widths, Function<SlicedWidth, Optional<String>> fault) {
    return widths.stream().flatMap(width -> fault.apply(width).stream()).findFirst();
  }

  private static String stage(Layout layout) {
    return layout.gpusPerStage() + " GPUs of a stage";
  }

  private static String denseParallel(Layout layout) {
    return Degree.DENSE_TENSOR_PARALLEL.key() + " " + layout.denseTensorParallel();
  }
}
