package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Exchange;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.operation.TermOp;
import dev.rackplan.law.DecodeAttention;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.Op;
import dev.rackplan.law.PrefillAttention;
import dev.rackplan.model.Attention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.NoAttention;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.MoeCommunication;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Drafts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Workload;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the degrees beside replicas, stages, experts and heads do, worked by hand on four GPUs of
 * two domains of two: 3 µs and 200 GB/s within, 10 µs and 40 GB/s between them.
 */
class EngineDegreesTest {
  private static final double ROUNDING = 1e-12;
  // Width 16 where there are three matrices of 128 inputs.
  private static final MoeFfn MOE = new MoeFfn(6, 2, 3 * 128 * 16, 3 * 128 * 8, 768, 128, 1, 1);
  // 8 query and 2 KV heads of 16: query 128, keys and values 64 elements a token.
  private static final Attention GROUPED =
      new GroupedQueryAttention(2 * 128 * 16 * 10, 8, 2, 16, Window.full(), Optional.empty());

  private static Layout layout(Map<Degree, Integer> degrees) {
    return Layout.of(degrees).with(Degree.SEQUENCES_PER_MICRO_BATCH, 12);
  }

  private static Layer moe(Attention attention) {
    return new Layer(attention, MOE, 0, 1);
  }

  @ParameterizedTest
  @CsvSource({
    // EP, ETP, TP, PCP; GPUs, attention ranks, groups with the same tokens, hosts of experts
    "4, 1, 2, 1, 4, 2, 2, 4",
    "2, 2, 1, 1, 4, 4, 4, 2",
    "1, 8, 8, 1, 8, 1, 1, 1",
    "1, 1, 2, 3, 6, 1, 3, 6",
    "6, 2, 2, 3, 12, 2, 6, 6"
  })
  void gpusOfAStage_areExpertsTimesSlicesOrHeadsTimesParts(
      int experts, int slices, int heads, int parts, int gpus, int ranks, int groups, int hosts) {
    Layout layout =
        Layout.of(
            Map.of(
                Degree.EXPERT_PARALLEL, experts,
                Degree.EXPERT_TENSOR_PARALLEL, slices,
                Degree.ATTENTION_TENSOR_PARALLEL, heads,
                Degree.PREFILL_CONTEXT_PARALLEL, parts));
    assertEquals(
        List.of(gpus, ranks, groups, hosts),
        List.of(
            layout.gpusPerStage(),
            layout.attentionRanks(),
            layout.tokenGroups(),
            layout.expertHostCount()));
  }

  @Test
  void expertHosts_areTheFirstOfEachGroupOfSlices() {
    Layout layout = Layout.of(Map.of(Degree.EXPERT_PARALLEL, 2, Degree.EXPERT_TENSOR_PARALLEL, 3));
    assertEquals(List.of(10, 40), layout.expertHosts(List.of(10, 20, 30, 40, 50, 60)));
  }

  // Three experts on each of two groups of two GPUs, half of each on a GPU: 3 · 6,144 / 2 elements
  // of 2 bytes; of shared experts a quarter, which SGLang divides over the stage.
  @Test
  void slicedExperts_takeTheirPartOfMemory() {
    Layout layout = layout(Map.of(Degree.EXPERT_PARALLEL, 2, Degree.EXPERT_TENSOR_PARALLEL, 2));
    Problem problem = OpsCase.DECODE.problem(moe(new NoAttention()));
    MemoryUse memory = MemoryUse.of(problem, layout, 0, 0);
    assertEquals(3 * 6144 / 2 * 2, memory.expertBytes());
    assertEquals(3072 * 2 / 4 + 768 * 2, memory.sharedBytes());
  }

  // 12 sequences over 4 ranks, 128 elements of 2 bytes each: 3,072 bytes to every GPU. In each
  // domain of two half of them crosses a port; then each NIC carries half of its half, and the
  // leaf's uplink, as wide as one NIC, all of it.
  @ParameterizedTest
  @CsvSource({"2, 2", "4, 1"})
  void gatheredTokens_takeAnAllGatherThereAndAReduceScatterBack(int experts, int slices) {
    Layout layout =
        layout(
            Map.of(
                Degree.EXPERT_PARALLEL, experts,
                Degree.EXPERT_TENSOR_PARALLEL, slices,
                Degree.MOE_COMMUNICATION, MoeCommunication.ALL_GATHER.ordinal()));
    ExpertLayerModel model = OpsCase.DECODE.stage(layout, moe(new NoAttention())).expertLayer(0);
    double bytes = 12 * 128 * 2;
    double seconds = 3e-6 + bytes / 2 / 200e9 + 10e-6 + bytes / 2 / 40e9;
    assertEquals(seconds, model.exchange().dispatchSeconds(1e-9), ROUNDING);
    assertEquals(seconds, model.exchange().combineSeconds(1e-9), ROUNDING);
  }

  // Slices say so by themselves; whole experts get theirs sent, at 1 ns a byte of a copy.
  @Test
  void communication_isGatheredForSlicesAndSentForWholeExperts() {
    Layout sliced = layout(Map.of(Degree.EXPERT_PARALLEL, 2, Degree.EXPERT_TENSOR_PARALLEL, 2));
    Layout whole = layout(Map.of(Degree.EXPERT_PARALLEL, 4));
    assertEquals(Exchange.ALL_GATHER, exchange(sliced));
    assertEquals(Exchange.ALL_TO_ALL, exchange(whole));
    assertEquals(Exchange.ALL_REDUCE, exchange(whole.with(Degree.ATTENTION_TENSOR_PARALLEL, 4)));
    ExpertLayerModel model = OpsCase.DECODE.stage(whole, moe(new NoAttention())).expertLayer(0);
    assertEquals(10e-6 + 1e-9 * 256, model.exchange().dispatchSeconds(1e-9), ROUNDING);
  }

