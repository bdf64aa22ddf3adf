package dev.rackplan.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RequestTokensTest {
  // Requests of 3, 1 and 2 tokens, the first one interrupted.
  private static final int[] REQUESTS = {0, 1, 0, 2, 0, 2};
  private static final LayerRouting LAYER =
      LayerRouting.ofTokens(6, 2, new int[] {0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 0});
  private static final RequestTokens TOKENS = new RequestTokens(REQUESTS, List.of(LAYER));

  @Test
  void firstHeldOut_isTheFewestLastRequestsThatHoldTheShare() {
    assertEquals(2, TOKENS.firstHeldOut(0.01));
    assertEquals(2, TOKENS.firstHeldOut(2 / 6.0));
    assertEquals(1, TOKENS.firstHeldOut(0.34));
    assertEquals(1, TOKENS.firstHeldOut(0.5));
    assertEquals(0, TOKENS.firstHeldOut(0.51));
  }

  @Test
  void layers_keepWholeRequestsInTheOrderOfTheirTokens() {
    assertEquals(
        List.of(LayerRouting.ofTokens(6, 2, new int[] {0, 1, 2, 3, 4, 5})), TOKENS.layers(0, 1));
    assertEquals(
        List.of(LayerRouting.ofTokens(6, 2, new int[] {1, 2, 3, 4, 5, 0})), TOKENS.layers(1, 3));
    assertEquals(List.of(LAYER), TOKENS.layers(0, 3));
  }

  @Test
  void split_byRequestDividesNoRequest() {
    RequestTokens.Split split = TOKENS.split(new HoldOut(0.5, HoldOut.By.REQUEST)).orElseThrow();
    assertEquals(TOKENS.layers(0, 1), split.planned());
    assertEquals(TOKENS.layers(1, 3), split.heldOut());
    assertEquals(Optional.empty(), TOKENS.split(new HoldOut(0.51, HoldOut.By.REQUEST)));
  }

  @Test
  void split_byTokenKeepsTheLastTokensWhereverARequestEnds() {
    // 0.5 of 6: three tokens, though request 0 has one on either side.
    RequestTokens.Split split = TOKENS.split(new HoldOut(0.5, HoldOut.By.TOKEN)).orElseThrow();
    assertEquals(
        List.of(LayerRouting.ofTokens(6, 2, new int[] {0, 1, 1, 2, 2, 3})), split.planned());
    assertEquals(
        List.of(LayerRouting.ofTokens(6, 2, new int[] {3, 4, 4, 5, 5, 0})), split.heldOut());
    // 0.51 of 6 is rounded up to four, 0.01 to one.
    assertEquals(
        2,
        TOKENS.split(new HoldOut(0.51, HoldOut.By.TOKEN)).orElseThrow().planned().get(0).tokens());
    assertEquals(
        5,
        TOKENS.split(new HoldOut(0.01, HoldOut.By.TOKEN)).orElseThrow().planned().get(0).tokens());
    assertEquals(Optional.empty(), TOKENS.split(new HoldOut(0.9, HoldOut.By.TOKEN)));
  }

  @Test
  void badTokens_areRefused() {
    assertEquals(
        "requests must be counted as they appear: 2 follows 0",
        assertThrows(
                IllegalArgumentException.class,
                () -> new RequestTokens(new int[] {0, 2, 1, 0, 0, 0}, List.of(LAYER)))
            .getMessage());
    assertEquals(
        "a layer has 6 tokens of 2",
        assertThrows(
                IllegalArgumentException.class,
                () -> new RequestTokens(new int[] {0, 0}, List.of(LAYER)))
            .getMessage());
  }
}
