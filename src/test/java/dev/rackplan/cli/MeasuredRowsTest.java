package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.CommittedSchema;
import dev.rackplan.SharedData;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.LawsFile;
import dev.rackplan.law.LawSet;
import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.StepErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code rackplan accuracy --measured}: what it prints of a user's own rows. */
class MeasuredRowsTest {
  private static final String ROWS =
      """
      id,backend,model_path,system,isl,osl,batch_size,tp_size,silicon_ttft_ms,silicon_tpot_ms,flag
      slow,vllm,Qwen/Qwen3-0.6B,h100_sxm,1000,200,64,1,25,60,
      fast,vllm,Qwen/Qwen3-0.6B,h100_sxm,1000,200,64,2,,30,
      other,sglang,Qwen/Qwen3-1.7B,h200_sxm,1000,200,64,2,20,25,relabelled
      unknown,vllm,nobody/an-id-that-is-a-good-deal-longer-than-most-ids-of-models,h100_sxm,1000,200,64,2,20,25,
      drafted,vllm,Qwen/Qwen3-0.6B,h100_sxm,1000,200,64,2,20,25,maybeMtp
      twice,vllm,Qwen/Qwen3-0.6B,h100_sxm,1000,200,64,1,25,60,
      """;

  @TempDir private Path folder;
  private String rows;

  @BeforeEach
  void write() throws IOException {
    Path file = folder.resolve("rows.csv");
    Files.writeString(file, ROWS);
    rows = file.toString();
  }

  private static CommandRun accuracy(String... options) {
    String[] arguments = new String[options.length + 1];
    arguments[0] = "accuracy";
    System.arraycopy(options, 0, arguments, 1, options.length);
    return CommandRun.of(arguments);
  }

  @Test
  void json_hasEveryRowAndASummary() {
    CommandRun run = accuracy("--measured", rows, "--json");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    List<JsonCursor> list = run.json().get("rows").list();
    assertEquals(6, list.size());
    assertEquals(
        List.of(
            "id",
            "tpotMillis",
            "ttftMillis",
            "tpotPlusMinus",
            "ttftPlusMinus",
            "measuredTpotMillis",
            "measuredTtftMillis"),
        list.get(0).keys());
    assertEquals(
        List.of(
            "id",
            "tpotMillis",
            "ttftMillis",
            "tpotPlusMinus",
            "ttftPlusMinus",
            "measuredTpotMillis"),
        list.get(1).keys());
    assertEquals(List.of("id", "notExpressible"), list.get(3).keys());
    assertEquals(60, list.get(0).get("measuredTpotMillis").number());
    assertTrue(
        list.get(1).get("tpotMillis").number() < list.get(0).get("tpotMillis").number(),
        "two GPUs are faster than one");
    // The same GPUs under the same load, of another row.
    assertEquals(list.get(0).get("tpotMillis").number(), list.get(5).get("tpotMillis").number());
    JsonCursor summary = run.json().get("summary");
    assertEquals(4, summary.get("counted").number());
    assertEquals(3, summary.get("expressed").number());
    assertEquals(1, summary.get("flags").get("duplicate").number());
    assertEquals(3, summary.get("tpot").get("rows").number());
    assertEquals(2, summary.get("ttft").get("rows").number());
    assertEquals(1, summary.get("maybeMtpTpot").get("rows").number());
    List<JsonCursor> engines = summary.get("families").get("engine").list();
    assertEquals(2, engines.size());
    assertTrue(
        engines.get(0).get("medianAbsoluteError").number()
            >= engines.get(1).get("medianAbsoluteError").number(),
        "worst first");
  }

  @Test
  void text_isASummaryIn80Columns() {
    CommandRun run = accuracy("--measured", rows);

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(run.out().startsWith("6 rows, 4 counted, 3 of them priced (75.0%)\n"), run.out());
    assertTrue(run.out().contains("  1 duplicate: measured once, given twice, left out\n"));
    for (String head : List.of("TPOT by model ", "TPOT by GPU ", "TPOT by layout ")) {
      assertTrue(run.out().contains("\n" + head), run.out());
    }
    assertTrue(run.out().contains("not expressible:\n  1 row, unknown: model"), run.out());
    List<String> wide =
        run.out().lines().filter(line -> line.length() > 80 && line.contains("  ")).toList();
    assertEquals(List.of(), wide);
  }

  // 60 and 30 ms: a limit of 30 or 50 tells them apart.
  @Test
  void decisions_areThoseOfTheRows() {
    CommandRun run = accuracy("--measured", rows, "--decisions", "--json");
    JsonCursor decisions = run.json().get("decisions");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    List<JsonCursor> choices = decisions.get("choices").list();
    assertEquals(2, choices.size());
    assertEquals("fast", choices.get(0).text("best"));
    assertEquals(
        "Qwen/Qwen3-0.6B, h100_sxm, vllm, as stored, 1000 in, 200 out",
        choices.get(0).text("group"));
    assertEquals(0, decisions.get("pairs").list().size());
    assertEquals(0, decisions.get("nothingFound").number());
    CommandRun shown = accuracy("--measured", rows, "--decisions");
    assertTrue(shown.out().contains("TPOT limits of groups "), shown.out());
    assertTrue(shown.out().lines().allMatch(line -> line.length() <= 80), shown.out());
  }

