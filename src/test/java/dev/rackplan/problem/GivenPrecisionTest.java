package dev.rackplan.problem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.GroupedQueryAttention.Window;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.StoredFormats;
import dev.rackplan.model.WeightFormats;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.LinkSpec;
import dev.rackplan.topology.PeakFlops;
import dev.rackplan.topology.ScaleOut;
import dev.rackplan.topology.Topology;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.Phase;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GivenPrecisionTest {
  private static final Layer LAYER =
      new Layer(
          GroupedQueryAttention.ofDimensions(8, 2, 1, 4, Window.full(), Set.of()),
          new DenseFfn(9),
          0,
          1);

  private static Model model() {
    return new Model("m", "test", 8, 10, false, List.of(LAYER, LAYER));
  }

  // BF16 attention in the second layer, NVFP4 experts, an FP8 cache.
  private static Model stored() {
    WeightFormats plain = new WeightFormats(Dtype.FP8_BLOCK, Dtype.FP8_BLOCK, Dtype.NVFP4);
    return model()
        .storedAs(
            new StoredFormats(
                "quantization_config",
                Dtype.FP8_BLOCK,
                Dtype.NVFP4,
                Dtype.INT4,
                plain,
                Dtype.BF16,
                Optional.of(Dtype.FP8),
                Optional.empty()),
            List.of(plain, new WeightFormats(Dtype.BF16, Dtype.FP8_BLOCK, Dtype.FP8_TENSOR)));
  }

  private static Topology topology(OptionalDouble fp8) {
    GpuSpec gpu =
        new GpuSpec(
            "g",
            1e9,
            1e12,
            new PeakFlops(OptionalDouble.of(1e12), fp8, OptionalDouble.empty()),
            1,
            1,
            OptionalDouble.empty());
    LinkSpec link = new LinkSpec(1e9, 1e-6, 1);
    return new TopologyBuilder("t")
        .rack("r")
        .domain("d", link)
        .node("n", gpu, 1)
        .build(new ScaleOut(link, OptionalDouble.empty(), 1, 1));
  }

  private static final Topology EIGHT_BITS = topology(OptionalDouble.of(2e12));

  private static GivenPrecision given(Optional<Dtype> weights, Optional<Dtype> experts) {
    return new GivenPrecision(
        weights,
        experts,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void nothing_isBf16WithoutACheckpoint() {
    Precision all = GivenPrecision.NOTHING.complete(model(), EIGHT_BITS, Phase.DECODE);
    assertEquals(
        List.of(Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16, Dtype.BF16),
        List.of(all.weights(), all.experts(), all.kv(), all.dispatch(), all.combine()));
    assertEquals(FormatOrigin.DEFAULT, all.origins().weights());
  }

  @Test
  void checkpoint_saysEachModule() {
    Model model = stored();
    Precision all = GivenPrecision.NOTHING.complete(model, EIGHT_BITS, Phase.DECODE);
    Layer first = model.layers().get(0);
    Layer second = model.layers().get(1);
    assertEquals(Dtype.FP8_BLOCK, all.attention(first));
    assertEquals(Dtype.BF16, all.attention(second));
    assertEquals(Dtype.FP8_BLOCK, all.ffn(second));
    assertEquals(Dtype.NVFP4, all.experts(first));
    assertEquals(Dtype.FP8_TENSOR, all.experts(second));
    assertEquals(Dtype.INT4, all.head(model));
    assertEquals(Dtype.BF16, all.unquantised());
    assertEquals(Dtype.FP8, all.kv());
    assertEquals(FormatOrigin.CHECKPOINT, all.origins().kv());
    assertEquals(FormatOrigin.DEFAULT, all.origins().combine());
  }

  @Test
  void problem_overridesKeyByKey() {
    Model model = stored();
    Layer second = model.layers().get(1);
    Precision weights =
        given(Optional.of(Dtype.BF16), Optional.empty()).complete(model, EIGHT_BITS, Phase.DECODE);
    assertEquals(Dtype.BF16, weights.ffn(second));
    assertEquals(Dtype.BF16, weights.experts(second));
    assertEquals(Dtype.BF16, weights.head(model));
    assertEquals(Dtype.FP8, weights.kv());
    Precision experts =
        given(Optional.empty(), Optional.of(Dtype.MXFP4)).complete(model, EIGHT_BITS, Phase.DECODE);
    assertEquals(Dtype.FP8_BLOCK, experts.ffn(second));
    assertEquals(Dtype.MXFP4, experts.experts(second));
    Precision modules =
        new GivenPrecision(
                Optional.empty(),
                Optional.empty(),
                Optional.of(Dtype.BF16),
                Optional.of(Dtype.FP8),
                Optional.of(Dtype.FP8),
                Optional.of(Dtype.NVFP4),
                Optional.of(Dtype.FP16))
            .complete(model, EIGHT_BITS, Phase.DECODE);
    assertEquals(Dtype.NVFP4, modules.attention(second));
    assertEquals(Dtype.FP16, modules.head(model));
    assertEquals(Dtype.BF16, modules.kv());
    assertEquals(Dtype.FP8, modules.combine());
  }

  @Test
  void dispatch_isWhatExpertsTake() {
    Model model = model();
    Optional<Dtype> none = Optional.empty();
    assertEquals(
        Dtype.FP8,
        given(Optional.of(Dtype.FP8), none).complete(model, EIGHT_BITS, Phase.DECODE).dispatch());
    assertEquals(
        Dtype.BF16,
        given(Optional.of(Dtype.FP8), none)
            .complete(model, topology(OptionalDouble.empty()), Phase.DECODE)
            .dispatch());
    assertEquals(
        Dtype.INT8,
        given(Optional.of(Dtype.INT8), none).complete(model, EIGHT_BITS, Phase.DECODE).dispatch());
    assertEquals(
        Dtype.BF16,
        given(Optional.of(Dtype.FP8), Optional.of(Dtype.INT4))
            .complete(model, EIGHT_BITS, Phase.DECODE)
            .dispatch());
  }

  @Test
  void training_takesNothingFromTheCheckpoint() {
    Precision all = GivenPrecision.NOTHING.complete(stored(), EIGHT_BITS, Phase.TRAINING);
    assertEquals(Dtype.BF16, all.weights());
    assertEquals(Dtype.BF16, all.attention(stored().layers().get(0)));
    assertEquals(Dtype.BF16, all.kv());
  }
}
