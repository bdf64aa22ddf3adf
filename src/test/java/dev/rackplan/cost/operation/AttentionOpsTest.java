package dev.rackplan.cost.operation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.ContextSpread;
import dev.rackplan.cost.OpsCase;
import dev.rackplan.cost.StartLaws;
import dev.rackplan.law.DecodeAttention;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.HeadProduct;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.LatentDecode;
import dev.rackplan.law.LatentDecodeBlock;
import dev.rackplan.law.LatentPrefill;
import dev.rackplan.law.LatentPrefillBlock;
import dev.rackplan.law.Op;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.PrefillAttention;
import dev.rackplan.law.Streaming;
import dev.rackplan.model.Attention;
import dev.rackplan.model.CompressedAttention;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.LatentAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LinearAttention;
import dev.rackplan.model.ParallelMixers;
import dev.rackplan.model.SparseIndex;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Precision;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Phase;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Operations of each kind of attention, written out by hand. The hidden size is 128. */
class AttentionOpsTest {
  private static final double ROUNDING = 1e-12;

  private static GroupedQueryAttention grouped(Window window, Optional<SparseIndex> index) {
    // Query, key, value and output of 16 + 2·4 + 16 heads of 64, and a gate of 96 outputs.
    return new GroupedQueryAttention(2 * 128 * 64 * 20 + 128 * 96, 16, 4, 64, window, index);
  }

  private static LatentAttention latent(
      int more, OptionalInt queryRank, Optional<SparseIndex> index) {
    // 8 heads of 48 + 16, a latent of 32, values of 40; the query by way of 24 elements or whole.
    int query = queryRank.isPresent() ? 128 * 24 + 24 * 512 : 128 * 512;
    int rest = 128 * (32 + 16) + 8 * 32 * (48 + 40) + 8 * 40 * 128;
    return new LatentAttention(query + rest + more, 8, 32, 16, 48, 40, queryRank, index);
  }

  private static AttentionOps ops(OpsCase one, Attention attention, int degree) {
    Layer layer = new Layer(attention, new DenseFfn(300), 0, 1);
    OpPrices prices = one.prices(layer);
    return new AttentionOps(prices, prices.formats(layer), degree, 1, 128);
  }

  private static List<Op> shapes(List<TermOp> ops) {
    return ops.stream().map(TermOp::op).toList();
  }

  private static double seconds(OpsCase one, List<TermOp> ops) {
    OpPrices prices =
        one.prices(new Layer(grouped(Window.full(), Optional.empty()), new DenseFfn(300), 0, 1));
    return ops.stream().mapToDouble(prices::seconds).sum();
  }

  // 3 sequences of 2 query tokens, half of the heads and of the gate on each of 2 GPUs; at 8 GPUs
  // each has a whole KV head.
  @Test
  void groupedDecode_isTwoProductsAndACore() {
    GroupedQueryAttention attention = grouped(Window.full(), Optional.empty());
    List<TermOp> ops = ops(OpsCase.DECODE, attention, 2).decode(attention, 3, 2, 2000);
    assertEquals(
        List.of(
            new Gemm(6, 512 + 2 * 128 + 48, 128),
            new Gemm(6, 128, 512),
            // Rotary positions of 8 query and 2 KV heads of 64, read and written in BF16.
            new Streaming(2 * 2 * 6 * 10 * 64),
            new DecodeAttention(3, 16, 2, 64, 2000)),
        shapes(ops));
    assertEquals(Term.ELEMENTWISE, ops.get(2).term());
    assertTrue(ops.stream().allMatch(op -> op.count() == 1));
    assertEquals(
        List.of(
            new Gemm(6, 128 + 2 * 64 + 12, 128),
            new Gemm(6, 128, 128),
            new Streaming(2 * 2 * 6 * 3 * 64),
            new DecodeAttention(3, 4, 1, 64, 2000)),
        shapes(ops(OpsCase.DECODE, attention, 8).decode(attention, 3, 2, 2000)));
    // Memory binds: weights and activations of 2 bytes, keys and values of 2 KV heads.
    double bytes =
        2 * 816 * 128
            + 2 * 6 * (816 + 128)
            + 2 * 128 * 512
            + 2 * 6 * (128 + 512)
            + 2 * 2 * 6 * 10 * 64
            + 2 * 3 * 2 * 64 * 2000 * 2;
    double expected = 4 * 2e-6 + bytes / 1.6e12;
    assertEquals(expected, seconds(OpsCase.DECODE, ops), ROUNDING * expected);
  }