  // One model of vLLM on H100 and one of SGLang on H200, whose TPOT is far off.
  @Test
  void errors_makeThePlusMinusOfProblemsThatNameThem() throws IOException {
    Path file = folder.resolve("errors.json");
    CommandRun made = accuracy("--measured", rows, "--errors", file.toString());
    assertEquals(ExitCode.SOLVED, made.exitCode(), made.err());
    assertTrue(made.err().contains("tpot: "), made.err());
    assertTrue(made.err().contains("of 3 rows inside their ±"), made.err());
    String text = Files.readString(file);
    assertEquals(Set.of(), CommittedSchema.validate("laws", text));
    assertEquals(ExitCode.SOLVED, CommandRun.of("validate", file.toString()).exitCode());

    TinyProblem tiny = new TinyProblem(folder.resolve("tiny"));
    String problem = tiny.path("problems/tiny.json");
    double before = plusMinus(problem);
    tiny.write("laws/ours.json", text);
    String named =
        tiny.variant("named", "\"engine\"", "\"laws\": \"../laws/ours.json\", \"engine\"");
    // Other rows, other errors; kernels cost what they did.
    assertNotEquals(before, plusMinus(named));

    // Times that other rows have not stay.
    LawSet laws = LawsFile.read(file, "errors.json");
    assertEquals(
        List.of(ModelledFigure.TPOT, ModelledFigure.SERVED_TTFT),
        laws.stepErrors().stream().map(StepErrors::figure).toList());
  }

  private static double plusMinus(String problem) {
    JsonCursor evaluation =
        CommandRun.of("solve", problem, "--json", "--steps", "5", "-o", problem + ".out", "--force")
            .json()
            .get("evaluation");
    JsonCursor confidence = evaluation.get("confidence");
    assertEquals(
        1,
        confidence.get("measured").number()
            + confidence.get("transferred").number()
            + confidence.get("formula").number(),
        1e-9);
    return confidence.get("plusMinus").number();
  }

  @Test
  void html_drawsTheRows() throws IOException {
    Path file = folder.resolve("rows.html");
    CommandRun run = accuracy("--measured", rows, "--html", file.toString());
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String page = Files.readString(file);
    for (String chart : List.of("predicted", "families", "load")) {
      assertTrue(page.contains("data-chart=\"" + chart + "\""), chart);
    }
    assertTrue(page.contains("Qwen3-0.6B, vllm, h100_sxm"));
    CommandRun without = accuracy("--html", file.toString());
    assertEquals(ExitCode.BAD_INPUT, without.exitCode());
    assertTrue(without.err().contains("--html needs --measured"), without.err());
  }

  @Test
  void badErrors_areNamed() throws IOException {
    Path file = folder.resolve("errors.json");
    accuracy("--measured", rows, "--errors", file.toString());
    String text = Files.readString(file);
    Files.writeString(file, text.replaceFirst("\"tpot\"", "\"tops\""));
    CommandRun run = CommandRun.of("validate", file.toString());
    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("$.stepErrors[0].figure: no figure \"tops\""), run.err());
    Files.writeString(file, text.replaceFirst("\"gpu\"", "\"gpus\""));
    assertEquals(ExitCode.BAD_INPUT, CommandRun.of("validate", file.toString()).exitCode());
  }

  @Test
  void decisionsWithoutRows_areRefused() {
    CommandRun run = accuracy("--decisions");

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("--decisions needs --measured"), run.err());
  }

  @Test
  void badRows_endWithTheirLine() throws IOException {
    Path file = folder.resolve("bad.csv");
    Files.writeString(file, ROWS.replace(",64,2,,30,", ",64,x,,30,"));
    CommandRun run = accuracy("--measured", file.toString());

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(run.err().contains("line 3, tp_size: must be a number, was \"x\""), run.err());
  }

  @Test
  void publicRows_areExpressed() throws IOException {
    // Every sixteenth of 2,068: all of them take a minute of CPU.
    List<String> lines =
        Files.readAllLines(SharedData.dir("data", "serving").resolve("silicon_rows.csv"));
    Path file = folder.resolve("every-sixteenth.csv");
    Files.write(
        file,
        IntStream.range(0, lines.size())
            .filter(line -> line % 16 == 0)
            .mapToObj(lines::get)
            .toList());
    JsonCursor summary = accuracy("--measured", file.toString(), "--json").json().get("summary");

    double expressed = summary.get("expressed").number() / summary.get("counted").number();
    assertTrue(expressed >= 0.95, "expressed " + expressed);
    // The ± is said to be one in which two thirds lie.
    double within = summary.get("tpotWithin").number();
    assertTrue(within >= 0.6 && within <= 0.8, "within " + within);
  }
}
