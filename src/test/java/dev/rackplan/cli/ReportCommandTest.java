package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Browser;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.Select;

/** Pages of plans in headless Chromium. */
class ReportCommandTest {
  private static final long MOST_BYTES = 4_000_000;
  // A page is drawn in about 0.3 s; this is far off, so that a busy machine does not fail the test.
  private static final long MOST_MILLIS = 10_000;

  // One domain, many domains, topics, pools, training with experts and without, pipelines of a
  // dense model.
  private static final List<String> KINDS =
      List.of(
          "deepseek-v3-decode-gb200",
          "deepseek-v3-prefill-topics-h100",
          "deepseek-v3-training-h800",
          "gemma-3-27b-pipeline",
          "gpt-3-175b-training-a100",
          "kimi-k2-decode-h200",
          "serving/deepseek-v3-serving-h100-decode");

  @TempDir private Path folder;

  private List<Path> pages() throws IOException {
    List<String> command = new ArrayList<>(List.of("report"));
    KINDS.forEach(name -> command.add("solutions/" + name + ".json"));
    command.addAll(List.of("-o", folder.resolve("pages").toString()));
    CommandRun run = CommandRun.of(command.toArray(String[]::new));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    try (Stream<Path> files = Files.list(folder.resolve("pages"))) {
      return files.sorted().toList();
    }
  }

  @Test
  @Tag("slow")
  void everyPage_opensWithoutComplaintOrRequest_andItsSliderPaints() throws IOException {
    List<Path> pages = pages();
    assertEquals(KINDS.size(), pages.size());
    for (Path page : pages) {
      assertTrue(Files.size(page) < MOST_BYTES, page + " has " + Files.size(page) + " bytes");
    }
    try (Browser browser = Browser.start(1440, 1000, folder.resolve("profile"))) {
      for (Path page : pages) {
        browser.open(page);
        long millis =
            Long.parseLong(
                browser.driver().findElement(By.tagName("html")).getAttribute("data-drawn-millis"));
        System.out.println(page.getFileName() + ": drawn after " + millis + " ms");
        assertTrue(millis < MOST_MILLIS, page + " took " + millis + " ms");
        assertFalse(browser.driver().findElements(By.cssSelector(".bars .bar i")).isEmpty());
        checkTimeline(browser, page);
        List<WebElement> sliders = browser.driver().findElements(By.id("layer"));
        if (!sliders.isEmpty()) {
          checkSlider(browser, sliders.get(0));
        }
        assertEquals(List.of(), browser.complaints(), page.toString());
        assertEquals(List.of(), browser.requests(), page.toString());
      }
    }
  }

  // The step that is marked in the timeline is the answer's, with what drafts add.
  private static void checkTimeline(Browser browser, Path page) throws IOException {
    String name = page.getFileName().toString().replace(".html", ".json");
    Path solution = Path.of("solutions", name);
    JsonCursor evaluation =
        JsonCursor.read(
                Files.exists(solution) ? solution : Path.of("solutions/serving", name), name)
            .get("evaluation");
    double step = 0;
    for (String key : List.of("tpotSeconds", "ttftSeconds", "stepSeconds")) {
      step = evaluation.find(key).map(JsonCursor::number).orElse(step);
    }
    Number marked =
        (Number)
            browser
                .driver()
                .executeScript(
                    "const t = rackplan.data.plan.timeline; return t ? (t.step[1] - t.step[0]) /"
                        + " t.parts * t.millis : -1");
    assertFalse(browser.driver().findElements(By.cssSelector("#timeline .forward")).isEmpty());
    // Times are drawn in whole parts of the timeline's length.
    assertEquals(1e3 * step, marked.doubleValue(), 1e-3 * 1e3 * step, page.toString());
  }

  private static void checkSlider(Browser browser, WebElement slider) {
    // Where weight fetch binds all GPUs take equally long.
    colourBy(browser, "load");
    String first = colours(browser);
    String next = first;
    int layers = Integer.parseInt(slider.getAttribute("max"));
    // Layers whose experts are spread evenly look alike.
    for (int layer = 0; layer < layers && next.equals(first); layer++) {
      String said = browser.driver().findElement(By.id("said")).getText();
      slider.sendKeys(Keys.ARROW_RIGHT);
      assertNotEquals(said, browser.driver().findElement(By.id("said")).getText());
      next = colours(browser);
    }
    assertNotEquals(first, next);
    boolean sends = !browser.driver().findElements(By.cssSelector("#links table")).isEmpty();
    assertEquals(sends, !browser.driver().findElements(By.cssSelector(".links .binds")).isEmpty());
    colourBy(browser, "memory");
    assertNotEquals(next, colours(browser));
  }

  private static void colourBy(Browser browser, String what) {
    new Select(browser.driver().findElement(By.id("colour"))).selectByValue(what);
  }

  private static String colours(Browser browser) {
    return (String)
        browser
            .driver()
            .executeScript(
                "return Array.from(document.querySelectorAll('.gpu')).map(g =>"
                    + " g.style.backgroundColor).join()");
  }

  private static void solve(TinyProblem tiny) {
    CommandRun solved =
        CommandRun.of(
            "solve",
            tiny.path("problems/tiny.json"),
            "--steps",
            "50",
            "-o",
            tiny.path("solutions"));
    assertEquals(ExitCode.SOLVED, solved.exitCode(), solved.err());
  }

  @Test
  void rackMap_drawsLinksOfDomains_andTheOneThatBinds() throws IOException {
    TinyProblem tiny = new TinyProblem(folder);
    solve(tiny);
    Path map = folder.resolve("map.svg");
    CommandRun run =
        CommandRun.of("report", tiny.path("solutions/tiny.json"), "--rack-map", map.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String svg = Files.readString(map);
    assertTrue(svg.contains(" ms, binds</title>"), svg);
    assertTrue(svg.contains("dark the one that binds (plan: the "), svg);
    assertTrue(svg.contains("; fullest link "), svg);
  }

  @Test
  void namesFromFiles_areShownAsText() throws IOException {
    TinyProblem tiny = new TinyProblem(folder);
    String script = "<script>alert(1)</script>";
    tiny.write("models/tiny-moe.json", TinyProblem.MODEL.replace("tiny-moe", script));
    solve(tiny);
    CommandRun run =
        CommandRun.of("report", tiny.path("solutions/tiny.json"), "-o", folder.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String page = Files.readString(folder.resolve("tiny.html"));
    assertFalse(page.contains(script));

    try (Browser browser = Browser.start(1024, 800, folder.resolve("profile"))) {
      browser.open(folder.resolve("tiny.html"));
      assertTrue(
          browser.driver().findElement(By.tagName("main")).getText().contains(script),
          browser.driver().findElement(By.tagName("main")).getText());
      assertEquals(List.of(), browser.complaints());
    }
  }

  @Test
  void missingSolution_isNamed_andNothingIsWritten() {
    CommandRun run =
        CommandRun.of(
            "report", folder.resolve("none.json").toString(), "-o", folder.resolve("p").toString());
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("none.json"), run.err());
    assertFalse(Files.exists(folder.resolve("p")));
  }
}
