package dev.rackplan.report;

import dev.rackplan.serving.Bill;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** Who pays for what, in words and as plain values. */
final class BillText {
  private BillText() {}

  /**
   * Two lines, the last without a line feed.
   *
   * @param watts of all GPUs; empty where not said
   */
  static String words(Bill bill, OptionalDouble watts) {
    String cached =
        bill.requests().cachedTokens() == 0
            ? ""
            : String.format(Locale.ROOT, ", cached %.4f", bill.usdPerMillionCachedTokens());
    return String.format(
            Locale.ROOT,
            "%.2f USD/h, %.2f of that idle; USD per million: input %.4f%s, output %.4f%n"
                + "%.6f USD per request%s",
            bill.usdPerHour(),
            bill.idleUsdPerHour(),
            bill.usdPerMillionInputTokens(),
            cached,
            bill.usdPerMillionOutputTokens(),
            bill.usdPerRequest(),
            bill.usdPerHour() > 0
                ? String.format(
                    Locale.ROOT, "; %.0f output tokens per USD", bill.outputTokensPerUsd())
                : "")
        + (watts.isPresent()
            ? String.format(
                Locale.ROOT,
                ", %.0f million per MWh",
                bill.outputTokensPerMegawattHour(watts.getAsDouble()) / 1e6)
            : "");
  }

  /** Under {@code bill}. */
  static Map<String, Object> tree(Bill bill, OptionalDouble watts) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("usdPerHour", bill.usdPerHour());
    tree.put("idleUsdPerHour", bill.idleUsdPerHour());
    tree.put("usdPerMillionInputTokens", bill.usdPerMillionInputTokens());
    tree.put("usdPerMillionCachedTokens", bill.usdPerMillionCachedTokens());
    tree.put("usdPerMillionOutputTokens", bill.usdPerMillionOutputTokens());
    tree.put("usdPerRequest", bill.usdPerRequest());
    // GPUs that cost nothing have no tokens per USD.
    if (bill.usdPerHour() > 0) {
      tree.put("outputTokensPerUsd", bill.outputTokensPerUsd());
    }
    if (watts.isPresent()) {
      tree.put(
          "outputTokensPerMegawattHour", bill.outputTokensPerMegawattHour(watts.getAsDouble()));
    }
    return tree;
  }
}
