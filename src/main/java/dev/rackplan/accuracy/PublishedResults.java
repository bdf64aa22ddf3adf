package dev.rackplan.accuracy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything that is held against the model.
 *
 * @param rows results that can be modelled
 * @param orders which of two rows must come out ahead
 * @param leftOut results that cannot be modelled, and why
 */
public record PublishedResults(
    List<PublishedRow> rows, List<RankOrder> orders, List<LeftOut> leftOut) {

  /**
   * A published comparison.
   *
   * @param name what is compared
   * @param better row that yields more per GPU
   * @param worse row that yields less
   * @param measuredRatio how many times more was measured; 1 where only the order was published
   * @param source who measured it
   */
  public record RankOrder(
      String name, String better, String worse, double measuredRatio, String source) {}

  /**
   * A result that has no row.
   *
   * @param id as the source list calls it
   * @param reason what is missing
   */
  public record LeftOut(String id, String reason) {}

  public PublishedResults {
    rows = List.copyOf(rows);
    orders = List.copyOf(orders);
    leftOut = List.copyOf(leftOut);
    Set<String> ids = new HashSet<>();
    for (PublishedRow row : rows) {
      if (!ids.add(row.id())) {
        throw new IllegalArgumentException("row " + row.id() + " is given twice");
      }
    }
    for (RankOrder order : orders) {
      if (!ids.contains(order.better()) || !ids.contains(order.worse())) {
        throw new IllegalArgumentException("order " + order.name() + " names an unknown row");
      }
    }
  }
}
