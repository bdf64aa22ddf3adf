package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidateCommandTest {
  @TempDir private Path folder;

  @Test
  void everyKind_isToldByItsKeys() {
    TinyProblem tiny = new TinyProblem(folder);
    CommandRun.of(
        "solve", tiny.path("problems/tiny.json"), "-o", tiny.path("solutions"), "--steps", "10");
    tiny.write(
        "models/config.json",
        "{\"model_type\": \"llama\", \"hidden_size\": 64, \"vocab_size\": 100, \"num_hidden_layers\": 2,"
            + " \"intermediate_size\": 128, \"num_attention_heads\": 4, \"num_key_value_heads\": 2}");

    CommandRun run =
        CommandRun.of(
            "validate",
            tiny.path("models/tiny-moe.json"),
            tiny.path("models/config.json"),
            tiny.path("topologies"),
            tiny.path("problems/tiny.json"),
            tiny.path("solutions"));

    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    String[] lines = run.out().split("\n");
    assertTrue(
        lines[0].endsWith(
            "tiny-moe.json: ok, model tiny-moe: tiny, layers 3, MoE layers 2, parameters 174016"),
        lines[0]);
    assertTrue(lines[1].contains("ok, model models: llama, layers 2, MoE layers 0, "), lines[1]);
    assertTrue(
        lines[2].endsWith(
            "ok, topology two-racks: racks 2, domains 2, nodes 2, GPUs 8, 192 GB/s from one half of the domains to the other"),
        lines[2]);
    assertTrue(
        lines[3].endsWith(
            "ok, problem tiny: tiny-moe on two-racks, decode, objective throughput; formats: weights bf16, experts bf16, KV cache bf16, dispatch bf16, combine bf16 (default)"),
        lines[3]);
    assertTrue(
        lines[4].matches(
            ".*ok, solution of tiny: stages [12], GPUs [48], MoE layers 2; SGLang, vLLM, .*start this layout.*"),
        lines[4]);
    assertEquals(5, lines.length);
  }

  @Test
  void badFiles_areAllNamed() {
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write("a.json", "{\"surprise\": 1}");
    tiny.write("b.json", "[]");

    CommandRun run =
        CommandRun.of(
            "validate",
            tiny.path("a.json"),
            tiny.path("missing.json"),
            tiny.path("b.json"),
            tiny.path("topologies"),
            "--json");

    assertEquals(ExitCode.BAD_INPUT, run.exitCode());
    assertEquals(
        3, run.err().lines().filter(line -> line.startsWith(folder.toString())).count(), run.err());
    assertTrue(
        run.err().contains("a.json: $: is no topology, problem, sweep, solution, laws or model\n"),
        run.err());
    assertEquals(4, run.json().list().size());
    assertTrue(run.json().list().get(3).get("ok").bool());
    assertEquals("topology", run.json().list().get(3).text("kind"));
  }
}
