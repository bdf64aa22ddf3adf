package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Words that readers stumble over, or that name a thing twice, are in no page and in no text that
 * the program prints: help, errors, reports; nor in Javadoc. Decisions and the changelog are
 * history and stay.
 */
class PlainEnglishTest {
  /** What not to write, and what instead. */
  private static final Map<Pattern, String> WORDS = words();

  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

  private static Map<Pattern, String> words() {
    Map<String, String> words = new LinkedHashMap<>();
    words.put("but for", "except");
    words.put("save for", "except");
    words.put("anew", "again");
    words.put("(?<=, )of it", "of which");
    words.put("there(in|of|upon|to|with)", "in it, of it");
    words.put("where(in|of|upon|by)", "in which, by which");
    words.put("here(in|with|by|tofore)", "here, so far");
    words.put("hence|thus", "so");
    words.put("whilst", "while");
    words.put("amongst", "among");
    words.put("upon", "on");
    words.put("lest", "so that not");
    words.put("utili[sz]e[sd]?", "use");
    words.put("leverag(e|es|ed|ing)", "use");
    words.put("in order to", "to");
    words.put("prior to", "before");
    words.put("activation duplicate|duplicate expert|expert duplicate", "activation copy, replica");
    words.put("expert replica copy|shadow expert", "replica");
    words.put("theoretical minimum|best conceivable|floor value", "lower bound");
    Map<Pattern, String> patterns = new LinkedHashMap<>();
    words.forEach(
        (word, instead) ->
            patterns.put(Pattern.compile("(?i)(?<![\\w/-])(" + word + ")(?![\\w-])"), instead));
    return patterns;
  }

  @Test
  void pages_havePlainWords() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path page : files(Path.of("docs"), ".md")) {
      if (!page.startsWith("docs/decisions")) {
        check(page, Files.readAllLines(page), found);
      }
    }
    for (String page : List.of("README.md", ".github/CONTRIBUTING.md")) {
      check(Path.of(page), Files.readAllLines(Path.of(page)), found);
    }
    for (Path schema : files(Path.of("docs/schema"), ".json")) {
      check(schema, Files.readAllLines(schema), found);
    }

    assertEquals("", String.join("\n", found));
  }

  /** Help and errors, tables and pages: all of it is in string literals. */
  @Test
  void printedTexts_havePlainWords() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path source : files(Path.of("src/main/java"), ".java")) {
      List<String> lines = new ArrayList<>();
      for (String line : Files.readAllLines(source)) {
        lines.add(isComment(line) ? "" : literals(line));
      }
      check(source, lines, found);
    }

    assertEquals("", String.join("\n", found));
  }

  /** Javadoc and other comments, each as one line: words break at the ends of lines. */
  @Test
  void comments_havePlainWords() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path source : files(Path.of("src/main/java"), ".java")) {
      check(source, comments(Files.readAllLines(source)), found);
    }

    assertEquals("", String.join("\n", found));
  }

  @Test
  void comments_areJoined() {
    assertEquals(
        List.of("All but for one. */ "),
        comments(List.of("  /**", "   * All but", "   * for one.", "   */", "  int a;")).stream()
            .filter(line -> !line.isEmpty())
            .map(line -> line.replaceFirst("^/[*]+ ", ""))
            .toList());
  }

  // At the line where each begins.
  private static List<String> comments(List<String> lines) {
    List<String> comments = new ArrayList<>();
    int begin = -1;
    for (String line : lines) {
      comments.add("");
      if (!isComment(line)) {
        begin = -1;
        continue;
      }
      boolean opens = begin < 0 || line.strip().startsWith("/*");
      begin = opens ? comments.size() - 1 : begin;
      String words = line.strip().replaceFirst("^(\\* |//)\\s*", "");
      comments.set(begin, comments.get(begin) + words + " ");
    }
    return comments;
  }

  @Test
  void words_areFoundWhole() {
    List<String> found = new ArrayList<>();
    check(
        Path.of("page.md"),
        List.of("made anew", "Thus it is", "2 ms, of it 1 ms", "enthusiasm, thuswise, anewly"),
        found);

    assertEquals(
        List.of(
            "page.md:1: not 'anew' but: again",
            "page.md:2: not 'Thus' but: so",
            "page.md:3: not 'of it' but: of which"),
        found);
  }

  private static boolean isComment(String line) {
    String text = line.strip();
    return text.startsWith("*") || text.startsWith("//") || text.startsWith("/*");
  }

  private static String literals(String line) {
    StringBuilder text = new StringBuilder();
    Matcher literal = LITERAL.matcher(line);
    while (literal.find()) {
      text.append(literal.group(1)).append('\n');
    }
    return text.toString();
  }

  private static void check(Path file, List<String> lines, List<String> found) {
    for (int i = 0; i < lines.size(); i++) {
      for (Map.Entry<Pattern, String> word : WORDS.entrySet()) {
        Matcher matcher = word.getKey().matcher(lines.get(i));
        if (matcher.find()) {
          found.add(
              file + ":" + (i + 1) + ": not '" + matcher.group(1) + "' but: " + word.getValue());
        }
      }
    }
  }

  private static List<Path> files(Path root, String ending) throws IOException {
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }
}