  // Norms of queries and keys are one kernel more; TensorRT-LLM's attention brings the positions.
  @Test
  void normsOfHeads_areOneKernelMore() {
    GroupedQueryAttention normed =
        GroupedQueryAttention.ofDimensions(
            128, 16, 4, 64, Window.full(), Set.of(GroupedQueryAttention.Extra.HEAD_NORM));
    List<Op> ops = shapes(ops(OpsCase.DECODE, normed, 2).decode(normed, 3, 2, 2000));
    assertEquals(
        List.of(new Streaming(2 * 2 * 6 * 10 * 64), new Streaming(2 * 2 * 6 * 10 * 64)),
        ops.subList(2, 4));
    assertEquals(
        List.of(new Streaming(2 * 2 * 6 * 10 * 64)),
        shapes(ops(OpsCase.DECODE.under("trtllm"), normed, 2).decode(normed, 3, 2, 2000))
            .subList(2, 3));
    assertEquals(
        4, ops(OpsCase.DECODE.under("trtllm"), normed, 2).decode(normed, 3, 2, 2000).size());
  }

  @Test
  void window_andIndex_boundTheKeysThatACoreSees() {
    GroupedQueryAttention sliding = grouped(Window.sliding(500), Optional.empty());
    assertEquals(
        new DecodeAttention(3, 8, 2, 64, 500),
        ops(OpsCase.DECODE, sliding, 2).decode(sliding, 3, 1, 2000).get(3).op());
    assertEquals(
        new DecodeAttention(3, 8, 2, 64, 400),
        ops(OpsCase.DECODE, sliding, 2).decode(sliding, 3, 1, 400).get(3).op());
    // 300 chosen of the 2000 keys that 5 index heads of 32 score, on every GPU.
    GroupedQueryAttention sparse = grouped(Window.full(), Optional.of(new SparseIndex(300, 5, 32)));
    List<Op> ops = shapes(ops(OpsCase.DECODE, sparse, 2).decode(sparse, 3, 2, 2000));
    assertEquals(
        List.of(new DecodeAttention(3, 16, 2, 64, 300), new Gemm(10, 6000, 32)), ops.subList(3, 5));
  }

  @Test
  void latentDecode_isProjectionsAbsorbedMatricesAndACore() {
    LatentAttention low = latent(0, OptionalInt.of(24), Optional.empty());
    assertEquals(
        List.of(
            new Gemm(3, 24 + 48, 128),
            new Gemm(3, 256, 24),
            new Gemm(3, 128, 160),
            new HeadProduct(3, 4, 48, 32),
            new HeadProduct(3, 4, 32, 40),
            new LatentDecode(3, 4, 100, 32, 16)),
        shapes(ops(OpsCase.DECODE, low, 2).decode(low, 3, 1, 100)));
    // A whole query projection, a gate of 6 outputs on each GPU, two queries a sequence.
    LatentAttention whole = latent(128 * 12, OptionalInt.empty(), Optional.empty());
    assertEquals(
        List.of(
            new Gemm(6, 256 + 48 + 6, 128),
            new Gemm(6, 128, 160),
            new HeadProduct(6, 4, 48, 32),
            new HeadProduct(6, 4, 32, 40),
            new LatentDecode(3, 8, 100, 32, 16)),
        shapes(ops(OpsCase.DECODE, whole, 2).decode(whole, 3, 2, 100)));
    LatentAttention sparse = latent(0, OptionalInt.of(24), Optional.of(new SparseIndex(60, 5, 32)));
    List<Op> ops = shapes(ops(OpsCase.DECODE, sparse, 2).decode(sparse, 3, 1, 100));
    assertEquals(
        List.of(new LatentDecode(3, 4, 60, 32, 16), new Gemm(5, 300, 32)), ops.subList(5, 7));
  }

