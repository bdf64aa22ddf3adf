package dev.rackplan.replan;

import dev.rackplan.plan.ExpertMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * New plans by the price of a moved byte, in s: from the one that moves least to the one that is
 * fastest.
 */
final class PriceCurve {
  // Prices per byte in s that the curve is drawn with, beside 0 and beyond all.
  private static final int PRICES = 40;
  private static final double CHEAPEST = 1e-18;
  private static final double DEAREST = 1e-10;
  // Two neighbouring prices are a factor of 1.6 apart: halved so often, of 1.0001.
  private static final int HALVINGS = 12;

  private final DoubleFunction<SortedMap<Integer, ExpertMap>> picked;
  private final Function<SortedMap<Integer, ExpertMap>, ReplanPoint> judged;
  private final Map<SortedMap<Integer, ExpertMap>, ReplanPoint> points = new LinkedHashMap<>();

  /**
   * A curve through forty prices.
   *
   * @param picked each layer's map at a price
   * @param judged what such maps cost and move
   */
  PriceCurve(
      DoubleFunction<SortedMap<Integer, ExpertMap>> picked,
      Function<SortedMap<Integer, ExpertMap>, ReplanPoint> judged) {
    this.picked = picked;
    this.judged = judged;
    at(Double.POSITIVE_INFINITY);
    for (int i = 0; i < PRICES; i++) {
      at(price(i));
    }
    at(0);
  }

  /** Plans by bytes moved, the first moves least. */
  List<ReplanPoint> points() {
    List<ReplanPoint> sorted = new ArrayList<>(points.values());
    sorted.sort(Comparator.comparingDouble(point -> point.moves().expertBytes()));
    return sorted;
  }

  /**
   * Adds plans at prices between the two neighbours of which the cheaper one alone has {@code
   * property}, closer and closer to where it begins.
   */
  void closeIn(Predicate<ReplanPoint> property) {
    int first = 0;
    while (first < PRICES && !property.test(at(price(first)))) {
      first++;
    }
    if (first == 0 || first == PRICES) {
      return;
    }
    double dear = price(first - 1);
    double cheap = price(first);
    for (int i = 0; i < HALVINGS; i++) {
      double middle = Math.sqrt(dear * cheap);
      if (property.test(at(middle))) {
        cheap = middle;
      } else {
        dear = middle;
      }
    }
  }

  private ReplanPoint at(double price) {
    return points.computeIfAbsent(picked.apply(price), judged);
  }

  private static double price(int i) {
    return DEAREST * StrictMath.pow(CHEAPEST / DEAREST, i / (double) (PRICES - 1));
  }
}
