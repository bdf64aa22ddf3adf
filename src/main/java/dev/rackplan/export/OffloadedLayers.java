package dev.rackplan.export;

import dev.rackplan.workload.Recompute;
import dev.rackplan.workload.Training;

/**
 * How many layers' activations Megatron-Core keeps on the host, and what it asks for then.
 *
 * <p>Source: Megatron-LM's {@code transformer_config.py}, November 2026.
 */
final class OffloadedLayers {
  private OffloadedLayers() {}

  /**
   * Layers whose activations {@code title} is told to offload; 0 for none.
   *
   * @throws ExportRefusal where the plan's share is not of whole layers, or Megatron-Core offloads
   *     none
   */
  static int of(Deployment deployment, Training training, String title) {
    double share = training.runtime().hostActivations();
    if (share == 0) {
      return 0;
    }
    int all = deployment.problem().model().layers().size();
    double layers = share * all;
    if (layers != Math.rint(layers) || layers >= all) {
      throw refusal(
          title,
          "whole layers, not all of them; the plan has hostActivations "
              + share
              + " of "
              + all
              + " layers");
    }
    if (deployment.layout().pipelineStages() > 1) {
      throw refusal(title, "activations without a pipeline alone");
    }
    if (training.recompute() != Recompute.NONE) {
      throw refusal(title, "activations where nothing is computed again alone");
    }
    if (training.runtime().graphs()) {
      throw refusal(title, "activations without CUDA graphs alone");
    }
    return (int) layers;
  }

  private static ExportRefusal refusal(String title, String what) {
    return new ExportRefusal(
        title + " offloads " + what, "Solve with hostActivations that it takes, or with 0.");
  }
}
