package dev.rackplan.inventory;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * {@code nvidia-smi topo -m}: a row and a column for each GPU, then for each NIC (called NIC0 by
 * newer drivers, by its device's name by older ones), then affinities.
 *
 * <p>Source: its own legend: X self, NV# bonded NVLinks, PIX one PCIe bridge, PXB several, PHB a
 * host bridge, NODE within and SYS (SOC in old drivers) between NUMA nodes.
 */
final class NvidiaMatrix {
  private static final Pattern GPU = Pattern.compile("GPU[0-9]+");
  private static final Pattern LINK = Pattern.compile("X|NV[0-9]+|PIX|PXB|PHB|NODE|SYS|SOC|N/A");
  private static final Set<String> NEAR = Set.of("PIX", "PXB");
  private static final String AGAIN = "Write it into a file as it is: nvidia-smi topo -m > FILE.";

  private final ToolOutput output;
  private List<String> columns = List.of();

  private NvidiaMatrix(ToolOutput output) {
    this.output = output;
  }

  static GpuLinks read(ToolOutput output) {
    return new NvidiaMatrix(output).read();
  }

  private GpuLinks read() {
    int head = head();
    int gpus = (int) columns.stream().filter(name -> GPU.matcher(name).matches()).count();
    List<List<Integer>> links = new ArrayList<>();
    List<List<Integer>> paths = new ArrayList<>();
    List<List<Integer>> near = new ArrayList<>();
    for (int line = head + 1; line < output.lines().size() && links.size() < gpus; line++) {
      String[] words = output.lines().get(line).strip().split("\\s+");
      if (words[0].isEmpty()) {
        continue;
      }
      if (!words[0].equals("GPU" + links.size())) {
        throw output.error(
            line, "begins with " + words[0] + ", expected GPU" + links.size(), AGAIN);
      }
      refuseOddRow(words, line);
      List<String> row = List.of(words).subList(1, columns.size() + 1);
      links.add(row.subList(0, gpus).stream().map(NvidiaMatrix::nvlinks).toList());
      paths.add(row.subList(0, gpus).stream().map(NvidiaMatrix::path).toList());
      near.add(
          IntStream.range(gpus, row.size())
              .filter(column -> NEAR.contains(row.get(column)))
              .mapToObj(column -> column - gpus)
              .toList());
    }
    if (links.size() < gpus) {
      throw output.error(
          output.lines().size() - 1,
          "ends after " + links.size() + " of " + gpus + " rows of GPUs",
          AGAIN);
    }
    refuseLopsided(links, head);
    int nics = columns.size() - gpus;
    return new GpuLinks(
        gpus, links, paths, nics > 0 ? OptionalInt.of(nics) : OptionalInt.empty(), near);
  }

  // The first line whose first word is GPU0, and not a row of it.
  private int head() {
    for (int line = 0; line < output.lines().size(); line++) {
      String text = output.lines().get(line).strip();
      String[] words = text.split("\\s+");
      if (words[0].equals("GPU0") && (words.length == 1 || !LINK.matcher(words[1]).matches())) {
        columns = names(words, line);
        return line;
      }
    }
    throw output.error(0, "has no line with the names of the columns (GPU0, GPU1, …)", AGAIN);
  }

  private List<String> names(String[] words, int line) {
    List<String> names = new ArrayList<>();
    for (String word : words) {
      if (word.equals("CPU") || word.equals("NUMA")) {
        break;
      }
      if (GPU.matcher(word).matches() && !word.equals("GPU" + names.size())) {
        throw output.error(line, "has " + word + " as column " + names.size(), AGAIN);
      }
      names.add(word);
    }
    return names;
  }

  private static int nvlinks(String link) {
    return link.startsWith("NV") ? Integer.parseInt(link.substring(2)) : 0;
  }

  private static int path(String link) {
    return switch (link) {
      case "PIX", "PXB" -> 1;
      case "PHB", "NODE" -> 2;
      case "SYS", "SOC" -> 3;
      default -> 0;
    };
  }

  private void refuseOddRow(String[] words, int line) {
    if (words.length <= columns.size()) {
      throw output.error(
          line,
          "has " + (words.length - 1) + " values for " + columns.size() + " columns",
          AGAIN + " Lines must not be cut or wrapped.");
    }
    int own = Integer.parseInt(words[0].substring("GPU".length()));
    for (int column = 0; column < columns.size(); column++) {
      String link = words[column + 1];
      if (!LINK.matcher(link).matches() || link.equals("X") != (column == own)) {
        throw output.error(
            line, "has " + link + " under " + columns.get(column) + ", no connection", AGAIN);
      }
    }
  }

  private void refuseLopsided(List<List<Integer>> links, int head) {
    for (int gpu = 0; gpu < links.size(); gpu++) {
      for (int other = 0; other < gpu; other++) {
        int there = links.get(gpu).get(other);
        int back = links.get(other).get(gpu);
        if (there != back) {
          throw output.error(
              head + 1 + gpu,
              "has NV" + there + " to GPU" + other + ", whose row has NV" + back + " back",
              AGAIN);
        }
      }
    }
  }
}
