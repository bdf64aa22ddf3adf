package dev.rackplan.cli;

import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A copy of the small files of {@code src/test/resources/dev/rackplan/fuzz}, one of every format at
 * least, and what rackplan makes of them: solutions and exported maps. Put back as it was after
 * each line that wrote into it.
 */
final class FuzzFolder {
  private static final Path COMMITTED = Path.of("src/test/resources/dev/rackplan/fuzz");
  private static final List<String> SOLVED = List.of("decode", "recorded", "training", "serving");

  private final Path root;
  private final Map<String, byte[]> files = new TreeMap<>();

  FuzzFolder(Path root) throws IOException {
    this.root = root;
    copy();
    for (String problem : SOLVED) {
      run("solve", path("problems/" + problem + ".json"), "-o", path("solutions"), "--steps", "20");
    }
    for (String target : List.of("sglang", "trtllm", "vllm")) {
      run("export", path("solutions/decode.json"), "--for", target, "-o", path("maps/" + target));
    }
    try (Stream<Path> made = Files.walk(root)) {
      for (Path file : made.filter(Files::isRegularFile).toList()) {
        files.put(root.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
      }
    }
  }

  private void copy() throws IOException {
    try (Stream<Path> committed = Files.walk(COMMITTED)) {
      for (Path file : committed.filter(Files::isRegularFile).toList()) {
        Path target = root.resolve(COMMITTED.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }

  private static void run(String... arguments) {
    CommandRun run = CommandRun.of(arguments);
    if (run.exitCode() != ExitCode.SOLVED) {
      throw new IllegalStateException(Arrays.toString(arguments) + ": " + run.err());
    }
  }

  /** Where {@code name} lies, as an argument. */
  String path(String name) {
    return name.isEmpty() ? root.toString() : root + "/" + name;
  }

  /** Every file of the folder, by its path from the root. */
  List<String> names() {
    return new ArrayList<>(files.keySet());
  }

  byte[] bytes(String name) {
    return files.get(name).clone();
  }

  void write(String name, byte[] bytes) throws IOException {
    Files.createDirectories(root.resolve(name).getParent());
    Files.write(root.resolve(name), bytes);
  }

  /** Takes away what a line made and puts back what it wrote over. */
  void restore() {
    try (Stream<Path> found = Files.walk(root)) {
      for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
        String name = root.relativize(path).toString().replace('\\', '/');
        boolean folder = Files.isDirectory(path);
        if (!path.equals(root) && !(folder ? holdsOurs(name) : files.containsKey(name))) {
          Files.delete(path);
        }
      }
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Path path = root.resolve(file.getKey());
        if (!Files.isRegularFile(path)
            || !Arrays.equals(Files.readAllBytes(path), file.getValue())) {
          write(file.getKey(), file.getValue());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean holdsOurs(String folder) {
    return files.keySet().stream().anyMatch(name -> name.startsWith(folder + "/"));
  }
}
