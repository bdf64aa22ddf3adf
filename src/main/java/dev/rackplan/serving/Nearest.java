package dev.rackplan.serving;

import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.plan.Layout;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What comes nearest where nothing serves what is asked for.
 *
 * @param words what it is
 * @param remedy what would help whatever the limits are; empty where limits are in the way
 */
public record Nearest(String words, Optional<String> remedy) {
  /** Of a search that found something, or was stopped. */
  static final Nearest NONE = new Nearest("", Optional.empty());

  /** Of a cluster none of whose instances holds the model and one sequence. */
  static Nearest ofCluster(Cluster cluster, Goal goal) {
    InstanceLayouts layouts = new InstanceLayouts(cluster, goal);
    List<SharedPool> pools = layouts.pools();
    String model = cluster.decode().model().name();
    if (pools.isEmpty()) {
      return new Nearest(
          cluster.engine().title() + " starts no instance of " + model + ": " + layouts.fault(),
          Optional.of("Give another --engine, --gpu or --weights."));
    }
    SharedPool least =
        pools.stream().min(Comparator.comparingDouble(Nearest::bytesTooMuch)).orElseThrow();
    MemoryUse memory = least.fullestOfOne();
    OptionalInt enough = layouts.leastGpus();
    return new Nearest(
        String.format(
            Locale.ROOT,
            "no instance of up to %d GPU%s holds %s and one sequence: %s needs %.1f GB on a GPU"
                + " (weights %.1f, KV cache %.1f, buffers %.1f), usable are %.1f; %s",
            cluster.gpus(),
            cluster.gpus() == 1 ? "" : "s",
            model,
            words(least.layout()),
            memory.bytes() / 1e9,
            memory.weightBytes() / 1e9,
            memory.kvBytes() / 1e9,
            memory.bufferBytes() / 1e9,
            least.usableBytes() / 1e9,
            enough.isPresent()
                ? "the smallest that does has " + enough.getAsInt() + " GPUs"
                : "no larger one does"),
        Optional.of(
            enough.isPresent()
                ? "Give at least " + enough.getAsInt() + " GPUs, or narrower --weights."
                : "Give narrower --weights, a shorter --isl or another --gpu."));
  }

  private static double bytesTooMuch(SharedPool pool) {
    return pool.fullestOfOne().bytes() - pool.usableBytes();
  }

  private static String words(Layout layout) {
    return String.format(
        Locale.ROOT,
        "the closest, %d stage%s of %d GPU%s,",
        layout.pipelineStages(),
        layout.pipelineStages() == 1 ? "" : "s",
        layout.gpusPerStage(),
        layout.gpusPerStage() == 1 ? "" : "s");
  }
}
