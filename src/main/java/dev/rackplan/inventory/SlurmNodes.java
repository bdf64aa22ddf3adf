package dev.rackplan.inventory;

import dev.rackplan.json.SlurmHostList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code scontrol show nodes}, with or without {@code -o}: a record of {@code Key=value} words for
 * each node, begun by {@code NodeName}; lines of slurm.conf are alike, with lists of nodes.
 *
 * <p>Source: Slurm's manuals scontrol(1) and gres.conf(5).
 */
final class SlurmNodes {
  private static final Pattern NAME = Pattern.compile("^\\s*NodeName=(\\S+)");
  private static final Pattern GRES = Pattern.compile("(?:^|\\s)Gres=(\\S+)");
  private static final Pattern STATE = Pattern.compile("(?:^|\\s)State=(\\S+)");
  private static final Pattern OUT = Pattern.compile("DRAIN|DOWN|FAIL|NOT_RESPONDING|POWERED_DOWN");

  private SlurmNodes() {}

  static List<HostFacts> read(ToolOutput output) {
    List<HostFacts> hosts = new ArrayList<>();
    List<String> lines = output.lines();
    int line = 0;
    while (line < lines.size()) {
      Matcher name = NAME.matcher(lines.get(line));
      if (!name.find()) {
        line++;
        continue;
      }
      int first = line;
      StringBuilder record = new StringBuilder(lines.get(line));
      line++;
      while (line < lines.size() && !NAME.matcher(lines.get(line)).find()) {
        record.append(' ').append(lines.get(line).strip());
        line++;
      }
      if (!name.group(1).equals("DEFAULT")) {
        add(output, first, name.group(1), record.toString(), hosts);
      }
    }
    return hosts;
  }

  private static void add(
      ToolOutput output, int line, String names, String record, List<HostFacts> hosts) {
    String place = "line " + (line + 1);
    Gres gres = gres(output, line, value(GRES, record).orElse(""));
    Optional<String> out =
        value(STATE, record).filter(state -> OUT.matcher(state).find()).map(s -> "State=" + s);
    for (String host : SlurmHostList.expanded(names, output.shown(), place)) {
      hosts.add(
          new HostFacts(
              host,
              output.shown() + ": " + place,
              OptionalInt.of(gres.count()),
              gres.type(),
              Optional.empty(),
              Optional.empty(),
              out));
    }
  }

  private static Optional<String> value(Pattern key, String record) {
    Matcher found = key.matcher(record);
    return found.find() ? Optional.of(found.group(1)) : Optional.empty();
  }

  private record Gres(int count, Optional<String> type) {}

  // gpu:h100:8(S:0-1),nic:4
  private static Gres gres(ToolOutput output, int line, String text) {
    int count = 0;
    List<String> types = new ArrayList<>();
    for (String item : text.split(",(?![^(]*\\))")) {
      String[] words = item.replaceFirst("\\(.*", "").split(":");
      if (!words[0].equals("gpu")) {
        continue;
      }
      boolean counted = words.length > 1 && words[words.length - 1].matches("[0-9]{1,4}");
      count += counted ? Integer.parseInt(words[words.length - 1]) : 1;
      int typed = counted ? 3 : 2;
      if (words.length >= typed) {
        types.add(words[1]);
      }
    }
    if (types.stream().distinct().count() > 1) {
      throw output.error(
          line,
          "has GPUs of several types: " + String.join(", ", types),
          "A node has GPUs of one kind: write this host by hand.");
    }
    return new Gres(count, types.stream().findFirst());
  }
}