  private static Exchange exchange(Layout layout) {
    return Exchange.of(OpsCase.DECODE.problem(moe(new NoAttention())), layout);
  }

  // 4 GPUs, 2 KV heads: pairs share a head. Each then has the queries of both, 2 · 2 of 8 heads,
  // and half of the context of 100.
  @Test
  void decodeContextParallel_dividesKeysAndJoinsQueries() {
    Layout layout =
        layout(Map.of(Degree.ATTENTION_TENSOR_PARALLEL, 4, Degree.DECODE_CONTEXT_PARALLEL, 2));
    Layer layer = new Layer(GROUPED, new DenseFfn(3 * 128 * 32), 0, 1);
    assertEquals(new DecodeAttention(12, 4, 1, 16, 50), only(DecodeAttention.class, layout, layer));
    Problem problem = OpsCase.DECODE.problem(layer);
    // 12 sequences of 100 tokens, one of 2 heads, half of the tokens: 64 / 2 / 2 elements each.
    assertEquals(12 * 100 * 16 * 2, MemoryUse.of(problem, layout, 0, 0).kvBytes());
    // 12 tokens, 4 heads of 16, 2 bytes: 1,536 bytes there and back, half of them over a port.
    assertEquals(
        2 * (3e-6 + 1536.0 / 2 / 200e9),
        OpsCase.DECODE.stage(layout, layer).denseLayer(0).terms().of(Term.CONTEXT_EXCHANGE),
        ROUNDING);
  }

  // A prompt of 64 tokens in parts of 32 that see 32 + 32 / 2 tokens in the mean, whichever part:
  // 16 before each. 12 prompts, all on the one rank.
  @Test
  void prefillContextParallel_dividesPromptsAndSendsKeys() {
    Layout layout =
        layout(Map.of(Degree.ATTENTION_TENSOR_PARALLEL, 1, Degree.PREFILL_CONTEXT_PARALLEL, 2));
    Layer layer = new Layer(GROUPED, new DenseFfn(3 * 128 * 32), 0, 1);
    OpsCase prefill = OpsCase.DECODE.of(Phase.PREFILL, Contexts.of(64), 64);
    Problem problem = prefill.problem(layer);
    assertEquals(1, layout.attentionRanks());
    assertEquals(12 * 64 / 2.0, Batch.of(problem, layout).tokensPerRank());
    List<Op> ops = prefill.ops(layout, layer).stream().map(TermOp::op).toList();
    assertEquals(
        List.of(new PrefillAttention(12, 32, 16, 8, 2, 16, 48)),
        ops.stream().filter(PrefillAttention.class::isInstance).toList());
    // Keys and values of all 768 tokens, 64 elements of 2 bytes, half of them from the other GPU.
    assertEquals(
        3e-6 + 768 * 64 * 2 / 2 / 200e9,
        prefill.stage(layout, layer).denseLayer(0).terms().of(Term.CONTEXT_EXCHANGE),
        ROUNDING);
  }

  // Four GPUs that each have 3 of 12 tokens: the FFN of width 32 whole on each, or a quarter of it
  // for all 12 tokens.
  @ParameterizedTest
  @CsvSource({"0, 3, 64", "1, 3, 64", "4, 12, 16"})
  void denseTensorParallel_tradesTokensForWidth(int degree, double tokens, double width) {
    Layout layout = layout(Map.of(Degree.EXPERT_PARALLEL, 4, Degree.DENSE_TENSOR_PARALLEL, degree));
    Layer layer = new Layer(new NoAttention(), new DenseFfn(3 * 128 * 32), 0, 1);
    assertEquals(new Gemm(tokens, width, 128), first(Gemm.class, layout, layer));
    assertEquals(
        3 * 128 * 32 * 2 / Math.max(1.0, degree),
        MemoryUse.of(OpsCase.DECODE.problem(layer), layout, 0, 0).denseBytes());
  }

  private static Op only(Class<? extends Op> kind, Layout layout, Layer layer) {
    List<Op> found = ops(layout, layer).filter(kind::isInstance).toList();
    assertEquals(1, found.size());
    return found.get(0);
  }

  private static Op first(Class<? extends Op> kind, Layout layout, Layer layer) {
    return ops(layout, layer).filter(kind::isInstance).findFirst().orElseThrow();
  }

  private static Stream<Op> ops(Layout layout, Layer layer) {
    return OpsCase.DECODE.ops(layout, layer).stream().map(TermOp::op);
  }

  @ParameterizedTest
  @CsvSource({"1, 2, 1.8", "2, 3, 2.3", "3, 4, 2.4"})
  void drafts_addUpWhatIsAccepted(int drafts, double queries, double accepted) {
    Layout layout = layout(Map.of(Degree.DRAFT_TOKENS, drafts));
    Problem problem = OpsCase.DECODE.problem(new Layer(GROUPED, new DenseFfn(300), 0, 1));
    Workload workload = problem.workload();
    Workload drafting =
        new Workload(
            workload.phase(),
            workload.contexts(),
            workload.concurrentSequences(),
            1,
            1,
            workload.routing(),
            workload.training(),
            Optional.of(new Drafts(List.of(0.8, 0.5, 0.1), Optional.empty())));
    assertEquals(queries, layout.queryTokens(drafting));
    assertEquals(accepted, layout.acceptedTokens(drafting), ROUNDING);
    assertEquals(12 * queries, Batch.of(problem.withWorkload(drafting), layout).tokens());
  }
}
