package dev.rackplan.workload;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What the host holds in training, as a layout chooses it. */
public enum Offload {
  /** As the workload says. */
  DEFAULT(0),
  /** Nothing of the optimizer. */
  NONE(0),
  /** Adam's moments of all weights, which it updates (Megatron's {@code optimizer_cpu_offload}). */
  OPTIMIZER(1);

  private final double optimizerShare;

  Offload(double optimizerShare) {
    this.optimizerShare = optimizerShare;
  }

  /** Share of the weights whose moments the host holds. */
  public double optimizerShare() {
    return optimizerShare;
  }

  /** Words in files. */
  public static List<String> words() {
    return Stream.of(values()).map(value -> value.name().toLowerCase(Locale.ROOT)).toList();
  }
}
