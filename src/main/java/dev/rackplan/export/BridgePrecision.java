package dev.rackplan.export;

import dev.rackplan.model.Dtype;
import dev.rackplan.workload.Training;
import java.util.List;

/**
 * Megatron Bridge's number formats: one of its named settings, which all sum up gradients in FP32;
 * a recipe that sums up in BF16 has settings of its own, of which then only that is said.
 *
 * <p>Source: its {@code training/mixed_precision.py}.
 */
final class BridgePrecision {
  private BridgePrecision() {}

  static List<String> words(Deployment deployment, Training training) {
    return training.gradients() == Dtype.BF16
        ? List.of("mixed_precision.grad_reduce_in_fp32=false", "ddp.grad_reduce_in_fp32=false")
        : List.of("mixed_precision=" + name(deployment), "ddp.grad_reduce_in_fp32=true");
  }

  static String about(Deployment deployment, Training training) {
    return training.gradients() == Dtype.BF16
        ? "\nThe plan sums up gradients in BF16, as NVIDIA's performance recipes do: take a recipe"
            + " whose `mixed_precision` is an object with the formats of `"
            + name(deployment)
            + "`.\n"
        : "";
  }

  private static String name(Deployment deployment) {
    return TrainedFormat.of(deployment.problem().precision().weights()).bridge();
  }
}
