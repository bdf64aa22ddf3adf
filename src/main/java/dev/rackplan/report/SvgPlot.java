package dev.rackplan.report;

import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A plot of points and lines as an SVG document: title, two linear axes with a grid, series with a
 * legend, labels. Its ground is opaque, so that it reads alike on light and dark pages; equal plots
 * are equal bytes on every machine.
 */
final class SvgPlot {
  static final String TEXT = "#24292f";
  static final int SMALL = 12;
  private static final int MIDDLE = 13;
  private static final int LARGE = 15;
  private static final String GROUND = "#fbfbfa";
  private static final String GRID = "#dcdcda";
  private static final double MARK_RADIUS = 4;
  private static final double TEXT_TO_MIDDLE = 0.36;
  private static final int ABOUT_TICKS = 8;

  /**
   * An axis.
   *
   * @param low value at its beginning
   * @param high value at its end, more than {@code low}
   */
  record Axis(String name, double low, double high, List<Tick> ticks) {
    /** A labelled line across the plot. */
    record Tick(double at, String label) {}

    /** With ticks at round values: 1, 2 or 5 times a power of ten apart. */
    static Axis of(String name, double low, double high) {
      double rough = (high - low) / ABOUT_TICKS;
      double power = StrictMath.pow(10, StrictMath.floor(StrictMath.log10(rough)));
      double times = rough / power;
      double step = power * (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10);
      int digits = (int) Math.max(0, -StrictMath.floor(StrictMath.log10(step) + 1e-9));
      List<Tick> ticks = new ArrayList<>();
      for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
        ticks.add(new Tick(i * step, String.format(Locale.ROOT, "%." + digits + "f", i * step)));
      }
      return new Axis(name, low, high, ticks);
    }

