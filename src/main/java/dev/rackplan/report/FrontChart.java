package dev.rackplan.report;

import dev.rackplan.benchmark.BandwidthFront;
import dev.rackplan.benchmark.BenchmarkRow;
import dev.rackplan.benchmark.FrontPoint;
import dev.rackplan.evaluation.PlacementFigures;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.annotations.XYLineAnnotation;
import org.jfree.chart.annotations.XYPointerAnnotation;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.text.TextUtils;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/**
 * The trade between balance and traffic as a picture: balancedness over remote domains per token,
 * the search's placements joined from the slowest network to the fastest, the usual placements as
 * single marks.
 *
 * <p>Its ground is opaque, so that it reads alike on light and dark pages.
 */
public final class FrontChart {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 560;
  // Room of the axes, and where the plot lies between titles and legend, in pixels.
  private static final double RANGE_AXIS = 62;
  private static final double DOMAIN_AXIS = 46;
  private static final Rectangle2D PLOT = new Rectangle2D.Double(68, 54, 780, 440);
  private static final double PADDING = 0.12;

  private static final Color GROUND = new Color(0xfbfbfa);
  private static final Color GRID = new Color(0xdcdcda);
  private static final Color TEXT = new Color(0x24292f);
  private static final Color PLANNED = new Color(0x1259a5);
  private static final Color UNSEEN = new Color(0xb0450a);
  private static final Color USUAL = new Color(0x5f6368);
  private static final BasicStroke SOLID = new BasicStroke(1.8f);
  private static final BasicStroke THIN = new BasicStroke(0.8f);
  private static final BasicStroke DASHED = dashed(1.8f, 6, 4);
  private static final BasicStroke DOTTED = dashed(0.9f, 2, 3);
  private static final Shape CIRCLE = new Ellipse2D.Double(-4, -4, 8, 8);
  private static final Shape SQUARE = new Rectangle2D.Double(-3.5, -3.5, 7, 7);

  private static final ChartFont SMALL = new ChartFont(Font.PLAIN, 12);
  private static final ChartFont MIDDLE = new ChartFont(Font.PLAIN, 13);
  private static final ChartFont LARGE = new ChartFont(Font.BOLD, 15);

  // Clockwise from the right: fronts rise to the right, so above left and below right are free.
  private static final double ABOVE_LEFT = -5 * Math.PI / 6;
  private static final double BELOW_RIGHT = Math.PI / 6;
  private static final double RIGHT = 0;

  private final BandwidthFront front;
  private final boolean heldOut;
  private final XYSeriesCollection marks = new XYSeriesCollection();
  private final XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer();
  private final NumberAxis traffic;
  private final NumberAxis balance;
  private final XYPlot plot;

  private FrontChart(BandwidthFront front) {
    this.front = front;
    this.heldOut = front.points().get(0).search().heldOut().isPresent();
    this.traffic = axis("remote domains per token", PlacementFigures::remoteDomainsPerToken);
    this.balance = axis("balancedness", PlacementFigures::balancedness);
    traffic.setFixedDimension(DOMAIN_AXIS);
    balance.setFixedDimension(RANGE_AXIS);
    this.plot = new XYPlot(marks, traffic, balance, renderer);
  }

  /** An SVG document; the same front gives the same bytes on every machine. */
  public static String svg(BandwidthFront front) {
    // Else the library draws turned text as shapes of this machine's font.
    TextUtils.setUseDrawRotatedStringWorkaround(false);
    FrontChart chart = new FrontChart(front);
    chart.addMarks();
    chart.addLabels();
    SvgCanvas canvas = SvgCanvas.of(WIDTH, HEIGHT, SMALL);
    chart.chart().draw(canvas, new Rectangle2D.Double(0, 0, WIDTH, HEIGHT));
    return canvas.text();
  }

  private void addMarks() {
    renderer.setUseFillPaint(true);
    renderer.setUseOutlinePaint(true);
    renderer.setDrawSeriesLineAsPath(true);
    List<BenchmarkRow> searches = front.points().stream().map(FrontPoint::search).toList();
    add("rackplan, tokens planned for", planned(searches), CIRCLE, PLANNED, PLANNED);
    renderer.setSeriesStroke(0, SOLID);
    if (heldOut) {
      add("rackplan, unseen tokens", unseen(searches), CIRCLE, UNSEEN, GROUND);
      renderer.setSeriesStroke(1, DASHED);
    }
    add("usual placements, planned for", planned(front.usual()), SQUARE, USUAL, USUAL);
    renderer.setSeriesLinesVisible(marks.getSeriesCount() - 1, false);
    if (heldOut) {
      add("usual placements, unseen", unseen(front.usual()), SQUARE, USUAL, GROUND);
      renderer.setSeriesLinesVisible(marks.getSeriesCount() - 1, false);
    }
  }

