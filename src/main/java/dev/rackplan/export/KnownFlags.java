package dev.rackplan.export;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The flags of one command: those of its own parser, by {@code src/engines/flags.py}.
 *
 * @param file of their names, without its ending
 * @param command that they follow; empty where a whole file is its arguments
 */
record KnownFlags(String file, String command) {
  private static final Pattern FLAG = Pattern.compile("(?<![\\w-])--[a-z][a-z0-9_-]*");
  private static final Pattern LINE_END = Pattern.compile("[^\\\\]\\n");

  /**
   * A flag that {@code text} gives the command and its parser doesn't know; empty where it knows
   * all of them.
   *
   * @param text a script that starts it, or a file of its arguments
   */
  Optional<String> unknown(String text) {
    Set<String> known = names();
    for (int start = text.indexOf(command); start >= 0; start = next(text, start)) {
      Matcher found = FLAG.matcher(arguments(text, start));
      while (found.find()) {
        if (!known.contains(found.group())) {
          return Optional.of(found.group());
        }
      }
    }
    return Optional.empty();
  }

  private int next(String text, int start) {
    return command.isEmpty() ? -1 : text.indexOf(command, start + command.length());
  }

  // From the command to the end of its line, which a backslash continues.
  private String arguments(String text, int start) {
    Matcher end = LINE_END.matcher(text);
    return command.isEmpty() || !end.find(start)
        ? text.substring(start)
        : text.substring(start, end.start() + 1);
  }

  private Set<String> names() {
    String name = "flags/" + file + ".txt";
    try (InputStream in = KnownFlags.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("no resource " + name);
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Set<String> flags = new TreeSet<>();
      text.lines().filter(line -> line.startsWith("--")).forEach(flags::add);
      return flags;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
