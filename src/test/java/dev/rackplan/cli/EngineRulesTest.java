package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.EngineCase;
import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users see of the engines' rules. */
class EngineRulesTest {
  private static final String VLLM = "\"engine\": {\"name\": \"vllm\"}";

  @TempDir private Path folder;

  @Test
  void fixedDegreeThatBreaksARule_isRefusedWithSourceAndNearestValues() {
    String problem =
        new EngineCase(folder)
            .write(
                EngineCase.HEADS_28,
                VLLM + ", \"layout\": {\"replicas\": 1, \"attentionTensorParallel\": 8}");
    // 7 divides the heads, but not the 4 KV heads.
    String error =
        problem
            + ": $.layout.attentionTensorParallel: vLLM: 28 attention heads do not divide over"
            + " attentionTensorParallel 8 (vllm/config/model.py: total_num_attention_heads %"
            + " tensor_parallel_size)\n  Nearest that pass: 4; or leave it out.\n";

    for (String command : new String[] {"validate", "solve"}) {
      CommandRun run = CommandRun.of(command, problem);

      assertEquals(ExitCode.BAD_INPUT, run.exitCode());
      assertEquals(error, run.err());
    }
  }

  @Test
  void listWithAValueThatPasses_isSearchedWithoutTheOthers() {
    String problem =
        new EngineCase(folder)
            .write(
                EngineCase.HEADS_28,
                VLLM
                    + ", \"layout\": {\"replicas\": 1, \"pipelineStages\": 1, \"attentionTensorParallel\": [8, 2]}");

    CommandRun run =
        CommandRun.of("solve", problem, "-o", folder.resolve("out").toString(), "--steps", "10");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(
        oneLine(run.out())
            .contains("vLLM: 28 attention heads do not divide over attentionTensorParallel 8"),
        run.out());
    assertTrue(oneLine(run.out()).contains("attention tensor parallel 2"), run.out());
  }

  // SGLang's gpt-oss has no all-to-all; over two nodes a search would else choose it.
  @Test
  void expertsWithBiases_areGatheredForSoThatTheExportTakesThePlan() throws Exception {
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write(
        "topologies/two.json",
        """
        {"name": "two", "gpu": "h100-sxm", "racks": {"count": 2, "domainsPerRack": 1, "nodesPerDomain": 1, "gpusPerNode": 4}}
        """);
    tiny.write(
        "problems/biased.json",
        """
        {"name": "biased", "model": "gpt-oss-20b", "topology": "../topologies/two.json",
         "workload": {"phase": "decode", "contextTokens": 4096, "concurrentSequences": 64, "routing": {"powerLaw": {"alpha": 1.2, "seed": 1}}},
         "engine": {"name": "sglang"}, "layout": {"replicas": 1, "pipelineStages": 1, "attentionTensorParallel": 1, "expertParallel": 8}}
        """);
    String problem = tiny.path("problems/biased.json");
    String out = folder.resolve("out").toString();
    CommandRun run = CommandRun.of("solve", problem, "-o", out, "--steps", "10");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String solution = Path.of(out, "biased.json").toString();
    assertTrue(Files.readString(Path.of(solution)).contains("\"moeCommunication\": \"allGather\""));
    CommandRun export = CommandRun.of("export", solution, "--for", "sglang", "-o", out);
    assertEquals(ExitCode.SOLVED, export.exitCode(), export.err());

    String sends = tiny.path("problems/sends.json");
    tiny.write(
        "problems/sends.json",
        Files.readString(Path.of(problem))
            .replace(
                "\"expertParallel\": 8",
                "\"expertParallel\": 8, \"moeCommunication\": \"allToAll\""));
    CommandRun refused = CommandRun.of("validate", sends);
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertTrue(refused.err().contains("sends no tokens to experts with biases"), refused.err());
  }

