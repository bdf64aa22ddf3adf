package dev.rackplan.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.hipparchus.stat.regression.SimpleRegression;
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
  private record Growth(String name, String color, List<Row> rows, ToDoubleFunction<Row> size) {
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
            "layers", "#1259a5", with(rows, r -> r.gpus() == 64 && r.slots() == 320), Row::layers),
        new Growth(
            "slots a layer",
            "#b0450a",
            with(rows, r -> r.gpus() == 64 && r.layers() == 48),
            Row::slots),
        new Growth(
            "GPUs, as more instances",
            "#3d7a2a",
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
    double widest = 1;
    for (Growth growth : growths) {
      Row first = growth.rows().get(0);
      for (Row row : growth.rows()) {
        widest =
            Math.max(widest, growth.size().applyAsDouble(row) / growth.size().applyAsDouble(first));
      }
    }
    SvgPlot plot =
        new SvgPlot(
            720,
            480,
            new Rectangle2D.Double(62, 44, 640, 350),
            axis("size over the smallest measured", 0.9, widest * 1.1),
            axis("time over that of the smallest", 0.4, widest * 1.1));
    for (Growth growth : growths) {
      Row first = growth.rows().get(0);
      List<Point2D> points =
          growth.rows().stream()
              .map(
                  row ->
                      plot.pixel(
                          log2(
                              growth.size().applyAsDouble(row)
                                  / growth.size().applyAsDouble(first)),
                          log2(row.seconds() / first.seconds())))
              .toList();
      plot.series(
          growth.name(),
          points,
          new SvgPlot.Look(growth.color(), SvgPlot.Mark.CIRCLE, true, SvgPlot.Line.SOLID));
    }
    plot.series(
        "in proportion",
        List.of(plot.pixel(0, 0), plot.pixel(log2(widest), log2(widest))),
        new SvgPlot.Look("#5f6368", SvgPlot.Mark.NONE, false, SvgPlot.Line.DASHED));
    return plot.text("Time of a search, 3,000 moves a layer", "");
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }

  // A line at each power of two.
  private static SvgPlot.Axis axis(String name, double least, double most) {
    List<SvgPlot.Axis.Tick> ticks = new ArrayList<>();
    for (int power = (int) Math.ceil(log2(least)); power <= log2(most); power++) {
      double value = Math.pow(2, power);
      ticks.add(
          new SvgPlot.Axis.Tick(
              power, value < 1 ? String.valueOf(value) : String.valueOf(Math.round(value))));
    }
    return new SvgPlot.Axis(name, log2(least), log2(most), ticks);
  }
}
