package dev.rackplan.plan;

import static dev.rackplan.plan.EngineCondition.named;
import static dev.rackplan.plan.EngineCondition.when;

import dev.rackplan.problem.Degree;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.PipelineSchedule;
import dev.rackplan.workload.Training;
import java.util.Optional;

/** Conditions on stages, their attention ranks and what these exchange; on phases and schedules. */
final class StageConditions {
  /** It serves, the problem trains. */
  static final EngineCondition SERVES = new EngineCondition(StageConditions::serves);

  /** It trains, the problem serves. */
  static final EngineCondition TRAINS = new EngineCondition(StageConditions::trains);

  /** Attention is tensor-parallel over the whole stage, or data-parallel over it. */
  static final EngineCondition WHOLE_RANKS =
      new EngineCondition(StageConditions::wholeRanks, Degree.ATTENTION_TENSOR_PARALLEL);

  /**
   * A data-parallel rank has all its stages on neighbouring GPUs, so a stage can't hold several.
   */
  static final EngineCondition STAGES_WITHIN_RANKS =
      new EngineCondition(
          StageConditions::stagesWithinRanks,
          Degree.PIPELINE_STAGES,
          Degree.ATTENTION_TENSOR_PARALLEL);

  /** Tokens are sent to experts only where attention is data-parallel. */
  static final EngineCondition SENDS_BETWEEN_RANKS =
      new EngineCondition(
          StageConditions::sendsBetweenRanks,
          Degree.MOE_COMMUNICATION,
          Degree.ATTENTION_TENSOR_PARALLEL);

  /** Half batches overlap where tokens are sent to experts. */
  static final EngineCondition OVERLAP_NEEDS_SENDING =
      new EngineCondition(
          StageConditions::overlapNeedsSending, Degree.TWO_BATCH_OVERLAP, Degree.MOE_COMMUNICATION);

  /** The same, or where attention is data-parallel. */
  static final EngineCondition OVERLAP_NEEDS_SENDING_OR_RANKS =
      new EngineCondition(
          StageConditions::overlapNeedsSendingOrRanks,
          Degree.TWO_BATCH_OVERLAP,
          Degree.MOE_COMMUNICATION);

  /** Half batches don't overlap. */
  static final EngineCondition NO_OVERLAP =
      new EngineCondition(StageConditions::noOverlap, Degree.TWO_BATCH_OVERLAP);

  /** Drafts are checked in a single stage. */
  static final EngineCondition DRAFTS_IN_ONE_STAGE =
      new EngineCondition(
          StageConditions::draftsInOneStage, Degree.DRAFT_TOKENS, Degree.PIPELINE_STAGES);

  /** Attention has one rank. */
  static final EngineCondition ONE_RANK =
      new EngineCondition(
          StageConditions::oneRank, Degree.ATTENTION_TENSOR_PARALLEL, Degree.EXPERT_PARALLEL);

  /** Mixtures of experts with tensor-parallel attention train with sequence parallelism. */
  static final EngineCondition SEQUENCE_PARALLEL_EXPERTS =
      new EngineCondition(
          StageConditions::sequenceParallelExperts, Degree.ATTENTION_TENSOR_PARALLEL);

  /** Virtual stages need a pipeline. */
  static final EngineCondition INTERLEAVED_STAGES =
      new EngineCondition(StageConditions::interleavedStages, Degree.PIPELINE_STAGES);

  /** Schedules that it has. */
  static final EngineCondition MEGATRON_SCHEDULE =
      new EngineCondition(StageConditions::megatronSchedule);

  /** The host holds optimizer states only of a distributed optimizer. */
  static final EngineCondition HOST_OPTIMIZER_IS_DISTRIBUTED =
      new EngineCondition(
          StageConditions::hostOptimizerIsDistributed, Degree.OFFLOAD, Degree.SHARDING);

  private StageConditions() {}

  private static Optional<String> serves(EngineQuestion asked, Layout layout) {
    return when(
        asked.problem().workload().training().isPresent(), () -> "serves, and the problem trains");
  }

  private static Optional<String> trains(EngineQuestion asked, Layout layout) {
    return when(
        asked.problem().workload().training().isEmpty(), () -> "trains, and the problem serves");
  }

