package dev.rackplan.report;

import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds room for labels beside their marks: each takes the first of its places, nearest first, that
 * hits no mark, line, edge or label before it; where there is none, the one that hits the fewest.
 */
final class LabelPlaces {
  private static final double MARK = 12;
  private static final double LINE_HEIGHT = 14;
  private static final int DIRECTIONS = 12;
  private static final double[] DISTANCES = {14, 26, 40, 56, 74, 94};

  private final Rectangle2D area;
  private final List<Rectangle2D> taken = new ArrayList<>();
  private final List<Line2D> lines;

  /**
   * A label's middle of the side that faces its mark.
   *
   * @param angle direction from the mark in radians, clockwise from the right
   * @param distance from the mark in pixels
   */
  record Place(double angle, double distance) {
    /** 1: the label begins here, -1: it ends here, 0: its middle is here. */
    int side() {
      double right = StrictMath.cos(angle);
      return right > 0.3 ? 1 : right < -0.3 ? -1 : 0;
    }
  }

  /**
   * @param area where labels may lie, in pixels
   * @param marks in pixels
   * @param lines between marks, in pixels
   */
  LabelPlaces(Rectangle2D area, List<Point2D> marks, List<Line2D> lines) {
    this.area = area;
    this.lines = List.copyOf(lines);
    for (Point2D mark : marks) {
      taken.add(new Rectangle2D.Double(mark.getX() - MARK / 2, mark.getY() - MARK / 2, MARK, MARK));
    }
  }

  /**
   * Takes a place for a label.
   *
   * @param width of the label in pixels
   * @param firstAngle the direction to try first
   */
  Place take(Point2D mark, double width, double firstAngle) {
    Place best = new Place(firstAngle, DISTANCES[0]);
    long fewest = Long.MAX_VALUE;
    for (double distance : DISTANCES) {
      for (int turn = 0; turn < DIRECTIONS; turn++) {
        // To the right and the left of the first direction in turn: 0, 1, -1, 2, -2 …
        int step = (turn + 1) / 2 * (turn % 2 == 0 ? -1 : 1);
        Place place = new Place(firstAngle + step * 2 * Math.PI / DIRECTIONS, distance);
        Rectangle2D box = box(mark, width, place);
        long hits = hits(box);
        if (hits < fewest) {
          fewest = hits;
          best = place;
        }
      }
    }
    taken.add(box(mark, width, best));
    return best;
  }

  // To be cut off or to lie on another text is worse than to lie on a line.
  private long hits(Rectangle2D box) {
    long overlaps = taken.stream().filter(box::intersects).count();
    long crossed = lines.stream().filter(line -> line.intersects(box)).count();
    return (area.contains(box) ? 0 : 1000) + 10 * overlaps + crossed;
  }

  private static Rectangle2D box(Point2D mark, double width, Place place) {
    double x = mark.getX() + place.distance() * StrictMath.cos(place.angle());
    double y = mark.getY() + place.distance() * StrictMath.sin(place.angle());
    double left = x + (place.side() - 1) * width / 2;
    return new Rectangle2D.Double(left, y - LINE_HEIGHT / 2, width, LINE_HEIGHT);
  }
}
