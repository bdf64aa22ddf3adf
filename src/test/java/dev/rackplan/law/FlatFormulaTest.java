package dev.rackplan.law;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The flat formula against the roofline by hand: 1,000 FLOP/s, in BF16 500, half of it sustained;
 * 100 bytes/s, 80 sustained; weights of 1 byte, a cache of 2; starts of 3 s.
 */
class FlatFormulaTest {
  private static final Setting SETTING = new Setting(1000, 500, 100, 1, 2);
  private static final double DIGITS = 1e-12;

  @SuppressWarnings("unchecked")
  private static double seconds(OpKind kind, Op op) {
    return ((Law<Op>) FlatFormula.law(kind, 0.5, 0.8, 3)).seconds(op, SETTING);
  }

  static Stream<Arguments> byHand() {
    return Stream.of(
        // 15 + 2·2·(5 + 3) = 47 bytes against 60 FLOPs; 2e9 FLOPs against 5e6 bytes.
        Arguments.of(OpKind.GEMM, new Gemm(2, 3, 5), 47 / 80.0),
        Arguments.of(OpKind.GEMM, new Gemm(1000, 1000, 1000), 2e9 / 500),
        // 2·2·4·16·10·2 = 5120 bytes against 4·2·8·16·10 = 10,240 FLOPs at 250; 100 times the
        // heads.
        Arguments.of(OpKind.DECODE_ATTENTION, new DecodeAttention(2, 8, 4, 16, 10), 5120 / 80.0),
        Arguments.of(
            OpKind.DECODE_ATTENTION, new DecodeAttention(2, 800, 4, 16, 10), 1_024_000 / 250.0),
        // 3 queries after 4 tokens see 5 + 6 + 7 = 18 keys: 4·2·8·16·18 = 18,432 FLOPs at 500; 768
        // elements of queries and of outputs, 7 keys and values of 4 heads.
        Arguments.of(
            OpKind.PREFILL_ATTENTION,
            prefill(3, Double.POSITIVE_INFINITY),
            (2 * 768 * 2 + 2 * 2 * 7 * 4 * 16 * 2) / 80.0),
        // 300 queries: 4·300 + 300·301/2 = 46,350; with a window of 6 keys 5 + 6 + 298·6 = 1,799.
        Arguments.of(
            OpKind.PREFILL_ATTENTION,
            prefill(300, Double.POSITIVE_INFINITY),
            4 * 2 * 8 * 16 * 46_350 / 500.0),
        Arguments.of(
            OpKind.PREFILL_ATTENTION,
            prefill(300, 6),
            (2 * 76_800 * 2 + 2 * 2 * 304 * 4 * 16 * 2) / 80.0),
        // 48·2·10·2 = 1,920 bytes; 2·(2·32 + 16)·2·10 = 3,200 FLOPs a head at 250.
        Arguments.of(OpKind.LATENT_DECODE, new LatentDecode(2, 1, 10, 32, 16), 1920 / 80.0),
        Arguments.of(OpKind.LATENT_DECODE, new LatentDecode(2, 8, 10, 32, 16), 25_600 / 250.0),
        // 2·2·(2·3 + 4)·8·(24 + 16) = 12,800 bytes; 300 queries 2·2·8·40·46,350 FLOPs.
        Arguments.of(OpKind.LATENT_PREFILL, new LatentPrefill(2, 3, 4, 8, 24, 16), 12_800 / 80.0),
        Arguments.of(
            OpKind.LATENT_PREFILL,
            new LatentPrefill(2, 300, 4, 8, 24, 16),
            2 * 2 * 8 * 40 * 46_350 / 500.0),
        // 8·16·32 bytes of weights, 2·2·8·(16 + 32) of activations; 1000 times the tokens.
        Arguments.of(OpKind.HEAD_PRODUCT, new HeadProduct(2, 8, 16, 32), (4096 + 1536) / 80.0),
        Arguments.of(OpKind.HEAD_PRODUCT, new HeadProduct(2000, 8, 16, 32), 16_384_000 / 500.0),
        // 1000 weights against 4,000 FLOPs, and the core of above.
        Arguments.of(
            OpKind.LATENT_DECODE_BLOCK,
            new LatentDecodeBlock(new LatentDecode(2, 8, 10, 32, 16), 1000),
            1000 / 80.0 + 25_600 / 250.0),
        // 12,000 FLOPs against 1000 weights, and 2·2·8·40·18 FLOPs at 250.
        Arguments.of(
            OpKind.LATENT_PREFILL_BLOCK,
            new LatentPrefillBlock(new LatentPrefill(2, 3, 4, 8, 24, 16), 1000),
            12_000 / 500.0 + 23_040 / 250.0),
        // 3·4·6 = 72 weights an expert.
        Arguments.of(OpKind.EXPERTS, new Experts(10, 3, 20, 4, 6), 1440 / 500.0),
        Arguments.of(OpKind.EXPERTS_AFTER_DISPATCH, new Experts(10, 6, 20, 4, 6), 432 / 80.0),
        Arguments.of(OpKind.EXPERTS_AFTER_PREFILL_DISPATCH, new Experts(10, 3, 9, 4, 6), 2.88),
        Arguments.of(OpKind.QUANTISE, new Streaming(400, 7), 5),
        // Links have rates of their own.
        Arguments.of(OpKind.ALL_REDUCE, new Collective(1e9, 5e8, 8), 0),
        Arguments.of(
            OpKind.LOW_LATENCY_DISPATCH, new ExpertTransfer(9, 8, 7168, 1, 64, 8, 256, 20), 0),
        Arguments.of(OpKind.MESH_COMBINE, new ExpertTransfer(9, 8, 7168, 1, 8, 1, 256, 0), 0),
        Arguments.of(OpKind.NVLINK_COMBINE, new ExpertTransfer(9, 8, 7168, 1, 8, 2, 256, 0), 0),
        Arguments.of(
            OpKind.THROUGHPUT_COMBINE, new ExpertTransfer(9, 8, 7168, 1, 64, 8, 256, 24), 0));
  }

