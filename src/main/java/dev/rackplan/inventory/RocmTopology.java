package dev.rackplan.inventory;

import dev.rackplan.json.JsonCursor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code rocm-smi --showtopo}, as text or with {@code --json}; with {@code --showproductname} it
 * names the GPUs, too.
 *
 * @param links XGMI or PCIe
 * @param product what the driver calls them; empty where it was not asked
 */
record RocmTopology(GpuLinks links, Optional<String> product) {
  private static final Pattern PAIR =
      Pattern.compile("\\(Topology\\) Link type between DRM devices ([0-9]+) and ([0-9]+)");
  private static final Pattern SERIES =
      Pattern.compile("(?i)^GPU\\[[0-9]+\\]\\s*:\\s*Card Series:\\s*(.+?)\\s*$");
  private static final String AGAIN =
      "Write it into a file as it is: rocm-smi --showtopo --showproductname > FILE.";

  static RocmTopology read(ToolOutput output) {
    return output.text().strip().startsWith("{") ? json(output) : text(output);
  }

  private static RocmTopology json(ToolOutput output) {
    JsonCursor root = JsonCursor.parse(output.text(), output.shown());
    JsonCursor system = root.get("system");
    List<int[]> pairs = new ArrayList<>();
    int gpus = 0;
    for (String key : system.keys()) {
      Matcher pair = PAIR.matcher(key);
      if (pair.matches()) {
        int first = Integer.parseInt(pair.group(1));
        int second = Integer.parseInt(pair.group(2));
        pairs.add(new int[] {first, second, link(system.get(key).text()) ? 1 : 0});
        gpus = Math.max(gpus, Math.max(first, second) + 1);
      }
    }
    if (pairs.size() != gpus * (gpus - 1) / 2 || gpus == 0) {
      throw system.error(
          "has link types of " + pairs.size() + " pairs of " + gpus + " GPUs", AGAIN);
    }
    int[][] links = new int[gpus][gpus];
    pairs.forEach(pair -> links[pair[0]][pair[1]] = pair[2]);
    pairs.forEach(pair -> links[pair[1]][pair[0]] = pair[2]);
    Set<String> products = new TreeSet<>();
    for (String card : root.keys()) {
      if (card.startsWith("card")) {
        JsonCursor at = root.get(card);
        at.find("Card Series")
            .or(() -> at.find("Card series"))
            .ifPresent(c -> products.add(c.text()));
      }
    }
    return of(output, links, products);
  }

  private static RocmTopology text(ToolOutput output) {
    int head = -1;
    Set<String> products = new TreeSet<>();
    for (int line = 0; line < output.lines().size(); line++) {
      if (output.lines().get(line).contains("Link Type between two GPUs")) {
        head = line + 1;
      }
      Matcher series = SERIES.matcher(output.lines().get(line));
      if (series.matches()) {
        products.add(series.group(1));
      }
    }
    if (head < 0 || head >= output.lines().size()) {
      throw output.error(output.lines().size() - 1, "has no table of link types", AGAIN);
    }
    int gpus = output.lines().get(head).strip().split("\\s+").length;
    int[][] links = new int[gpus][gpus];
    for (int row = 0; row < gpus; row++) {
      int line = head + 1 + row;
      String[] words =
          line < output.lines().size()
              ? output.lines().get(line).strip().split("\\s+")
              : new String[] {""};
      if (!words[0].equals("GPU" + row) || words.length != gpus + 1) {
        throw output.error(
            Math.min(line, output.lines().size() - 1),
            "is no row of GPU" + row + " with " + gpus + " values",
            AGAIN);
      }
      for (int column = 0; column < gpus; column++) {
        links[row][column] = row != column && link(words[column + 1]) ? 1 : 0;
      }
    }
    return of(output, links, products);
  }

  private static boolean link(String type) {
    return type.equalsIgnoreCase("XGMI");
  }

  private static RocmTopology of(ToolOutput output, int[][] links, Set<String> products) {
    if (products.size() > 1) {
      throw output.error(
          0,
          "has GPUs of several products: " + String.join(", ", products),
          "A node has GPUs of one kind: write this host by hand.");
    }
    List<List<Integer>> rows = new ArrayList<>();
    for (int[] row : links) {
      rows.add(Arrays.stream(row).boxed().toList());
    }
    return new RocmTopology(GpuLinks.ofLinks(rows), products.stream().findFirst());
  }
}
