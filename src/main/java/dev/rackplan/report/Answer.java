package dev.rackplan.report;

import java.util.List;
import java.util.Optional;

/**
 * What was asked, in a glance: the first thing that a page shows.
 *
 * @param verdict in a few words, such as {@code keeps every limit}; empty where nothing is judged
 * @param good whether that is as it should be
 * @param sentence the answer
 * @param figures its figures, the most important first
 * @param lines what to know beside them
 */
public record Answer(
    String verdict, boolean good, String sentence, List<Figure> figures, List<Line> lines) {
  public Answer {
    figures = List.copyOf(figures);
    lines = List.copyOf(lines);
  }

  /**
   * A figure.
   *
   * @param name what it is
   * @param value digits
   * @param unit of the value; may be empty
   * @param note how sure it is, and its limit
   * @param gauge against its limit; empty without one
   */
  public record Figure(
      String name, String value, String unit, String note, Optional<Gauge> gauge) {}

  /**
   * A value against the most that it may be, both in one unit.
   *
   * @param plusMinus error as a share of the value; 0 where there is none
   */
  public record Gauge(double value, double plusMinus, double limit) {}

  /** A named line of text. */
  public record Line(String name, String text) {}
}
