package dev.rackplan.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rackplan.model.GroupedQueryAttention.Window;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Figures at 1,000 and 10 tokens of context, worked by hand; FP8 unless said. */
class AttentionTest {
  private static final SparseIndex INDEX = new SparseIndex(50, 6, 11);

  private static void check(
      Attention attention, double context, double capacity, double read, double flops) {
    assertEquals(capacity, attention.kvCapacityBytes(context, Dtype.FP8), 1e-9, "capacity");
    assertEquals(read, attention.kvReadBytes(context, Dtype.FP8), 1e-9, "read");
    assertEquals(flops, attention.scoreFlops(context), 1e-9, "flops");
  }

  private static GroupedQueryAttention grouped(Window window) {
    // 12 query heads, 3 key-value heads, 7 elements: 2·3·7 = 42 bytes a token, 4·12·7 = 336 FLOPs a
    // token.
    return GroupedQueryAttention.ofDimensions(5, 12, 3, 7, window, Set.of());
  }

  @Test
  void groupedQuery_limitsEverythingToItsWindow() {
    check(grouped(Window.full()), 1000, 42_000, 42_000, 336_000);
    check(grouped(Window.sliding(100)), 1000, 4_200, 4_200, 33_600);
    check(grouped(Window.sliding(100)), 10, 420, 420, 3_360);
    // Of a chunk of 200 a query sees 1 to 200 tokens, 100.5 in the mean; the cache holds 200.
    check(grouped(Window.chunked(200)), 1000, 8_400, 100.5 * 42, 100.5 * 336);
    check(grouped(Window.chunked(200)), 10, 420, 420, 3_360);
    assertEquals(84, grouped(Window.full()).growingKvBytesPerToken(Dtype.BF16));
    assertEquals(0, grouped(Window.sliding(100)).growingKvBytesPerToken(Dtype.BF16));
    assertEquals("chunked", grouped(Window.chunked(200)).kind());
  }

  @Test
  void groupedQuery_shardsUpToItsKeyValueHeads() {
    assertEquals(2, grouped(Window.full()).kvShards(2));
    assertEquals(3, grouped(Window.full()).kvShards(8));
  }

  @Test
  void groupedQuery_withIndexHoldsAllAndReadsTheBest() {
    GroupedQueryAttention attention = grouped(Window.full()).withIndex(INDEX, 9);
    // 11 bytes of index key and 2·6·11 = 132 index FLOPs for each token.
    check(attention, 1000, 42_000 + 11_000, 50 * 42 + 11_000, 50 * 336 + 132_000);
    check(attention, 10, 420 + 110, 420 + 110, 3_360 + 1_320);
    assertEquals(grouped(Window.full()).parameters() + 9, attention.parameters());
    assertEquals("sparse", attention.kind());
  }

  @Test
  void latent_readsOneLatentForAllHeads() {
    // r_kv 13, d_rope 4, 6 heads: 17 bytes, 2·6·(26 + 4) = 360 FLOPs a token.
    LatentAttention attention =
        new LatentAttention(1, 6, 13, 4, 2, 9, OptionalInt.of(3), Optional.empty());
    check(attention, 1000, 17_000, 17_000, 360_000);
    // Under an index an FP8 latent has a scale of 4 bytes for 128 elements and a key in BF16.
    double sparse = 13 + 4 + 4 * 2;
    check(
        attention.withIndex(INDEX, 0),
        1000,
        1000 * (sparse + 11),
        50 * sparse + 11_000,
        50 * 360 + 132_000);
    assertEquals(1, attention.kvShards(8));
    assertEquals(34, attention.growingKvBytesPerToken(Dtype.BF16));
    assertEquals(56, attention.withIndex(INDEX, 0).growingKvBytesPerToken(Dtype.BF16));
  }

  // Expanded 2·1000·6·(2 + 4 + 9), absorbed 360,000; a cached token costs 2·13·6·11 to expand.
  @Test
  void latent_isExpandedInPassesWhereThatIsLess() {
    LatentAttention attention =
        new LatentAttention(1, 6, 13, 4, 2, 9, OptionalInt.of(3), Optional.empty());
    assertEquals(180_000, attention.passScoreFlops(1000));
    assertEquals(180_000 + 50 * 1716, attention.passScoreFlops(1000, 500, 10));
    assertEquals(360_000, attention.passScoreFlops(1000, 500, 1));
    assertEquals(
        grouped(Window.full()).scoreFlops(1000),
        grouped(Window.full()).passScoreFlops(1000, 500, 10));
  }