  private static Optional<String> wholeRanks(EngineQuestion asked, Layout layout) {
    return when(
        layout.attentionRanks() > 1 && layout.attentionTensorParallel() > 1,
        () ->
            "attentionTensorParallel "
                + layout.attentionTensorParallel()
                + " is neither 1 nor the "
                + layout.gpusPerStage()
                + " GPUs of a stage");
  }

  private static Optional<String> stagesWithinRanks(EngineQuestion asked, Layout layout) {
    return when(
        layout.pipelineStages() > 1 && layout.attentionRanks() > 1,
        () ->
            "pipelineStages "
                + layout.pipelineStages()
                + " of "
                + layout.attentionRanks()
                + " attention ranks each: a data-parallel rank keeps its stages together");
  }

  private static Optional<String> sendsBetweenRanks(EngineQuestion asked, Layout layout) {
    return when(
        asked.sends(layout) && layout.attentionRanks() == 1,
        () -> "allToAll needs more than one attention rank");
  }

  private static Optional<String> overlapNeedsSending(EngineQuestion asked, Layout layout) {
    return when(
        overlaps(asked, layout) && !asked.sends(layout), () -> "two-batch overlap needs allToAll");
  }

  private static Optional<String> overlapNeedsSendingOrRanks(EngineQuestion asked, Layout layout) {
    return when(
        overlaps(asked, layout) && !asked.sends(layout) && layout.attentionRanks() == 1,
        () -> "two-batch overlap needs allToAll or more than one attention rank");
  }

  private static Optional<String> noOverlap(EngineQuestion asked, Layout layout) {
    return when(overlaps(asked, layout), () -> "has no two-batch overlap");
  }

  private static Optional<String> draftsInOneStage(EngineQuestion asked, Layout layout) {
    var workload = asked.problem().workload();
    boolean drafts = workload.phase() == Phase.DECODE && layout.queryTokens(workload) > 1;
    return when(
        drafts && layout.pipelineStages() > 1,
        () -> "drafts with " + layout.pipelineStages() + " stages");
  }

  private static Optional<String> oneRank(EngineQuestion asked, Layout layout) {
    return when(
        layout.attentionRanks() > 1,
        () ->
            "attention has "
                + layout.attentionRanks()
                + " ranks of "
                + named(Degree.ATTENTION_TENSOR_PARALLEL, layout)
                + ", data-parallel attention is not known");
  }

  private static Optional<String> sequenceParallelExperts(EngineQuestion asked, Layout layout) {
    boolean sequence =
        layout.training(asked.problem().workload()).map(Training::sequenceParallel).orElse(true);
    return when(
        asked.moes().stream().findAny().isPresent()
            && layout.attentionTensorParallel() > 1
            && !sequence,
        () ->
            "experts with "
                + named(Degree.ATTENTION_TENSOR_PARALLEL, layout)
                + " need sequenceParallel");
  }

  private static Optional<String> interleavedStages(EngineQuestion asked, Layout layout) {
    boolean interleaved =
        layout.training(asked.problem().workload()).map(Training::schedule).stream()
            .anyMatch(schedule -> schedule == PipelineSchedule.INTERLEAVED);
    return when(
        interleaved && layout.pipelineStages() == 1,
        () -> "interleaved needs pipelineStages above 1");
  }

  private static Optional<String> megatronSchedule(EngineQuestion asked, Layout layout) {
    return layout
        .training(asked.problem().workload())
        .map(Training::schedule)
        .flatMap(
            schedule ->
                switch (schedule) {
                  case ONE_FORWARD_ONE_BACKWARD, INTERLEAVED -> Optional.empty();
                  case ZERO_BUBBLE, DUAL_PIPE -> Optional.of("has no schedule " + schedule.word());
                });
  }

  private static Optional<String> hostOptimizerIsDistributed(EngineQuestion asked, Layout layout) {
    return when(
        layout
            .training(asked.problem().workload())
            .filter(own -> own.runtime().hostOptimizer() > 0 && !own.shardedOptimizer())
            .isPresent(),
        () -> "holds moments on the host only from ZeRO 1 on, and each rank has all of them");
  }

  private static boolean overlaps(EngineQuestion asked, Layout layout) {
    return !asked.moes().isEmpty() && layout.twoBatchOverlap(asked.problem().engine());
  }
}
