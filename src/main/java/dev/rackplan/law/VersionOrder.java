package dev.rackplan.law;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Engines' versions, the older first: by their numbers, so that 0.5.14 is newer than 0.5.6.post2
 * and 1.3.0rc20 than 1.3.0rc10; candidates before the release and fixes after it.
 */
public final class VersionOrder implements Comparator<String> {
  private static final Pattern PART = Pattern.compile("\\d+|[a-z]+");
  private static final List<String> BEFORE_RELEASE =
      List.of("dev", "a", "alpha", "b", "beta", "c", "rc");
  private static final String END = "";

  @Override
  public int compare(String one, String other) {
    List<String> left = parts(one);
    List<String> right = parts(other);
    for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
      int order = compareParts(part(left, i), part(right, i));
      if (order != 0) {
        return order;
      }
    }
    return one.compareTo(other);
  }

  private static List<String> parts(String version) {
    List<String> parts = new ArrayList<>();
    Matcher matcher = PART.matcher(version.toLowerCase(Locale.ROOT));
    while (matcher.find()) {
      parts.add(matcher.group());
    }
    return parts;
  }

  private static String part(List<String> parts, int index) {
    return index < parts.size() ? parts.get(index) : END;
  }

  private static int compareParts(String one, String other) {
    int order = Integer.compare(rank(one), rank(other));
    if (order != 0 || !isNumber(one)) {
      return order;
    }
    String left = withoutZeros(one);
    String right = withoutZeros(other);
    return left.length() != right.length()
        ? Integer.compare(left.length(), right.length())
        : left.compareTo(right);
  }

  // Candidates in their order, nothing more, other words, numbers.
  private static int rank(String part) {
    int before = BEFORE_RELEASE.indexOf(part);
    if (before >= 0) {
      return before;
    }
    int end = BEFORE_RELEASE.size();
    return part.equals(END) ? end : isNumber(part) ? end + 2 : end + 1;
  }

  private static boolean isNumber(String part) {
    return !part.isEmpty() && Character.isDigit(part.charAt(0));
  }

  private static String withoutZeros(String digits) {
    return digits.replaceFirst("^0+", "");
  }
}
