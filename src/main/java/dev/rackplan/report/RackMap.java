package dev.rackplan.report;

import dev.rackplan.cost.LinkUse;
import dev.rackplan.evaluation.GpuFigures;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.topology.Domain;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The racks of one MoE layer as an SVG document: a cell for each GPU, as dark as its experts take
 * long, for several placements side by side on one scale. Boxes are domains, rows of cells nodes;
 * bars below a box the links of the domain, as long as copies take there. Equal plans are equal
 * bytes on every machine.
 */
public final class RackMap {
  private static final int CELL = 20;
  private static final int PANEL = 400;
  private static final int MARGIN = 20;
  private static final int BOX_GAP = 10;
  private static final int NAME = 14;
  private static final int TOP = 84;
  private static final int SCALE = 200;
  private static final int FOOT = 72;
  private static final int BAR = 5;
  private static final String GROUND = "#fbfbfa";
  private static final String TEXT = "#24292f";
  private static final String FAINT = "#57606a";
  private static final String LINE = "#d0d7de";
  private static final String UNUSED = "#eceff1";
  private static final String LINK = "#8c959f";
  // From pale to dark, like a heat map that also prints in grey.
  private static final int[] PALE = {255, 243, 214};
  private static final int[] DARK = {140, 20, 40};

  private final Topology topology;
  private final List<Panel> panels;
  private final double most;
  private final double longest;
  private final StringBuilder out = new StringBuilder();

  /**
   * A placement in one layer.
   *
   * @param name such as {@code plan}
   * @param milliseconds expert time of each GPU that has one, by its index in the topology
   * @param links that copies cross
   */
  public record Panel(String name, Map<Integer, Double> milliseconds, List<LinkUse> links) {
    public Panel {
      milliseconds = new TreeMap<>(milliseconds);
      links = List.copyOf(links);
    }

    /** Of the first instance of a plan. */
    public static Panel of(String name, Plan plan, GpuFigures figures) {
      Layout layout = plan.layout();
      List<Integer> gpus =
          plan.stages().get(figures.stage()).gpusOfInstance(0, layout.gpusPerStage());
      Map<Integer, Double> milliseconds = new TreeMap<>();
      for (int rank = 0; rank < gpus.size(); rank++) {
        double seconds = figures.gpus().expertSeconds().get(layout.expertHostOf(rank));
        milliseconds.put(gpus.get(rank), 1e3 * seconds);
      }
      return new Panel(name, milliseconds, figures.gpus().links());
    }

    private double slowest() {
      return milliseconds.values().stream().mapToDouble(value -> value).max().orElseThrow();
    }

    /** The link that binds. */
    private Optional<LinkUse> binding() {
      return links.stream()
          .reduce((before, now) -> now.seconds() > before.seconds() ? now : before);
    }

    private List<LinkUse> linksOf(int domain) {
      return links.stream().filter(use -> use.domains().contains(domain)).toList();
    }

    private double mean() {
      return milliseconds.values().stream().mapToDouble(value -> value).average().orElseThrow();
    }
  }

  private RackMap(Topology topology, List<Panel> panels) {
    this.topology = topology;
    this.panels = panels;
    this.most = panels.stream().mapToDouble(Panel::slowest).max().orElseThrow();
    this.longest =
        panels.stream()
            .flatMap(panel -> panel.binding().stream())
            .mapToDouble(LinkUse::seconds)
            .max()
            .orElse(0);
  }

  /**
   * The document.
   *
   * @param title what is drawn, in a line
   * @param panels at least one, each of the same GPUs
   */
  public static String svg(Topology topology, String title, List<Panel> panels) {
    return new RackMap(topology, List.copyOf(panels)).draw(title);
  }

