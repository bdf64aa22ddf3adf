package dev.rackplan.report.sheets;

import dev.rackplan.cost.economics.CacheTier;
import dev.rackplan.cost.economics.LifetimeEconomics;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.report.sheets.Sheet.Column;
import dev.rackplan.topology.GpuSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The figures of the lecture "The math behind how LLMs are trained and served" (R. Pope with D.
 * Patel, 2026-04-29) beside what its formulas give for real accelerators and models.
 */
public final class LectureSheets {
  private static final double FACTOR = 300;
  private static final double LONG = 1 << 20;

  private final Function<String, GpuSpec> gpus;
  private final Function<String, Model> models;
  private final List<List<Object>> rows = new ArrayList<>();

  /**
   * @param gpus accelerators of the catalogue by name
   * @param models models of the catalogue by name
   */
  public LectureSheets(Function<String, GpuSpec> gpus, Function<String, Model> models) {
    this.gpus = gpus;
    this.models = models;
  }

  /** The sheet. */
  public List<Sheet> sheets() {
    roofline();
    racks();
    pipelines();
    life();
    prices();
    return List.of(
        new Sheet(
            "lecture",
            "The lecture's figures, and what its formulas give",
            "The formulas hold; where a spoken figure is another one, the inputs spoken with it are not those of the real model or accelerator: DeepSeek-V3 balances at about 5,400 sequences, not at 2,400.",
            List.of(
                new Column("result", "result", 0),
                new Column("said", "said", Column.SIGNIFICANT),
                new Column("computed", "computed", Column.SIGNIFICANT),
                new Column("unit", "unit", 0)),
            rows,
            Optional.empty()));
  }

  private void add(
      String section, String result, double said, double computed, String unit, String with) {
    rows.add(List.of(section + " " + result + ": " + with, said, computed, unit));
  }

  private static double factor(GpuSpec gpu, Dtype dtype) {
    return Roofline.hardwareFactor(
        gpu.peakFlops().rate((int) Math.round(8 * dtype.bytes())).orElseThrow(),
        dtype.bytes(),
        gpu.datasheet().bytesPerSecond());
  }

  private void roofline() {
    for (String name :
        List.of(
            "a100-80g",
            "h100-sxm",
            "h200-sxm",
            "b200-sxm",
            "gb200",
            "mi300x",
            "mi355x",
            "tpu7x",
            "h20-96g")) {
      add(
          "4.1",
          "hardware factor",
          FACTOR,
          factor(gpus.apply(name), Dtype.BF16),
          "ratio",
          name + ", bf16");
    }
    for (String name : List.of("gb300", "vera-rubin")) {
      add(
          "4.1",
          "hardware factor",
          FACTOR,
          factor(gpus.apply(name), Dtype.FP4),
          "ratio",
          name + ", fp4");
    }
    Model deepseek = models.apply("deepseek-v3");
    add(
        "4.1",
        "balance batch",
        2400,
        Roofline.balanceBatch(FACTOR, 256, 32),
        "sequences",
        "32 of 256 experts, as spoken");
    add(
        "4.1",
        "balance batch",
        2400,
        Roofline.balanceBatch(FACTOR, deepseek.parameters(), deepseek.activeParameters()),
        "sequences",
        "deepseek-v3: 8 of 256 and a shared one");
    add(
        "4.1",
        "cost of not batching",
        1000,
        Roofline.balanceBatch(FACTOR, deepseek.parameters(), deepseek.activeParameters()),
        "ratio",
        "deepseek-v3, all weights read for one token");
    for (String name :
        List.of(
            "h100-sxm",
            "h200-sxm",
            "b200-sxm",
            "gb200",
            "gb300",
            "vera-rubin",
            "mi355x",
            "mi455x",
            "tpu7x")) {
      add("4.1", "drain", 20, 1e3 * gpus.apply(name).datasheet().drainSeconds(), "ms", name);
    }
    add(
        "4.1",
        "worst queue and service",
        40,
        1e3 * Roofline.worstQueueAndServiceSeconds(0.020),
        "ms",
        "a train every 20 ms");
    add("4.1", "system throughput", 128_000, 2000 * 64, "tokens/s", "2,000 sequences, 64 steps/s");
    // Large batch: weights are nothing, KV takes twice what compute does.
    double compute = Roofline.computeSeconds(1, 1e11, 6e15);
    add(
        "4.1",
        "MFU at twice the balance context",
        0.5,
        compute / Roofline.stepSeconds(compute, 0, 2 * compute),
        "share",
        "KV that grows with the context");
    add(
        "4.1",
        "experts read by one token",
        256,
        Roofline.expectedDistinctExperts(256, 8, 1),
        "experts",
        "deepseek-v3; the latency floor at batch 1 is lower than the total says");
    add(
        "4.1",
        "experts read by a batch",
        256,
        Roofline.expectedDistinctExperts(256, 8, 2000),
        "experts",
        "deepseek-v3, 2,000 tokens");
  }

