package dev.rackplan.batch;

import java.io.Serializable;
import java.nio.file.Path;

/**
 * Work for another machine. What it needs it carries, or finds in its folder.
 *
 * @param <T> what comes back
 */
@FunctionalInterface
public interface RemoteTask<T extends Serializable> extends Serializable {
  /**
   * Does it. It may be done more than once, where a machine is lost.
   *
   * @param root a folder of its own, deleted afterwards; a file that was handed out with the task
   *     lies at its absolute path below it
   */
  T run(Path root);

  /** Where the file with the absolute path {@code path} lies below {@code root}. */
  static Path below(Path root, Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    return root.resolve(absolute.getRoot().relativize(absolute));
  }
}
