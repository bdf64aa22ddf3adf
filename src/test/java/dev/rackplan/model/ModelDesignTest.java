package dev.rackplan.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.ModelCatalog;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelDesignTest {
  private static Model of(String model, Map<String, Double> values) {
    return new ModelDesign(values).of(ModelCatalog.read(model));
  }

  @Test
  void nothingSet_isTheModel() {
    assertEquals(ModelCatalog.read("deepseek-v3"), of("deepseek-v3", Map.of()));
    // What it has already changes nothing either.
    assertEquals(
        ModelCatalog.read("deepseek-v3"),
        of("deepseek-v3", Map.of("experts", 256.0, "latentRank", 512.0, "expertsPerToken", 8.0)));
    assertEquals(
        ModelCatalog.read("qwen3-235b-a22b"), of("qwen3-235b-a22b", Map.of("kvHeads", 4.0)));
  }

  @Test
  void twiceTheExperts_haveTwiceTheWeights() {
    Model own = ModelCatalog.read("deepseek-v3");
    Model twice = of("deepseek-v3", Map.of("experts", 512.0));
    // 58 layers of 256 more experts of 3 · 7,168 · 2,048 weights, and their rows in the gate.
    long more = 58L * 256 * 3 * 7168 * 2048 + 58L * own.moe(3).orElseThrow().routerParameters();
    assertEquals(own.parameters() + more, twice.parameters());
    Model halved = of("deepseek-v3", Map.of("experts", 512.0, "expertScale", 0.5));
    assertEquals(
        own.moe(3).orElseThrow().parametersPerExpert() / 2,
        halved.moe(3).orElseThrow().parametersPerExpert());
    // Groups that do not divide are given up.
    assertEquals(
        1, of("deepseek-v3", Map.of("experts", 258.0)).moe(3).orElseThrow().expertGroups());
  }

  @Test
  void latentRank_decidesTheCache() {
    Model half = of("deepseek-v3", Map.of("latentRank", 256.0));
    // (256 + 64) elements of 2 bytes in 61 layers.
    assertEquals(39_040, half.kvBytesPerToken(Dtype.BF16));
    Model own = ModelCatalog.read("deepseek-v3");
    // Latent projection, its norm, and its expansion to 128 heads of 128 + 128.
    assertEquals(61L * 256 * (7168 + 1 + 128 * 256), own.parameters() - half.parameters());
  }

  @ParameterizedTest
  @CsvSource({"1, 36", "2, 18", "6, 6", "36, 1", "100, 0"})
  void windowMix_leavesOneLayerInSoManyToGrow(double every, int full) {
    Model mixed = of("gpt-oss-120b", Map.of("slidingWindowEvery", every));
    // 8 KV heads of 64, keys and values of 2 bytes.
    assertEquals(full * 2048.0, mixed.kvBytesPerToken(Dtype.BF16));
    assertEquals(ModelCatalog.read("gpt-oss-120b").parameters(), mixed.parameters());
  }

  @Test
  void residualReach_isWhatABoundaryCarries() {
    assertTrue(
        of("gpt-oss-120b", Map.of("residualReach", 4.0)).layers().stream()
            .allMatch(layer -> layer.boundaryResiduals() == 4));
  }

  @ParameterizedTest
  @CsvSource({
    "gpt-oss-120b, latentRank, 256, needs layers of latent attention",
    "deepseek-v3, kvHeads, 4, needs layers of grouped-query attention",
    "llama-3.1-405b, experts, 8, needs MoE layers",
    "deepseek-v3, experts, 8.5, must be a whole number > 0",
    "deepseek-v3, expert, 8, model.expert is unknown",
    "deepseek-v3, experts, 4, expertsPerToken must be in",
    "gpt-oss-120b, kvHeads, 5, queryHeads must be a multiple of kvHeads"
  })
  void whatCantBe_isRefused(String model, String key, double value, String words) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> of(model, Map.of(key, value)));
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
  }
}
