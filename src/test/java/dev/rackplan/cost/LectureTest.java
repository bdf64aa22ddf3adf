package dev.rackplan.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cost.economics.CacheTier;
import dev.rackplan.cost.economics.LifetimeEconomics;
import dev.rackplan.cost.operation.Roofline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The lecture's figures, to the digits it gives. Accelerators: bf16 dense TFLOP/s, HBM TB/s and GB
 * as their vendors sell them.
 */
class LectureTest {
  private static final double BF16_BYTES = 2;

  @ParameterizedTest
  @CsvSource({
    "H100, 989, 3.35, 295",
    "B200, 2250, 8.0, 281",
    "GB200, 2500, 8.0, 312",
    "H200, 989, 4.8, 206",
    "H20, 148, 4.0, 37"
  })
  void hardwareFactor_isTheLectures(
      String gpu, double teraflops, double terabytesPerSecond, double expected) {
    // Half a unit of the last digit: 312.5 is given as 312.
    assertEquals(
        expected,
        Roofline.hardwareFactor(teraflops * 1e12, BF16_BYTES, terabytesPerSecond * 1e12),
        0.5,
        gpu);
  }

  @Test
  void balanceBatch_isFactorTimesSparsity() {
    assertEquals(2400, Roofline.balanceBatch(300, 256, 32), 1e-9);
    // DeepSeek-V3, "about 5,400".
    assertEquals(5440, Roofline.balanceBatch(300, 671e9, 37e9), 5);
  }

  @Test
  void atTheBalanceBatch_computeTakesAsLongAsWeights() {
    double factor = Roofline.hardwareFactor(989e12, BF16_BYTES, 3.35e12);
    double batch = Roofline.balanceBatch(factor, 671e9, 37e9);
    double compute = Roofline.computeSeconds(batch, 37e9, 989e12);
    // 671e9 · 2 B / 3.35 TB/s.
    assertEquals(0.400597, compute, 1e-6);
    assertEquals(compute, Roofline.weightSeconds(671e9, BF16_BYTES, 3.35e12), 1e-12);
  }

  @Test
  void step_addsWeightsAndKvAndOverlapsCompute() {
    assertEquals(7, Roofline.stepSeconds(4, 2, 5));
    assertEquals(9, Roofline.stepSeconds(9, 2, 5));
    // 2,000 sequences × 3,000 tokens × 70,272 B over 8 TB/s.
    assertEquals(0.052704, Roofline.kvSeconds(2000, 3000, 70272, 8e12), 1e-9);
  }

  @Test
  void costPerToken_fallsWithTheBatchToComputeOrKv() {
    // 20 ms, 2,000 tokens, $2/h: 10 µs a token at 1/1800 $/s.
    assertEquals(0.0055556, Roofline.usdPerMillionTokens(0.020, 2000, 2), 1e-7);
    double previous = Double.POSITIVE_INFINITY;
    for (double batch = 1; batch < 1e6; batch *= 4) {
      double step =
          Roofline.stepSeconds(
              Roofline.computeSeconds(batch, 37e9, 1979e12),
              Roofline.weightSeconds(671e9, 1, 3.35e12),
              Roofline.kvSeconds(batch, 4096, 70272, 3.35e12));
      double cost = Roofline.usdPerMillionTokens(step, batch, 2);
      assertTrue(cost < previous, "batch " + batch);
      previous = cost;
    }
    // The floor: KV, 4,096 · 70,272 B / 3.35 TB/s = 85.9 µs, against 37.4 µs of compute.
    assertEquals(85.92e-6 * 2 / 3600 * 1e6, previous, 0.001);
  }

  @ParameterizedTest
  @CsvSource({"1, 8", "2, 15.75", "32, 163.3", "1000000, 256"})
  void distinctExperts_fillUpWithTheBatch(double batch, double expected) {
    assertEquals(expected, Roofline.expectedDistinctExperts(256, 8, batch), 0.05);
  }

  // The short way for many expected tokens gives the same double.
  @ParameterizedTest
  @ValueSource(doubles = {0, 1, 8, 39.9, 40.1, 80, 1e3, 1e6, 1e9})
  void activeChance_isThatOfThePower(double expectedTokens) {
    for (double share : new double[] {1e-7, 0.0003, 0.03125, 0.5, 0.999, 1, 1.5}) {
      double tokens = expectedTokens / share;
      assertEquals(
          1 - StrictMath.pow(Math.max(0, 1 - share), tokens),
          Roofline.activeChance(share, tokens),
          share + " of " + tokens);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "H100, 80, 3.35, 23.9",
    "H200, 141, 4.8, 29.4",
    "B200, 180, 8.0, 22.5",
    "Rubin, 288, 20.0, 14.4"
  })
  void drain_isCapacityOverBandwidth(
      String gpu, double gigabytes, double terabytesPerSecond, double expectedMillis) {
    double drain = Roofline.drainSeconds(gigabytes * 1e9, terabytesPerSecond * 1e12);
    assertEquals(expectedMillis, drain * 1e3, 0.05, gpu);
    assertEquals(2 * expectedMillis, Roofline.worstQueueAndServiceSeconds(drain) * 1e3, 0.1, gpu);
  }

