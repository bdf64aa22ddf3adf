package dev.rackplan.json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Which files a file may name: those below the folder above its own, those below the working
 * directory, and those below a folder that is trusted for now. The root of the file system is no
 * such folder: of it only the files count that lie in it. Symbolic links count as what they lead
 * to.
 */
public final class FileTree {
  private static final List<Trust> TRUSTED = new CopyOnWriteArrayList<>();

  private FileTree() {}

  /** A folder, or a file, that any file may name until this is closed. */
  public static final class Trust {
    private final List<Path> paths;

    private Trust(List<Path> paths) {
      this.paths = paths;
    }

    public void close() {
      TRUSTED.remove(this);
    }
  }

  /** Trusts what lies at and below {@code paths}. */
  public static Trust trust(List<Path> paths) {
    Trust trust = new Trust(paths.stream().map(FileTree::real).toList());
    TRUSTED.add(trust);
    return trust;
  }

  /** Whether the file {@code from} may name {@code target}, which need not exist. */
  static boolean mayName(Path from, Path target) {
    Path real = real(target);
    Path folder = real(from.toAbsolutePath().normalize().getParent());
    Path above = folder.getParent();
    return isBelow(real, folder)
        || above != null && !isRoot(above) && isBelow(real, above)
        || isBelow(real, real(Path.of("")))
        || TRUSTED.stream().flatMap(trust -> trust.paths.stream()).anyMatch(real::startsWith);
  }

  // Below the root of the file system lies everything: there only its own files count.
  private static boolean isBelow(Path real, Path folder) {
    return isRoot(folder) ? folder.equals(real.getParent()) : real.startsWith(folder);
  }

  private static boolean isRoot(Path folder) {
    return folder.getParent() == null;
  }

  // Of what exists of it; the rest as it is written.
  private static Path real(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    Path there = absolute;
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    try {
      return there.toRealPath().resolve(there.relativize(absolute)).normalize();
    } catch (IOException e) {
      return absolute;
    }
  }
}