    private double share(double value) {
      return (value - low) / (high - low);
    }
  }

  /**
   * How a series looks.
   *
   * @param color of lines and marks
   * @param mark its marks
   * @param filled whether marks are of the colour, not of the ground
   * @param line its line
   */
  record Look(String color, Mark mark, boolean filled, Line line) {}

  /** Marks at the points. */
  enum Mark {
    NONE,
    CIRCLE,
    SQUARE
  }

  /** The line that joins the points. */
  enum Line {
    NONE,
    SOLID,
    DASHED,
    DOTTED
  }

  private final int width;
  private final int height;
  private final Rectangle2D area;
  private final Axis horizontal;
  private final Axis vertical;
  private final StringBuilder grid = new StringBuilder();
  private final StringBuilder drawn = new StringBuilder();
  private final List<String> names = new ArrayList<>();
  private final List<Look> looks = new ArrayList<>();

  /**
   * An empty plot.
   *
   * @param width in pixels
   * @param height in pixels
   * @param area where its points lie, in pixels
   */
  SvgPlot(int width, int height, Rectangle2D area, Axis horizontal, Axis vertical) {
    this.width = width;
    this.height = height;
    this.area = area;
    this.horizontal = horizontal;
    this.vertical = vertical;
    drawGrid();
  }

  /** Where a point lies, in pixels. */
  Point2D pixel(double x, double y) {
    return new Point2D.Double(
        area.getX() + horizontal.share(x) * area.getWidth(),
        area.getMaxY() - vertical.share(y) * area.getHeight());
  }

  /** Draws a series with an entry in the legend; points in pixels. */
  void series(String name, List<Point2D> points, Look look) {
    names.add(name);
    looks.add(look);
    path(points, look);
    points.forEach(point -> mark(drawn, point.getX(), point.getY(), look));
  }

  /** Draws a line without marks or entry in the legend; points in pixels. */
  void path(List<Point2D> points, Look look) {
    if (look.line() == Line.NONE || points.size() < 2) {
      return;
    }
    drawn.append("<polyline fill=\"none\" points=\"");
    for (int i = 0; i < points.size(); i++) {
      drawn.append(i == 0 ? "" : " ");
      drawn.append(number(points.get(i).getX())).append(',').append(number(points.get(i).getY()));
    }
    drawn.append("\"").append(stroke(look.color(), look.line())).append("/>\n");
  }

  /**
   * Writes a text beside a point, joined to it by a thin line.
   *
   * @param mark the point, in pixels
   * @param at the middle of the text's side that faces it, in pixels
   * @param side 1: the text begins at {@code at}, -1: it ends there, 0: its middle is there
   */
  void label(String text, Point2D mark, Point2D at, int side, String color) {
    drawn.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" stroke=\"%s\" stroke-width=\"0.8\"/>\n",
            number(mark.getX()),
            number(mark.getY()),
            number(at.getX()),
            number(at.getY()),
            color));
    // x is where the text begins: all viewers then agree, whatever their font.
    double left = at.getX() + (side - 1) * TextWidth.pixels(text, SMALL) / 2.0 + 2 * side;
    text(drawn, text, left, at.getY() + TEXT_TO_MIDDLE * SMALL, SMALL, "start", color);
  }

  /** The document. */
  String text(String title, String subtitle) {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%1$d\" height=\"%2$d\" viewBox=\"0 0 %1$d %2$d\" font-family=\"sans-serif\">\n",
            width,
            height));
    out.append("<title>").append(escaped(title)).append("</title>\n");
    out.append(
        String.format(
            Locale.ROOT,
            "<rect width=\"%d\" height=\"%d\" fill=\"%s\"/>\n",
            width,
            height,
            GROUND));
    out.append(grid);
    out.append(drawn);
    double middle = width / 2.0;
    text(out, title, middle, 10 + LARGE, LARGE, "middle", TEXT);
    if (!subtitle.isEmpty()) {
      text(out, subtitle, middle, 14 + LARGE + MIDDLE, MIDDLE, "middle", TEXT);
    }
    legend(out);
    return out.append("</svg>\n").toString();
  }

  private void drawGrid() {
    for (Axis.Tick tick : horizontal.ticks()) {
      double x = pixel(tick.at(), vertical.low()).getX();
      gridLine(x, area.getY(), x, area.getMaxY());
      text(grid, tick.label(), x, area.getMaxY() + 4 + SMALL, SMALL, "middle", TEXT);
    }
    for (Axis.Tick tick : vertical.ticks()) {
      double y = pixel(horizontal.low(), tick.at()).getY();
      gridLine(area.getX(), y, area.getMaxX(), y);
      double middle = y + TEXT_TO_MIDDLE * SMALL;
      text(grid, tick.label(), area.getX() - 5, middle, SMALL, "end", TEXT);
    }
    gridLine(area.getX(), area.getY(), area.getX(), area.getMaxY());
    gridLine(area.getX(), area.getMaxY(), area.getMaxX(), area.getMaxY());
    double below = area.getMaxY() + 8 + SMALL + MIDDLE;
    text(grid, horizontal.name(), area.getCenterX(), below, MIDDLE, "middle", TEXT);
    grid.append(
        String.format(
            Locale.ROOT,
            "<g transform=\"translate(%s %s) rotate(-90)\">",
            number(MIDDLE + 5),
            number(area.getCenterY())));
    text(grid, vertical.name(), 0, 0, MIDDLE, "middle", TEXT);
    grid.append("</g>\n");
  }

  private void gridLine(double x1, double y1, double x2, double y2) {
    grid.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" stroke=\"%s\"/>\n",
            number(x1),
            number(y1),
            number(x2),
            number(y2),
            GRID));
  }

  // One row at the bottom, in the middle.
  private void legend(StringBuilder out) {
    int key = 30;
    int gap = 18;
    int all = -gap;
    for (String name : names) {
      all += key + TextWidth.pixels(name, SMALL) + gap;
    }
    double x = (width - all) / 2.0;
    double y = height - 6 - SMALL;
    for (int i = 0; i < names.size(); i++) {
      Look look = looks.get(i);
      if (look.line() != Line.NONE) {
        out.append(
            String.format(
                Locale.ROOT,
                "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"%s/>\n",
                number(x),
                number(y),
                number(x + key - 6),
                number(y),
                stroke(look.color(), look.line())));
      }
      mark(out, x + (key - 6) / 2.0, y, look);
      text(out, names.get(i), x + key, y + TEXT_TO_MIDDLE * SMALL, SMALL, "start", TEXT);
      x += key + TextWidth.pixels(names.get(i), SMALL) + gap;
    }
  }

  private static void mark(StringBuilder out, double x, double y, Look look) {
    String paint =
        " fill=\""
            + (look.filled() ? look.color() : GROUND)
            + "\" stroke=\""
            + look.color()
            + "\" stroke-width=\"1.8\"/>\n";
    switch (look.mark()) {
      case NONE -> {}
      case CIRCLE ->
          out.append(
              String.format(
                  Locale.ROOT,
                  "<circle cx=\"%s\" cy=\"%s\" r=\"%s\"%s",
                  number(x),
                  number(y),
                  number(MARK_RADIUS),
                  paint));
      case SQUARE ->
          out.append(
              String.format(
                  Locale.ROOT,
                  "<rect x=\"%s\" y=\"%s\" width=\"7\" height=\"7\"%s",
                  number(x - 3.5),
                  number(y - 3.5),
                  paint));
    }
  }

  private static String stroke(String color, Line line) {
    String dashes =
        switch (line) {
          case NONE, SOLID -> "";
          case DASHED -> " stroke-dasharray=\"6 4\"";
          case DOTTED -> " stroke-dasharray=\"2 3\"";
        };
    String thick = line == Line.DOTTED ? "0.9" : "1.8";
    return " stroke=\"" + color + "\" stroke-width=\"" + thick + "\"" + dashes;
  }

  private static void text(
      StringBuilder out, String text, double x, double y, int size, String anchor, String color) {
    out.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%s\" y=\"%s\" font-size=\"%d\"%s text-anchor=\"%s\" fill=\"%s\">%s</text>\n",
            number(x),
            number(y),
            size,
            size == LARGE ? " font-weight=\"bold\"" : "",
            anchor,
            color,
            escaped(text)));
  }

  private static String number(double pixels) {
    String text = String.format(Locale.ROOT, "%.2f", pixels);
    return text.replaceFirst("\\.?0+$", "");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
