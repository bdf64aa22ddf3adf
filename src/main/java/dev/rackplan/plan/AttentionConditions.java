package dev.rackplan.plan;

import static dev.rackplan.plan.EngineCondition.named;
import static dev.rackplan.plan.EngineCondition.when;

import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.problem.Degree;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Conditions on how attention is divided: heads, projections, caches and prompts. */
final class AttentionConditions {
  /** Each GPU of an attention rank has as many query heads. */
  static final EngineCondition HEADS_DIVIDE =
      new EngineCondition(AttentionConditions::headsDivide, Degree.ATTENTION_TENSOR_PARALLEL);

  /** KV heads divide over an attention rank, or each is copied to as many GPUs. */
  static final EngineCondition KV_HEADS_DIVIDE_OR_REPEAT =
      new EngineCondition(
          AttentionConditions::kvHeadsDivideOrRepeat, Degree.ATTENTION_TENSOR_PARALLEL);

  /** Heads of recurrent layers likewise. */
  static final EngineCondition STATE_HEADS_DIVIDE =
      new EngineCondition(AttentionConditions::stateHeadsDivide, Degree.ATTENTION_TENSOR_PARALLEL);

  /** Groups of recurrent heads divide over an attention rank. */
  static final EngineCondition STATE_GROUPS_DIVIDE =
      new EngineCondition(AttentionConditions::stateGroupsDivide, Degree.ATTENTION_TENSOR_PARALLEL);

  /** The same, except that a single group is copied. */
  static final EngineCondition STATE_GROUPS_DIVIDE_OR_ONE =
      new EngineCondition(
          AttentionConditions::stateGroupsDivideOrOne, Degree.ATTENTION_TENSOR_PARALLEL);

  /** Projections of attention are cut between whole blocks of their format. */
  static final EngineCondition PROJECTION_BLOCKS =
      new EngineCondition(AttentionConditions::projectionBlocks, Degree.ATTENTION_TENSOR_PARALLEL);

  /** Queries of a KV head divide over the GPUs that divide its cache. */
  static final EngineCondition CONTEXT_DIVIDES_QUERIES =
      new EngineCondition(
          AttentionConditions::contextDividesQueries,
          Degree.DECODE_CONTEXT_PARALLEL,
          Degree.ATTENTION_TENSOR_PARALLEL);

  /** Caches are not divided by tokens. */
  static final EngineCondition NO_DECODE_CONTEXT_PARALLEL =
      new EngineCondition(
          AttentionConditions::noDecodeContextParallel, Degree.DECODE_CONTEXT_PARALLEL);

  /** Prompts are not divided by tokens. */
  static final EngineCondition NO_PREFILL_CONTEXT_PARALLEL =
      new EngineCondition(
          AttentionConditions::noPrefillContextParallel, Degree.PREFILL_CONTEXT_PARALLEL);

  /** Prompts are divided by tokens in one attention rank only. */
  static final EngineCondition PREFILL_CONTEXT_IN_ONE_RANK =
      new EngineCondition(
          AttentionConditions::prefillContextInOneRank,
          Degree.PREFILL_CONTEXT_PARALLEL,
          Degree.ATTENTION_TENSOR_PARALLEL);

  /** Those that ask of the model's heads alone. */
  static final List<EngineCondition> OF_HEADS =
      List.of(
          HEADS_DIVIDE, KV_HEADS_DIVIDE_OR_REPEAT, STATE_HEADS_DIVIDE, STATE_GROUPS_DIVIDE_OR_ONE);

  private AttentionConditions() {}

  private static Optional<String> headsDivide(EngineQuestion asked, Layout layout) {
    int degree = layout.attentionTensorParallel();
    return asked.queryHeads().stream()
        .filter(heads -> heads % degree != 0)
        .map(
            heads ->
                heads
                    + " attention heads do not divide over "
                    + named(Degree.ATTENTION_TENSOR_PARALLEL, layout))
        .findFirst();
  }

  private static Optional<String> kvHeadsDivideOrRepeat(EngineQuestion asked, Layout layout) {
    int degree = layout.attentionTensorParallel();
    return asked.grouped().stream()
        .map(GroupedQueryAttention::kvHeads)
        .filter(heads -> heads % degree != 0 && degree % heads != 0)
        .map(
            heads ->
                heads
                    + " KV heads neither divide over "
                    + named(Degree.ATTENTION_TENSOR_PARALLEL, layout)
                    + " nor are copied whole times")
        .findFirst();
  }

  private static Optional<String> stateHeadsDivide(EngineQuestion asked, Layout layout) {
    int degree = layout.attentionTensorParallel();
    return asked.linear().stream()
        .map(LinearAttention::heads)
        .filter(heads -> heads % degree != 0)
        .map(
            heads ->
                heads
                    + " recurrent heads do not divide over "
                    + named(Degree.ATTENTION_TENSOR_PARALLEL, layout))
        .findFirst();
  }

  private static Optional<String> stateGroupsDivide(EngineQuestion asked, Layout layout) {
    return stateGroups(asked, layout, false);
  }

  private static Optional<String> stateGroupsDivideOrOne(EngineQuestion asked, Layout layout) {
    return stateGroups(asked, layout, true);
  }

  private static Optional<String> projectionBlocks(EngineQuestion asked, Layout layout) {
    int degree = layout.attentionTensorParallel();
    return Stream.concat(
            asked.queryWidths().stream().map(width -> width.fault(degree)),
            asked.kvWidths().stream().map(kv -> kv.width().fault(Math.min(degree, kv.heads()))))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> contextDividesQueries(EngineQuestion asked, Layout layout) {
    int degree = layout.decodeContextParallel();
    return asked.grouped().stream()
        .map(attention -> attention.queryHeads() / attention.kvHeads())
        .filter(queries -> queries % degree != 0)
        .map(
            queries ->
                queries
                    + " queries of a KV head do not divide over decodeContextParallel "
                    + degree)
        .findFirst();
  }

  private static Optional<String> noDecodeContextParallel(EngineQuestion asked, Layout layout) {
    return when(
        layout.decodeContextParallel() > 1,
        () -> "has no decodeContextParallel " + layout.decodeContextParallel());
  }

  private static Optional<String> noPrefillContextParallel(EngineQuestion asked, Layout layout) {
    return when(
        layout.prefillContextParallel() > 1,
        () -> "has no prefillContextParallel " + layout.prefillContextParallel());
  }

  private static Optional<String> prefillContextInOneRank(EngineQuestion asked, Layout layout) {
    return when(
        layout.prefillContextParallel() > 1 && layout.attentionRanks() > 1,
        () ->
            "prefillContextParallel "
                + layout.prefillContextParallel()
                + " with "
                + layout.attentionRanks()
                + " attention ranks");
  }

  private static Optional<String> stateGroups(EngineQuestion asked, Layout layout, boolean one) {
    int degree = layout.attentionTensorParallel();
    return asked.linear().stream()
        .flatMap(attention -> attention.groups().stream().boxed())
        .filter(groups -> groups % degree != 0 && !(one && groups == 1))
        .map(
            groups ->
                groups
                    + " recurrent groups do not divide over "
                    + named(Degree.ATTENTION_TENSOR_PARALLEL, layout))
        .findFirst();
  }
}
