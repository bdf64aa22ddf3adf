package dev.rackplan.problem;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Which figure of many requests' times a limit is of. */
public enum Statistic {
  /** Their mean: what formulas know. */
  MEAN("mean"),
  /** The time that half of them stay within. */
  P50("p50"),
  /** The same of 90 of 100. */
  P90("p90"),
  /** The same of 95 of 100. */
  P95("p95"),
  /** The same of 99 of 100. */
  P99("p99");

  private final String key;

  Statistic(String key) {
    this.key = key;
  }

  /** As files and options write it. */
  public String key() {
    return key;
  }

  /** The one that is written so. */
  public static Optional<Statistic> of(String key) {
    return Arrays.stream(values()).filter(value -> value.key.equals(key)).findFirst();
  }

  /** All as files write them. */
  public static List<String> keys() {
    return Arrays.stream(values()).map(Statistic::key).toList();
  }
}
