package dev.rackplan.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rackplan.model.GroupedQueryAttention.Window;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Caches as engines keep them, counted by hand. */
class KvFormatTest {
  private static final SparseIndex LIGHTNING = new SparseIndex(2048, 64, 128);

  private static KvFormat format(
      Dtype dtype, boolean scaledLatents, boolean scaledKeys, int page, boolean windowed) {
    return new KvFormat(dtype, scaledLatents, scaledKeys, page, windowed);
  }

  private static LatentAttention latent(boolean indexed) {
    return new LatentAttention(
        1,
        64,
        512,
        64,
        128,
        128,
        OptionalInt.of(1536),
        indexed ? Optional.of(LIGHTNING) : Optional.empty());
  }

  private static GroupedQueryAttention grouped(Window window) {
    return new GroupedQueryAttention(1, 6, 3, 7, window, Optional.empty());
  }

  // 512 + 64 elements; FP8 that is gathered has 4 scales of 4 bytes and its rotary key in BF16;
  // keys of 128: 128 bytes and one scale, or of the cache's dtype.
  @ParameterizedTest
  @CsvSource({
    "FP8, false, true, true, 576",
    "FP8, false, false, false, 576",
    "FP8, true, true, true, 788",
    "FP8, true, true, false, 784",
    "FP8, true, false, true, 708",
    "FP8, true, false, false, 704",
    "BF16, false, true, true, 1152",
    "BF16, true, true, true, 1284",
    "BF16, true, true, false, 1408"
  })
  void latents_haveTheScalesOfTheirKernels(
      Dtype dtype, boolean indexed, boolean scaledLatents, boolean scaledKeys, double bytes) {
    KvFormat kv = format(dtype, scaledLatents, scaledKeys, 1, true);
    assertEquals(bytes, latent(indexed).growingKvBytesPerToken(kv));
    assertEquals(1000 * bytes, latent(indexed).kvCapacityBytes(1000, kv));
  }

  // GLM-5.2 in FP8 with plain latents: 78 layers of 576, 21 of which have an indexer: 47,616 bytes
  // without the keys' scales. SGLang measured 47,702.
  @ParameterizedTest
  @CsvSource({"false, 47616", "true, 47700"})
  void glm52_takesTheBytesThatSglangMeasured(boolean scaledKeys, double bytes) {
    KvFormat kv = format(Dtype.FP8, false, scaledKeys, 1, true);
    assertEquals(
        bytes,
        21 * latent(true).growingKvBytesPerToken(kv)
            + 57 * latent(false).growingKvBytesPerToken(kv));
    assertEquals(47_702, bytes, 0.002 * 47_702);
  }

  // A layer that takes over another one's choice has no keys, and latents as that one's kernels
  // read them.
  @ParameterizedTest
  @CsvSource({"FP8, true, 656", "FP8, false, 576", "BF16, true, 1152"})
  void layersThatTakeAChoiceOver_haveNoKeys(Dtype dtype, boolean scaledLatents, double bytes) {
    LatentAttention taking =
        new LatentAttention(
            1, 64, 512, 64, 128, 128, OptionalInt.of(1536), Optional.of(LIGHTNING.takenOver()));
    assertEquals(bytes, taking.growingKvBytesPerToken(format(dtype, scaledLatents, true, 1, true)));
  }

  // DeepSeek-V4-Flash at 65,536 tokens: 43 layers with a window of 128; 21 of ratio 4 with an
  // indexer, 20 of ratio 128. An FP8 entry: 448 + 2·64 + 7 scales in 8 bytes. States in FP32: ratio
  // 4 has 2 planes of 8 tokens of 2·512 and of 2·128; ratio 128 has 2 of 128 of 512.
  @Test
  void deepSeekV4_hasScalesAndStatesOfItsCompressors() {
    KvFormat kv = format(Dtype.FP8, true, true, 1, true);
    Optional<SparseIndex> index = Optional.of(new SparseIndex(512, 64, 128));
    CompressedAttention window = compressed(OptionalInt.empty(), Optional.empty());
    CompressedAttention few = compressed(OptionalInt.of(4), index);
    CompressedAttention many = compressed(OptionalInt.of(128), Optional.empty());
    assertEquals(0, window.stateBytes());
    assertEquals(65_536 + 16_384, few.stateBytes());
    assertEquals(524_288, many.stateBytes());
    double bytes =
        2 * window.kvCapacityBytes(65_536, kv)
            + 21 * few.kvCapacityBytes(65_536, kv)
            + 20 * many.kvCapacityBytes(65_536, kv);
    double hand =
        43 * 128 * 584.0
            + 21 * 16_384 * (584.0 + 132)
            + 20 * 512 * 584.0
            + 21 * 81_920.0
            + 20 * 524_288.0;
    assertEquals(hand, bytes, 1);
    // Pages of 256 tokens: half of one more in each layer's entries.
    double paged =
        21 * few.kvCapacityBytes(65_536, format(Dtype.FP8, true, true, 256, true))
            - 21 * few.kvCapacityBytes(65_536, kv);
    assertEquals(21 * 127.5 / 4 * 716, paged, 1);
    assertEquals(146 + 33, few.growingKvBytesPerToken(kv));
    assertEquals(584 + 179, few.growingKvBytesPerToken(format(Dtype.FP8, true, true, 1, false)));
    assertEquals(
        512 * 2 * (1 + 1 / 4.0) + 132 / 4.0,
        few.growingKvBytesPerToken(format(Dtype.BF16, true, true, 1, false)));
  }

  private static CompressedAttention compressed(OptionalInt ratio, Optional<SparseIndex> index) {
    return new CompressedAttention(1, 64, 512, 64, 128, ratio, index);
  }

  // 2·3·7 = 42 elements a token in FP8. A page of 16 adds 7.5 tokens; a window spans 15 more.
  @ParameterizedTest
  @CsvSource({
    "1, true, 1000, 1000, 100",
    "1, true, 60, 60, 60",
    "16, true, 1000, 1007.5, 115",
    "16, true, 60, 67.5, 67.5",
    "16, true, 110, 117.5, 115",
    "16, false, 1000, 1007.5, 1007.5",
    "64, true, 1000, 1031.5, 163"
  })
  void pages_areHalfEmptyAtTheirEnds(
      int page, boolean windowed, double context, double full, double sliding) {
    KvFormat kv = format(Dtype.FP8, true, true, page, windowed);
    assertEquals(42 * full, grouped(Window.full()).kvCapacityBytes(context, kv));
    assertEquals(42 * sliding, grouped(Window.sliding(100)).kvCapacityBytes(context, kv));
    assertEquals(42 * sliding, grouped(Window.chunked(100)).kvCapacityBytes(context, kv));
    assertEquals(windowed ? 0 : 42, grouped(Window.sliding(100)).growingKvBytesPerToken(kv));
    assertEquals(42, grouped(Window.full()).growingKvBytesPerToken(kv));
  }

  // A state has no pages and no dtype of the cache.
  @Test
  void states_stayAsTheyAre() {
    LinearAttention linear = LinearAttention.lightning(5, 6, 7);
    assertEquals(1_176, linear.kvCapacityBytes(1000, format(Dtype.FP8, true, true, 64, false)));
  }

  @Test
  void noTokensAPage_areRefused() {
    assertThrows(IllegalArgumentException.class, () -> format(Dtype.FP8, true, true, 0, true));
  }
}
