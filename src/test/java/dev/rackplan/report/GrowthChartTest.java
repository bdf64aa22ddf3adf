package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.FieldPosition;
import java.text.NumberFormat;
import java.text.ParsePosition;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.hipparchus.stat.regression.SimpleRegression;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.text.TextUtils;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import org.junit.jupiter.api.Test;

/**
 * How time and memory grow, as docs/large/growth.sh measured it: the table, the exponents and the
 * picture that docs/performance.md shows are made from docs/large/growth.csv. {@code
 * -Dgolden.update=true} writes them.
 */
class GrowthChartTest {
  private static final Path MEASURED = Path.of("docs/large/growth.csv");
  private static final Path PICTURE = Path.of("docs/large/growth.svg");
  private static final Path DOCUMENT = Path.of("docs/performance.md");
  private static final String BEGIN = "<!-- growth: from docs/large/growth.csv -->\n";
  private static final String END = "<!-- end of growth -->\n";

  private record Row(String what, int gpus, int layers, int slots, double seconds, int peakMb) {
    static Row of(String line) {
      String[] cells = line.split(",");
      return new Row(
          cells[0],
          Integer.parseInt(cells[1]),
          Integer.parseInt(cells[2]),
          Integer.parseInt(cells[3]),
          Double.parseDouble(cells[4]),
          Integer.parseInt(cells[5]));
    }

    String markdown() {
      return String.format(
          Locale.ROOT,
          "| %s | %,d | %d | %d | %.1f | %d |",
          what,
          gpus,
          layers,
          slots,
          seconds,
          peakMb);
    }
  }

  /** Rows in which one size grows and all else stays. */
  private record Growth(String name, Color color, List<Row> rows, ToDoubleFunction<Row> size) {
    double exponent(ToDoubleFunction<Row> cost) {
      SimpleRegression line = new SimpleRegression();
      rows.forEach(
          row ->
              line.addData(Math.log(size.applyAsDouble(row)), Math.log(cost.applyAsDouble(row))));
      return line.getSlope();
    }
  }

  private static List<Row> rows() throws IOException {
    return Files.readAllLines(MEASURED, StandardCharsets.UTF_8).stream()
        .skip(1)
        .map(Row::of)
        .toList();
  }

  private static List<Growth> growths(List<Row> rows) {
    return List.of(
        new Growth(
            "layers",
            new Color(0x1259a5),
            with(rows, r -> r.gpus() == 64 && r.slots() == 320),
            Row::layers),
        new Growth(
            "slots a layer",
            new Color(0xb0450a),
            with(rows, r -> r.gpus() == 64 && r.layers() == 48),
            Row::slots),
        new Growth(
            "GPUs, as more instances",
            new Color(0x3d7a2a),
            with(rows, r -> r.what().equals("instances")),
            Row::gpus));
  }

  private static List<Row> with(List<Row> rows, Predicate<Row> kept) {
    return rows.stream()
        .filter(kept)
        .sorted(
            (a, b) ->
                Integer.compare(
                    a.layers() + a.slots() + a.gpus(), b.layers() + b.slots() + b.gpus()))
        .toList();
  }

