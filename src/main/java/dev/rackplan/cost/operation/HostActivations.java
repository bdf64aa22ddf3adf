package dev.rackplan.cost.operation;

import dev.rackplan.model.Layer;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Training;

/**
 * A layer's activations that the host holds between its passes: they go there beside the next
 * layer's forward pass and come back beside the backward pass of the one after it. What passes as
 * long as this layer's do not hide shows.
 *
 * <p>Source: Transformer Engine's {@code cpu_offload.py}. Megatron's first N of L layers count as
 * N/L of each layer.
 */
public final class HostActivations {
  private final double seconds;

  public HostActivations(Problem problem, Layout layout, Layer layer) {
    Training training = layout.training(problem.workload()).orElseThrow();
    double share = training.reversible() ? 0 : training.runtime().hostActivations();
    double kept = share == 0 ? 0 : keptBytes(problem, layout, layer, training);
    this.seconds =
        share * kept / HostLink.bytesPerSecond(problem.topology().usableGpus().get(0).spec());
  }

  // In the mean of layers that are computed again and those that are not.
  private static double keptBytes(Problem problem, Layout layout, Layer layer, Training training) {
    LayerActivations activations =
        new LayerActivations(
            problem.model().hiddenSize(), layout, training, Batch.of(problem, layout));
    double again = RepeatedLayers.share(problem, layout);
    return again * activations.keptBytes(layer, true)
        + (1 - again) * activations.keptBytes(layer, false);
  }

  /** One way, in s. */
  public double seconds() {
    return seconds;
  }

  /** What a pass of {@code pass} seconds leaves visible of one way. */
  public double visibleSeconds(double pass) {
    return Math.max(0, seconds - pass);
  }

  /** What both passes leave visible of both ways where they take so long together. */
  public double visibleTogether(double together) {
    return Math.max(0, 2 * seconds - together);
  }
}
