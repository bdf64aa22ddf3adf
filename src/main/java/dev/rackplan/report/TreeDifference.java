package dev.rackplan.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where two trees of plain values differ. */
public final class TreeDifference {
  /**
   * Relative; below it numbers count as equal: files keep every digit, other Java versions may
   * round the last one otherwise.
   */
  private static final double TOLERANCE = 1e-9;

  private final List<String> differences = new ArrayList<>();

  private TreeDifference() {}

  /**
   * One line per place, such as {@code tpotSeconds: 0.04 in the file, 0.05 now}; empty where the
   * trees are equal.
   *
   * @param stored as read from a file
   * @param now as computed
   */
  public static List<String> of(Object stored, Object now) {
    TreeDifference difference = new TreeDifference();
    difference.compare("", stored, now);
    return List.copyOf(difference.differences);
  }

  private void compare(String path, Object stored, Object now) {
    if (stored instanceof Map<?, ?> left && now instanceof Map<?, ?> right) {
      compareMaps(path, left, right);
    } else if (stored instanceof List<?> left
        && now instanceof List<?> right
        && left.size() == right.size()) {
      for (int i = 0; i < left.size(); i++) {
        compare(path + "[" + i + "]", left.get(i), right.get(i));
      }
    } else if (!same(stored, now)) {
      differences.add(path + ": " + shown(stored) + " in the file, " + shown(now) + " now");
    }
  }

  private void compareMaps(String path, Map<?, ?> stored, Map<?, ?> now) {
    Set<Object> keys = new LinkedHashSet<>(now.keySet());
    keys.addAll(stored.keySet());
    for (Object key : keys) {
      String place = path.isEmpty() ? key.toString() : path + "." + key;
      if (!stored.containsKey(key)) {
        differences.add(place + ": not in the file, " + shown(now.get(key)) + " now");
      } else if (!now.containsKey(key)) {
        differences.add(place + ": " + shown(stored.get(key)) + " in the file, absent now");
      } else {
        compare(place, stored.get(key), now.get(key));
      }
    }
  }

  private static boolean same(Object stored, Object now) {
    if (stored instanceof Number left && now instanceof Number right) {
      double scale = Math.max(Math.abs(left.doubleValue()), Math.abs(right.doubleValue()));
      return Math.abs(left.doubleValue() - right.doubleValue()) <= TOLERANCE * scale;
    }
    return stored.equals(now);
  }

  private static String shown(Object value) {
    if (value instanceof Map || value instanceof List<?> list && list.size() > 4) {
      return "other content";
    }
    return value.toString();
  }
}
