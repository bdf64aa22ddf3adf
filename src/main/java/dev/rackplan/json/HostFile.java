package dev.rackplan.json;

import dev.rackplan.topology.Node;
import dev.rackplan.topology.Topology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * What a cluster calls the nodes of a topology: CSV with columns node, host and maybe clique, or
 * Slurm's topology.conf.
 */
public final class HostFile {
  private static final String WORD = "[A-Za-z0-9][A-Za-z0-9._-]{0,252}";
  private static final String FORM =
      "Give a file with the columns node, host and, if wanted, clique.";
  private static final int MOST_BYTES = 64 << 20;
  private static final List<String> COLUMNS = List.of("node", "host", "clique");

  private HostFile() {}

  /**
   * What the file says.
   *
   * @param hosts host name by node name, of every node of the topology
   * @param cliques clique by node name; empty where the file has no such column
   */
  public record Names(Map<String, String> hosts, Map<String, String> cliques) {}

  /**
   * Reads {@code file}.
   *
   * @param shown the path as the user gave it
   */
  public static Names read(Path file, String shown, Topology topology) {
    if (SlurmTopologyFile.named(shown)) {
      return new Names(SlurmTopologyFile.hosts(file, shown, topology), Map.of());
    }
    Names names = new Names(new LinkedHashMap<>(), new LinkedHashMap<>());
    Set<String> nodes = topology.nodes().stream().map(Node::name).collect(Collectors.toSet());
    String text = InputDoor.text(file, shown, MOST_BYTES, FORM);
    try (CSVParser rows =
        CSVParser.parse(
            text,
            CSVFormat.DEFAULT
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .setTrim(true)
                .get())) {
      List<String> header = rows.getHeaderNames();
      if (!header.containsAll(COLUMNS.subList(0, 2)) || !COLUMNS.containsAll(header)) {
        throw new InputException(
            shown,
            "line 1",
            "has columns " + String.join(", ", header),
            "Give node, host and, if wanted, clique.");
      }
      for (CSVRecord row : rows) {
        String node = node(row, shown, nodes);
        put(names.hosts(), node, row, shown, "host");
        if (header.contains("clique")) {
          put(names.cliques(), node, row, shown, "clique");
        }
      }
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      throw new InputException(
          shown, "", "can't be read as CSV", FORM + " Each column once, every quote closed.");
    }
    refuseMissing(names.hosts(), shown, topology);
    return names;
  }

  private static String node(CSVRecord row, String shown, Set<String> nodes) {
    if (!row.isConsistent()) {
      throw new InputException(
          shown, line(row), "has " + row.size() + " values", "Give one for each column.");
    }
    String node = row.get("node");
    if (!nodes.contains(node)) {
      throw new InputException(
          shown,
          line(row),
          "no node \"" + node + "\" in the topology",
          "Call nodes as solutions do, such as rack-0/domain-0/node-3.");
    }
    return node;
  }

  private static String line(CSVRecord row) {
    return "line " + (row.getRecordNumber() + 1);
  }

  private static void put(
      Map<String, String> words, String node, CSVRecord row, String shown, String column) {
    String word = row.get(column);
    if (!word.matches(WORD)) {
      throw new InputException(
          shown,
          line(row),
          column + " must be letters, digits, '.', '_' and '-', was \"" + word + "\"",
          "Give the cluster's own name.");
    }
    if (words.put(node, word) != null) {
      throw new InputException(shown, line(row), node + " is given twice", "Keep one of the two.");
    }
  }

  private static void refuseMissing(Map<String, String> words, String shown, Topology topology) {
    for (Node node : topology.nodes()) {
      if (!words.containsKey(node.name())) {
        throw new InputException(
            shown, "", "has no line for " + node.name(), "Name every node of the topology.");
      }
    }
    TreeSet<String> seen = new TreeSet<>();
    for (Map.Entry<String, String> word : words.entrySet()) {
      if (!seen.add(word.getValue())) {
        throw new InputException(
            shown,
            "",
            "names the host " + word.getValue() + " twice",
            "Give every node a host of its own.");
      }
    }
  }
}
