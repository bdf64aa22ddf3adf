package dev.rackplan.plan;

import dev.rackplan.model.Attention;
import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.ParallelMixers;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What engines look at in a problem before they start: each kind of layer once, as a model has many
 * that are alike and a search asks of many layouts.
 *
 * @param problem the whole
 * @param accelerators kinds that are not drained
 * @param formats those in which weights of layers are stored
 * @param queryHeads of the layers with softmax attention
 * @param grouped layers' grouped-query attentions
 * @param linear layers' recurrent mixers
 * @param moes layers' mixtures of experts
 * @param queryWidths sides of query projections, as many elements as queries
 * @param kvWidths sides of key and value projections, with the heads that share them
 * @param denseWidths inner widths of FFNs without experts, where they are known
 * @param sharedWidths inner widths of shared experts, likewise
 * @param expertWidths inner widths of routed experts, likewise
 */
record EngineQuestion(
    Problem problem,
    List<GpuSpec> accelerators,
    Set<Dtype> formats,
    List<Integer> queryHeads,
    List<GroupedQueryAttention> grouped,
    List<LinearAttention> linear,
    List<MoeFfn> moes,
    List<SlicedWidth> queryWidths,
    List<KvWidth> kvWidths,
    List<SlicedWidth> denseWidths,
    List<SlicedWidth> sharedWidths,
    List<SlicedWidth> expertWidths) {

  /** A projection to keys or values, whose heads are divided, then copied. */
  record KvWidth(SlicedWidth width, int heads) {}

  static EngineQuestion of(Problem problem) {
    List<Layer> layers = List.copyOf(new LinkedHashSet<>(problem.model().layers()));
    List<Attention> attentions =
        layers.stream().map(Layer::attention).flatMap(EngineQuestion::parts).distinct().toList();
    Sides sides = new Sides(problem, problem.model().scalesFp8Blocks());
    layers.forEach(sides::add);
    return new EngineQuestion(
        problem,
        problem.topology().kinds(),
        sides.formats,
        attentions.stream().flatMap(own -> queryHeads(own).stream().boxed()).distinct().toList(),
        of(attentions.stream(), GroupedQueryAttention.class),
        of(attentions.stream(), LinearAttention.class),
        of(layers.stream().map(Layer::ffn).distinct(), MoeFfn.class),
        List.copyOf(sides.queries),
        List.copyOf(sides.keys),
        List.copyOf(sides.dense),
        List.copyOf(sides.shared),
        List.copyOf(sides.experts));
  }

  /** The same of a cluster of one kind of accelerators. */
  EngineQuestion of(GpuSpec accelerator) {
    return new EngineQuestion(
        problem,
        List.of(accelerator),
        formats,
        queryHeads,
        grouped,
        linear,
        moes,
        queryWidths,
        kvWidths,
        denseWidths,
        sharedWidths,
        expertWidths);
  }

  /** Whether dense FFNs stand beside mixtures of experts. */
  boolean hasDenseBesideExperts() {
    return !moes.isEmpty() && !denseWidths.isEmpty();
  }

  /** Whether tokens are sent to the GPUs of their experts. */
  boolean sends(Layout layout) {
    return !moes.isEmpty()
        && layout.gpusPerStage() > 1
        && layout.communication(problem.workload().phase()) == MoeCommunication.ALL_TO_ALL;
  }

  private static Stream<Attention> parts(Attention attention) {
    return attention instanceof ParallelMixers both
        ? Stream.of(both.attention(), both.state())
        : Stream.of(attention);
  }

  private static <T> List<T> of(Stream<?> all, Class<T> kind) {
    return all.filter(kind::isInstance).map(kind::cast).toList();
  }

  private static OptionalInt queryHeads(Attention attention) {
    if (attention instanceof GroupedQueryAttention grouped) {
      return OptionalInt.of(grouped.queryHeads());
    }
    if (attention instanceof LatentAttention latent) {
      return OptionalInt.of(latent.heads());
    }
    return attention instanceof CompressedAttention compressed
        ? OptionalInt.of(compressed.heads())
        : OptionalInt.empty();
  }

  /** Sides that are cut, of one layer after the other, each once. */
  private static final class Sides {
    private final Problem problem;
    private final boolean fp8Blocks;
    private final Set<SlicedWidth> queries = new LinkedHashSet<>();
    private final Set<KvWidth> keys = new LinkedHashSet<>();
    private final Set<SlicedWidth> dense = new LinkedHashSet<>();
    private final Set<SlicedWidth> shared = new LinkedHashSet<>();
    private final Set<SlicedWidth> experts = new LinkedHashSet<>();
    private final Set<Dtype> formats = new LinkedHashSet<>();

    Sides(Problem problem, boolean fp8Blocks) {
      this.problem = problem;
      this.fp8Blocks = fp8Blocks;
    }

    void add(Layer layer) {
      Precision stored = problem.precision();
      formats.add(stored.attention(layer));
      formats.add(stored.ffn(layer));
      of(parts(layer.attention()), GroupedQueryAttention.class)
          .forEach(grouped -> add(layer, grouped));
      if (layer.ffn() instanceof DenseFfn ffn && ffn.width().isPresent()) {
        dense.add(
            SlicedWidth.of("dense width", ffn.width().getAsInt(), stored.ffn(layer), fp8Blocks));
      }
      if (layer.ffn() instanceof MoeFfn moe) {
        formats.add(stored.experts(layer));
        moe.innerWidth()
            .ifPresent(
                width ->
                    experts.add(
                        SlicedWidth.of("expert width", width, stored.experts(layer), fp8Blocks)));
        int sharedWidth = moe.sharedWidth().orElse(0);
        if (sharedWidth > 0) {
          shared.add(
              SlicedWidth.of("shared experts' width", sharedWidth, stored.ffn(layer), fp8Blocks));
        }
      }
    }

    private void add(Layer layer, GroupedQueryAttention grouped) {
      Precision stored = problem.precision();
      int size = grouped.headDimension();
      // Plain FP8 says nothing of projections: heads are mostly as wide as a block.
      queries.add(
          SlicedWidth.of(
              "query projection", grouped.queryHeads() * size, stored.attention(layer), false));
      keys.add(
          new KvWidth(
              SlicedWidth.of(
                  "KV projection", grouped.kvHeads() * size, stored.attention(layer), false),
              grouped.kvHeads()));
    }
  }
}
