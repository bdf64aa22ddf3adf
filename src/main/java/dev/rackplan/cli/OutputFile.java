package dev.rackplan.cli;

import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.InputException;
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

  /** Writes it and says so. */
  static void write(CommandSpec spec, String file, String text) {
    Path target = InputFiles.path(file);
    AtomicFile.write(target, text);
    AtomicFile.sweepAbandoned(target.toAbsolutePath().getParent());
    spec.commandLine().getErr().println("wrote " + file);
  }
}