  @Test
  void document_saysWhatWasMeasured() throws IOException {
    List<Row> rows = rows();
    List<Growth> growths = growths(rows);
    growths.forEach(growth -> assertEquals(3, growth.rows().size(), growth.name()));
    String text =
        BEGIN
            + "| what grows | GPUs | layers | slots a layer | time [s] | peak [MB] |\n|---|---:|---:|---:|---:|---:|\n"
            + rows.stream().map(row -> row.markdown() + "\n").collect(Collectors.joining())
            + "\nFitted (least squares of the logarithms): "
            + growths.stream()
                .map(
                    growth ->
                        String.format(
                            Locale.ROOT,
                            "time goes as %s to the power %.2f, peak memory to the power %.2f",
                            growth.name(),
                            growth.exponent(Row::seconds),
                            growth.exponent(Row::peakMb)))
                .collect(Collectors.joining("; "))
            + ".\n"
            + END;
    String document = Files.readString(DOCUMENT, StandardCharsets.UTF_8);
    int begin = document.indexOf(BEGIN);
    int end = document.indexOf(END) + END.length();
    assertTrue(begin >= 0 && end > begin, "no place for it in " + DOCUMENT);
    String picture = svg(growths);
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(
          DOCUMENT,
          document.substring(0, begin) + text + document.substring(end),
          StandardCharsets.UTF_8);
      Files.writeString(PICTURE, picture, StandardCharsets.UTF_8);
      return;
    }
    assertEquals(text, document.substring(begin, end));
    assertEquals(Files.readString(PICTURE, StandardCharsets.UTF_8), picture);
    for (Growth growth : growths) {
      assertTrue(growth.exponent(Row::seconds) < 1.15, growth.name() + " grow more than linearly");
      assertTrue(growth.exponent(Row::peakMb) < 1.15, growth.name() + " grow more than linearly");
    }
  }

  private static String svg(List<Growth> growths) {
    TextUtils.setUseDrawRotatedStringWorkaround(false);
    ChartFont font = new ChartFont(Font.PLAIN, 13);
    XYSeriesCollection lines = new XYSeriesCollection();
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer();
    renderer.setDrawSeriesLineAsPath(true);
    double widest = 1;
    for (Growth growth : growths) {
      XYSeries series = new XYSeries(growth.name());
      Row first = growth.rows().get(0);
      for (Row row : growth.rows()) {
        double size = growth.size().applyAsDouble(row) / growth.size().applyAsDouble(first);
        series.add(log2(size), log2(row.seconds() / first.seconds()));
        widest = Math.max(widest, size);
      }
      style(renderer, lines.getSeriesCount(), growth.color(), new BasicStroke(1.8f));
      lines.addSeries(series);
    }
    XYSeries linear = new XYSeries("in proportion");
    linear.add(0, 0);
    linear.add(log2(widest), log2(widest));
    style(
        renderer,
        lines.getSeriesCount(),
        new Color(0x5f6368),
        new BasicStroke(
            1.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 1, new float[] {6, 4}, 0));
    renderer.setSeriesShapesVisible(lines.getSeriesCount(), false);
    lines.addSeries(linear);
    XYPlot plot =
        new XYPlot(
            lines,
            axis("size over the smallest measured", 0.9, widest * 1.1, font),
            axis("time over that of the smallest", 0.4, widest * 1.1, font),
            renderer);
    plot.setBackgroundPaint(new Color(0xfbfbfa));
    plot.setDomainGridlinePaint(new Color(0xdcdcda));
    plot.setRangeGridlinePaint(new Color(0xdcdcda));
    JFreeChart chart =
        new JFreeChart(
            "Time of a search, 3,000 moves a layer", new ChartFont(Font.BOLD, 15), plot, true);
    chart.setBackgroundPaint(new Color(0xfbfbfa));
    chart.getLegend().setItemFont(font);
    chart.getLegend().setBackgroundPaint(new Color(0xfbfbfa));
    SvgCanvas canvas = SvgCanvas.of(720, 480, font);
    chart.draw(canvas, new Rectangle2D.Double(0, 0, 720, 480));
    return canvas.text();
  }

  private static void style(
      XYLineAndShapeRenderer renderer, int series, Color color, BasicStroke stroke) {
    renderer.setSeriesPaint(series, color);
    renderer.setSeriesStroke(series, stroke);
    renderer.setSeriesShape(series, new Ellipse2D.Double(-4, -4, 8, 8));
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }

  private static NumberAxis axis(String label, double least, double most, ChartFont font) {
    NumberAxis axis = new NumberAxis(label);
    axis.setRange(log2(least), log2(most));
    axis.setTickUnit(new NumberTickUnit(1));
    axis.setNumberFormatOverride(new PowerOfTwo());
    axis.setLabelFont(font);
    axis.setTickLabelFont(font);
    return axis;
  }

  /** Shows 3 as 8 and -1 as 0.5. */
  private static final class PowerOfTwo extends NumberFormat {
    @Override
    public StringBuffer format(double exponent, StringBuffer out, FieldPosition position) {
      double value = Math.pow(2, exponent);
      return out.append(value < 1 ? String.valueOf(value) : String.valueOf(Math.round(value)));
    }

    @Override
    public StringBuffer format(long exponent, StringBuffer out, FieldPosition position) {
      return format((double) exponent, out, position);
    }

    @Override
    public Number parse(String text, ParsePosition position) {
      throw new UnsupportedOperationException("labels are not read");
    }
  }
}