  private void add(
      String name, List<PlacementFigures> figures, Shape shape, Color line, Color fill) {
    XYSeries series = new XYSeries(name, false, true);
    figures.forEach(each -> series.add(each.remoteDomainsPerToken(), each.balancedness()));
    int index = marks.getSeriesCount();
    marks.addSeries(series);
    renderer.setSeriesShape(index, shape);
    renderer.setSeriesPaint(index, line);
    renderer.setSeriesOutlinePaint(index, line);
    renderer.setSeriesFillPaint(index, fill);
    renderer.setSeriesOutlineStroke(index, SOLID);
  }

  private void addLabels() {
    List<BenchmarkRow> searches = front.points().stream().map(FrontPoint::search).toList();
    List<Line2D> lines = new ArrayList<>(lines(planned(searches)));
    lines.addAll(lines(unseen(searches)));
    front.usual().forEach(row -> lines.addAll(lines(figures(row))));
    List<Point2D> all =
        rows().stream().flatMap(row -> figures(row).stream()).map(this::pixel).toList();
    LabelPlaces places = new LabelPlaces(PLOT, all, lines);
    for (BenchmarkRow row : front.usual()) {
      row.heldOut().ifPresent(unseen -> plot.addAnnotation(joined(row.planned(), unseen)));
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
      String text, PlacementFigures at, LabelPlaces places, double firstAngle, Color color) {
    LabelPlaces.Place place = places.take(pixel(at), SMALL.width(text), firstAngle);
    XYPointerAnnotation label =
        new XYPointerAnnotation(text, at.remoteDomainsPerToken(), at.balancedness(), place.angle());
    label.setTextAnchor(
        switch (place.side()) {
          case 1 -> TextAnchor.CENTER_LEFT;
          case -1 -> TextAnchor.CENTER_RIGHT;
          default -> TextAnchor.CENTER;
        });
    label.setTipRadius(6);
    label.setBaseRadius(place.distance() - 2);
    label.setLabelOffset(2);
    label.setArrowLength(0);
    label.setArrowWidth(0);
    label.setArrowStroke(THIN);
    label.setArrowPaint(color);
    label.setPaint(color);
    label.setFont(SMALL);
    plot.addAnnotation(label);
  }

  private static XYLineAnnotation joined(PlacementFigures from, PlacementFigures to) {
    return new XYLineAnnotation(
        from.remoteDomainsPerToken(),
        from.balancedness(),
        to.remoteDomainsPerToken(),
        to.balancedness(),
        DOTTED,
        USUAL);
  }

  private JFreeChart chart() {
    plot.setBackgroundPaint(GROUND);
    plot.setOutlinePaint(GRID);
    plot.setDomainGridlinePaint(GRID);
    plot.setRangeGridlinePaint(GRID);
    plot.setInsets(new RectangleInsets(6, 6, 0, 12));
    plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
    JFreeChart chart = new JFreeChart(front.problem(), LARGE, plot, false);
    chart.setBackgroundPaint(GROUND);
    chart.setPadding(new RectangleInsets(10, 0, 6, 0));
    chart.getTitle().setPaint(TEXT);
    TextTitle subtitle = new TextTitle(subtitle(), MIDDLE);
    subtitle.setPaint(TEXT);
    chart.addSubtitle(subtitle);
    LegendTitle legend = new LegendTitle(plot);
    legend.setItemFont(SMALL);
    legend.setItemPaint(TEXT);
    legend.setBackgroundPaint(GROUND);
    legend.setFrame(BlockBorder.NONE);
    legend.setItemLabelPadding(new RectangleInsets(2, 2, 2, 14));
    legend.setPosition(RectangleEdge.BOTTOM);
    chart.addLegend(legend);
    return chart;
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

  private NumberAxis axis(String name, ToDoubleFunction<PlacementFigures> figure) {
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
    NumberAxis axis = new NumberAxis(name);
    axis.setRange(low - room, high + room);
    axis.setStandardTickUnits(NumberAxis.createStandardTickUnits(Locale.ROOT));
    axis.setLabelFont(MIDDLE);
    axis.setLabelPaint(TEXT);
    axis.setTickLabelFont(SMALL);
    axis.setTickLabelPaint(TEXT);
    axis.setAxisLinePaint(GRID);
    axis.setTickMarkPaint(GRID);
    return axis;
  }

  private Point2D pixel(PlacementFigures at) {
    double x = share(traffic, at.remoteDomainsPerToken());
    double y = share(balance, at.balancedness());
    return new Point2D.Double(
        PLOT.getX() + x * PLOT.getWidth(), PLOT.getMaxY() - y * PLOT.getHeight());
  }

  private static double share(NumberAxis axis, double value) {
    return (value - axis.getLowerBound()) / axis.getRange().getLength();
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

  private static BasicStroke dashed(float width, float on, float off) {
    return new BasicStroke(
        width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {on, off}, 0);
  }
}
