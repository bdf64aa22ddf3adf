package dev.rackplan.json;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The files that the running command reads: none of its outputs may take the place of one. Threads
 * that the command starts belong to it.
 */
public final class CommandInputs implements AutoCloseable {
  private static final InheritableThreadLocal<CommandInputs> RUNNING =
      new InheritableThreadLocal<>();

  private final Set<Path> read = ConcurrentHashMap.newKeySet();
  private final Set<Path> replaceable = ConcurrentHashMap.newKeySet();

  private CommandInputs() {}

  /** Begins to note what is read, until it is closed. */
  public static CommandInputs begin() {
    CommandInputs inputs = new CommandInputs();
    RUNNING.set(inputs);
    return inputs;
  }

  @Override
  public void close() {
    RUNNING.remove();
  }

  /** Notes a file that is about to be read. */
  static void note(Path file) {
    running().ifPresent(inputs -> real(file).ifPresent(inputs.read::add));
  }

  /**
   * Lets a file be replaced although it is read: an earlier state of the output itself, which was
   * judged before.
   */
  public static void mayReplace(Path file) {
    running().ifPresent(inputs -> real(file).ifPresent(inputs.replaceable::add));
  }

  /** Whether the running command reads {@code file}, and may not replace it. */
  static boolean include(Path file) {
    return running().flatMap(inputs -> real(file).filter(path -> inputs.holds(path))).isPresent();
  }

  private boolean holds(Path path) {
    return read.contains(path) && !replaceable.contains(path);
  }

  private static Optional<CommandInputs> running() {
    return Optional.ofNullable(RUNNING.get());
  }

  private static Optional<Path> real(Path file) {
    try {
      return Optional.of(file.toRealPath());
    } catch (IOException e) {
      // Nothing is there to be lost.
      return Optional.empty();
    }
  }
}
