package dev.rackplan.json;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What every input passes before a byte of it is read: it must be a regular file with something in
 * it, so that a pipe without a writer, a device without an end or a file of the kernel's can't hold
 * a command up.
 */
public final class InputDoor {
  private InputDoor() {}

  /**
   * Refuses what is missing, no regular file, or empty; notes it as one of the command's inputs.
   *
   * @param shown the path as the user gave it
   * @param remedy what may be given
   */
  static void check(Path file, String shown, String remedy) {
    CommandInputs.note(file);
    if (Files.isDirectory(file)) {
      throw new InputException(shown, "", "is a directory", remedy);
    }
    if (!Files.exists(file)) {
      throw new InputException(
          shown,
          "",
          "no such file",
          "Paths are relative to the current folder; check the spelling.");
    }
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          shown, "", "is a device or a pipe", "Give a file: it is read more than once.");
    }
    // The kernel's own files, which may wait or never end, have no size either.
    if (size(file, shown) == 0) {
      throw new InputException(shown, "", "is empty", remedy);
    }
  }

  /**
   * The text of a whole file.
   *
   * @param mostBytes more than that is refused; never more is read, also where the file grows
   */
  static String text(Path file, String shown, int mostBytes, String remedy) {
    byte[] bytes = bytes(file, shown, mostBytes, remedy);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new InputException(
          shown,
          "",
          "is not text in UTF-8",
          remedy + " Compressed or binary files are not read here.");
    }
  }

  /**
   * The bytes of a whole file.
   *
   * @param mostBytes more than that is refused; never more is read, also where the file grows
   */
  public static byte[] bytes(Path file, String shown, int mostBytes, String remedy) {
    check(file, shown, remedy);
    long size = size(file, shown);
    if (size > mostBytes) {
      throw tooLong(shown, size, mostBytes);
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(mostBytes + 1);
      if (bytes.length > mostBytes) {
        throw tooLong(shown, bytes.length, mostBytes);
      }
      return bytes;
    } catch (IOException e) {
      throw unreadable(shown, e);
    }
  }

  private static long size(Path file, String shown) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw unreadable(shown, e);
    }
  }

  private static InputException tooLong(String shown, long bytes, long mostBytes) {
    return new InputException(
        shown,
        "",
        "is " + bytes + " bytes long",
        "Give a file of at most " + mostBytes + " bytes.");
  }

  static InputException unreadable(String shown, IOException failure) {
    return new InputException(
        shown,
        "",
        "can't be read (" + IoReason.of(failure) + ")",
        "Check the file and its permissions.");
  }
}
