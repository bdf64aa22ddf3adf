package dev.rackplan.calibrate;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.InputException;
import dev.rackplan.json.IoReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The kernel tables of files and folders, in the order of their paths. A table is read when it is
 * asked for, and not kept.
 */
public final class KernelTables {
  private static final int MOST_FILES = 100_000;

  private final List<Path> files;
  private final TableReader reader;

  private KernelTables(List<Path> files, TableReader reader) {
    this.files = files;
    this.reader = reader;
  }

  /**
   * Finds the tables.
   *
   * @param paths files, or folders that are searched through; of folders, files that are no tables
   *     by name and first line are passed over
   * @param gpu the GPU that all were measured on, instead of what folders and rows say
   * @throws InputException where a path is missing, or nothing is a table
   */
  public static KernelTables of(List<Path> paths, Optional<String> gpu) {
    TableReader reader = new TableReader(new GpuNames(GpuCatalog.load()), gpu);
    TreeSet<Path> found = new TreeSet<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        List<Path> below = below(path);
        if (below.isEmpty()) {
          throw new InputException(
              path.toString(), "", "holds no kernel tables", TableReader.FORMS);
        }
        found.addAll(below);
      } else {
        found.add(path);
      }
    }
    if (found.isEmpty()) {
      throw new InputException("kernel tables", "", "none given", TableReader.FORMS);
    }
    return new KernelTables(List.copyOf(found), reader);
  }

  /** The files, in the order in which they are read. */
  public List<Path> files() {
    return files;
  }

  /**
   * Every table, each read when the stream comes to it; a file of several GPUs is a table for each.
   * Reading ends with an {@link InputException} where a file is no table.
   */
  public Stream<KernelTable> stream() {
    return files.stream().flatMap(file -> reader.read(file).stream());
  }

  private static List<Path> below(Path folder) {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(folder)) {
      walk.filter(Files::isRegularFile)
          .filter(TableReader::isTable)
          .limit(MOST_FILES + 1L)
          .forEach(found::add);
    } catch (UncheckedIOException e) {
      throw unreadable(folder, e.getCause());
    } catch (IOException e) {
      throw unreadable(folder, e);
    }
    if (found.size() > MOST_FILES) {
      throw new InputException(
          folder.toString(), "", "holds more than " + MOST_FILES + " tables", "Give a part of it.");
    }
    Collections.sort(found);
    return found;
  }

  private static InputException unreadable(Path folder, IOException failure) {
    return new InputException(
        folder.toString(),
        "",
        "can't be read (" + IoReason.of(failure) + ")",
        "Check the folder and its permissions.");
  }
}
