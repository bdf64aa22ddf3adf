package dev.rackplan.cli.file;

import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.InputException;
import dev.rackplan.json.OutputDoor;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** A file that a command writes beside what it prints. */
public final class OutputFile {
  private OutputFile() {}

  /** The {@code --force} of a command that writes files beside what it prints. */
  public static final class Force {
    @Option(names = "--force", description = "Write over files that rackplan did not write.")
    private boolean force;
  }

  /** Refuses to write over a file that is read, or where no file can be, before there is work. */
  public static void refuseInput(String option, Optional<String> written, String input) {
    written.map(InputFiles::path).ifPresent(OutputDoor::check);
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
  public static void refuseUnwritable(String file, boolean force) {
    Path target = InputFiles.path(file);
    OutputDoor.check(target);
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

  /** Writes it, over nothing that rackplan did not write unless {@code --force} says so. */
  public static void write(CommandSpec spec, String file, String text, Force how) {
    if (how.force) {
      replace(spec, file, text);
    } else {
      written(spec, file, text, AtomicFile::write);
    }
  }

  /** Writes it, over nothing that rackplan did not write, and says so. */
  public static void write(CommandSpec spec, String file, String text) {
    written(spec, file, text, AtomicFile::write);
  }

  /** Writes it where {@link #refuseUnwritable} has looked, and says so. */
  public static void replace(CommandSpec spec, String file, String text) {
    written(spec, file, text, AtomicFile::replace);
  }

  private static void written(
      CommandSpec spec, String file, String text, BiConsumer<Path, String> writing) {
    Path target = InputFiles.path(file);
    writing.accept(target, text);
    AtomicFile.sweepAbandoned(target.toAbsolutePath().getParent());
    spec.commandLine().getErr().println("wrote " + file);
  }
}
