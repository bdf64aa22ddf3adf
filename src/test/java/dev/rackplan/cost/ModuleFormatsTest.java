package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.operation.TermOp;
import dev.rackplan.law.Gemm;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.WeightFormats;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.FormatOrigin;
import dev.rackplan.problem.Precision;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.PeakFlops;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Costs of layers whose modules a checkpoint stores in formats of their own. */
class ModuleFormatsTest {
  private static final int HIDDEN = 128;
  private static final MoeFfn MOE =
      new MoeFfn(6, 2, 3 * HIDDEN * 64, 3 * HIDDEN * 32, 6 * HIDDEN, HIDDEN, 1, 1);
  private static final GroupedQueryAttention ATTENTION =
      GroupedQueryAttention.ofDimensions(HIDDEN, 4, 2, 32, Window.full(), Set.of());
  private static final Layer PLAIN = new Layer(ATTENTION, MOE, 256, 1);
  private static final Layer STORED =
      PLAIN.storedAs(new WeightFormats(Dtype.BF16, Dtype.FP8_TENSOR, Dtype.NVFP4));
  private static final Precision OF_CHECKPOINT =
      new Precision(
          Dtype.FP8_TENSOR,
          Dtype.NVFP4,
          Dtype.BF16,
          Dtype.BF16,
          Dtype.BF16,
          Optional.empty(),
          Optional.empty(),
          new Precision.Origins(
              FormatOrigin.CHECKPOINT,
              FormatOrigin.CHECKPOINT,
              FormatOrigin.DEFAULT,
              FormatOrigin.DEFAULT,
              FormatOrigin.DEFAULT));
  private static final OpsCase BLACKWELL =
      OpsCase.DECODE
          .on(OpsCase.gpu(OptionalDouble.of(200e12), OptionalDouble.of(400e12)))
          .in(OF_CHECKPOINT);

  // Two GPUs of three experts, whole attention on each.
  private static final Layout LAYOUT =
      Layout.neutral().with(Degree.EXPERT_PARALLEL, 2).with(Degree.SEQUENCES_PER_MICRO_BATCH, 8);

  private static Map<Term, Set<KernelFormat>> products(OpsCase one, Layer layer) {
    Map<Term, Set<KernelFormat>> formats = new TreeMap<>();
    for (TermOp op : one.ops(LAYOUT, layer)) {
      if (op.kind() == OpKind.GEMM) {
        formats.computeIfAbsent(op.term(), term -> new TreeSet<>()).add(op.format());
      }
    }
    return formats;
  }

  @Test
  void products_runInTheFormatOfTheirModule() {
    assertEquals(
        Map.of(
            Term.ATTENTION,
            Set.of(KernelFormat.BF16),
            Term.SHARED,
            Set.of(KernelFormat.FP8),
            Term.ROUTER,
            Set.of(KernelFormat.BF16)),
        products(BLACKWELL, STORED));
    assertEquals(KernelFormat.NVFP4, BLACKWELL.prices(STORED).formats(STORED).experts());
    // What the problem gives stands, whatever is stored.
    Precision given =
        new Precision(Dtype.FP8_TENSOR, Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16);
    assertEquals(
        Set.of(KernelFormat.FP8), products(BLACKWELL.in(given), STORED).get(Term.ATTENTION));
    assertEquals(KernelFormat.BF16, BLACKWELL.in(given).prices(STORED).formats(STORED).experts());
  }

  @Test
  void memory_countsEachModuleInItsFormat() {
    MemoryUse use = MemoryUse.of(BLACKWELL.problem(STORED), LAYOUT, 0, 0);
    // 2·128·32·(4 + 2) weights of attention and 256 of norms, in two bytes each.
    assertEquals(2.0 * (49152 + 256), use.attentionBytes());
    // 3·128·32 of shared experts in one byte, 6·128 of the router in two.
    assertEquals(12288 + 2.0 * 768, use.sharedBytes());
    // Three experts of 3·128·64 in 4.5 bits.
    assertEquals(3 * 24576 * 0.5625, use.expertBytes());
    // Embedding and head of 500·128 in two bytes.
    assertEquals(2 * 2.0 * 64000, use.embeddingBytes());
  }

  @Test
  void layersThatDiffer_haveTimesOfTheirOwn() {
    Layer wide = PLAIN.storedAs(new WeightFormats(Dtype.BF16, Dtype.BF16, Dtype.BF16));
    StageModel stage = BLACKWELL.stage(LAYOUT, STORED, wide);
    double narrow = stage.denseLayer(0).terms().of(Term.SHARED);
    double broad = stage.denseLayer(1).terms().of(Term.SHARED);
    assertTrue(narrow < broad, narrow + " against " + broad);
    assertTrue(
        stage.expertLayer(0).price(0).seconds(64, 3)
            < stage.expertLayer(1).price(0).seconds(64, 3));
  }

  @Test
  void attentionAndHeadOfTheProblem_goBeforeTheCheckpoint() {
    Precision own =
        new Precision(
            Dtype.FP8_TENSOR,
            Dtype.NVFP4,
            Dtype.BF16,
            Dtype.BF16,
            Dtype.BF16,
            Optional.of(Dtype.FP8_TENSOR),
            Optional.of(Dtype.FP8_TENSOR),
            OF_CHECKPOINT.origins());
    OpsCase one = BLACKWELL.in(own);
    assertEquals(Set.of(KernelFormat.FP8), products(one, STORED).get(Term.ATTENTION));
    assertEquals(KernelFormat.FP8, one.prices(STORED).headFormat());
    MemoryUse use = MemoryUse.of(one.problem(STORED), LAYOUT, 0, 0);
    assertEquals(49152 + 2.0 * 256, use.attentionBytes());
    assertEquals(64000 * 3.0, use.embeddingBytes());
  }

  @Test
  void integers_runAtARateOfTheirOwnWhereItIsKnown() {
    Precision int8 = new Precision(Dtype.INT8, Dtype.INT8, Dtype.BF16, Dtype.BF16, Dtype.BF16);
    GpuSpec without = OpsCase.gpu(OptionalDouble.empty(), OptionalDouble.empty());
    OptionalDouble none = OptionalDouble.empty();
    GpuSpec with =
        new GpuSpec(
            "g",
            100e9,
            2e12,
            new PeakFlops(OptionalDouble.of(100e12), none, none, OptionalDouble.of(400e12)),
            0.5,
            0.8,
            none,
            2e-6);
    // 4096 tokens by 4096 x 4096 weights, bound by compute: half of the peak, after 2 us.
    TermOp op = TermOp.of(Term.SHARED, OpKind.GEMM, KernelFormat.INT8, new Gemm(4096, 4096, 4096));
    double flop = 2.0 * 4096 * 4096 * 4096;
    double wide = OpsCase.DECODE.on(without).in(int8).prices(PLAIN).seconds(op);
    double narrow = OpsCase.DECODE.on(with).in(int8).prices(PLAIN).seconds(op);
    assertEquals(2e-6 + flop / 50e12, wide, 1e-9 * wide);
    assertEquals(2e-6 + flop / 200e12, narrow, 1e-9 * narrow);
  }
}
