package dev.rackplan.cli.file;

import dev.rackplan.json.ControlCharacters;
import dev.rackplan.json.InputException;
import dev.rackplan.json.IoReason;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/** File arguments. */
public final class InputFiles {
  private static final String SUFFIX = ".json";

  private InputFiles() {}

  /** The arguments in order, each folder replaced by its {@code *.json} files, sorted by name. */
  public static List<String> expand(List<String> arguments) {
    List<String> files = new ArrayList<>();
    for (String argument : arguments) {
      Path path = path(argument);
      if (Files.isDirectory(path)) {
        files.addAll(jsonFiles(path));
      } else if (argument.contains("*") && !Files.exists(path)) {
        files.addAll(matching(path));
      } else {
        files.add(argument);
      }
    }
    return files;
  }

  /** Files whose names match the last part of a path with stars, sorted by name. */
  private static List<String> matching(Path pattern) {
    Path folder = pattern.getParent() == null ? Path.of("") : pattern.getParent();
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(folder, pattern.getFileName().toString())) {
      List<String> files = new ArrayList<>();
      found.forEach(file -> files.add(file.toString()));
      if (files.isEmpty()) {
        throw new InputException(
            pattern.toString(),
            "",
            "matches no file",
            "Stars stand for any part of a file's name.");
      }
      files.sort(null);
      return files;
    } catch (PatternSyntaxException e) {
      throw new InputException(
          pattern.toString(),
          "",
          "is no pattern (" + e.getDescription() + ")",
          "Stars stand for any part of a file's name; write none beside brackets or braces.");
    } catch (IOException e) {
      throw new InputException(
          pattern.toString(),
          "",
          "can't be listed (" + IoReason.of(e) + ")",
          "Only the last part of a path may have stars.");
    }
  }

  private static List<String> jsonFiles(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      List<String> files =
          entries
              .filter(Files::isRegularFile)
              .map(Path::toString)
              .filter(name -> name.endsWith(SUFFIX))
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw new InputException(
            folder.toString(),
            "",
            "has no *" + SUFFIX + " file",
            "Give a folder of JSON files, or files.");
      }
      return files;
    } catch (IOException e) {
      throw new InputException(
          folder.toString(),
          "",
          "can't be listed (" + IoReason.of(e) + ")",
          "Check the folder's permissions.");
    }
  }

  public static Path path(String argument) {
    if (argument.isBlank()) {
      throw new InputException(
          "command line", "", "a path is empty", "Give a path; '.' is the current folder.");
    }
    if (ControlCharacters.in(argument.replace("\0", ""))) {
      throw new InputException(
          argument,
          "",
          "has characters that steer a terminal in its name",
          "Rename it without line ends, escapes and marks of direction.");
    }
    try {
      return Path.of(argument);
    } catch (InvalidPathException e) {
      throw new InputException(
          argument.replace("\0", "\\0"), "", "is not a path", "Give the path of a file.");
    }
  }

  /** Whether two paths are written alike once they are absolute and without dots. */
  public static boolean samePath(Path one, Path other) {
    return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
  }

  /** The file name without {@code .json}. */
  public static String baseName(Path file) {
    String name = file.toAbsolutePath().normalize().getFileName().toString();
    return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
  }
}
