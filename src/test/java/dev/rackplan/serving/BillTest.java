package dev.rackplan.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.serving.Found.Instances;
import dev.rackplan.serving.Found.Mode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * 4 GPUs at 2 USD read prompts and 12 at 3 USD decode, one of each idles at 2 and 3; 10 requests a
 * second of 3,000 + 1,000 cached tokens and 500 of answer. An hour has 36,000 requests: 108, 36 and
 * 18 million tokens.
 */
class BillTest {
  private static final Bill BILL = new Bill(8, 36, 5, 0.1, new Bill.Requests(10, 3000, 1000, 500));
  private static final double ROUNDING = 1e-9;

  @Test
  void prices_areGpuTimeOverTokens() {
    assertEquals(7.2 / 108, BILL.usdPerMillionInputTokens(), ROUNDING);
    assertEquals(0.8 / 36, BILL.usdPerMillionCachedTokens(), ROUNDING);
    assertEquals(2.0, BILL.usdPerMillionOutputTokens(), ROUNDING);
    assertEquals(49.0 / 36_000, BILL.usdPerRequest(), ROUNDING);
    assertEquals(18e6 / 49, BILL.outputTokensPerUsd(), 1e-3);
    assertEquals(18e6 / 0.009, BILL.outputTokensPerMegawattHour(9000), 1);
  }

  @Test
  void sum_isTheClustersBill() {
    double tokens =
        108 * BILL.usdPerMillionInputTokens()
            + 36 * BILL.usdPerMillionCachedTokens()
            + 18 * BILL.usdPerMillionOutputTokens();

    assertEquals(49, BILL.usdPerHour(), ROUNDING);
    assertEquals(BILL.usdPerHour(), tokens + BILL.idleUsdPerHour(), ROUNDING);
    assertEquals(BILL.usdPerHour(), 36_000 * BILL.usdPerRequest(), ROUNDING);
  }

  @Test
  void noCachedTokens_haveNoPrice() {
    Bill plain = new Bill(8, 36, 0, 0, new Bill.Requests(10, 4000, 0, 500));

    assertEquals(0, plain.usdPerMillionCachedTokens());
    assertEquals(8.0 / 144, plain.usdPerMillionInputTokens(), ROUNDING);
  }

  // A pool that serves both gives 0.25 of its 4 · 2 + 8 · 3 USD to prompts.
  @Test
  void billOfPools_dividesTheirTime() {
    Instances cheap = FoundTest.pool("serve", 1, 4, 2.0, 0.25);
    Instances dear = FoundTest.pool("serve-2", 2, 4, 3.0, 0.25);
    Found found =
        new Found(
            Mode.AGGREGATED,
            List.of(cheap, dear),
            0.1,
            0.02,
            10,
            "TPOT limit",
            true,
            Optional.empty());
    Bill bill = found.bill(FoundTest.goal(4000, 1000, 500), 1).orElseThrow();

    assertEquals(8, bill.promptUsdPerHour(), ROUNDING);
    assertEquals(24, bill.answerUsdPerHour(), ROUNDING);
    assertEquals(33, bill.usdPerHour(), ROUNDING);
    assertEquals(3000, bill.requests().computedTokens());
    assertEquals(32e6 / 18e6, found.usdPerMillion(500).orElseThrow(), ROUNDING);
  }
}
