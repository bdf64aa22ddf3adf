package dev.rackplan.report.sheets;

import dev.rackplan.cost.economics.ModelRoofline;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.report.Figures;
import dev.rackplan.report.TextTable;
import java.util.List;
import java.util.OptionalDouble;

/** A roofline for a terminal: the figures, then the curve. */
public final class RooflineText {
  /** Share of the memory that holds neither weights nor KV cache; assumed, as in problems. */
  public static final double MEMORY_RESERVE = 0.1;

  /** Columns of the curve. */
  public static final List<String> CURVE_HEADER =
      List.of(
          "batch",
          "compute [ms]",
          "weights [ms]",
          "KV [ms]",
          "step [ms]",
          "tokens/s",
          "USD/M tokens",
          "binds",
          "fits");

  private final ModelRoofline roofline;

  private RooflineText(ModelRoofline roofline) {
    this.roofline = roofline;
  }

  /** Lines that end with a line feed. */
  public static String of(ModelRoofline roofline) {
    return new RooflineText(roofline).text();
  }

  private String text() {
    List<List<String>> rows = figures(roofline);
    int name = width(rows, 0);
    int value = width(rows, 1);
    StringBuilder text = new StringBuilder(title(roofline)).append("\n\n");
    for (List<String> row : rows) {
      text.append(padded(row.get(0), name)).append("  ");
      text.append(padded(row.get(1), value)).append("  ");
      text.append(row.get(2)).append('\n');
    }
    return text.append('\n').append(curve()).toString();
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length());
  }

  /** Model, GPUs, context and dtypes. */
  public static String title(ModelRoofline roofline) {
    return roofline.model().name()
        + " on "
        + roofline.gpus()
        + " x "
        + roofline.gpu().name()
        + ", decode at a context of "
        + Figures.fixed(roofline.contextTokens(), 0)
        + " tokens; weights "
        + roofline.weights().key()
        + (roofline.model().moeLayers().isEmpty() ? "" : ", experts " + roofline.experts().key())
        + ", KV "
        + roofline.kv().key();
  }

  /** Name, value with its unit, meaning. */
  public static List<List<String>> figures(ModelRoofline roofline) {
    OptionalDouble crossover = roofline.contextCrossoverTokens();
    OptionalDouble most = roofline.mostSequences(MEMORY_RESERVE);
    return List.of(
        List.of(
            "balance batch",
            Figures.fixed(roofline.balanceBatch(), 0) + " sequences",
            "compute takes as long as reading all weights"),
        List.of(
            "hardware factor",
            Figures.fixed(roofline.hardwareFactor(), 0),
            "multiplies/s x bytes per weight over bytes/s"),
        List.of(
            "HBM drain",
            Figures.millis(roofline.drainSeconds()) + " ms",
            "one GPU's memory read once; a batch may leave each time"),
        List.of(
            "queue and service",
            Figures.millis(Roofline.worstQueueAndServiceSeconds(roofline.drainSeconds())) + " ms",
            "at worst: two drains"),
        List.of(
            "weight fetch",
            Figures.millis(roofline.weightFetchSeconds()) + " ms",
            "all weights read once: no large batch is faster"),
        List.of(
            "context crossover",
            crossover.isPresent() ? Figures.fixed(crossover.getAsDouble(), 0) + " tokens" : "never",
            "reading KV takes as long as compute, at large batch"),
        List.of(
            "KV read",
            Figures.fixed(roofline.kvBytesPerContextToken(), 0) + " bytes/token",
            "per token of context, at this context"),
        List.of(
            "most sequences",
            most.isPresent() ? Figures.fixed(most.getAsDouble(), 0) : "unlimited",
            "whose KV fits beside the weights in 90% of the memory"),
        List.of(
            "price",
            Figures.fixed(roofline.usdPerHour(), 2) + " USD/h",
            "all GPUs, at the catalogue's price"));
  }

  private String curve() {
    TextTable table = new TextTable(CURVE_HEADER);
    curveRows(roofline).forEach(table::add);
    return table.text();
  }

  /** The curve's cells, under {@link #CURVE_HEADER}. */
  public static List<List<String>> curveRows(ModelRoofline roofline) {
    double most = roofline.mostSequences(MEMORY_RESERVE).orElse(Double.POSITIVE_INFINITY);
    return roofline.curve().stream()
        .map(
            point ->
                List.of(
                    Long.toString(point.batch()),
                    Figures.millis(point.computeSeconds()),
                    Figures.millis(point.weightSeconds()),
                    Figures.millis(point.kvSeconds()),
                    Figures.millis(point.stepSeconds()),
                    Figures.rate(point.batch() / point.stepSeconds()),
                    Figures.fixed(point.usdPerMillionTokens(), 4),
                    point.binds(),
                    point.batch() <= most ? "yes" : "no"))
        .toList();
  }
}