  // Weights of a GPU: what all heads share, and half of the rest. A gate is a product of its own.
  @Test
  void latentDecode_isABlockWhereTheEnginesWasMeasured() {
    double weights = 128 * (24 + 32 + 16) + 256 * 24 + 4 * 32 * (48 + 40) + 4 * 40 * 128;
    LatentDecode core = new LatentDecode(3, 4, 100, 32, 16);
    LatentAttention plain = latent(0, OptionalInt.of(24), Optional.empty());
    LatentAttention gated = latent(128 * 20, OptionalInt.of(24), Optional.empty());
    OpsCase vllm =
        OpsCase.DECODE
            .under("vllm")
            .with(StartLaws.of("vllm", kind -> kind == OpKind.LATENT_DECODE_BLOCK));
    assertEquals(
        List.of(new LatentDecodeBlock(core, weights)),
        shapes(ops(vllm, plain, 2).decode(plain, 3, 1, 100)));
    assertEquals(
        List.of(new LatentDecodeBlock(core, weights), new Gemm(3, 10, 128)),
        shapes(ops(vllm, gated, 2).decode(gated, 3, 1, 100)));
    // Drafts and sparse attention run part by part, and engines of which no block was measured.
    assertEquals(6, ops(vllm, plain, 2).decode(plain, 3, 2, 100).size());
    LatentAttention sparse = latent(0, OptionalInt.of(24), Optional.of(new SparseIndex(60, 5, 32)));
    assertEquals(7, ops(vllm, sparse, 2).decode(sparse, 3, 1, 100).size());
    OpsCase sglang =
        OpsCase.DECODE.with(StartLaws.of("sglang", kind -> kind == OpKind.LATENT_DECODE_BLOCK));
    assertEquals(6, ops(sglang, plain, 2).decode(plain, 3, 1, 100).size());
  }

  @Test
  void latentPrefill_expandsKeysAndValuesOfAllThatItSees() {
    LatentAttention attention = latent(0, OptionalInt.of(24), Optional.empty());
    AttentionOps ops = ops(OpsCase.DECODE, attention, 2);
    // Positions of queries, and keys put together, are read and written: 4·(16 + 64) elements.
    assertEquals(
        List.of(
            new Gemm(10, 72, 128),
            new Gemm(10, 256, 24),
            new Gemm(10, 128, 160),
            new Streaming(2 * 2 * 10 * 4 * (16 + 64))),
        shapes(ops.prefillProjections(attention, 10)));
    assertEquals(
        List.of(new Gemm(2 * (5 + 7), 4 * (48 + 40), 32), new LatentPrefill(2, 5, 7, 4, 64, 40)),
        shapes(ops.prefillCore(attention, 2, 5, 7)));
    // Queries that see more than 4 keys in the mean gather their own, in the absorbed form.
    LatentAttention sparse = latent(0, OptionalInt.of(24), Optional.of(new SparseIndex(4, 5, 32)));
    assertEquals(
        List.of(
            new HeadProduct(10, 4, 48, 32),
            new HeadProduct(10, 4, 32, 40),
            new LatentDecode(10, 4, 4, 32, 16),
            new Gemm(25, 2 * 9.5, 32)),
        shapes(ops(OpsCase.DECODE, sparse, 2).prefillCore(sparse, 2, 5, 7)));
    OpsCase block =
        OpsCase.DECODE
            .under("vllm")
            .with(StartLaws.of("vllm", kind -> kind == OpKind.LATENT_PREFILL_BLOCK));
    AttentionOps whole = ops(block, attention, 2);
    double weights = 128 * (24 + 32 + 16) + 256 * 24 + 4 * 32 * (48 + 40) + 4 * 40 * 128;
    assertEquals(List.of(), whole.prefillProjections(attention, 10));
    assertEquals(
        List.of(new LatentPrefillBlock(new LatentPrefill(2, 5, 7, 4, 64, 40), weights)),
        shapes(whole.prefillCore(attention, 2, 5, 7)));
  }

