package dev.rackplan.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Columns of plain text without lines between them: the first to the left, the others to the right,
 * two spaces apart.
 *
 * <p>At most 80 columns wide: a table that is wider breaks its headings into several lines; if that
 * is not enough, its last columns go on below, beside the first one again. Only a cell that is
 * wider itself makes a line longer.
 */
public final class TextTable {
  /** What every terminal has. */
  static final int MOST_WIDTH = 80;

  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();

  /** A table that starts with a header of these cells. */
  public TextTable(List<String> header) {
    rows.add(List.copyOf(header));
  }

  /** Adds a row with as many cells as the header. */
  public void add(List<String> cells) {
    if (cells.size() != rows.get(0).size()) {
      throw new IllegalArgumentException(
          cells.size() + " cells under " + rows.get(0).size() + " headers");
    }
    rows.add(List.copyOf(cells));
  }

  public List<String> header() {
    return rows.get(0);
  }

  /** Rows below the header. */
  public List<List<String>> rows() {
    return List.copyOf(rows.subList(1, rows.size()));
  }

  /** The table; each line ends with a line feed and has no space before it. */
  public String text() {
    int[] widths = widths(rows);
    if (width(widths) <= MOST_WIDTH) {
      return text(rows, widths, 0, widths.length);
    }
    List<List<String>> broken = withBrokenHeadings();
    widths = widths(broken);
    StringBuilder text = new StringBuilder();
    for (int begin = 1; begin < widths.length; ) {
      int end = begin + 1;
      int width = widths[0] + GAP.length() + widths[begin];
      while (end < widths.length && width + GAP.length() + widths[end] <= MOST_WIDTH) {
        width += GAP.length() + widths[end++];
      }
      text.append(text.isEmpty() ? "" : "\n").append(text(broken, widths, begin, end));
      begin = end;
    }
    return text.toString();
  }

  private static int width(int[] widths) {
    return IntStream.of(widths).sum() + GAP.length() * (widths.length - 1);
  }

  private static int[] widths(List<List<String>> rows) {
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int c = 0; c < widths.length; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    return widths;
  }

  // Headings over several lines, none wider than its cells or its longest word; they end level.
  private List<List<String>> withBrokenHeadings() {
    List<List<String>> headings = new ArrayList<>();
    int[] body = widths(rows.size() == 1 ? rows : rows.subList(1, rows.size()));
    for (int c = 0; c < header().size(); c++) {
      headings.add(broken(header().get(c), body[c]));
    }
    int height = headings.stream().mapToInt(List::size).max().orElseThrow();
    List<List<String>> all = new ArrayList<>();
    for (int line = 0; line < height; line++) {
      int below = height - line;
      all.add(
          headings.stream()
              .map(parts -> below > parts.size() ? "" : parts.get(parts.size() - below))
              .toList());
    }
    all.addAll(rows());
    return all;
  }

  // Also after a slash.
  private static List<String> broken(String heading, int width) {
    List<String> lines = new ArrayList<>();
    String line = "";
    String[] parts = heading.split("(?<=[ /])");
    int longest = Stream.of(parts).mapToInt(part -> part.strip().length()).max().orElse(0);
    for (String part : parts) {
      if (!line.isEmpty() && (line + part).strip().length() > Math.max(width, longest)) {
        lines.add(line.strip());
        line = "";
      }
      line += part;
    }
    lines.add(line.strip());
    return lines;
  }

  // The first column, and those from begin to end.
  private static String text(List<List<String>> rows, int[] widths, int begin, int end) {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      boolean heading = text.isEmpty() && rows.size() > 1;
      if (heading && row.get(0).isEmpty() && isEmpty(row.subList(Math.max(1, begin), end))) {
        // Headings of this part are lower than those of others.
        continue;
      }
      StringBuilder line =
          new StringBuilder(row.get(0)).append(" ".repeat(widths[0] - row.get(0).length()));
      for (int c = Math.max(1, begin); c < end; c++) {
        line.append(GAP).append(" ".repeat(widths[c] - row.get(c).length())).append(row.get(c));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static boolean isEmpty(List<String> cells) {
    return cells.stream().allMatch(String::isEmpty);
  }

  /** {@code words} in lines of at most 80 columns, all of them indented by two spaces. */
  static String indented(String words) {
    return wrapped("  " + words, 2);
  }

  /**
   * {@code words} in lines of at most 80 columns.
   *
   * @param indent spaces before every line except the first
   */
  public static String wrapped(String words, int indent) {
    StringBuilder text = new StringBuilder();
    String rest = words;
    while (rest.length() > MOST_WIDTH) {
      int end = rest.lastIndexOf(' ', MOST_WIDTH);
      if (rest.substring(0, Math.max(0, end)).isBlank()) {
        end = rest.indexOf(' ', MOST_WIDTH);
      }
      if (end < 0) {
        break;
      }
      text.append(rest, 0, end).append('\n');
      rest = " ".repeat(indent) + rest.substring(end + 1);
    }
    return text.append(rest).append('\n').toString();
  }
}
