package dev.rackplan.json;

import java.util.Locale;
import java.util.Optional;
import java.util.function.ToIntBiFunction;

/** "Did you mean". */
public final class Spelling {
  private Spelling() {}

  /**
   * The candidate at edit distance ≤ 2 (or a third of the length) from {@code word}, nearest first,
   * ties in given order.
   */
  public static Optional<String> nearest(String word, Iterable<String> candidates) {
    return nearest(word, candidates, Spelling::editDistance);
  }

  /**
   * As {@link #nearest}, where names may be given by their beginning: {@code h2000} is nearest to
   * {@code h200-sxm}. Beginnings end before a hyphen.
   */
  public static Optional<String> nearestBeginning(String word, Iterable<String> candidates) {
    return nearest(
        word,
        candidates,
        (given, name) -> {
          int least = editDistance(given, name);
          for (int end = name.indexOf('-'); end > 0; end = name.indexOf('-', end + 1)) {
            least = Math.min(least, editDistance(given, name.substring(0, end)));
          }
          return least;
        });
  }

  private static Optional<String> nearest(
      String word, Iterable<String> candidates, ToIntBiFunction<String, String> distances) {
    String best = null;
    int bestDistance = Math.max(2, word.length() / 3) + 1;
    for (String candidate : candidates) {
      int distance =
          distances.applyAsInt(word.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return Optional.ofNullable(best);
  }

  private static int editDistance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substitute, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
