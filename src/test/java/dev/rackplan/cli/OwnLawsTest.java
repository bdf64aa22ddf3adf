package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SomeLaws;
import dev.rackplan.law.GpuLaws;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Problems and topologies that name laws of their own cluster. */
class OwnLawsTest {
  private static final String START = "\"startSeconds\": ";

  @TempDir private Path folder;
  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
    tiny.write("laws/ours.json", SomeLaws.all("sglang"));
    // A millisecond for each kernel, which no GPU takes.
    tiny.write(
        "laws/slow.json", SomeLaws.all("sglang").replaceAll(START + "[0-9.E-]+", START + "1.0E-3"));
  }

  private String named(String name, String laws) {
    return tiny.variant(name, "\"engine\"", "\"laws\": \"" + laws + "\", \"engine\"");
  }

  private void topology(String laws) {
    tiny.write(
        "topologies/two-racks.json",
        TinyProblem.TOPOLOGY.replace("\"gpu\"", "\"laws\": \"" + laws + "\", \"gpu\""));
  }

  private double stepSeconds(String problem) {
    CommandRun run =
        CommandRun.of("solve", problem, "--json", "--steps", "5", "-o", tiny.path("o"), "--force");
    assertTrue(run.exitCode() == ExitCode.SOLVED, run.err());
    return run.json().get("evaluation").get("tpotSeconds").number();
  }

  @Test
  void problemsAndTopologiesWithLaws_arePricedByThem() {
    String wide = "\"limits\": {\"tpotMillis\": 50}";
    String unlimited = tiny.variant("unlimited", wide, "\"limits\": {\"tpotMillis\": 5000}");
    double without = stepSeconds(unlimited);
    tiny.write("problems/slow.json", withLaws(unlimited, "../laws/slow.json"));
    double slow = stepSeconds(tiny.path("problems/slow.json"));
    // Two MoE layers and a dense one are more than ten kernels.
    assertTrue(slow > without + 10e-3, slow + " after " + without);

    topology("../laws/slow.json");
    assertEquals(slow, stepSeconds(unlimited));
    // The problem's come first.
    tiny.write("problems/both.json", withLaws(unlimited, "../laws/ours.json"));
    assertTrue(stepSeconds(tiny.path("problems/both.json")) < slow / 10);
  }

  private String withLaws(String problem, String laws) {
    return tiny.read(folder.relativize(Path.of(problem)).toString())
        .replace("\"engine\"", "\"laws\": \"" + laws + "\", \"engine\"");
  }

  @Test
  void lawsFiles_countForTheHash() {
    topology("../laws/slow.json");
    String problem = named("laws", "../laws/ours.json");
    ProblemFile.Loaded first = ProblemFile.load(Path.of(problem), "laws.json");
    assertEquals(
        List.of("laws.json", "tiny-moe.json", "two-racks.json", "ours.json", "slow.json"),
        first.files().stream().map(file -> file.getFileName().toString()).toList());
    assertEquals(
        List.of("tests", "tests"),
        first.problem().laws().gpus().stream().limit(2).map(GpuLaws::source).toList());
    tiny.write("laws/slow.json", SomeLaws.all("vllm"));
    assertTrue(!first.sha256().equals(ProblemFile.load(Path.of(problem), "laws.json").sha256()));
  }

  @Test
  void validate_readsLaws_alone_andWithATopology() {
    CommandRun run = CommandRun.of("validate", tiny.path("laws/ours.json"));
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(run.out().contains("ok, laws of h100-sxm: kernels "), run.out());

    topology("../laws/none.json");
    CommandRun missing = CommandRun.of("validate", tiny.path("topologies/two-racks.json"));
    assertEquals(ExitCode.BAD_INPUT, missing.exitCode(), missing.out());
    assertTrue(
        missing.err().contains("two-racks.json: $.laws: no file " + tiny.path("laws/none.json")),
        missing.err());
  }

  @Test
  void missingAndMalformedLaws_areNamed() {
    assertRefused(
        named("missing", "../laws/none.json"),
        "missing.json: $.laws: no file " + tiny.path("laws/none.json"));
    tiny.write("laws/bad.json", SomeLaws.all("sglang").replaceFirst("\"gemm\"", "\"gem\""));
    assertRefused(
        named("malformed", "../laws/bad.json"),
        "bad.json: $.gpus[0].cells[0].op: no operation \"gem\"");
    tiny.write("laws/cut.json", SomeLaws.all("sglang").substring(0, 200));
    assertRefused(named("cut", "../laws/cut.json"), "cut.json: line ");
    assertRefused(
        named("other", "../topologies/two-racks.json"),
        "two-racks.json: $: key \"fittedShare\" is missing");
    topology("../laws/none.json");
    assertRefused(
        tiny.path("problems/tiny.json"),
        "two-racks.json: $.laws: no file " + tiny.path("laws/none.json"));
  }

  // What-if took the catalogue's laws instead.
  @Test
  void whatIf_keepsTheLaws() {
    String limits = "\"limits\": {\"tpotMillis\": 50}";
    String problem = tiny.variant("what", limits, "\"limits\": {\"tpotMillis\": 5000}");
    tiny.write("problems/what.json", withLaws(problem, "../laws/slow.json"));
    CommandRun here =
        CommandRun.of("what-if", problem, "--set", "model.kvHeads=1", "--steps", "5", "--json");
    CommandRun there =
        CommandRun.of(
            "what-if",
            problem,
            "--set",
            "model.kvHeads=1",
            "--topology",
            tiny.path("topologies/two-racks.json"),
            "--steps",
            "5",
            "--json");
    assertEquals(ExitCode.SOLVED, here.exitCode(), here.err());
    assertEquals(here.out(), there.out());
    CommandRun other =
        CommandRun.of(
            "what-if",
            tiny.variant("plain", limits, "\"limits\": {\"tpotMillis\": 5000}"),
            "--set",
            "model.kvHeads=1",
            "--steps",
            "5",
            "--json");
    assertTrue(!other.out().equals(here.out()), other.out());
  }

  private static void assertRefused(String problem, String message) {
    for (String command : List.of("validate", "solve")) {
      CommandRun run =
          command.equals("solve")
              ? CommandRun.of("solve", problem, "--steps", "5", "-o", problem + ".out")
              : CommandRun.of("validate", problem);
      assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.err());
      assertTrue(run.err().contains(message), run.err());
    }
  }
}
