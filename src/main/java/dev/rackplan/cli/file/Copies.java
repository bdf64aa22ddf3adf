package dev.rackplan.cli.file;

import dev.rackplan.json.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies of a user's files beside the problems that name them. */
public final class Copies {
  private static final long ALIKE = -1;

  private Copies() {}

  /**
   * Puts a copy there. The problems of two pools share one: what holds the same bytes already stays
   * as it is, since a file that was read is not written again.
   */
  public static void put(Path from, Path to) {
    try {
      Files.createDirectories(to.getParent());
      if (!Files.exists(to) || Files.mismatch(from, to) != ALIKE) {
        AtomicFile.write(to, Files.readAllBytes(from));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
