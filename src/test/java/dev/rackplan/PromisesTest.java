package dev.rackplan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/promises.md}: every promise names what keeps it, and that is there. */
class PromisesTest {
  private static final Pattern NAMED = Pattern.compile("`(\\w+Test)(?:#(\\w+))?`");
  private static final Pattern SCRIPT = Pattern.compile("`((?:src|\\.ci)/[\\w./-]+)`");

  private static List<String> promises() throws IOException {
    return Files.readAllLines(Path.of("docs/promises.md")).stream()
        .filter(line -> line.startsWith("| ") && !line.startsWith("| promise |"))
        .toList();
  }

  private static Map<String, String> tests() throws IOException {
    Map<String, String> tests = new TreeMap<>();
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith("Test.java")).toList()) {
        tests.put(
            file.getFileName().toString().replace(".java", ""),
            Files.readString(file).replaceAll("\\s+", " "));
      }
    }
    return tests;
  }

  @Test
  void everyPromise_namesWhatKeepsIt() throws IOException {
    List<String> promises = promises();
    assertTrue(promises.size() > 20, "promises: " + promises.size());
    for (String promise : promises) {
      String[] cells = promise.split(" \\| ");
      assertEquals(2, cells.length, promise);
      assertTrue(
          NAMED.matcher(cells[1]).find() || cells[1].contains("by hand"),
          "no test, and not by hand: " + promise);
    }
  }

  @Test
  void everyNamedTest_isThere() throws IOException {
    Map<String, String> tests = tests();
    List<String> missing = new ArrayList<>();
    for (String promise : promises()) {
      Matcher named = NAMED.matcher(promise);
      while (named.find()) {
        String text = tests.get(named.group(1));
        if (text == null) {
          missing.add(named.group());
        } else if (named.group(2) != null) {
          Pattern test =
              Pattern.compile(
                  "@(Test|ParameterizedTest|TestFactory)\\b[^;{]*?(\\{[^;]*\\}\\))?[^;{]*? "
                      + named.group(2)
                      + "\\(");
          if (!test.matcher(text).find()) {
            missing.add(named.group());
          }
        }
      }
      Matcher script = SCRIPT.matcher(promise);
      while (script.find()) {
        if (!Files.exists(Path.of(script.group(1)))) {
          missing.add(script.group(1));
        }
      }
    }
    assertEquals(List.of(), missing);
  }
}
