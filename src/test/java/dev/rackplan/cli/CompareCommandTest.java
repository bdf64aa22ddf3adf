package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Browser;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

class CompareCommandTest {
  private static final String KIMI = "solutions/kimi-k2-decode-h200.json";
  private static final String QWEN = "solutions/qwen3-235b-decode-b200.json";
  private static final String GEMMA = "solutions/gemma-3-27b-pipeline.json";

  @TempDir private Path folder;

  private static JsonCursor evaluation(String solution) {
    return JsonCursor.read(Path.of(solution), solution).get("evaluation");
  }

  @Test
  void figures_areThoseOfTheSolutions_withTheirRatiosToTheFirst() throws IOException {
    Path csv = folder.resolve("compared.csv");
    CommandRun run = CommandRun.of("compare", KIMI, QWEN, GEMMA, "--json", "--csv", csv.toString());

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    List<JsonCursor> plans = run.json().list();
    double[] throughput = new double[3];
    List<String> files = List.of(KIMI, QWEN, GEMMA);
    for (int i = 0; i < 3; i++) {
      throughput[i] = evaluation(files.get(i)).get("tokensPerSecondPerGpu").number();
      assertEquals(throughput[i], plans.get(i).get("tokensPerSecondPerGpu").number());
      assertEquals(
          throughput[i] / throughput[0],
          plans.get(i).get("toFirst").get("tokensPerSecondPerGpu").number());
    }
    assertTrue(
        plans.get(1).get("best").list().stream()
            .anyMatch(key -> key.text().equals("tokensPerSecondPerGpu")));
    List<String> lines = Files.readAllLines(csv);
    assertEquals(4, lines.size());
    assertTrue(lines.get(1).startsWith("kimi-k2-decode-h200,kimi-k2,h200-hgx-x16,"));
  }

  @Test
  void terminal_marksTheBestOfEachColumn() {
    CommandRun run = CommandRun.of("compare", KIMI, QWEN);

    List<String> lines = run.out().lines().toList();
    double throughput = evaluation(KIMI).get("tokensPerSecondPerGpu").number();
    assertTrue(lines.stream().anyMatch(line -> has(line, "kimi", " %.1f ", throughput)), run.out());
    double tpot = 1e3 * evaluation(QWEN).get("tpotSeconds").number();
    assertTrue(lines.stream().anyMatch(line -> has(line, "qwen", " %.3f* ", tpot)), run.out());
    assertTrue(lines.contains("* best of its column"), run.out());
    assertTrue(lines.stream().allMatch(line -> line.length() <= 80), run.out());
  }

  /** The sentences' figures add up to the figures of the solutions. */
  @Test
  void sentences_sayWhyPlansDiffer() {
    CommandRun run = CommandRun.of("compare", KIMI, QWEN, "--json");

    List<String> why =
        run.json().list().get(1).get("why").list().stream().map(JsonCursor::text).toList();
    double ratio =
        evaluation(QWEN).get("tokensPerSecondPerGpu").number()
            / evaluation(KIMI).get("tokensPerSecondPerGpu").number();
    assertTrue(
        why.get(0)
            .startsWith(
                String.format(
                    Locale.ROOT,
                    "qwen3-235b-decode-b200 yields %.1f%% more tokens/s/GPU than"
                        + " kimi-k2-decode-h200 on 32 GPUs instead of 128",
                    100 * (ratio - 1))),
        why.get(0));
    assertTrue(why.get(1).startsWith("It answers another question: qwen3-235b"), why.get(1));
    String step = why.get(3);
    double change =
        1e3
            * (evaluation(QWEN).get("tpotSeconds").number()
                - evaluation(KIMI).get("tpotSeconds").number());
    double sum = 0;
    for (String part : step.substring(step.indexOf(':')).split(",")) {
      if (part.contains(" ms")) {
        sum += Double.parseDouble(part.replaceFirst(".* ([+-][0-9.]+) ms.*", "$1"));
      }
    }
    assertEquals(change, sum, 0.003, step);
    assertFalse(run.json().list().get(0).has("why"));
    CommandRun same = CommandRun.of("compare", GEMMA, GEMMA);
    String words = same.out().replaceAll("\\s+", " ");
    assertTrue(words.contains("as many tokens/s/GPU as gemma-3-27b-pipeline."), same.out());
    assertTrue(words.contains("Both have the same layout"), same.out());
    assertTrue(words.contains("Its TPOT is the same, term by term."), same.out());
  }

  private static boolean has(String line, String plan, String format, double figure) {
    return line.startsWith(plan)
        && (line + " ").contains(String.format(Locale.ROOT, format, figure));
  }

  @Test
  void solutionInTheWay_isNotWrittenOver() throws IOException {
    Path copy = Files.copy(Path.of(GEMMA), folder.resolve("copy.json"));
    byte[] before = Files.readAllBytes(copy);
    CommandRun run = CommandRun.of("compare", copy.toString(), "--csv", folder + "/./copy.json");

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("--csv: would write over"), run.err());
    assertArrayEquals(before, Files.readAllBytes(copy));
  }

  @Test
  void page_sortsByItsHeadings_byMouseAndKey() {
    Path page = folder.resolve("compared.html");
    CommandRun run = CommandRun.of("compare", KIMI, QWEN, GEMMA, "--html", page.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());

    try (Browser browser = Browser.start(1024, 800, folder.resolve("profile"))) {
      browser.open(page);
      WebElement heading =
          browser.driver().findElement(By.xpath("//th/button[text()='tokens/s/GPU']"));
      heading.click();
      assertEquals(
          List.of("gemma-3-27b-pipeline", "kimi-k2-decode-h200", "qwen3-235b-decode-b200"),
          names(browser));
      heading.sendKeys(Keys.ENTER);
      assertEquals(
          List.of("qwen3-235b-decode-b200", "kimi-k2-decode-h200", "gemma-3-27b-pipeline"),
          names(browser));
      assertEquals(List.of(), browser.complaints());
      assertEquals(List.of(), browser.requests());
    }
  }

  private static List<String> names(Browser browser) {
    return browser
        .driver()
        .findElements(By.cssSelector("[aria-label='Figures side by side'] tbody th"))
        .stream()
        .map(WebElement::getText)
        .toList();
  }
}
