package dev.rackplan.plan;

import dev.rackplan.model.Attention;
import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Ffn;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Problem;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What engines look at in a problem before they start: each kind of layer once, as a model has many
 * that are alike and a search asks of many layouts.
 *
 * @param problem the whole
 * @param queryHeads of the layers with softmax attention
 * @param grouped layers' grouped-query attentions
 * @param linear layers' recurrent mixers
 * @param moes layers' mixtures of experts
 * @param denseWidths inner widths of the other FFNs, where they are known
 */
record EngineQuestion(
    Problem problem,
    List<Integer> queryHeads,
    List<GroupedQueryAttention> grouped,
    List<LinearAttention> linear,
    List<MoeFfn> moes,
    List<SlicedWidth> denseWidths) {

  static EngineQuestion of(Problem problem) {
    List<Attention> attentions =
        problem.model().layers().stream().map(Layer::attention).distinct().toList();
    List<Ffn> ffns = problem.model().layers().stream().map(Layer::ffn).distinct().toList();
    return new EngineQuestion(
        problem,
        attentions.stream().flatMap(own -> queryHeads(own).stream().boxed()).distinct().toList(),
        of(attentions.stream(), GroupedQueryAttention.class),
        of(attentions.stream(), LinearAttention.class),
        of(ffns.stream(), MoeFfn.class),
        of(ffns.stream(), DenseFfn.class).stream()
            .flatMap(ffn -> ffn.width().stream().boxed())
            .distinct()
            .map(width -> sliced(problem, "dense width", width, problem.precision().weights()))
            .toList());
  }

  private static <T> List<T> of(Stream<? super T> all, Class<T> kind) {
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

  /** A side of a matrix that is no routed expert's. */
  SlicedWidth sliced(String what, int elements) {
    return sliced(problem, what, elements, problem.precision().weights());
  }

  private static SlicedWidth sliced(Problem problem, String what, int elements, Dtype format) {
    return SlicedWidth.of(what, elements, problem.model(), format);
  }
}
