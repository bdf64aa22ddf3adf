package dev.rackplan.report;

import dev.rackplan.benchmark.BandwidthFront;
import dev.rackplan.benchmark.BenchmarkRow;
import dev.rackplan.benchmark.FrontPoint;
import dev.rackplan.evaluation.PlacementFigures;
import dev.rackplan.report.SvgPlot.Axis;
import dev.rackplan.report.SvgPlot.Line;
import dev.rackplan.report.SvgPlot.Look;
import dev.rackplan.report.SvgPlot.Mark;
import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * The trade between balance and traffic as a picture: balancedness over remote domains per token,
 * the search's placements joined from the slowest network to the fastest, the usual placements as
 * single marks.
 */
public final class FrontChart {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 560;
  // Where the plot lies between titles and legend, in pixels.
  private static final Rectangle2D PLOT = new Rectangle2D.Double(68, 54, 780, 440);
  private static final double PADDING = 0.12;

  private static final String PLANNED = "#1259a5";
  private static final String UNSEEN = "#b0450a";
  private static final String USUAL = "#5f6368";

  // Clockwise from the right: fronts rise to the right, so above left and below right are free.
  private static final double ABOVE_LEFT = -5 * Math.PI / 6;
  private static final double BELOW_RIGHT = Math.PI / 6;
  private static final double RIGHT = 0;

  private final BandwidthFront front;
  private final boolean heldOut;
  private final SvgPlot plot;

  private FrontChart(BandwidthFront front) {
    this.front = front;
    this.heldOut = front.points().get(0).search().heldOut().isPresent();
    this.plot =
        new SvgPlot(
            WIDTH,
            HEIGHT,
            PLOT,
            axis("remote domains per token", PlacementFigures::remoteDomainsPerToken),
            axis("balancedness", PlacementFigures::balancedness));
  }

  /** An SVG document; the same front gives the same bytes on every machine. */
  public static String svg(BandwidthFront front) {
    FrontChart chart = new FrontChart(front);
    chart.addMarks();
    chart.addLabels();
    return chart.plot.text(front.problem(), chart.subtitle());
  }

  private void addMarks() {
    List<BenchmarkRow> searches = front.points().stream().map(FrontPoint::search).toList();
    for (BenchmarkRow row : front.usual()) {
      plot.path(pixels(figures(row)), new Look(USUAL, Mark.NONE, false, Line.DOTTED));
    }
    plot.series(
        "rackplan, tokens planned for",
        pixels(planned(searches)),
        new Look(PLANNED, Mark.CIRCLE, true, Line.SOLID));
    if (heldOut) {
      plot.series(
          "rackplan, unseen tokens",
          pixels(unseen(searches)),
          new Look(UNSEEN, Mark.CIRCLE, false, Line.DASHED));
    }
    plot.series(
        "usual placements, planned for",
        pixels(planned(front.usual())),
        new Look(USUAL, Mark.SQUARE, true, Line.NONE));
    if (heldOut) {
      plot.series(
          "usual placements, unseen",
          pixels(unseen(front.usual())),
          new Look(USUAL, Mark.SQUARE, false, Line.NONE));
    }
  }

  private void addLabels() {
    List<BenchmarkRow> searches = front.points().stream().map(FrontPoint::search).toList();
    List<Line2D> lines = new ArrayList<>(lines(planned(searches)));
    lines.addAll(lines(unseen(searches)));
    front.usual().forEach(row -> lines.addAll(lines(figures(row))));
    List<Point2D> all = rows().stream().flatMap(row -> pixels(figures(row)).stream()).toList();
    LabelPlaces places = new LabelPlaces(PLOT, all, lines);
    for (BenchmarkRow row : front.usual()) {
      label(row.placer(), row.planned(), places, RIGHT, USUAL);
    }
    for (FrontPoint point : front.points()) {
      String bandwidth = Figures.shortest(point.nicBytesPerSecond() / 1e9) + " GB/s";
      BenchmarkRow row = point.search();
      label(bandwidth, row.planned(), places, ABOVE_LEFT, PLANNED);
      row.heldOut().ifPresent(unseen -> label(bandwidth, unseen, places, BELOW_RIGHT, UNSEEN));
    }
  }

  private void label(
      String text, PlacementFigures at, LabelPlaces places, double firstAngle, String color) {
    Point2D mark = pixel(at);
    LabelPlaces.Place place = places.take(mark, TextWidth.pixels(text, SvgPlot.SMALL), firstAngle);
    Point2D facing =
        new Point2D.Double(
            mark.getX() + place.distance() * StrictMath.cos(place.angle()),
            mark.getY() + place.distance() * StrictMath.sin(place.angle()));
    plot.label(text, mark, facing, place.side(), color);
  }

  private String subtitle() {
    FrontPoint slowest = front.points().get(0);
    FrontPoint fastest = front.points().get(front.points().size() - 1);
    return "GB/s: one GPU's link out of its domain; inside "
        + Figures.shortest(front.scaleUpBytesPerSecond() / 1e9)
        + " GB/s ("
        + Figures.ratio(front.scaleUpToScaleOut(slowest))
        + " to "
        + Figures.ratio(front.scaleUpToScaleOut(fastest))
        + ")";
  }

  private Axis axis(String name, ToDoubleFunction<PlacementFigures> figure) {
    double[] values =
        rows().stream()
            .flatMap(row -> figures(row).stream())
            .mapToDouble(figure)
            .sorted()
            .toArray();
    double low = values[0];
    double high = values[values.length - 1];
    // Where all are equal, some room all the same.
    double room = Math.max(PADDING * (high - low), 0.01);
    return Axis.of(name, low - room, high + room);
  }

  private Point2D pixel(PlacementFigures at) {
    return plot.pixel(at.remoteDomainsPerToken(), at.balancedness());
  }

  private List<Point2D> pixels(List<PlacementFigures> figures) {
    return figures.stream().map(this::pixel).toList();
  }

  private List<Line2D> lines(List<PlacementFigures> joined) {
    List<Line2D> lines = new ArrayList<>();
    for (int i = 1; i < joined.size(); i++) {
      lines.add(new Line2D.Double(pixel(joined.get(i - 1)), pixel(joined.get(i))));
    }
    return lines;
  }

  private List<BenchmarkRow> rows() {
    List<BenchmarkRow> rows = new ArrayList<>(front.usual());
    front.points().forEach(point -> rows.add(point.search()));
    return rows;
  }

  private static List<PlacementFigures> figures(BenchmarkRow row) {
    List<PlacementFigures> figures = new ArrayList<>(List.of(row.planned()));
    row.heldOut().ifPresent(figures::add);
    return figures;
  }

  private static List<PlacementFigures> planned(List<BenchmarkRow> rows) {
    return rows.stream().map(BenchmarkRow::planned).toList();
  }

  private static List<PlacementFigures> unseen(List<BenchmarkRow> rows) {
    return rows.stream().map(BenchmarkRow::heldOut).flatMap(Optional::stream).toList();
  }
}