  private static PrefillAttention prefill(double queries, double window) {
    return new PrefillAttention(2, queries, 4, 8, 4, 16, window);
  }

  @ParameterizedTest
  @MethodSource("byHand")
  void flatFormula_isAStartAndTheLongerOfComputeAndMemory(OpKind kind, Op op, double roofline) {
    assertEquals(3 + roofline, seconds(kind, op), DIGITS * (3 + roofline));
  }

  @Test
  void pairs_areWhatQueriesSeeOneByOne() {
    for (int queries = 1; queries < 12; queries++) {
      for (int prefix = 0; prefix < 12; prefix++) {
        for (int window = 1; window < 25; window++) {
          int seen = 0;
          for (int query = 1; query <= queries; query++) {
            seen += Math.min(window, prefix + query);
          }
          assertEquals(seen, PrefillAttention.pairs(queries, prefix, window));
        }
      }
    }
  }

  @Test
  void norm_goesFromOneAfterTheOtherToTheLonger() {
    assertEquals(7, Norm.of(1, 3, 4));
    assertEquals(5, Norm.of(2, 3, 4), DIGITS);
    assertEquals(4, Norm.of(Double.POSITIVE_INFINITY, 3, 4));
    assertEquals(0, Norm.of(0.7, 0, 0));
    // (√3 + √4)²
    assertEquals(7 + 2 * Math.sqrt(12), Norm.of(0.5, 3, 4), 1e-9);
    assertEquals(13, Norm.of(2, 3, 4, 12), DIGITS * 13);
    assertEquals(12, Norm.of(Double.POSITIVE_INFINITY, 3, 12, 4));
    assertEquals(12, Norm.of(Double.POSITIVE_INFINITY, 12, 12, 12));
  }

  @Test
  void convexRate_isNowhereLongerAndConvex() {
    ExpertsRate below = new ExpertsRate(1, 0.7, 2, 3, 5, 7, 11, 13);
    ExpertsRate above = new ExpertsRate(1, 3, 2, 3, 5, 7, 11, 13);
    assertEquals(above, above.convex());
    ExpertsRate convex = below.convex();
    double[][] points = {{0, 0}, {8, 1}, {1, 8}, {4, 4}, {100, 2}};
    for (double[] one : points) {
      double time = convex.seconds(one[0], one[1], one[0]);
      // At p = 1: 1 + 2·pairs + 3·active + 5·active + 7·active + 11·pairs + 13·pairs.
      assertEquals(1 + 26 * one[0] + 15 * one[1], time, DIGITS * time);
      assertEquals(true, time <= below.seconds(one[0], one[1], one[0]) * (1 + DIGITS));
      for (double[] other : points) {
        for (ExpertsRate rate : List.of(convex, above)) {
          double pairs = (one[0] + other[0]) / 2;
          double middle = rate.seconds(pairs, (one[1] + other[1]) / 2, pairs);
          double mean =
              (rate.seconds(one[0], one[1], one[0]) + rate.seconds(other[0], other[1], other[0]))
                  / 2;
          assertEquals(true, middle <= mean * (1 + DIGITS));
        }
      }
    }
  }
}