  @Test
  void priceStepAt200K_givesAway1667BytesPerToken() {
    double kvBytes = Roofline.kvBytesFromPriceStep(1e11, 1, 300, 200_000);
    assertEquals(1667, kvBytes, 0.5);
    // And back: F = 600 FLOPs per byte read.
    assertEquals(200_000, Roofline.contextCrossoverTokens(1e11, kvBytes, 600 * 3e12, 3e12), 1e-6);
  }

  @Test
  void rackPipeline_needsEightActivatedExpertLayersTimesTwo() {
    assertEquals(1, Roofline.rackPipelineRatio(1.0 / 8, 4, 1), 1e-12);
    assertEquals(2, Roofline.rackPipelineRatio(1.0 / 8, 8, 1), 1e-12);
    assertEquals(30, Roofline.rackPipelineRatio(1.0 / 8, 8, 15), 1e-12);
  }

  @Test
  void trafficLeaving_isHalfOverTwoRacks() {
    assertEquals(0, Roofline.fractionLeavingDomain(1));
    assertEquals(0.5, Roofline.fractionLeavingDomain(2));
    assertEquals(0.75, Roofline.fractionLeavingDomain(4));
  }

  @Test
  void pipelineStages_divideWeightsAndNotKv() {
    assertEquals(5.2421875e9, Roofline.weightBytesPerGpu(671e9, 1, 64, 2), 1);
    assertEquals(2.62109375e9, Roofline.weightBytesPerGpu(671e9, 1, 64, 4), 1);
    // 128 · 4,096 · 70,272 / 64.
    for (double stages : new double[] {1, 2, 4}) {
      assertEquals(575_668_224, Roofline.kvBytesPerGpu(128, 4096, 70272, 64, stages), 1);
    }
  }

  @Test
  void equalShares_areOneAndAHalfToOneToOne() {
    // Relative MFU 1/3, RL at 3 FLOPs per parameter.
    double mfu = 1.0 / 3;
    assertEquals(1.5, LifetimeEconomics.pretrainingTokensEqualToReinforcement(1, 3, mfu), 1e-12);
    assertEquals(1.0, LifetimeEconomics.pretrainingTokensEqualToInference(1, mfu), 1e-12);
    assertEquals(9e25, LifetimeEconomics.trainingFlops(1e11, 1.5e14), 1e12);
  }

  @Test
  void servedTokens_are100TimesChinchilla() {
    double twoMonthsSeconds = 61 * 86_400;
    double served = 50e6 * twoMonthsSeconds;
    assertEquals(2.6e14, served, 0.05e14);
    assertEquals(2e12, LifetimeEconomics.chinchillaTokens(1e11));
    double trained = LifetimeEconomics.pretrainingTokensEqualToInference(served, 1.0 / 3);
    assertEquals(132, LifetimeEconomics.overTrainingRatio(trained, 1e11), 0.5);
    // The lecture rounds 2.6e14 to "about 200T", and so 132 to 100.
    assertEquals(100, LifetimeEconomics.overTrainingRatio(2e14, 1e11), 1e-9);
  }

  @Test
  void outputPriceFiveTimesInput_meansAFifthOfTheMfu() {
    assertEquals(0.1, LifetimeEconomics.decodeMfuFromPriceRatio(0.5, 5), 1e-12);
  }

  @Test
  void cacheCosts_areSharesOfRent() {
    // 2 GB of 100 GB at $3/s for 7 s; over 4 GB/s.
    CacheTier tier = CacheTier.ofGpu("rented", 100e9, 4e9, 3 * 3600);
    assertEquals(0.42, tier.holdUsd(2e9, 7), 1e-12);
    assertEquals(1.5, tier.retrieveUsd(2e9), 1e-12);
    assertEquals(15, LifetimeEconomics.cacheRecomputeUsd(5, 3), 1e-12);
    // Held for its drain time (25 s), a cache costs as much to hold as to retrieve.
    assertEquals(tier.retrieveUsd(2e9), tier.holdUsd(2e9, 25), 1e-12);
  }

  @ParameterizedTest
  @CsvSource({"0.05, 0", "5, 1", "300, 2", "3600, 3"})
  void cacheTier_isTheOneThatDrainsInTheHoldTime(double holdSeconds, int expected) {
    // HBM 20 ms, DDR 1–10 s (its geometric mean), flash 1 min, disk 1 h.
    assertEquals(
        expected, LifetimeEconomics.cacheTier(new double[] {0.02, 3.2, 60, 3600}, holdSeconds));
  }
}
