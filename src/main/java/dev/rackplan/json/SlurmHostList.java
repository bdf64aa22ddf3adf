package dev.rackplan.json;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Slurm's host list expressions: {@code gpu[1-4,7],login}, {@code r[1-2]n[01-08]}.
 *
 * <p>Source: Slurm's manual of {@code scontrol show hostnames}.
 */
public final class SlurmHostList {
  private static final int MOST_NODES = 1_000_000;
  private static final Pattern RANGED = Pattern.compile("([^\\[\\]]*)\\[([0-9,-]+)\\](.*)");
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,252}");

  private SlurmHostList() {}

  /**
   * The hosts, in order.
   *
   * @param shown the file that the list stands in, for errors
   * @param place in it, such as {@code line 3}
   */
  public static List<String> expanded(String list, String shown, String place) {
    List<String> hosts = new ArrayList<>();
    for (String item : list.split(",(?![^\\[]*\\])")) {
      expand("", item, list, shown, place, hosts);
    }
    if (!hosts.stream().allMatch(host -> WORD.matcher(host).matches())) {
      throw malformed(list, shown, place);
    }
    return hosts;
  }

  // One bracket after the other.
  private static void expand(
      String before, String item, String list, String shown, String place, List<String> hosts) {
    Matcher ranged = RANGED.matcher(item);
    if (!ranged.matches()) {
      hosts.add(before + item);
      return;
    }
    for (String range : ranged.group(2).split(",")) {
      String[] ends = range.split("-", -1);
      int first = number(ends[0], list, shown, place);
      int last = number(ends[ends.length - 1], list, shown, place);
      if (ends.length > 2 || last < first || last - first >= MOST_NODES - hosts.size()) {
        throw malformed(list, shown, place);
      }
      for (int number = first; number <= last; number++) {
        String digits = String.valueOf(number);
        String zeros = "0".repeat(Math.max(0, ends[0].length() - digits.length()));
        expand(
            before + ranged.group(1) + zeros + digits, ranged.group(3), list, shown, place, hosts);
        if (hosts.size() > MOST_NODES) {
          throw malformed(list, shown, place);
        }
      }
    }
  }

  private static int number(String digits, String list, String shown, String place) {
    if (!digits.matches("[0-9]{1,9}")) {
      throw malformed(list, shown, place);
    }
    return Integer.parseInt(digits);
  }

  private static InputException malformed(String list, String shown, String place) {
    return new InputException(
        shown, place, "is no list of hosts: " + list, "Write it as gpu[1-4,7],other.");
  }
}
