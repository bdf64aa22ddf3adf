package dev.rackplan.site;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Browser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;

/** The documents as a site: every link leads somewhere, and the search finds sections offline. */
class SiteTest {
  private static final Pattern TARGET = Pattern.compile("(?:href|src)=\"([^\"]*)\"");
  private static final Pattern ID = Pattern.compile(" id=\"([^\"]*)\"");

  @TempDir private static Path site;

  @BeforeAll
  static void build() throws IOException {
    Site.build(Path.of("").toAbsolutePath(), site);
  }

  @Test
  void everyLink_leadsToAFileAndAHeading() throws IOException {
    List<String> broken = new ArrayList<>();
    Map<Path, Set<String>> ids = new HashMap<>();
    for (Path page : pages()) {
      Matcher matcher = TARGET.matcher(Files.readString(page));
      while (matcher.find()) {
        String link = matcher.group(1);
        if (!link.contains("://") && !link.equals("#")) {
          check(page, link, ids, broken);
        }
      }
    }

    assertEquals("", String.join("\n", broken));
  }

  private static void check(Path page, String link, Map<Path, Set<String>> ids, List<String> broken)
      throws IOException {
    String path = link.replaceFirst("#.*", "");
    Path to = path.isEmpty() ? page : page.getParent().resolve(path).normalize();
    if (!Files.isRegularFile(to)) {
      broken.add(site.relativize(page) + ": no " + link);
    } else if (link.contains("#") && to.toString().endsWith(".html")) {
      if (!ids.containsKey(to)) {
        ids.put(to, ids(to));
      }
      if (!ids.get(to).contains(link.replaceFirst("[^#]*#", ""))) {
        broken.add(site.relativize(page) + ": no heading " + link);
      }
    }
  }

  private static Set<String> ids(Path page) throws IOException {
    Set<String> ids = new TreeSet<>();
    Matcher matcher = ID.matcher(Files.readString(page));
    while (matcher.find()) {
      ids.add(matcher.group(1));
    }
    return ids;
  }

  @Test
  void everyDocument_isAPage() throws IOException {
    try (Stream<Path> documents = Files.walk(Path.of("docs"))) {
      documents
          .filter(file -> file.toString().endsWith(".md"))
          .map(file -> site.resolve(file.toString().replaceFirst("\\.md$", ".html")))
          .forEach(page -> assertTrue(Files.exists(page), page::toString));
    }
    assertTrue(Files.readString(site.resolve("index.html")).contains("<h1 id=\"rackplan\">"));
  }

  @Test
  void search_findsSections_withoutANetwork() throws IOException {
    try (Browser browser = Browser.start(1280, 900, site.resolve("profile"))) {
      browser.open(site.resolve("docs/cost-model.html"));
      WebElement query = browser.driver().findElement(By.id("query"));
      query.sendKeys("NVLink domain");
      List<WebElement> found = browser.driver().findElements(By.cssSelector("#found a"));
      assertTrue(found.size() > 1, () -> "found " + found.size());
      assertTrue(
          found.stream()
              .anyMatch(link -> link.getText().toLowerCase(Locale.ROOT).contains("glossary")));
      query.clear();
      query.sendKeys("Reference zyxwv");
      assertEquals(
          "Nothing has these words.",
          browser.driver().findElement(By.cssSelector("#found strong")).getText());
      assertEquals(List.of(), browser.complaints());
      assertEquals(List.of(), browser.requests());
    }
  }

  /** Nothing but tables and code, in boxes of their own, is wider than a telephone. */
  @Test
  void pages_fitATelephone() {
    try (Browser browser = Browser.start(390, 844, site.resolve("narrow"))) {
      for (String page : List.of("index.html", "docs/formats.html", "docs/index.html")) {
        browser.open(site.resolve(page));
        Number width =
            (Number) browser.driver().executeScript("return document.documentElement.scrollWidth");
        assertTrue(width.intValue() <= 500, () -> page + " is " + width + " wide");
      }
    }
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.walk(site)) {
      return files.filter(file -> file.toString().endsWith(".html")).sorted().toList();
    }
  }
}
