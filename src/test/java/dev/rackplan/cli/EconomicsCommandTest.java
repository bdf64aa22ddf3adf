package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.json.JsonCursor;
import org.junit.jupiter.api.Test;

class EconomicsCommandTest {
  @Test
  void json_isTheLecturesArithmetic() {
    JsonCursor json =
        run("--relative-mfu", "0.33333333333333333", "--hold", "300s", "--json").json();

    double active = json.get("activeParameters").number();
    double served = 5e7 * 61 * 86_400;
    assertEquals(served, json.get("servedTokens").number(), 1);
    // A third: pretraining = served; 1.5 of it to 1 of reinforcement learning at 3 FLOPs.
    assertEquals(served, json.get("pretrainingTokens").number(), served * 1e-12);
    assertEquals(served / 1.5, json.get("reinforcementTokens").number(), served * 1e-12);
    assertEquals(6 * active * served, json.get("shareFlops").number(), 1e13);
    assertEquals(served / 20 / active, json.get("overTraining").number(), 1e-6);
    // Hardware factor of H800: 989e12 · 2 / (2 · 3.352e12).
    assertEquals(active / (989 / 3.352) / 200_000, json.get("kvBytesPerToken").number(), 1e-6);
    assertEquals(0.1, json.get("decodeMfu").number(), 1e-12);
    assertEquals("flash", json.text("bestTier"));
    assertEquals(5, json.get("tiers").list().get(2).get("holdOverRetrieve").number(), 1e-12);
  }

  @Test
  void holdTime_choosesTheTier() {
    assertEquals("DDR", run("--hold", "5s", "--json").json().text("bestTier"));
    assertEquals("disk", run("--hold", "60m", "--json").json().text("bestTier"));
    assertEquals("HBM of h800-sxm", run("--hold", "50ms", "--json").json().text("bestTier"));
  }

  @Test
  void text_namesUnits() {
    CommandRun run = run();

    assertEquals(ExitCode.SOLVED, run.exitCode());
    assertTrue(run.out().startsWith("equal shares   tokens [1e12]  FLOPs [1e24]\n"), run.out());
    assertTrue(run.out().contains(" bytes/token\n"), run.out());
    assertTrue(run.out().contains("drain [s]"), run.out());
  }

  @Test
  void badOptions_areNamed() {
    CommandRun days = run("--days", "0");
    CommandRun flops = run("--rl-flops", "7");

    assertEquals(ExitCode.BAD_INPUT, days.exitCode());
    assertTrue(days.err().contains("--days must be > 0"), days.err());
    assertEquals(ExitCode.BAD_INPUT, flops.exitCode());
    assertTrue(flops.err().contains("must be in 2..6, was 7"), flops.err());
  }

  private static CommandRun run(String... more) {
    String[] arguments = new String[5 + more.length];
    System.arraycopy(
        new String[] {"economics", "--model", "deepseek-v3", "--gpu", "h800-sxm"},
        0,
        arguments,
        0,
        5);
    System.arraycopy(more, 0, arguments, 5, more.length);
    return CommandRun.of(arguments);
  }
}