  @Test
  void openLayout_dividesTheHeads() {
    String problem =
        new EngineCase(folder)
            .write(
                EngineCase.HEADS_28,
                VLLM + ", \"objective\": \"latency\", \"layout\": {\"replicas\": 1}");

    CommandRun run =
        CommandRun.of("solve", problem, "-o", folder.resolve("out").toString(), "--steps", "10");

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    assertTrue(oneLine(run.out()).contains("attention tensor parallel 4"), run.out());
  }

  @Test
  void planThatBreaksARule_isJudgedAndSaysWhich() {
    EngineCase files = new EngineCase(folder);
    String plan = folder.resolve("out/p.json").toString();
    String layout =
        "\"layout\": {\"replicas\": 1, \"pipelineStages\": 1, \"attentionTensorParallel\": 8}";
    String problem = files.write(EngineCase.HEADS_28, "\"engine\": {\"name\": \"own\"}, " + layout);
    CommandRun solved =
        CommandRun.of("solve", problem, "-o", folder.resolve("out").toString(), "--steps", "10");
    assertEquals(ExitCode.SOLVED, solved.exitCode(), solved.err());
    assertTrue(
        solved
            .out()
            .contains(
                "engines: no engine starts this layout; not SGLang: 28 attention heads do not divide"),
        solved.out());

    files.write(EngineCase.HEADS_28, VLLM);
    CommandRun judged = CommandRun.of("evaluate", problem, "--solution", plan);

    assertEquals(ExitCode.SOLVED, judged.exitCode(), judged.err());
    assertTrue(
        judged.out().contains("not feasible: vLLM: 28 attention heads do not divide"),
        judged.out());
  }

  @Test
  void export_refusesWhatItsEngineDoesNotStart() {
    EngineCase files = new EngineCase(folder);
    String plan = folder.resolve("out/p.json").toString();
    String problem =
        files.write(
            EngineCase.WIDTH_1280,
            "\"precision\": {\"weights\": \"fp8\"}, \"engine\": {\"name\": \"trtllm\"},"
                + " \"layout\": {\"replicas\": 1, \"pipelineStages\": 1, \"expertParallel\": 4,"
                + " \"attentionTensorParallel\": 4, \"redundantExperts\": 0}");
    CommandRun solved =
        CommandRun.of("solve", problem, "-o", folder.resolve("out").toString(), "--steps", "10");
    assertEquals(ExitCode.SOLVED, solved.exitCode(), solved.err());
    String exports = folder.resolve("exports").toString();

    // Its backend that reads expert maps asserts data-parallel attention; without maps it starts.
    CommandRun mapped = CommandRun.of("export", plan, "--for", "trtllm", "-o", exports);
    CommandRun started =
        CommandRun.of("export", plan, "--for", "trtllm", "--without-experts", "-o", exports);
    CommandRun refused =
        CommandRun.of("export", plan, "--for", "sglang", "--without-experts", "-o", exports);

    assertEquals(ExitCode.BAD_INPUT, mapped.exitCode());
    assertTrue(
        mapped
            .err()
            .contains(
                "no export for trtllm: TensorRT-LLM takes expert maps with data-parallel attention only"),
        mapped.err());
    assertTrue(mapped.err().contains("export with --without-experts"), mapped.err());
    assertEquals(ExitCode.SOLVED, started.exitCode(), started.err());
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertTrue(
        refused
            .err()
            .contains(
                "no export for sglang: it would not start: SGLang: shared experts' width 1280 in 4 slices"),
        refused.err());
  }

  @Test
  void engineOfAnotherPhase_isRefused() {
    String problem =
        new EngineCase(folder).write(EngineCase.HEADS_28, "\"engine\": {\"name\": \"megatron\"}");

    CommandRun run = CommandRun.of("validate", problem);

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertTrue(
        run.err().contains("$.engine.name: Megatron-LM: trains, and the problem serves"),
        run.err());
  }

  // Lines break at 80 columns.
  private static String oneLine(String text) {
    return text.replaceAll("\\s+", " ");
  }
}
