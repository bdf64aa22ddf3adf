package dev.rackplan.export;

import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.RecomputedModule;
import dev.rackplan.workload.Training;

/**
 * Whether tokens travel to experts beside another micro-batch's work, as the plan's time takes it
 * for, and what Megatron-Core asks for then.
 *
 * <p>Source: Megatron-LM's {@code transformer_config.py}, November 2026.
 */
final class ExpertOverlap {
  private ExpertOverlap() {}

  /**
   * Whether {@code title} is told so; not where nothing is sent or one micro-batch has no other.
   *
   * @throws ExportRefusal where the plan counts on what Megatron-Core does not overlap
   */
  static boolean of(Deployment deployment, Training training, String title) {
    if (!training.runtime().overlapsExperts()
        || training.overlapsPasses()
        || !deployment.sends()
        || deployment.layout().expertParallel() == 1
        || deployment.layout().microBatches() == 1) {
      return false;
    }
    if (deployment.layout().pipelineStages() > 1 && training.virtualStages() == 1) {
      throw refusal(title, "in a pipeline of one chunk a stage", "virtualStages of 2 or more");
    }
    if (training.recompute() == Recompute.FULL
        || training.runtime().modules().contains(RecomputedModule.MOE)) {
      throw refusal(title, "with experts that are computed again", "other recomputation");
    }
    if (training.runtime().replays(true)) {
      throw refusal(title, "with experts in CUDA graphs", "eagerExperts true");
    }
    return true;
  }

  private static ExportRefusal refusal(String title, String where, String remedy) {
    return new ExportRefusal(
        title
            + " does not send tokens to experts beside another micro-batch's work "
            + where
            + "; the plan's time has overlapExperts true",
        "Solve with overlapExperts false, or with " + remedy + ".");
  }
}
