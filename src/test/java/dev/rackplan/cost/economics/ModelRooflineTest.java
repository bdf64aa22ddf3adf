package dev.rackplan.cost.economics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.operation.GpuRates;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.model.DenseFfn;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.GroupedQueryAttention;
import dev.rackplan.model.Layer;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.PeakFlops;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelRooflineTest {
  // 1000 FLOP/s in 16 bits, 3000 in 8; 50 bytes/s; 7000 bytes; 36 USD/h.
  private static final GpuSpec GPU =
      new GpuSpec(
          "toy",
          7000,
          50,
          new PeakFlops(OptionalDouble.of(1000), OptionalDouble.of(3000), OptionalDouble.empty()),
          0.5,
          0.25,
          OptionalDouble.of(36));

  private static Model model(String name) {
    return ModelCatalog.read(name);
  }

  private static GpuSpec gpu(String name) {
    return GpuCatalog.load().entry(name).spec();
  }

  /** 2 layers: dense, then 8 experts of 100 weights of which a token takes 2. */
  private static Model toy() {
    GroupedQueryAttention attention =
        new GroupedQueryAttention(
            40, 1, 1, 3, GroupedQueryAttention.Window.full(), Optional.empty());
    return new Model(
        "toy",
        "toy",
        2,
        5,
        true,
        List.of(
            new Layer(attention, new DenseFfn(60), 0, 1),
            new Layer(attention, new MoeFfn(8, 2, 100, 30, 20, 2, 1, 1), 0, 1)));
  }

  @Test
  void toy_isWorkedByHand() {
    // BF16: others 2 x 40 + 60 + 30 + 20 + embedding 10 = 200 weights; FP8: 800 routed, 200 used.
    // KV: 2 layers x 2 x 1 x 3 x 2 bytes = 24 bytes per token of context.
    ModelRoofline roofline =
        new ModelRoofline(toy(), GPU, 2, Dtype.BF16, Dtype.FP8, Dtype.BF16, 10);

    assertEquals(24, roofline.kvBytesPerContextToken(), 1e-12);
    // (200 x 2 + 800 x 1) / (2 x 50).
    assertEquals(12, roofline.weightFetchSeconds(), 1e-12);
    // Per token 2 x 200 / 2000 + 2 x 200 / 6000 = 4/15 s.
    assertEquals(12 / (4.0 / 15), roofline.balanceBatch(), 1e-9);
    assertEquals(140, roofline.drainSeconds(), 1e-12);
    // 4/15 s x 100 bytes/s / 24 bytes.
    assertEquals(4.0 / 15 * 100 / 24, roofline.contextCrossoverTokens().getAsDouble(), 1e-9);
    // (14000 x 0.9 - 1200) / 240.
    assertEquals(47, roofline.mostSequences(0.1).getAsDouble());
    RooflinePoint point = roofline.point(3);
    assertEquals(0.8, point.computeSeconds(), 1e-12);
    // 400 + 8 x (1 - 0.75^3) x 100 = 862.5 bytes.
    assertEquals(8.625, point.weightSeconds(), 1e-12);
    assertEquals(7.2, point.kvSeconds(), 1e-12);
    assertEquals(15.825, point.stepSeconds(), 1e-12);
    // 72 USD/h: 0.02 USD/s x 15.825 s / 3 tokens.
    assertEquals(0.1055e6, point.usdPerMillionTokens().getAsDouble(), 1e-6);
    assertEquals("weights", point.binds());
    assertEquals("KV", roofline.point(6).binds());
  }

  @Test
  void dtypeWiderThanEveryRate_isRefused() {
    OptionalDouble none = OptionalDouble.empty();
    GpuSpec narrow =
        new GpuSpec(
            "narrow", 7000, 50, new PeakFlops(none, OptionalDouble.of(3000), none), 1, 1, none);

    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class,
            () -> new ModelRoofline(toy(), narrow, 2, Dtype.BF16, Dtype.FP8, Dtype.BF16, 10));
    assertEquals("narrow has no known rate for BF16 weights", error.getMessage());
  }

  @Test
  void figures_areTheDataSheetsWhereTheDriverDiffers() {
    GpuSpec gpu = gpu("b200-sxm");
    // 180 GB and 8 TB/s are sold; 191.5 GB and 7.67 TB/s are what plans reckon with.
    double weights = ModelRoofline.weightBytes(toy(), Dtype.BF16, Dtype.FP8);
    ModelRoofline roofline =
        new ModelRoofline(toy(), gpu, 1, Dtype.BF16, Dtype.FP8, Dtype.BF16, 10);

    assertEquals(180.0 / 8000, roofline.drainSeconds(), 1e-12);
    assertEquals(weights / 8e12, roofline.weightFetchSeconds(), 1e-24);
    assertEquals(
        Math.floor((180e9 * 0.9 - weights) / 240), roofline.mostSequences(0.1).getAsDouble(), 1);
    assertEquals(7.67e12 * 0.8, GpuRates.bytesPerSecond(gpu), 1);
  }

  @Test
  void oneDtype_givesTheLecturesFormulas() {
    Model model = model("deepseek-v3");
    GpuSpec gpu = gpu("h100-sxm");
    ModelRoofline roofline =
        new ModelRoofline(model, gpu, 16, Dtype.BF16, Dtype.BF16, Dtype.BF16, 4096);
    double total = model.parameters();
    double active = model.activeParameters();
    double flops = 989e12;
    double bytes = 3.35e12;

    assertEquals(
        Roofline.balanceBatch(Roofline.hardwareFactor(flops, 2, bytes), total, active),
        roofline.balanceBatch(),
        1e-6);
    assertEquals(
        Roofline.weightSeconds(total, 2, bytes * 16), roofline.weightFetchSeconds(), 1e-12);
    assertEquals(
        Roofline.contextCrossoverTokens(active, 70_272, flops, bytes),
        roofline.contextCrossoverTokens().getAsDouble(),
        1e-6);
    RooflinePoint point = roofline.point(8192);
    assertEquals(Roofline.computeSeconds(8192, active, flops * 16), point.computeSeconds(), 1e-12);
    // At a large batch every expert is read.
    assertEquals(roofline.weightFetchSeconds(), point.weightSeconds(), 1e-12);
    assertEquals(Roofline.kvSeconds(8192, 4096, 70_272, bytes * 16), point.kvSeconds(), 1e-12);
  }

  @ParameterizedTest
  @CsvSource({
    // F·w/2W and drain of the lecture's table.
    "h100-sxm, 295, 23.9",
    "h200-sxm, 206, 29.4",
    "b200-sxm, 281, 22.5",
    "gb200, 312, 24.0",
    "h20-96g, 37, 24.0"
  })
  void hardware_isTheLectures(String name, double factor, double drainMillis) {
    ModelRoofline roofline =
        new ModelRoofline(
            model("deepseek-v3"), gpu(name), 1, Dtype.BF16, Dtype.BF16, Dtype.BF16, 4096);

    assertEquals(factor, roofline.hardwareFactor(), 0.5);
    assertEquals(drainMillis, roofline.drainSeconds() * 1e3, 0.05);
    // 671.0e9 / 37.55e9 weights.
    assertEquals(roofline.hardwareFactor() * 17.87, roofline.balanceBatch(), 0.01 * factor);
  }

  @Test
  void windows_crossLaterThanFullAttentionOrNever() {
    Model model = model("gpt-oss-120b");
    ModelRoofline roofline =
        new ModelRoofline(model, gpu("h100-sxm"), 4, Dtype.BF16, Dtype.BF16, Dtype.BF16, 131_072);
    double growing = model.kvBytesPerToken(Dtype.BF16);

    double crossover = roofline.contextCrossoverTokens().getAsDouble();

    // 18 of 36 layers see a window of 128 tokens: a constant 36,864 x 128 bytes.
    double bytes = 2.0 * model.activeParameters() * 3.35e12 / 989e12;
    assertEquals((bytes - 36_864.0 * 128) / growing, crossover, 1e-3);
    // A hundred-layer constant would never cross: windows alone.
    assertTrue(roofline.kvBytesPerContextToken() < 1.01 * growing);
  }

  @Test
  void experts_mayBeNarrowerThanTheRest() {
    Model model = model("gpt-oss-120b");

    double bytes = ModelRoofline.weightBytes(model, Dtype.BF16, Dtype.MXFP4);

    // 36 layers of 128 experts of 3 x 2880 x 2880 weights and their 2 x 2880 + 2880 biases.
    double routed = 36.0 * 128 * (3 * 2880.0 * 2880 + 3 * 2880);
    assertEquals((model.parameters() - routed) * 2 + routed * 0.53125, bytes, 1);
    assertEquals(1, ModelRoofline.fewestGpus(model, gpu("h100-sxm"), Dtype.BF16, Dtype.MXFP4, 0.1));
    assertEquals(4, ModelRoofline.fewestGpus(model, gpu("h100-sxm"), Dtype.BF16, Dtype.BF16, 0.1));
  }

  @Test
  void curve_passesTheBalanceAndCostNeverRises() {
    ModelRoofline roofline =
        new ModelRoofline(toy(), GPU, 1, Dtype.BF16, Dtype.BF16, Dtype.BF16, 5);
    List<RooflinePoint> curve = roofline.curve();

    assertEquals(1, curve.get(0).batch());
    assertTrue(curve.get(curve.size() - 1).batch() >= 4 * roofline.balanceBatch());
    for (int i = 1; i < curve.size(); i++) {
      assertEquals(2 * curve.get(i - 1).batch(), curve.get(i).batch());
      assertTrue(
          curve.get(i).usdPerMillionTokens().getAsDouble()
              <= curve.get(i - 1).usdPerMillionTokens().getAsDouble() * (1 + 1e-12));
    }
  }

  @Test
  void missingRate_isRefused() {
    GpuSpec narrow =
        new GpuSpec(
            "narrow",
            1,
            1,
            new PeakFlops(OptionalDouble.empty(), OptionalDouble.of(1), OptionalDouble.empty()),
            1,
            1,
            OptionalDouble.empty());

    assertThrows(
        IllegalArgumentException.class,
        () -> new ModelRoofline(toy(), narrow, 1, Dtype.BF16, Dtype.FP8, Dtype.FP8, 1));
  }
}
