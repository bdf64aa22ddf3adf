package dev.rackplan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What is shipped, by the list that the build makes of it: its licences, its checksums as they were
 * pinned, and NOTICE, which names it. {@code -Dgolden.update=true} writes both files' lists, after
 * a library was changed on purpose.
 */
class SupplyChainTest {
  private static final Path SBOM = Path.of("target/rackplan-sbom.json");
  private static final Path PINNED = Path.of(".mvn/libraries.sha256");
  private static final Path NOTICE = Path.of("NOTICE");
  private static final String BEGIN = "a choice, the licence before \"chosen\" is taken.\n\n";
  private static final Set<String> ALLOWED =
      Set.of(
          "Apache-2.0",
          "MIT",
          "BSD-2-Clause",
          "BSD-3-Clause",
          "BSD-4-Clause",
          "CC0-1.0",
          "EPL-2.0");
  // Names that are no identifiers of SPDX.
  private static final Map<String, String> NAMED =
      Map.of("Eclipse Public License (EPL) 2.0", "EPL-2.0");

  private static List<JsonNode> components;

  @BeforeAll
  static void read() throws IOException {
    assumeTrue(Files.exists(SBOM), "the build makes " + SBOM + " before tests");
    components = new ArrayList<>();
    new ObjectMapper().readTree(SBOM.toFile()).get("components").forEach(components::add);
  }

  private static String name(JsonNode component) {
    return component.get("group").asText()
        + ":"
        + component.get("name").asText()
        + ":"
        + component.get("version").asText();
  }

  private static Set<String> licences(JsonNode component) {
    Set<String> licences = new TreeSet<>();
    for (JsonNode each : component.path("licenses")) {
      JsonNode licence = each.path("license");
      String word = licence.path("id").asText(licence.path("name").asText());
      licences.add(NAMED.getOrDefault(word, word));
    }
    return licences;
  }

  private static String chosen(JsonNode component) {
    Set<String> licences = licences(component);
    return licences.stream()
        .filter(ALLOWED::contains)
        .findFirst()
        .map(one -> one + (licences.size() > 1 ? " (chosen of " + licences + ")" : ""))
        .orElseThrow(() -> new AssertionError(name(component) + " is under " + licences));
  }

  private static String sha256(JsonNode component) {
    for (JsonNode hash : component.path("hashes")) {
      if (hash.path("alg").asText().equals("SHA-256")) {
        return hash.path("content").asText();
      }
    }
    throw new AssertionError(name(component) + " has no SHA-256");
  }

  @Test
  void everyLibrary_hasALicenceThatAsksForNoSource() {
    assertTrue(components.size() > 20);
    components.forEach(SupplyChainTest::chosen);
  }

  @Test
  void everyLibrary_hasTheBytesThatWerePinned() throws IOException {
    TreeSet<String> lines = new TreeSet<>();
    components.forEach(each -> lines.add(name(each) + " " + sha256(each) + "\n"));
    String text = String.join("", lines);
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PINNED, text);
      return;
    }
    assertEquals(Files.readString(PINNED), text);
  }

  @Test
  void notice_namesEveryLibrary() throws IOException {
    TreeSet<String> lines = new TreeSet<>();
    components.forEach(each -> lines.add("  " + name(each) + ": " + chosen(each) + "\n"));
    String text = String.join("", lines);
    String notice = Files.readString(NOTICE);
    int begin = notice.indexOf(BEGIN) + BEGIN.length();
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(NOTICE, notice.substring(0, begin) + text);
      return;
    }
    assertEquals(text, notice.substring(begin));
  }

  @Test
  void notice_namesEveryTableThatLawsWereFittedFrom() throws IOException {
    String notice = Files.readString(NOTICE);
    Set<String> commits = new TreeSet<>();
    try (Stream<Path> laws = Files.list(Path.of("src/main/resources/dev/rackplan/json/laws"))) {
      for (Path file : laws.toList()) {
        Matcher source =
            Pattern.compile("\"source\": \"([^\"]*)\"").matcher(Files.readString(file));
        while (source.find()) {
          Matcher commit = Pattern.compile("\\b[0-9a-f]{7}\\b").matcher(source.group(1));
          while (commit.find()) {
            commits.add(commit.group());
          }
        }
      }
    }
    assertTrue(commits.size() >= 3, commits.toString());
    commits.forEach(commit -> assertTrue(notice.contains(commit), commit));
  }
}
