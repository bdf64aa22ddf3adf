package dev.rackplan.report;

import dev.rackplan.cost.MemoryConfidence;
import dev.rackplan.law.Confidence;
import dev.rackplan.law.RestsOn;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/** How sure a time is, in words and as plain values. */
final class ConfidenceText {
  // Below this chance a run is all but sure to fit.
  private static final double RARE = 0.05;
  private static final int RUNS = 10;

  private ConfidenceText() {}

  /** Such as {@code ± 12%}; nothing where it is not known. */
  static String plusMinus(OptionalDouble share) {
    return share.isPresent() ? " ± " + percent(share.getAsDouble()) : "";
  }

  /** Whole percent, below 1 with a digit. */
  static String percent(double share) {
    return Figures.fixed(100 * share, share > 0 && share < 0.01 ? 1 : 0) + "%";
  }

  /** For a column whose head says %. */
  static String cell(OptionalDouble share) {
    return share.isPresent() ? Figures.fixed(100 * share.getAsDouble(), 0) : Figures.NONE;
  }

  /** Such as {@code measured 82%, transferred 10%, formula 8%}. */
  static String restsOn(RestsOn restsOn) {
    return "measured "
        + percent(restsOn.measured())
        + ", transferred "
        + percent(restsOn.transferred())
        + ", formula "
        + percent(restsOn.formula());
  }

  /**
   * How sure memory is: {@code memoryPlusMinus} and {@code outOfMemoryChance}, each where known.
   */
  static void put(Map<String, Object> tree, MemoryConfidence memory) {
    memory.plusMinus().ifPresent(share -> tree.put("memoryPlusMinus", share));
    memory.chanceBeyond().ifPresent(chance -> tree.put("outOfMemoryChance", chance));
  }

  /**
   * What follows a figure of memory, such as {@code ± 14%: about 5 in 10 such runs run out of
   * memory}; nothing where it is not known.
   */
  static String memory(MemoryConfidence memory) {
    OptionalDouble chance = memory.chanceBeyond();
    return chance.isPresent()
        ? plusMinus(memory.plusMinus()).strip() + ": " + outOfMemory(chance.getAsDouble())
        : "";
  }

  private static String outOfMemory(double chance) {
    return chance < RARE
        ? "fewer than 1 in 20 such runs run out of memory"
        : "about " + Math.round(RUNS * chance) + " in " + RUNS + " such runs run out of memory";
  }

  /** Under {@code confidence}. */
  static Map<String, Object> tree(Confidence confidence) {
    Map<String, Object> tree = new LinkedHashMap<>();
    confidence.plusMinus().ifPresent(share -> tree.put("plusMinus", share));
    confidence.ratio().ifPresent(share -> tree.put("ratioPlusMinus", share));
    tree.put("measured", confidence.restsOn().measured());
    tree.put("transferred", confidence.restsOn().transferred());
    tree.put("formula", confidence.restsOn().formula());
    return tree;
  }
}
