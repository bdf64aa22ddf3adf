package dev.rackplan.cli;

import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.InputException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/** A file that a command writes beside what it prints. */
final class OutputFile {
  private OutputFile() {}

  /** Refuses to write over a file that is read. */
  static void refuseInput(String option, Optional<String> written, String input) {
    if (written.isPresent()
        && InputFiles.samePath(InputFiles.path(written.get()), InputFiles.path(input))) {
      throw new InputException(
          "command line", option, "would write over " + input, "Give another file.");
    }
  }

  /**
   * Refuses what could not be written, before there is something to write.
   *
   * @param force whether a file that is there may be written over
   */
  static void refuseUnwritable(String file, boolean force) {
    Path target = InputFiles.path(file);
    if (Files.isDirectory(target)) {
      throw new InputException(file, "", "is a directory", "Give the path of a file to write.");
    }
    if (Files.exists(target) && !force) {
      throw new InputException(file, "", "is there already", "Give another file, or --force.");
    }
    Path existing = target.toAbsolutePath().normalize().getParent();
    while (existing != null && !Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
      existing = existing.getParent();
    }
    if (existing == null || !Files.isDirectory(existing) || !Files.isWritable(existing)) {
      throw new InputException(
          file,
          "",
          "can't be written: " + existing + " is no writable folder",
          "Give another file.");
    }
  }

  /** Writes it and says so. */
  static void write(CommandSpec spec, String file, String text) {
    Path target = InputFiles.path(file);
    AtomicFile.write(target, text);
    AtomicFile.sweepAbandoned(target.toAbsolutePath().getParent());
    spec.commandLine().getErr().println("wrote " + file);
  }
}