  // Latents 3 + 13 + 4, expanded queries 6·6, keys and values 6·11, output 6·9.
  @Test
  void keptElements_areWhatProjectionsPutOut() {
    LatentAttention attention =
        new LatentAttention(1, 6, 13, 4, 2, 9, OptionalInt.of(3), Optional.empty());
    assertEquals(176, attention.keptElements(5, false));
    assertEquals(74, attention.keptElements(5, true));
    LatentAttention fullQuery =
        new LatentAttention(1, 6, 13, 4, 2, 9, OptionalInt.empty(), Optional.empty());
    assertEquals(17 + 36 + 54, fullQuery.keptElements(5, true));
    // 10 query and 2·5 key and value heads of 7 elements, and the output's 10.
    assertEquals(
        (10 + 2 * 5 + 10) * 7,
        GroupedQueryAttention.ofDimensions(3, 10, 5, 7, Window.full(), Set.of())
            .keptElements(3, true));
  }

  @Test
  void latent_withoutQueryRankProjectsInFull() {
    LatentAttention.Dimensions lowRank =
        new LatentAttention.Dimensions(5, 6, OptionalInt.of(3), 13, 4, 2, 9);
    LatentAttention.Dimensions full =
        new LatentAttention.Dimensions(5, 6, OptionalInt.empty(), 13, 4, 2, 9);
    long keyValueAndOutput = 5 * 17 + 13 + 13 * 6 * 11 + 6 * 9 * 5;
    assertEquals(15 + 3 + 3 * 36 + keyValueAndOutput, lowRank.parameters());
    assertEquals(5 * 36 + keyValueAndOutput, full.parameters());
  }

  @Test
  void compressed_addsEntriesBehindTheWindow() {
    // Head of 5 + 2 elements: an FP8 entry has 5 bytes, 2 elements in BF16 and 8 bytes of scale, 17
    // in all; window 100; one entry for 8 tokens: 125 entries at 1,000. States: two planes of 8·7,
    // or of 16 tokens of 14 and of 22 for index keys, in FP32.
    CompressedAttention all =
        new CompressedAttention(1, 6, 7, 2, 100, OptionalInt.of(8), Optional.empty());
    check(all, 1000, 225 * 17 + 448, 225 * 17, 4 * 225 * 6 * 7);
    CompressedAttention picked =
        new CompressedAttention(1, 6, 7, 2, 100, OptionalInt.of(8), Optional.of(INDEX));
    check(
        picked,
        1000,
        225 * 17 + 125 * 11 + 2 * 16 * (14 + 22) * 4,
        150 * 17 + 125 * 11,
        4 * 150 * 6 * 7 + 125 * 132);
    CompressedAttention windowOnly =
        new CompressedAttention(1, 6, 7, 2, 100, OptionalInt.empty(), Optional.empty());
    check(windowOnly, 1000, 1_700, 1_700, 4 * 100 * 6 * 7);
    assertEquals(0, windowOnly.growingKvBytesPerToken(Dtype.BF16));
  }

  @Test
  void linear_keepsItsStateWhateverTheContext() {
    // 6 heads of 7: state 6·7·7 in FP32, 4 FLOPs an element; weights 5 of 5 × 42 and a norm of 42.
    LinearAttention attention = LinearAttention.lightning(5, 6, 7);
    check(attention, 1000, 1_176, 1_176, 1_176);
    assertEquals(1_176, attention.kvCapacityBytes(10, Dtype.BF16));
    assertEquals(5 * 5 * 42 + 42, attention.parameters());
    assertEquals(6, attention.kvShards(8));
    assertEquals(0, attention.growingKvBytesPerToken(Dtype.BF16));
  }

  @Test
  void badWindowsAndHeads_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> Window.sliding(0));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Window(GroupedQueryAttention.Reach.FULL, OptionalInt.of(1)));
    assertThrows(
        IllegalArgumentException.class,
        () -> GroupedQueryAttention.ofDimensions(5, 4, 3, 7, Window.full(), Set.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new CompressedAttention(1, 6, 7, 2, 100, OptionalInt.empty(), Optional.of(INDEX)));
  }
}
