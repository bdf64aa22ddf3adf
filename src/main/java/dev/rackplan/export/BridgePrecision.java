package dev.rackplan.export;

import dev.rackplan.model.Dtype;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
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
    List<String> words = new ArrayList<>();
    if (training.gradients() == Dtype.BF16) {
      words.add("mixed_precision.grad_reduce_in_fp32=false");
      words.add("ddp.grad_reduce_in_fp32=false");
    } else {
      words.add("mixed_precision=" + name(deployment));
      words.add("ddp.grad_reduce_in_fp32=true");
    }
    WideEnds ends = WideEnds.of(deployment, "Megatron Bridge");
    if (ends.any()) {
      // A named setting would overwrite the model's own words.
      if (training.gradients() != Dtype.BF16) {
        throw new ExportRefusal(
            "Megatron Bridge's named formats keep no layers in BF16; the plan has wideLayers",
            "Solve with gradients bf16, for a recipe whose mixed_precision is an object.");
      }
      words.add("mixed_precision.first_last_layers_bf16=true");
      words.add("mixed_precision.num_layers_at_start_in_bf16=" + ends.first());
      words.add("mixed_precision.num_layers_at_end_in_bf16=" + ends.last());
    }
    return words;
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
    String name = TrainedFormat.of(deployment.problem().precision().weights()).bridge();
    if (name.isEmpty()) {
      throw new ExportRefusal(
          "Megatron Bridge has no setting for products in fp32",
          "Solve with precision.weights bf16, or export for megatron.");
    }
    return name;
  }
}
