package dev.rackplan.cli.solving;

import dev.rackplan.batch.RemoteTask;
import dev.rackplan.batch.Workers;
import dev.rackplan.cli.terminal.SearchDisplay;
import dev.rackplan.json.FileReference;
import dev.rackplan.json.FileTree;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.report.RunEnd;
import dev.rackplan.report.RunStatus;
import dev.rackplan.solver.SolverOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * A problem that another machine solves, by {@link ProblemSolve} as here: what goes there.
 *
 * @param problem absolute path here
 * @param shown the problem as the user gave it
 * @param target absolute path here of the solution
 * @param targetShown the same, for messages
 * @param seconds time limit in s
 * @param steps instead of it; null without
 */
record RemoteSolve(
    String problem,
    String shown,
    String target,
    String targetShown,
    double seconds,
    Long steps,
    long seed,
    int threads,
    int keep,
    boolean resume,
    boolean force,
    boolean json)
    implements RemoteTask<RemoteSolve.Answer> {

  /**
   * What comes back.
   *
   * @param status how it ended
   * @param message as {@link RunEnd#message}
   * @param seconds as {@link RunEnd#seconds}, without the wait for a machine
   * @param words for standard error
   * @param result what {@code --json} prints
   * @param files to be written beside the target, by name
   */
  record Answer(
      RunStatus status,
      String message,
      double seconds,
      String words,
      String result,
      TreeMap<String, byte[]> files)
      implements Serializable {}

  static RemoteSolve of(
      FileReference problem, FileReference target, ProblemSolve.How how, boolean json) {
    SolverOptions options = how.options();
    return new RemoteSolve(
        absolute(problem.file()).toString(),
        problem.shown(),
        absolute(target.file()).toString(),
        target.shown(),
        options.timeLimitSeconds(),
        options.steps().isPresent() ? (Long) options.steps().getAsLong() : null,
        options.seed(),
        options.threads(),
        options.keep(),
        how.resume(),
        how.force(),
        json);
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  /**
   * Hands out the problem with every file that it names, and the solution that is there.
   *
   * @return empty: cancelled
   */
  Optional<Answer> on(Workers workers, BooleanSupplier cancelled) {
    List<Path> files = new ArrayList<>(ProblemFile.files(Path.of(problem), shown));
    ServingSolve.targets(new FileReference(Path.of(target), targetShown)).stream()
        .map(FileReference::file)
        .filter(Files::isRegularFile)
        .forEach(files::add);
    return workers.call(shown, this, files, cancelled);
  }

  /** On the other machine. */
  @Override
  public Answer run(Path root) {
    Path file = RemoteTask.below(root, Path.of(target));
    StringWriter words = new StringWriter();
    ProblemSolve solve =
        new ProblemSolve(
            new FileReference(RemoteTask.below(root, Path.of(problem)), shown),
            new FileReference(file, targetShown),
            new ProblemSolve.How(
                new SolverOptions(
                        seconds,
                        steps == null ? OptionalLong.empty() : OptionalLong.of(steps),
                        seed,
                        threads)
                    .keeping(keep),
                Optional.empty(),
                Optional.empty(),
                resume,
                force,
                false),
            Map.of(),
            new PrintWriter(Writer.nullWriter()),
            new PrintWriter(words, true),
            json,
            () -> false);
    // What the files may name was looked at where they come from.
    FileTree.Trust sent = FileTree.trust(List.of(root));
    try {
      Map<String, byte[]> before = files(file.getParent());
      RunEnd end = solve.solveAlone(name -> SearchDisplay.none());
      TreeMap<String, byte[]> made = new TreeMap<>(files(file.getParent()));
      before.forEach(
          (name, bytes) -> {
            if (Arrays.equals(bytes, made.get(name))) {
              made.remove(name);
            }
          });
      return new Answer(
          end.status(),
          end.message(),
          end.seconds(),
          words.toString(),
          JsonText.of(solve.result()),
          made);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      sent.close();
    }
  }

  private static Map<String, byte[]> files(Path folder) throws IOException {
    Map<String, byte[]> files = new HashMap<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, Files::isRegularFile)) {
        for (Path entry : entries) {
          files.put(entry.getFileName().toString(), Files.readAllBytes(entry));
        }
      }
    }
    return files;
  }
}
