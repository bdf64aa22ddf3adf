package dev.rackplan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Commands told to write where something of the user's stands: it stays what it was. */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class OutputAttackTest {
  private static String solution;

  @TempDir private Path folder;

  @BeforeAll
  static void solve(@TempDir Path first) throws IOException {
    TinyProblem tiny = new TinyProblem(first);
    CommandRun run =
        CommandRun.of(
            "solve", tiny.path("problems/tiny.json"), "-o", tiny.path("s"), "--steps", "10");
    assertEquals(ExitCode.SOLVED, run.exitCode(), run.err());
    solution = Files.readString(first.resolve("s/tiny.json"));
  }

  @BeforeEach
  void write() throws IOException, InterruptedException {
    TinyProblem tiny = new TinyProblem(folder);
    tiny.write("s/tiny.json", solution);
    tiny.write("notes.txt", "my own notes\n");
    tiny.write("mine.csv", "a,b\n1,2\n");
    tiny.write("mine.html", "<!doctype html><title>mine</title>");
    tiny.write("mine.json", "{\"mine\": 1}\n");
    Files.createSymbolicLink(folder.resolve("link"), Path.of("notes.txt"));
    Files.createSymbolicLink(folder.resolve("problem-link"), Path.of("problems/tiny.json"));
    Files.createSymbolicLink(folder.resolve("null"), Path.of("/dev/null"));
    Process process = new ProcessBuilder("mkfifo", folder.resolve("pipe").toString()).start();
    assertTrue(process.waitFor(10, TimeUnit.SECONDS));
  }

  static final String COMPARE = "compare @s/tiny.json ";

  /** What must stay, the command, and what stands there before it, if that is to be made. */
  static Stream<String> attacks() {
    return Stream.of(
        "mine.csv | " + COMPARE + "--csv @mine.csv",
        "notes.txt | " + COMPARE + "--html @notes.txt",
        "mine.html | " + COMPARE + "--html @mine.html",
        "s/tiny.json | " + COMPARE + "--csv @s/tiny.json",
        "s/tiny.json | " + COMPARE + "--csv @s/tiny.json --force",
        "problems/tiny.json | " + COMPARE + "--csv @problems/tiny.json",
        "problems/tiny.json | " + COMPARE + "--html @problems/tiny.json --force",
        "problem-link | " + COMPARE + "--html @problem-link --force",
        "models/tiny-moe.json | " + COMPARE + "--csv @models/tiny-moe.json --force",
        "link | " + COMPARE + "--csv @link",
        "link | " + COMPARE + "--csv @link --force",
        "null | " + COMPARE + "--html @null --force",
        "pipe | " + COMPARE + "--csv @pipe --force",
        "problems | " + COMPARE + "--csv @problems --force",
        "mine.csv | sensitivity @problems/tiny.json --solution @s/tiny.json --steps 1 --csv @mine.csv",
        "topologies/two-racks.json | sensitivity @problems/tiny.json --solution @s/tiny.json --steps 1 --csv @topologies/two-racks.json --force",
        "mine.html | roofline --model qwen3-235b-a22b --gpu h200 --html @mine.html",
        "models/tiny-moe.json | roofline --model @models/tiny-moe.json --gpu h200 --html @models/tiny-moe.json --force",
        "problems/tiny.json | solve @problems/tiny.json -o @problems --steps 1 --force",
        "out/tiny.json | solve @problems/tiny.json -o @out --steps 1 | {\"mine\": 1}",
        "out/results.csv | solve @problems/tiny.json @problems/twin.json -o @out --steps 1 --results @out | mine",
        "out/tiny.html | report @s/tiny.json -o @out | mine",
        "out/tiny.ranks.csv | tables @s/tiny.json -o @out | mine",
        "out/tiny.layers.csv | tables @s/tiny.json -o @out | mine",
        "s/tiny.json | replan @problems/tiny.json --from @s/tiny.json -o @s",
        "out/tiny.moves.csv | replan --from @s/tiny.json -o @out | mine",
        "mine.json | accuracy --errors @mine.json",
        "notes.txt | replay @s/tiny.json --rate 1 --isl 9 --osl 9 --requests 10 --csv @notes.txt");
  }

  @ParameterizedTest
  @MethodSource("attacks")
  void whatIsThere_stays(String attack) throws IOException {
    String[] parts = attack.split(" \\| ");
    TinyProblem tiny = new TinyProblem(folder);
    tiny.variant("twin", "\"seed\": 3", "\"seed\": 4");
    if (parts.length == 3) {
      tiny.write(parts[0], parts[2]);
    }
    Path victim = folder.resolve(parts[0]);
    String before = state(victim);
    CommandRun run =
        CommandRun.of(
            Stream.of(parts[1].split(" "))
                .map(word -> word.startsWith("@") ? tiny.path(word.substring(1)) : word)
                .toArray(String[]::new));
    assertEquals(before, state(victim), run.err());
    assertEquals(ExitCode.BAD_INPUT, run.exitCode(), run.err());
    assertTrue(run.err().contains(victim.getFileName().toString()), run.err());
  }

  private static String state(Path file) throws IOException {
    BasicFileAttributes now =
        Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    String content =
        now.isSymbolicLink()
            ? Files.readSymbolicLink(file).toString()
            : now.isRegularFile() ? Files.readString(file, StandardCharsets.UTF_8) : "";
    return Objects.toString(now.fileKey()) + now.isOther() + content;
  }

  @ParameterizedTest
  @CsvSource({"--csv, mine.csv", "--html, mine.html"})
  void fileThatForceNames_orThatRackplanWrote_isReplaced(String option, String name)
      throws IOException {
    Path file = folder.resolve(name);
    String plan = folder.resolve("s/tiny.json").toString();
    assertEquals(
        ExitCode.SOLVED,
        CommandRun.of("compare", plan, option, file.toString(), "--force").exitCode());
    String written = Files.readString(file);
    assertTrue(written.length() > 100);
    Files.writeString(file, written + "\n");
    CommandRun again = CommandRun.of("compare", plan, option, file.toString());
    assertEquals(ExitCode.SOLVED, again.exitCode(), again.err());
    assertEquals(written, Files.readString(file));
  }

  @Test
  void linkInPlaceOfTheTemporaryFile_isNotFollowed() throws IOException {
    // Its name can't be guessed; what is left there of old names is no hindrance.
    Path left = folder.resolve(".out.csv." + ProcessHandle.current().pid() + "-1.tmp");
    Files.createSymbolicLink(left, Path.of("notes.txt"));
    assertEquals(
        ExitCode.SOLVED,
        CommandRun.of(
                "compare",
                folder.resolve("s/tiny.json").toString(),
                "--csv",
                folder.resolve("out.csv").toString())
            .exitCode());
    assertEquals("my own notes\n", Files.readString(folder.resolve("notes.txt")));
  }
}
