package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random option lines over all commands: each ends with exit code 0, 2 or 3, in words that are not
 * the JVM's. {@code -Dfuzz.lines=10000 -Dfuzz.seed=2} tries more and others.
 */
class OptionFuzzTest {
  private static final int LINES = Integer.getInteger("fuzz.lines", 150);
  private static final long SEED = Long.getLong("fuzz.seed", 1);
  private static final int MOST_FAULTS = Integer.getInteger("fuzz.faults", 20);

  @TempDir private Path folder;

  @Test
  void randomLines_endWithAKnownCodeAndPlainWords() throws IOException {
    FuzzFolder files = new FuzzFolder(folder.toRealPath());
    OptionLines lines = new OptionLines(SEED, files);
    Map<Integer, Integer> codes = new TreeMap<>();
    List<String> faults = new ArrayList<>();
    double slowest = 0;
    String slowestLine = "";
    for (int i = 0; i < LINES && faults.size() < MOST_FAULTS; i++) {
      List<String> line = lines.next(i);
      WatchedLine run = WatchedLine.of(line);
      codes.merge(run.exitCode(), 1, Integer::sum);
      if (run.fault().isPresent()) {
        String fault = "line " + i + ", seed " + SEED + ": " + line + "\n  " + run.fault().get();
        WatchedLine.keep("line-" + SEED + "-" + i, fault, Optional.empty());
        faults.add(fault);
      }
      if (run.seconds() > slowest) {
        slowest = run.seconds();
        slowestLine = line.toString();
      }
      files.restore();
    }
    System.out.printf(
        "%,d option lines, seed %d: exit codes %s; slowest %.2f s: %.300s%n",
        LINES, SEED, codes, slowest, slowestLine);
    assertEquals("", String.join("\n", faults));
    assertTrue(codes.getOrDefault(ExitCode.SOLVED, 0) > LINES / 20, "lines too wild: " + codes);
    assertTrue(codes.getOrDefault(ExitCode.BAD_INPUT, 0) > LINES / 5, "lines too tame: " + codes);
  }
}
