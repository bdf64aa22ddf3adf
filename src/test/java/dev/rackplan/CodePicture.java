package dev.rackplan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Packages as boxes, and an arrow from each to those that it uses; where one leads there by way of
 * another, it is left out. A package stands one column to the right of the last that it uses.
 */
final class CodePicture {
  private static final int WIDTH = 92;
  private static final int HEIGHT = 28;
  private static final int COLUMN = 126;
  private static final int ROW = 54;
  private static final int MARGIN = 16;

  private final List<String> packages;
  private final Map<String, Set<String>> arrows;

  /**
   * @param packages in the order of the flow
   * @param uses of each package the others that its classes name
   */
  CodePicture(List<String> packages, Map<String, Set<String>> uses) {
    this.packages = packages;
    this.arrows = reduced(uses);
  }

  /** Of each package those that it uses directly and by way of no other. */
  Map<String, Set<String>> arrows() {
    return arrows;
  }

  private static Map<String, Set<String>> reduced(Map<String, Set<String>> uses) {
    Map<String, Set<String>> reduced = new TreeMap<>();
    uses.forEach(
        (from, used) -> {
          Set<String> kept = new TreeSet<>(used);
          for (String over : used) {
            kept.removeAll(reached(over, uses));
          }
          reduced.put(from, kept);
        });
    return reduced;
  }

  private static Set<String> reached(String from, Map<String, Set<String>> uses) {
    Set<String> reached = new TreeSet<>();
    List<String> open = new ArrayList<>(uses.getOrDefault(from, Set.of()));
    while (!open.isEmpty()) {
      String next = open.remove(open.size() - 1);
      if (reached.add(next)) {
        open.addAll(uses.getOrDefault(next, Set.of()));
      }
    }
    return reached;
  }

  /** The picture as SVG. */
  String svg() {
    Map<String, int[]> places = places();
    int right = places.values().stream().mapToInt(place -> place[0]).max().orElse(0);
    int bottom = places.values().stream().mapToInt(place -> place[1]).max().orElse(0);
    StringBuilder svg = new StringBuilder();
    svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ")
        .append(right + WIDTH + MARGIN)
        .append(' ')
        .append(bottom + HEIGHT + MARGIN)
        .append("\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\">\n")
        .append("<title>Packages, and which uses which</title>\n")
        .append("<style>rect{fill:#eef3fb;stroke:#44597a}text{fill:#1b2636}")
        .append("path{fill:none;stroke:#8294ad}#tip path{fill:#8294ad}\n")
        .append("@media (prefers-color-scheme: dark){rect{fill:#22304a;stroke:#9db2d3}")
        .append("text{fill:#e8eef7}path{stroke:#6f819b}#tip path{fill:#6f819b}}</style>\n")
        .append("<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" ")
        .append("markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">")
        .append("<path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n");
    arrows.forEach(
        (from, used) -> used.forEach(to -> arrow(svg, places.get(from), places.get(to))));
    places.forEach((name, place) -> box(svg, name, place));
    return svg.append("</svg>\n").toString();
  }

  private static void arrow(StringBuilder svg, int[] from, int[] to) {
    int startX = from[0];
    int startY = from[1] + HEIGHT / 2;
    int endX = to[0] + WIDTH + 1;
    int endY = to[1] + HEIGHT / 2;
    int bend = Math.max(24, (startX - endX) / 2);
    svg.append("<path marker-end=\"url(#tip)\" d=\"M")
        .append(startX + " " + startY)
        .append('C')
        .append(startX - bend + " " + startY + " ")
        .append(endX + bend + " " + endY + " ")
        .append(endX + " " + endY)
        .append("\"/>\n");
  }

  private static void box(StringBuilder svg, String name, int[] place) {
    svg.append("<rect rx=\"5\" x=\"" + place[0] + "\" y=\"" + place[1] + "\" width=\"" + WIDTH)
        .append("\" height=\"" + HEIGHT + "\"/><text text-anchor=\"middle\" x=\"")
        .append(place[0] + WIDTH / 2)
        .append("\" y=\"")
        .append(place[1] + HEIGHT / 2 + 5)
        .append("\">")
        .append(name)
        .append("</text>\n");
  }

  private Map<String, int[]> places() {
    Map<String, Integer> columns = new LinkedHashMap<>();
    Map<Integer, Integer> rows = new TreeMap<>();
    Map<String, int[]> places = new LinkedHashMap<>();
    for (String name : packages) {
      int column =
          arrows.getOrDefault(name, Set.of()).stream()
              .mapToInt(used -> columns.get(used) + 1)
              .max()
              .orElse(0);
      columns.put(name, column);
      int row = rows.merge(column, 1, Integer::sum) - 1;
      // Every second column lies half a row lower, so that long arrows pass between boxes.
      int y = MARGIN + row * ROW + column % 2 * ROW / 2;
      places.put(name, new int[] {MARGIN + column * COLUMN, y});
    }
    return places;
  }
}
