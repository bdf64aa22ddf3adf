package dev.rackplan.json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A file that another file names, to be opened and to be shown in messages.
 *
 * @param file where it lies
 * @param shown its path for messages, relative to where the user stands if the naming file's was
 */
public record FileReference(Path file, String shown) {
  private static final int LISTED = 12;

  /**
   * Resolves the path in {@code cursor}, which is relative to {@code from} and among those that it
   * may name.
   *
   * @param suffixes endings of files that would do, for the list of what is present
   */
  static FileReference resolve(JsonCursor cursor, Path from, String... suffixes) {
    return resolve(cursor, from, true, suffixes);
  }

  /** The same where rackplan wrote the path, which may lead anywhere. */
  static FileReference resolveOwn(JsonCursor cursor, Path from, String... suffixes) {
    return resolve(cursor, from, false, suffixes);
  }

  private static FileReference resolve(
      JsonCursor cursor, Path from, boolean limited, String... suffixes) {
    String text = cursor.text();
    Path target;
    Path shownPath;
    try {
      target = from.resolveSibling(text).normalize();
      shownPath = Path.of(cursor.file()).resolveSibling(text).normalize();
    } catch (InvalidPathException e) {
      throw cursor.error("is not a path", "Give a path relative to this file.");
    }
    if (limited && !FileTree.mayName(from, target)) {
      throw cursor.error(
          shownPath + " lies outside of what this file may name",
          "A file may name what lies below the folder above its own, or below the working directory; --allow-outside lifts that.");
    }
    if (!Files.exists(target)) {
      String wanted = target.getFileName() == null ? "" : target.getFileName().toString();
      throw cursor.error(
          "no file " + shownPath,
          "Paths are relative to the file that names them. "
              + present(target.getParent(), wanted, suffixes));
    }
    if (target.getFileName() == null) {
      throw cursor.error("is a whole file system", "Give the path of a file.");
    }
    if (!Files.isRegularFile(target) && !Files.isDirectory(target)) {
      throw cursor.error(
          shownPath + " is a device or a pipe", "Give a file: it is read more than once.");
    }
    String shown = shownPath.toString();
    return new FileReference(target, shown.isEmpty() ? "." : shown);
  }

  /** The file {@code name} beside it. */
  public FileReference sibling(String name) {
    return new FileReference(
        file.resolveSibling(name), Path.of(shown).resolveSibling(name).toString());
  }

  /** {@code file} for messages, which lies beside one that is shown as {@code shown}. */
  public static String siblingOf(String shown, Path file) {
    return Path.of(shown).resolveSibling(String.valueOf(file.getFileName())).toString();
  }

  /** {@code target} as a file in {@code folder} would name it, with forward slashes. */
  public static String relative(Path folder, Path target) {
    Path from = folder.toAbsolutePath().normalize();
    Path to = target.toAbsolutePath().normalize();
    // Another drive has no relative path.
    Path path = from.getRoot().equals(to.getRoot()) ? from.relativize(to) : to;
    return path.toString().replace('\\', '/');
  }

  private static String present(Path folder, String wanted, String... suffixes) {
    if (folder != null && !Files.isDirectory(folder)) {
      return "There is no folder " + folder.getFileName() + " there.";
    }
    List<String> names;
    try (Stream<Path> files = Files.list(folder == null ? Path.of("") : folder)) {
      names =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> Arrays.stream(suffixes).anyMatch(name::endsWith))
              .sorted()
              .toList();
    } catch (IOException e) {
      return "Its folder can't be read.";
    }
    if (names.isEmpty()) {
      return "No " + String.join(" or ", suffixes) + " file is in its folder.";
    }
    String list =
        names.stream().limit(LISTED).collect(Collectors.joining(", "))
            + (names.size() > LISTED ? ", …" : "");
    return Spelling.nearest(wanted, names).map(near -> "Did you mean " + near + "? ").orElse("")
        + "Present: "
        + list
        + ".";
  }
}
