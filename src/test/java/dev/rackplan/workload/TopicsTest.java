package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.model.MoeFfn;
import java.util.Collections;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TopicsTest {
  private static final MoeFfn GROUPED = moe(64, 6, 8, 3);
  private static final MoeFfn PLAIN = moe(32, 4, 1, 1);

  private static MoeFfn moe(int experts, int expertsPerToken, int groups, int groupsPerToken) {
    return new MoeFfn(experts, expertsPerToken, 1, 0, 0, 1, groups, groupsPerToken);
  }

  private static RequestTokens tokens(long seed, MoeFfn... layers) {
    return new Topics(2000, seed, 5, 150, 0.7, 0.9).generate(List.of(layers));
  }

  @Test
  void generate_givesEveryLayerItsTokens() {
    RequestTokens tokens = tokens(1, GROUPED, PLAIN);
    assertEquals(14, tokens.requests());
    assertEquals(0, tokens.requestOf(149));
    assertEquals(13, tokens.requestOf(1999));
    assertEquals(List.of(2000, 2000), tokens.layers().stream().map(LayerRouting::tokens).toList());
    assertEquals(List.of(64, 32), tokens.layers().stream().map(LayerRouting::experts).toList());
  }

  @Test
  void generate_respectsTheGroupLimit() {
    for (long seed = 0; seed < 5; seed++) {
      LayerRouting layer = tokens(seed, GROUPED).layers().get(0);
      for (int token = 0; token < layer.tokens(); token++) {
        int of = token;
        long groups = IntStream.range(0, 6).map(j -> layer.choice(of, j) / 8).distinct().count();
        assertTrue(groups <= 3, "token " + token + " uses " + groups + " groups");
      }
    }
  }

  @Test
  void sameSeed_givesTheSameTokens() {
    RequestTokens once = tokens(7, GROUPED, PLAIN);
    assertSame(once, tokens(7, GROUPED, PLAIN));
    MadeRouting.forget();
    RequestTokens again = tokens(7, GROUPED, PLAIN);
    assertNotSame(once, again);
    assertEquals(once.layers(), again.layers());
    // Pinned: the same on every machine, and in every version.
    LayerRouting layer = tokens(7, GROUPED).layers().get(0);
    assertEquals(
        List.of(5, 40, 25, 46, 27, 45),
        IntStream.range(0, 6).map(j -> layer.choice(1234, j)).boxed().toList());
  }

  @Test
  void otherSeedOrLayer_givesOtherTokens() {
    List<LayerRouting> layers = tokens(7, GROUPED, GROUPED).layers();
    assertNotEquals(layers.get(0), layers.get(1));
    assertNotEquals(layers.get(0), tokens(8, GROUPED).layers().get(0));
  }

  @Test
  void layer_doesNotDependOnTheOthers() {
    assertEquals(
        tokens(7, PLAIN, GROUPED).layers().get(1), tokens(7, GROUPED, GROUPED).layers().get(1));
  }

  @Test
  void tokensOfARequest_areMoreAlikeThanThoseOfDifferentOnes() {
    for (MoeFfn moe : List.of(GROUPED, PLAIN)) {
      for (long seed = 0; seed < 3; seed++) {
        RequestTokens tokens = tokens(seed, moe);
        double within = sharedExperts(tokens, true);
        double across = sharedExperts(tokens, false);
        assertTrue(within > 1.2 * across, within + " against " + across);
      }
    }
  }

  @Test
  void withoutAffinity_requestsAreAlike() {
    RequestTokens tokens = new Topics(2000, 3, 5, 150, 0.7, 0).generate(List.of(PLAIN));
    assertEquals(1, sharedExperts(tokens, true) / sharedExperts(tokens, false), 0.02);
  }

  /** Mean number of experts that two tokens of the first layer share. */
  private static double sharedExperts(RequestTokens tokens, boolean sameRequest) {
    LayerRouting layer = tokens.layers().get(0);
    long pairs = 0;
    long shared = 0;
    for (int a = 0; a < layer.tokens(); a += 3) {
      for (int b = a + 1; b < layer.tokens(); b += 3) {
        if ((tokens.requestOf(a) == tokens.requestOf(b)) == sameRequest) {
          pairs++;
          for (int j = 0; j < layer.expertsPerToken(); j++) {
            shared += chooses(layer, b, layer.choice(a, j)) ? 1 : 0;
          }
        }
      }
    }
    return shared / (double) pairs;
  }

  private static boolean chooses(LayerRouting layer, int token, int expert) {
    IntPredicate is = j -> layer.choice(token, j) == expert;
    return IntStream.range(0, layer.expertsPerToken()).anyMatch(is);
  }

  @Test
  void skew_makesSomeExpertsHot() {
    assertEquals(1, hottestOverMean(new Topics(8192, 2, 1, 256, 0, 0)), 0.2);
    double skewed = hottestOverMean(new Topics(8192, 2, 1, 256, 1, 0));
    assertTrue(skewed > 2.5, "hottest over mean " + skewed);
  }

  private static double hottestOverMean(Topics topics) {
    LayerRouting layer = topics.generate(List.of(PLAIN)).layers().get(0);
    return IntStream.range(0, 32).mapToDouble(layer::frequency).max().orElseThrow() / (4.0 / 32);
  }

  @Test
  void fewTopics_areDealtEvenly() {
    // 10 requests: of 5 topics each is the main one once in either half, so that the halves ask for
    // much the same experts; of 10 topics, no half has a main topic of the other's.
    double few = moved(new Topics(10_000, 4, 5, 1000, 0.3, 1.5));
    double many = moved(new Topics(10_000, 4, 10, 1000, 0.3, 1.5));
    assertTrue(few < 0.7 * many, few + " against " + many);
  }

  /** Share of the load that is at other experts in the second half, mean over layers. */
  private static double moved(Topics topics) {
    RequestTokens tokens = topics.generate(Collections.nCopies(8, PLAIN));
    List<LayerRouting> first = tokens.layers(0, 5);
    List<LayerRouting> second = tokens.layers(5, 10);
    return IntStream.range(0, 8 * 32)
            .mapToDouble(
                i -> first.get(i / 32).frequency(i % 32) - second.get(i / 32).frequency(i % 32))
            .map(StrictMath::abs)
            .sum()
        / (8 * 4 * 2);
  }

  @Test
  void deepSeekShape_isSkewedAsStated() {
    List<LayerRouting> layers =
        Topics.calibrated(1).generate(Collections.nCopies(4, moe(256, 8, 8, 4))).layers();
    double hottest =
        layers.stream()
            .mapToDouble(
                layer ->
                    IntStream.range(0, 256).mapToDouble(layer::frequency).max().orElseThrow() * 32)
            .average()
            .orElseThrow();
    assertEquals(6, hottest, 1);
  }

  @Test
  void gumbelNoise_hasItsMeanAndVariance() {
    double[] scores = new double[200_000];
    GumbelNoise.add(new double[scores.length], scores, new SplitMix64(5));
    double mean = IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).average().orElse(0);
    double variance =
        IntStream.range(0, scores.length)
            .mapToDouble(i -> (scores[i] - mean) * (scores[i] - mean))
            .average()
            .orElse(0);
    // Euler's constant and π²/6, within four standard errors.
    assertEquals(0.57722, mean, 0.012);
    assertEquals(1.64493, variance, 0.04);
  }

  @Test
  void badParameters_areRefused() {
    assertRefused("tokens must be >= 1, was 0", 0, 1, 1, 0, 0);
    assertRefused("topics must be >= 1, was 0", 1, 0, 1, 0, 0);
    assertRefused("requestTokens must be >= 1, was -2", 1, 1, -2, 0, 0);
    assertRefused("skew must be >= 0, was -0.5", 1, 1, 1, -0.5, 0);
    assertRefused("affinity must be >= 0, was NaN", 1, 1, 1, 0, Double.NaN);
  }

  private static void assertRefused(
      String message, int tokens, int topics, int requestTokens, double skew, double affinity) {
    assertEquals(
        message,
        assertThrows(
                IllegalArgumentException.class,
                () -> new Topics(tokens, 0, topics, requestTokens, skew, affinity))
            .getMessage());
  }
}
