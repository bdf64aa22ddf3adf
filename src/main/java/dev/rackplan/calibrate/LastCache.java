package dev.rackplan.calibrate;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Size in bytes of a GPU's last cache, which holds weights from one replay of a kernel to the next.
 * Source: NVIDIA's architecture papers; AMD's tuner rotates over copies, so only one die's L2
 * counts.
 */
final class LastCache {
  private static final double USUAL = 50e6;
  private static final Map<String, Double> BYTES = new LinkedHashMap<>();

  static {
    BYTES.put("a100", 40e6);
    BYTES.put("h", 50e6);
    BYTES.put("gb", 126e6);
    BYTES.put("b2", 126e6);
    BYTES.put("b3", 126e6);
    BYTES.put("l40", 96e6);
    BYTES.put("rtx-pro-6000", 128e6);
    BYTES.put("mi", 4e6);
  }

  private LastCache() {}

  static double bytes(String gpu) {
    return BYTES.entrySet().stream()
        .filter(known -> gpu.startsWith(known.getKey()))
        .mapToDouble(Map.Entry::getValue)
        .findFirst()
        .orElse(USUAL);
  }
}
