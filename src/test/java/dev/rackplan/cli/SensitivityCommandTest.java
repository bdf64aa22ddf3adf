package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Browser;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;

class SensitivityCommandTest {
  @TempDir private Path folder;

  private TinyProblem tiny;
  private String problem;
  private String solution;

  @BeforeEach
  void solve() {
    tiny = new TinyProblem(folder);
    problem = tiny.path("problems/tiny.json");
    solution = tiny.path("solutions/tiny.json");
    CommandRun run =
        CommandRun.of("solve", problem, "--steps", "300", "-o", tiny.path("solutions"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
  }

  private CommandRun study(String... more) {
    String[] first = {"sensitivity", problem, "--solution", solution, "--steps", "50"};
    String[] all = java.util.Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return CommandRun.of(all);
  }

  @Test
  void text_hasATableOfChangesAndASentence() {
    CommandRun run = study();
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(
        run.out().startsWith("tiny: change of tokens/s/GPU in % where one input is otherwise"),
        run.out());
    assertTrue(run.out().matches("(?s).*input +-30% +-10% +\\+10% +\\+30% +robust\n.*"), run.out());
    assertTrue(run.out().contains("What moves tokens/s/GPU most is "), run.out());
    assertFalse(run.out().contains("-0.0"), run.out());
  }

  @Test
  void equalRuns_giveEqualBytes_whateverTheThreads() {
    assertEquals(study("--json", "--threads", "1").out(), study("--json", "--threads", "2").out());
  }

  @Test
  void jsonAndCsv_haveTheSameFigures() {
    CommandRun run = study("--json", "--csv", tiny.path("s.csv"), "--changes", "20");
    List<JsonCursor> inputs = run.json().get("inputs").list();
    List<String> lines = tiny.read("s.csv").lines().toList();
    assertEquals(1 + 2 * inputs.size(), lines.size());
    JsonCursor first = inputs.get(0);
    String[] cells = lines.get(1).split(",");
    assertEquals(first.text("input"), cells[0]);
    JsonCursor moved = first.get("moved").list().get(0);
    assertEquals(0.8, Double.parseDouble(cells[1]));
    assertEquals(moved.get("change").number(), Double.parseDouble(cells[2]));
    // What the change of throughput says, its two figures say, too.
    double unmoved = run.json().get("unmoved").get("tokensPerSecondPerGpu").number();
    assertEquals(
        moved.get("tokensPerSecondPerGpu").number() / unmoved - 1,
        moved.get("change").number(),
        1e-9);
    // The widest first.
    double before = Double.POSITIVE_INFINITY;
    for (JsonCursor input : inputs) {
      double spread =
          Math.abs(
              input.get("moved").list().get(0).get("tokensPerSecondPerGpu").number()
                  / input.get("moved").list().get(1).get("tokensPerSecondPerGpu").number());
      spread = Math.max(spread, 1 / spread);
      assertTrue(spread <= before + 1e-9);
      before = spread;
    }
  }

  @Test
  void page_opensWithoutComplaint() {
    CommandRun run = study("--html", tiny.path("s.html"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(
        tiny.read("s.html").contains("The longer a bar, the more an error of that input matters."));
    try (Browser browser = Browser.start(1000, 800, folder.resolve("profile"))) {
      browser.open(Path.of(tiny.path("s.html")));
      assertTrue(
          browser
              .driver()
              .findElement(By.cssSelector("[data-chart=tornado] canvas"))
              .isDisplayed());
      assertEquals(List.of(), browser.complaints());
    }
  }

  @Test
  void badOptions_areNamed() {
    CommandRun changes = study("--changes", "100");
    assertEquals(ExitCode.BAD_INPUT, changes.exitCode());
    assertTrue(changes.err().contains("--changes must be > 0 and < 100, was 100"), changes.err());
    CommandRun over = study("--csv", solution);
    assertEquals(ExitCode.BAD_INPUT, over.exitCode());
    assertTrue(over.err().contains("would write over"), over.err());
    CommandRun other =
        CommandRun.of("sensitivity", solution, "--solution", solution, "--steps", "5");
    assertEquals(ExitCode.BAD_INPUT, other.exitCode());
  }
}