  private String draw(String title) {
    int height = 0;
    for (int i = 0; i < panels.size(); i++) {
      height = Math.max(height, panel(panels.get(i), MARGIN + i * (PANEL + MARGIN)));
    }
    int width = MARGIN + panels.size() * (PANEL + MARGIN);
    scale(height + 12);
    StringBuilder whole = new StringBuilder();
    whole.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%1$d\" height=\"%2$d\" viewBox=\"0 0 %1$d %2$d\" font-family=\"sans-serif\" role=\"img\">%n",
            width,
            height + FOOT));
    whole.append("<title>").append(escaped(title)).append("</title>\n");
    whole.append("<desc>").append(escaped(words())).append("</desc>\n");
    whole.append(
        String.format(
            Locale.ROOT,
            "<rect width=\"%d\" height=\"%d\" fill=\"%s\"/>%n",
            width,
            height + FOOT,
            GROUND));
    String head = out.toString();
    out.setLength(0);
    text(title, MARGIN, 28, 16, TEXT, "bold");
    return (whole.append(out).append(head) + "</svg>\n").replace("\r", "");
  }

  private String words() {
    List<String> parts = new ArrayList<>();
    panels.forEach(panel -> parts.add(panel.name() + ": " + figures(panel)));
    return String.join("; ", parts);
  }

  private static String figures(Panel panel) {
    return String.format(
            Locale.ROOT, "slowest GPU %.3f ms, mean %.3f ms", panel.slowest(), panel.mean())
        + panel
            .binding()
            .map(use -> String.format(Locale.ROOT, "; fullest link %.3f ms", 1e3 * use.seconds()))
            .orElse("");
  }

  /** Draws a panel; returns where it ends. */
  private int panel(Panel panel, int left) {
    text(panel.name(), left, 54, 14, TEXT, "bold");
    text(figures(panel), left, 72, 12, FAINT, "normal");
    TreeSet<Integer> shown = new TreeSet<>();
    panel.milliseconds().keySet().forEach(gpu -> shown.add(topology.gpus().get(gpu).domain()));
    int x = left;
    int y = TOP;
    int rowEnd = TOP;
    for (int index : shown) {
      Map<Integer, List<Gpu>> nodes = nodes(topology.domains().get(index));
      int columns = nodes.values().stream().mapToInt(List::size).max().orElseThrow();
      int width = columns * CELL + 6;
      int height = NAME + nodes.size() * CELL + 6;
      int bars = panel.linksOf(index).size() * BAR;
      if (x > left && x + width > left + PANEL) {
        x = left;
        y = rowEnd + BOX_GAP;
      }
      domain(panel, index, nodes, x, y, width, height);
      links(panel, index, x, y + height + 2, width);
      x += width + BOX_GAP;
      rowEnd = Math.max(rowEnd, y + height + bars);
    }
    return rowEnd;
  }

  private Map<Integer, List<Gpu>> nodes(Domain domain) {
    Map<Integer, List<Gpu>> nodes = new TreeMap<>();
    for (int gpu : domain.gpus()) {
      Gpu one = topology.gpus().get(gpu);
      nodes.computeIfAbsent(one.node(), node -> new ArrayList<>()).add(one);
    }
    return nodes;
  }

  private void domain(
      Panel panel, int index, Map<Integer, List<Gpu>> nodes, int x, int y, int width, int height) {
    text(topology.domains().get(index).name(), x, y + 10, 10, FAINT, "normal");
    int top = y + NAME;
    out.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" fill=\"none\" stroke=\"%s\"/>%n",
            x,
            top,
            width,
            height - NAME,
            LINE));
    int row = 0;
    for (List<Gpu> gpus : nodes.values()) {
      for (int i = 0; i < gpus.size(); i++) {
        cell(panel, gpus.get(i), x + 3 + i * CELL, top + 3 + row * CELL);
      }
      row++;
    }
  }

  private void links(Panel panel, int domain, int x, int y, int width) {
    int row = 0;
    for (LinkUse use : panel.linksOf(domain)) {
      boolean binds = panel.binding().filter(use::equals).isPresent();
      out.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"><title>%s: %s ms%s</title></rect>%n",
              x,
              y + row * BAR,
              width * use.seconds() / longest,
              BAR - 2,
              binds ? color(1) : LINK,
              escaped(use.link()),
              Figures.fixed(1e3 * use.seconds(), 3),
              binds ? ", binds" : ""));
      row++;
    }
  }

  private void cell(Panel panel, Gpu gpu, int x, int y) {
    Double value = panel.milliseconds().get(gpu.index());
    String words = value == null ? "not of this layer" : Figures.fixed(value, 3) + " ms";
    out.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\" fill=\"%s\"><title>%s: %s</title></rect>%n",
            x + 1,
            y + 1,
            CELL - 2,
            CELL - 2,
            value == null ? UNUSED : color(value / most),
            escaped(gpu.name()),
            words));
  }

  private void scale(int y) {
    int steps = 20;
    for (int i = 0; i < steps; i++) {
      out.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\" fill=\"%s\"/>%n",
              MARGIN + i * SCALE / steps,
              y,
              SCALE / steps,
              color((i + 0.5) / steps)));
    }
    text("0", MARGIN, y + 26, 11, FAINT, "normal");
    text(Figures.fixed(most, 3) + " ms", MARGIN + SCALE - 40, y + 26, 11, FAINT, "normal");
    text("time of a GPU's experts in this layer", MARGIN + SCALE + 16, y + 10, 11, TEXT, "normal");
    if (longest > 0) {
      String binding = panels.get(panels.size() - 1).binding().map(LinkUse::link).orElse("no link");
      text(
          "bars: links of a domain, as long as copies take there; dark the one that binds ("
              + panels.get(panels.size() - 1).name()
              + ": "
              + binding
              + ")",
          MARGIN,
          y + 46,
          11,
          TEXT,
          "normal");
    }
  }

  private static String color(double share) {
    int[] mixed = new int[3];
    for (int i = 0; i < 3; i++) {
      mixed[i] = (int) Math.round(PALE[i] + share * (DARK[i] - PALE[i]));
    }
    return String.format(Locale.ROOT, "#%02x%02x%02x", mixed[0], mixed[1], mixed[2]);
  }

  private void text(String words, int x, int y, int size, String color, String weight) {
    out.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\" font-size=\"%d\" font-weight=\"%s\" fill=\"%s\">%s</text>%n",
            x,
            y,
            size,
            weight,
            color,
            escaped(words)));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
