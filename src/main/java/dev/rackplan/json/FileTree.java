package dev.rackplan.json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Which files a file may name: those below the folder above its own, those below the working
 * directory, and those below a folder that is trusted for now. Symbolic links count as what they
 * lead to.
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
    Path above = folder.getParent() == null ? folder : folder.getParent();
    return real.startsWith(above)
        || real.startsWith(real(Path.of("")))
        || TRUSTED.stream().flatMap(trust -> trust.paths.stream()).anyMatch(real::startsWith);
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
