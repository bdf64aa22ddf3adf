package dev.rackplan.cost;

import dev.rackplan.law.Provenance;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One stage of one instance for one micro-batch, and its memory.
 *
 * @param firstLayer first layer
 * @param lastLayer last layer, inclusive
 * @param layers in order
 * @param seconds {@code T_s}: layers, head and hop
 * @param terms sums over layers, with head, draft passes and hop, in s; longer than {@code seconds}
 *     where terms run side by side
 * @param memory bytes on each GPU
 * @param kernelSeconds kernels of the layers by where their laws come from, in s; empty where only
 *     times were asked for
 * @param training passes apart and what the step adds, in training
 */
public record CostedStage(
    int firstLayer,
    int lastLayer,
    List<CostedLayer> layers,
    double seconds,
    Breakdown terms,
    MemoryUse memory,
    Map<Provenance, Double> kernelSeconds,
    Optional<StageTraining> training) {
  public CostedStage {
    layers = List.copyOf(layers);
    kernelSeconds = Collections.unmodifiableMap(new TreeMap<>(kernelSeconds));
  }
}