  private void racks() {
    add("4.2", "experts on a GPU", 4, 256 / 64.0, "experts", "256 experts on 64 of 72 GPUs");
    add(
        "4.2",
        "traffic that leaves a rack",
        0.5,
        Roofline.fractionLeavingDomain(2),
        "share",
        "an expert layer over 2 racks");
    add(
        "4.2",
        "traffic that leaves a rack",
        0.5,
        Roofline.fractionLeavingDomain(4),
        "share",
        "over 4 racks: 1 - 1/R");
    add(
        "4.2",
        "memory of a box",
        640,
        8 * gpus.apply("h100-sxm").datasheet().bytes() / 1e9,
        "GB",
        "8 h100-sxm");
    add(
        "4.2",
        "memory of a rack",
        15,
        72 * gpus.apply("gb200").datasheet().bytes() / 1e12,
        "TB",
        "72 gb200; 10 to 20 said");
  }

  private void pipelines() {
    add(
        "4.3",
        "scale-up over scale-out time",
        1,
        Roofline.rackPipelineRatio(1.0 / 8, 4, 1),
        "ratio",
        "4 activated experts, a layer a rack: the least that passes");
    add(
        "4.3",
        "scale-up over scale-out time",
        1,
        Roofline.rackPipelineRatio(1.0 / 8, 8, 1),
        "ratio",
        "8 activated experts, a layer a rack");
    Model deepseek = models.apply("deepseek-v3");
    double one = Roofline.weightBytesPerGpu(deepseek.parameters(), 1, 64, 1);
    double two = Roofline.weightBytesPerGpu(deepseek.parameters(), 1, 64, 2);
    add(
        "4.3",
        "weights with two stages",
        0.5,
        two / one,
        "ratio",
        "deepseek-v3 in fp8, to one stage");
    add(
        "4.3",
        "KV with two stages",
        1,
        Roofline.kvBytesPerGpu(128, 4096, 70_272, 64, 2)
            / Roofline.kvBytesPerGpu(128, 4096, 70_272, 64, 1),
        "ratio",
        "P cancels");
    add(
        "4.3",
        "token through 4 stages",
        30,
        20 + 3 * 10 / 3.0,
        "ms",
        "3 hops of 3.3 ms, as spoken");
    add(
        "4.3",
        "token through 4 stages",
        30,
        20 + 3 * 0.19,
        "ms",
        "3 hops of 0.19 ms, DeepEP's slowest dispatch measured");
    add("4.3", "memory of 1e12 parameters", 1, 1e12 / 1e12, "TB", "fp8");
  }

  private void life() {
    double third = 1.0 / 3;
    add(
        "4.4",
        "pretraining to reinforcement tokens",
        1.5,
        LifetimeEconomics.pretrainingTokensEqualToReinforcement(1, 3, third),
        "ratio",
        "equal costs, 3 FLOPs, a third of the MFU");
    add(
        "4.4",
        "pretraining to served tokens",
        1,
        LifetimeEconomics.pretrainingTokensEqualToInference(1, third),
        "ratio",
        "equal costs, a third of the MFU");
    double served = 50e6 * 61 * 86_400;
    add("4.4", "tokens of a life", 2.6e14, served, "tokens", "50e6 tokens/s for two months");
    add(
        "4.4",
        "compute-optimal tokens",
        2e12,
        LifetimeEconomics.chinchillaTokens(1e11),
        "tokens",
        "100e9 active parameters");
    add(
        "4.4",
        "over-training",
        100,
        LifetimeEconomics.overTrainingRatio(2e14, 1e11),
        "ratio",
        "200e12 tokens, as rounded");
    add(
        "4.4",
        "over-training",
        100,
        LifetimeEconomics.overTrainingRatio(served, 1e11),
        "ratio",
        "not rounded");
  }

  private void prices() {
    add(
        "4.5",
        "KV behind a price step",
        1667,
        Roofline.kvBytesFromPriceStep(1e11, 1, FACTOR, 200_000),
        "bytes/token",
        "200,000 tokens, 100e9 active parameters");
    for (String name :
        List.of("deepseek-v3", "gpt-oss-120b", "qwen3-235b-a22b", "llama-3.1-405b")) {
      add(
          "4.5",
          "KV that grows",
          1667,
          growingKvBytes(models.apply(name)),
          "bytes/token",
          name + ", bf16");
    }
    add(
        "4.5",
        "decode MFU",
        0.2,
        LifetimeEconomics.decodeMfuFromPriceRatio(1, 5),
        "of prefill's",
        "output at 5 times the input price");
    add("4.5", "tier for 5 minutes", 60, tier(300).drainSeconds(), "s of drain", tier(300).name());
    add(
        "4.5",
        "tier for an hour",
        3600,
        tier(3600).drainSeconds(),
        "s of drain",
        tier(3600).name());
  }

  private static double growingKvBytes(Model model) {
    return (model.kvCapacityBytes(2 * LONG, Dtype.BF16) - model.kvCapacityBytes(LONG, Dtype.BF16))
        / LONG;
  }

  private CacheTier tier(double holdSeconds) {
    GpuSpec gpu = gpus.apply("h100-sxm");
    List<CacheTier> tiers = new ArrayList<>();
    tiers.add(CacheTier.ofGpu("HBM", gpu.datasheet().bytes(), gpu.datasheet().bytesPerSecond(), 2));
    tiers.addAll(CacheTier.LOWER);
    double[] drains = tiers.stream().mapToDouble(CacheTier::drainSeconds).toArray();
    return tiers.get(LifetimeEconomics.cacheTier(drains, holdSeconds));
  }
}