  // A window of 64 and 1000/4 entries behind it, of which an index keeps 30.
  @Test
  void compressedAttention_isAProductAndACoreOfOneSharedHead() {
    CompressedAttention plain =
        new CompressedAttention(128 * 50, 8, 32, 8, 64, OptionalInt.of(4), Optional.empty());
    assertEquals(
        List.of(new Gemm(6, 25, 128), new LatentDecode(3, 4 * 2, 64 + 250, 32, 0)),
        shapes(ops(OpsCase.DECODE, plain, 2).decode(plain, 3, 2, 1000)));
    CompressedAttention sparse =
        new CompressedAttention(
            128 * 50, 8, 32, 8, 64, OptionalInt.of(4), Optional.of(new SparseIndex(30, 5, 16)));
    assertEquals(
        List.of(
            new Gemm(6, 25, 128),
            new LatentDecode(3 * 2, 4, 64 + 30, 32, 0),
            new Gemm(10, 3 * 250, 16)),
        shapes(ops(OpsCase.DECODE, sparse, 2).decode(sparse, 3, 2, 1000)));
  }

  // A state of 512 bytes in 4 heads, read and written token by token; in prefill products of chunks
  // of 64 tokens, and their activations.
  @Test
  void linearAttention_streamsItsState() {
    LinearAttention attention = new LinearAttention(128 * 60, 4, 512, 2560);
    AttentionOps ops = ops(OpsCase.DECODE, attention, 2);
    assertEquals(
        List.of(new Gemm(3, 30, 128), new Streaming(2 * 3 * 512 / 2.0, 1)),
        shapes(ops.decode(attention, 3, 1, 1000)));
    assertEquals(List.of(new Gemm(10, 30, 128)), shapes(ops.prefillProjections(attention, 10)));
    assertEquals(
        List.of(
            new Gemm(10, 2560 / 128.0 / 2, 64),
            new Streaming(2 * 2 * 512 / 2.0 + 2 * 2 * 10 * 128 / 2.0, 5)),
        shapes(ops.prefillCore(attention, 2, 5, 7)));
  }

  @Test
  void prefillProjections_giveQueriesAndKeysTheirPositionsUnlessTheKernelDoes() {
    GroupedQueryAttention attention = grouped(Window.full(), Optional.empty());
    List<Op> products = List.of(new Gemm(10, 816, 128), new Gemm(10, 128, 512));
    List<Op> ops = shapes(ops(OpsCase.DECODE, attention, 2).prefillProjections(attention, 10));
    assertEquals(products, ops.subList(0, 2));
    assertEquals(List.of(new Streaming(2 * 2 * 10 * (8 + 2) * 64)), ops.subList(2, ops.size()));
    assertEquals(
        products,
        shapes(
            ops(OpsCase.DECODE.under("TensorRT-LLM"), attention, 2)
                .prefillProjections(attention, 10)));
  }

  // Prompts of 4000 tokens in chunks of 2000: half of the cores follow nothing, half 2000 tokens; a
  // window of 500 keys bounds what queries see.
  @ParameterizedTest
  @CsvSource({"100000, 2000, 4000", "3000, 2000, 3000", "500, 500, 500"})
  void prefillCores_growWithWhatWentBefore(int window, double first, double second) {
    Layer layer =
        new Layer(grouped(Window.sliding(window), Optional.empty()), new DenseFfn(300), 0, 1);
    OpsCase one = OpsCase.DECODE.of(Phase.PREFILL, Contexts.of(4000), 2000);
    List<TermOp> cores = cores(one.ops(twoRanks(), layer));
    // 6 sequences on 2 ranks.
    assertEquals(
        List.of(
            new PrefillAttention(3, 2000, 0, 8, 2, 64, first),
            new PrefillAttention(3, 2000, 2000, 8, 2, 64, second)),
        shapes(cores));
    assertTrue(cores.stream().allMatch(core -> core.count() == 0.5));
  }

  @Test
  void prefillCores_followWhatIsCached() {
    Layer layer = new Layer(grouped(Window.full(), Optional.empty()), new DenseFfn(300), 0, 1);
    Contexts cached = new Contexts(4000, 0, OptionalDouble.empty(), 3000);
    assertEquals(
        List.of(new PrefillAttention(3, 1000, 3000, 8, 2, 64, 4000)),
        shapes(cores(OpsCase.DECODE.of(Phase.PREFILL, cached, 1000).ops(twoRanks(), layer))));
  }

