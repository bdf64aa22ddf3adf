package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.option.MemorySizeConverter;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.HeapNeed;
import dev.rackplan.json.ProblemFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** {@code --memory}, and what a search says of it before it begins. */
class MemoryTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"900m, 943718400", "4g, 4294967296", "2G, 2147483648", "1M, 1048576"})
  void size_isWholeMegabytesOrGigabytes(String text, long bytes) {
    assertEquals(bytes, new MemorySizeConverter().convert(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "4", "4gb", "0g", "-1g", "1.5g", "4t", "12345678m"})
  void otherSizes_areRefused(String text) {
    assertThrows(TypeConversionException.class, () -> new MemorySizeConverter().convert(text));
  }

  @Test
  void heapThatIsSmaller_isRefused_andOneThatIsLargeEnoughIsNot() {
    long there = Runtime.getRuntime().maxMemory();
    TinyProblem tiny = new TinyProblem(folder);
    String problem = tiny.path("problems/tiny.json");
    CommandRun refused = CommandRun.of("validate", problem, "--memory", (there >> 19) + "m");
    assertEquals(ExitCode.BAD_INPUT, refused.exitCode());
    assertEquals(
        "rackplan: --memory: this Java was started with a heap of "
            + (there >> 20)
            + " MB; start ./rackplan, or java with -Xmx"
            + (there >> 19)
            + "m\n  Try 'rackplan --help'.\n",
        refused.err());
    assertEquals(ExitCode.SOLVED, CommandRun.of("validate", problem, "--memory", "64m").exitCode());
  }

  @Test
  void search_saysWhatItNeedsWhenItBegins() {
    TinyProblem tiny = new TinyProblem(folder);
    CommandRun run =
        CommandRun.of(
            "solve", tiny.path("problems/tiny.json"), "--steps", "10", "-o", tiny.path("out"));
    assertTrue(
        run.err()
            .lines()
            .limit(2)
            .anyMatch(line -> line.matches("tiny: needs about 40 MB of heap, may fill [0-9]+ MB")),
        run.err());
  }

  // 8 GPUs, and 512 recorded tokens of 2 experts in 2 layers: 40 MB + 8 × 4,000 B + 2,048 × 24 B.
  @Test
  void need_growsWithGpusAndRecordedChoices() {
    TinyProblem tiny = new TinyProblem(folder);
    String topics =
        tiny.variant(
            "topics",
            "{\"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}}",
            "{\"topics\": {\"tokens\": 512, \"seed\": 3}}");
    assertEquals(
        (40L << 20) + 8 * 4_000 + 2_048 * 24,
        HeapNeed.ofSearch(ProblemFile.load(Path.of(topics), topics).problem()));
  }
}
