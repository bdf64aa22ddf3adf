package dev.rackplan.export;

import java.util.Comparator;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What stands in shell scripts and configurations beside our own text: the only place that puts
 * values into templates and makes names of users' files harmless there.
 *
 * <p>Hosts need none of this: topologies, host files and Slurm's lists have words of letters,
 * digits, '.', '_' and '-' only.
 */
final class ScriptText {
  private static final int LONGEST_WORD = 100;
  private static final Pattern HARMFUL = Pattern.compile("[^A-Za-z0-9._-]+");
  private static final Pattern MARKDOWN = Pattern.compile("[\\\\`*\\[\\]<>|&~$]");

  private ScriptText() {}

  /**
   * A template with its places filled, all at once: a value that holds the name of a place stays as
   * it is.
   *
   * @param values by place, a word that stands nowhere else in the template; of two that begin
   *     alike the longer one counts
   */
  static String filled(String template, Map<String, String> values) {
    Pattern places =
        Pattern.compile(
            values.keySet().stream()
                .sorted(Comparator.comparing(String::length).reversed())
                .map(Pattern::quote)
                .collect(Collectors.joining("|")));
    return places
        .matcher(template)
        .replaceAll(place -> Matcher.quoteReplacement(values.get(place.group())));
  }

  /** A name as one word that no shell and no scheduler takes for more; never empty. */
  static String word(String name) {
    String word = HARMFUL.matcher(name).replaceAll("-").replaceAll("^[.-]+", "");
    word = word.substring(0, Math.min(LONGEST_WORD, word.length())).replaceAll("-+$", "");
    return word.isEmpty() ? "plan" : word;
  }

  /** A name as text of a page in Markdown: no markup, no second line. */
  static String markdown(String name) {
    String line = name.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]+", " ");
    return MARKDOWN.matcher(line).replaceAll("\\\\$0");
  }
}