  @Test
  void parallelMixers_runBothHalves() {
    GroupedQueryAttention attention = grouped(Window.full(), Optional.empty());
    LinearAttention state = new LinearAttention(128 * 300, 4, 4096, 2048);
    ParallelMixers both = new ParallelMixers(attention, state);
    AttentionOps ops = ops(OpsCase.DECODE, both, 2);

    List<Op> decode = new ArrayList<>(shapes(ops.decode(attention, 3, 1, 100)));
    decode.addAll(shapes(ops.decode(state, 3, 1, 100)));
    assertEquals(decode, shapes(ops.decode(both, 3, 1, 100)));
    List<Op> prefill = new ArrayList<>(shapes(ops.prefillCore(attention, 3, 50, 10)));
    prefill.addAll(shapes(ops.prefillCore(state, 3, 50, 10)));
    assertEquals(prefill, shapes(ops.prefillCore(both, 3, 50, 10)));
    assertEquals(
        ops.prefillProjections(attention, 7).size() + ops.prefillProjections(state, 7).size(),
        ops.prefillProjections(both, 7).size());
  }

  @Test
  void sharedIndexer_readsAsFewEntriesAndScoresNone() {
    SparseIndex own = new SparseIndex(20, 4, 16);
    LatentAttention with = latent(0, OptionalInt.of(24), Optional.of(own));
    LatentAttention shared = latent(0, OptionalInt.of(24), Optional.of(own.takenOver()));
    List<Op> scored = shapes(ops(OpsCase.DECODE, with, 2).decode(with, 3, 1, 100));
    List<Op> taken = shapes(ops(OpsCase.DECODE, shared, 2).decode(shared, 3, 1, 100));

    // The last one scores 3·100 keys by 4 heads.
    assertEquals(new Gemm(4, 300, 16), scored.get(scored.size() - 1));
    assertEquals(scored.subList(0, scored.size() - 1), taken);
  }

  private static List<TermOp> cores(List<TermOp> ops) {
    return ops.stream().filter(op -> op.kind() == OpKind.PREFILL_ATTENTION).toList();
  }

  private static Layout twoRanks() {
    return Layout.neutral()
        .with(Degree.EXPERT_PARALLEL, 4)
        .with(Degree.ATTENTION_TENSOR_PARALLEL, 2)
        .with(Degree.SEQUENCES_PER_MICRO_BATCH, 6);
  }

  // Contexts differ: the slower of two ranks has more than the mean, 1 + 0.564·0.5/√3.
  @Test
  void decodeCores_areThoseOfTheRankWithTheLongestContexts() {
    Layer layer = new Layer(grouped(Window.full(), Optional.empty()), new DenseFfn(300), 0, 1);
    Contexts varied = new Contexts(1000, 0.5, OptionalDouble.empty(), 0);
    double keys = 0;
    double share = 0;
    for (TermOp op : OpsCase.DECODE.of(Phase.DECODE, varied, 1).ops(twoRanks(), layer)) {
      if (op.op() instanceof DecodeAttention core) {
        keys += op.count() * core.keys();
        share += op.count();
      }
    }
    assertEquals(1, share, 1e-9);
    double expected = 1000 * ContextSpread.factor(2, 3, varied);
    assertTrue(expected > 1150);
    assertEquals(expected, keys, 1e-3 * expected);
  }

  @Test
  void formats_areWhatKernelsMakeOfThemOnTheGpu() {
    GroupedQueryAttention attention = grouped(Window.full(), Optional.empty());
    Precision eight = new Precision(Dtype.FP8, Dtype.FP8, Dtype.FP8, Dtype.FP8, Dtype.BF16);
    AttentionOps hopper = ops(OpsCase.DECODE.in(eight), attention, 2);
    assertEquals(KernelFormat.FP8, hopper.decode(attention, 3, 1, 9).get(0).format());
    TermOp core = hopper.prefillCore(attention, 3, 5, 9).get(0);
    assertEquals(KernelFormat.FP8, core.format());
    assertEquals(KernelFormat.FP8, core.cache());
    OpsCase ampere =
        OpsCase.DECODE.in(eight).on(OpsCase.gpu(OptionalDouble.empty(), OptionalDouble.empty()));
    AttentionOps widened = ops(ampere, attention, 2);
    assertEquals(KernelFormat.INT8_WEIGHT_ONLY, widened.decode(attention, 3, 1, 9).get(0).format());
    assertEquals(KernelFormat.BF16, widened.prefillCore(attention, 3, 5, 9).get(0).format());
  }
}
