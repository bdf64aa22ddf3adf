package dev.rackplan.json;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What every output passes before a byte of it is written: it takes no place of a folder, link,
 * device or pipe, nor of a file that the command reads; and of another file only where rackplan
 * wrote that one, too.
 */
public final class OutputDoor {
  /** Stands in the head of each page and picture that is written. */
  public static final String MARK = "<meta name=\"generator\" content=\"rackplan\">";

  private static final String REMEDY = "Give the path of a file to write.";
  private static final int HEAD_BYTES = 4096;
  private static final int MOST_JSON_BYTES = 256 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private OutputDoor() {}

  /**
   * Refuses what is no place for a file.
   *
   * @throws InputException where there is a folder, link, device or pipe, or an input
   */
  public static void check(Path file) {
    Path target = file.toAbsolutePath();
    if (Files.isSymbolicLink(target)) {
      throw new InputException(
          file.toString(), "", "is a link", "Give the path of the file that it leads to.");
    }
    if (Files.isDirectory(target)) {
      throw new InputException(file.toString(), "", "is a directory", REMEDY);
    }
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      // Moving a file over it would take the device or pipe away from everyone.
      throw new InputException(file.toString(), "", "is a device or a pipe", REMEDY);
    }
    if (CommandInputs.include(target)) {
      throw new InputException(
          file.toString(), "", "is read by this command and would be lost", "Give another file.");
    }
  }

  /**
   * As {@link #check}, and refuses to lose a file that rackplan did not write: a page without its
   * mark, a table with other columns, JSON with other keys, text that begins otherwise.
   *
   * @param bytes what would take its place
   */
  static void checkOwn(Path file, byte[] bytes) {
    check(file);
    if (Files.exists(file) && !isAlike(file, bytes)) {
      throw new InputException(
          file.toString(),
          "",
          "is there, and rackplan did not write it",
          "Give another file, or remove it.");
    }
  }

  private static boolean isAlike(Path file, byte[] bytes) {
    String now = head(bytes);
    try {
      if (now.startsWith("{") || now.startsWith("[")) {
        return Files.size(file) <= MOST_JSON_BYTES
            && areOneKind(keys(Files.readAllBytes(file)), keys(bytes));
      }
      String there;
      try (InputStream in = Files.newInputStream(file)) {
        there = head(in.readNBytes(HEAD_BYTES));
      }
      return now.contains(MARK) ? there.contains(MARK) : beginning(there).equals(beginning(now));
    } catch (IOException e) {
      return false;
    }
  }

  private static String head(byte[] bytes) {
    return new String(bytes, 0, Math.min(bytes.length, HEAD_BYTES), StandardCharsets.UTF_8);
  }

  // Scripts all begin alike: of them two lines.
  private static List<String> beginning(String text) {
    return text.lines().limit(text.startsWith("#!") ? 2 : 1).toList();
  }

  // A solution says by which rackplan it was made, and has keys that not all have.
  private static boolean areOneKind(Set<String> there, Set<String> now) {
    return there.equals(now) || there.contains("rackplan") && now.contains("rackplan");
  }

  // Of an object; of a list, of its first object.
  private static Set<String> keys(byte[] json) throws IOException {
    try {
      JsonNode tree = JSON.readTree(json);
      JsonNode object = tree.isArray() && !tree.isEmpty() ? tree.get(0) : tree;
      Set<String> keys = new HashSet<>();
      object.fieldNames().forEachRemaining(keys::add);
      return keys;
    } catch (JacksonException e) {
      return Set.of();
    }
  }
}
