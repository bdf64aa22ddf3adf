package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Browser;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * Every kind of page in headless Chromium, at a desk's width and a phone's, light and dark.
 *
 * <p>{@code mvn test -Dtest=PagesTest -Dscreenshots=docs/pages} writes the pictures of
 * docs/pages.md.
 */
class PagesTest {
  private static final int DESK = 1280;
  private static final int PHONE = 390;
  private static final int MOST_HEIGHT = 1000;
  private static final String PLAN = "kimi-k2-decode-h200";
  private static final String TRAINING = "deepseek-v3-training-h800";
  private static final String SERVING = "deepseek-v3-serving-h100-decode";

  @TempDir private Path folder;

  private void run(String... arguments) {
    CommandRun run = CommandRun.of(arguments);
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  /** A page of each kind, by the name of its pictures. */
  private Map<String, Path> pages() {
    run(
        "report",
        "solutions/" + PLAN + ".json",
        "solutions/" + TRAINING + ".json",
        "solutions/serving/" + SERVING + ".json",
        "-o",
        file("pages"));
    run(
        "compare",
        "solutions/deepseek-v3-decode-gb200.json",
        "solutions/kimi-k2-decode-h200.json",
        "solutions/qwen3-235b-decode-b200.json",
        "solutions/gpt-oss-120b-decode-h100.json",
        "--html",
        file("compare.html"));
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write(
        "sweeps/context.json",
        """
        {"name": "context", "problem": "../problems/tiny.json",
         "vary": {"workload.contextTokens": [500, 1000, 2000, 4000], "workload.concurrentSequences": [128, 256]}}
        """);
    run(
        "solve",
        tiny.path("sweeps/context.json"),
        "--steps",
        "20",
        "-o",
        file("solved"),
        "--results",
        file("results"));
    String solution = file("solutions/tiny.json");
    run("solve", tiny.path("problems/tiny.json"), "--steps", "20", "-o", file("solutions"));
    run(
        "sensitivity",
        tiny.path("problems/tiny.json"),
        "--solution",
        solution,
        "--steps",
        "5",
        "--html",
        file("sensitivity.html"));
    run(
        "replay",
        solution,
        "--isl",
        "800",
        "--osl",
        "100",
        "--rate",
        "5",
        "--requests",
        "40",
        "--html",
        file("replay.html"));
    run("roofline", "--model", "gpt-oss-120b", "--gpu", "h100", "--html", file("roofline.html"));
    run("economics", "lecture", "--html", file("lecture.html"));
    Map<String, Path> pages = new LinkedHashMap<>();
    pages.put("report", folder.resolve("pages/" + PLAN + ".html"));
    pages.put("compare", folder.resolve("compare.html"));
    pages.put("serving", folder.resolve("pages/" + SERVING + ".html"));
    pages.put("training", folder.resolve("pages/" + TRAINING + ".html"));
    pages.put("batch", folder.resolve("results/index.html"));
    for (String name : List.of("sensitivity", "replay", "roofline", "lecture")) {
      pages.put(name, folder.resolve(name + ".html"));
    }
    return pages;
  }

  @Test
  void everyKindOfPage_fitsAndReads_onDeskAndPhone_lightAndDark() {
    Map<String, Path> pages = pages();
    List<String> found = new ArrayList<>();
    try (Browser browser = Browser.start(DESK, 900, folder.resolve("profile"))) {
      for (Map.Entry<String, Path> page : pages.entrySet()) {
        for (int width : new int[] {DESK, PHONE}) {
          for (boolean dark : new boolean[] {false, true}) {
            String which = page.getKey() + "-" + width + (dark ? "-dark" : "");
            browser.show(width, width == DESK ? 900 : 844, dark);
            if (!dark) {
              // A reader's scheme changes under a page that is open.
              browser.open(page.getValue());
            }
            keep(browser, which, width);
            findings(browser).forEach(finding -> found.add(which + ": " + finding));
          }
        }
      }
      assertEquals("", String.join("\n", found));
      browser.show(DESK, 900, false);
      checkFirstScreen(browser, pages.get("report"));
      checkKeyboard(browser, pages.get("report"));
      checkAlternatives(browser, pages.get("report"));
      checkPrint(browser, pages.get("report"));
    }
  }

  private static List<String> findings(Browser browser) {
    List<String> found = new ArrayList<>();
    if (browser.overflow() != 0) {
      found.add("is " + browser.overflow() + " px too wide");
    }
    clipped(browser).forEach(box -> found.add(String.valueOf(box)));
    found.addAll(browser.violations());
    found.addAll(browser.complaints());
    found.addAll(browser.requests());
    return found;
  }

  // What a table's own box hides: tables and text have to fit without being scrolled.
  private static List<?> clipped(Browser browser) {
    return (List<?>)
        browser
            .driver()
            .executeScript(
                """
                return Array.from(document.querySelectorAll('.scroll, .tile, .answer, .matrix'))
                  .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1)
                  .map(e => (e.getAttribute('aria-label') || e.className) + ' hides ' + (e.scrollWidth - e.clientWidth) + ' px');
                """);
  }

  // Layout, throughput, time against its limit with its error, cost and what binds.
  private static void checkFirstScreen(Browser browser, Path page) {
    browser.open(page);
    WebElement card = browser.driver().findElement(By.cssSelector(".answer"));
    assertTrue(card.getRect().getY() + card.getRect().getHeight() < 900, card.getRect().toString());
    String text = card.getText();
    for (String part :
        List.of("expert parallel 128", "tokens/s/GPU", "±", "limit 100 ms", "USD", "binds")) {
      assertTrue(text.contains(part), part + " is not in " + text);
    }
  }

  private static void checkKeyboard(Browser browser, Path page) {
    browser.open(page);
    WebElement picked = browser.driver().findElement(By.id("picked"));
    String before = picked.getText();
    browser.driver().findElement(By.id("racks")).sendKeys(Keys.ARROW_RIGHT, Keys.ARROW_DOWN);
    String after = picked.getText();
    assertFalse(after.equals(before), after);
    assertTrue(after.contains("rank 8") && after.contains("experts "), after);
  }

  private static void checkAlternatives(Browser browser, Path page) {
    browser.open(page);
    // Racks, traffic, timeline and each chart.
    List<WebElement> details = browser.driver().findElements(By.cssSelector("details.alternative"));
    assertEquals(
        3 + browser.driver().findElements(By.cssSelector(".chart")).size(), details.size());
    for (WebElement one : details) {
      one.findElement(By.tagName("summary")).click();
      // A details element says that it was opened a moment later.
      new WebDriverWait(browser.driver(), Duration.ofSeconds(20))
          .until(driver -> !one.findElements(By.cssSelector("tbody tr")).isEmpty());
    }
  }

  private static void checkPrint(Browser browser, Path page) {
    browser.show(DESK, 900, true);
    browser.open(page);
    browser.print(true);
    assertEquals(
        "rgba(255, 255, 255, 1)",
        browser.driver().findElement(By.tagName("body")).getCssValue("background-color"));
    assertFalse(browser.driver().findElement(By.id("theme")).isDisplayed());
    browser.print(false);
  }

  private static void keep(Browser browser, String name, int width) {
    String kept = System.getProperty("screenshots", "");
    boolean shown =
        List.of("report", "compare", "serving", "training", "batch")
            .contains(name.substring(0, name.indexOf('-')));
    if (!kept.isEmpty() && shown) {
      browser.screenshot(Path.of(kept).resolve(name + ".webp"), width, MOST_HEIGHT);
    }
  }
}
