package dev.rackplan.export;

import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How SGLang and vLLM are told of weights that a problem plans in fewer bits than the model's own
 * checkpoint has.
 *
 * <p>{@code --quantization fp8} takes a checkpoint in FP8 as it is, and makes one in 16 bits FP8
 * while it is read; one of another method is refused, not read in the wrong format. Source: SGLang
 * 0.5.23, {@code configs/model_config.py}; vLLM 0.33.0, {@code config/model.py} and {@code
 * model_loader/weight_utils.py}.
 */
final class Quantization {
  private Quantization() {}

  /** Lines of flags: one or none; never on Ascend, where checkpoints alone say it. */
  static List<String> flags(Deployment deployment) {
    List<String> words = new ArrayList<>();
    if (Accelerators.of(deployment) != Accelerators.HUAWEI) {
      method(deployment.problem()).ifPresent(name -> words.add("--quantization " + name));
    }
    return words;
  }

  // Both take FP8 whatever its scales are; a checkpoint that has what is planned needs no word.
  private static Optional<String> method(Problem problem) {
    boolean dense = problem.model().moeLayers().isEmpty();
    return LoadedCheckpoint.otherWeights(problem)
        .filter(weights -> dense || problem.precision().experts() == weights)
        .flatMap(
            weights ->
                switch (weights) {
                  case FP8, FP8_TENSOR, FP8_BLOCK -> Optional.of("fp8");
                  case MXFP8 -> Optional.of("mxfp8");
                  default -> Optional.empty();
                });
  }
}
