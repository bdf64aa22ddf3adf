package dev.rackplan.json;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.csv.CSVException;

/** Text in UTF-8, plain or, by the name's ending {@code .gz}, gzip: read in bounded memory. */
public final class PackedText {
  // Deflate packs at most 1032 to 1; digits a few to one.
  private static final long MAX_UNPACKED_PER_BYTE = 64;
  private static final long ALWAYS_UNPACKED_BYTES = 1L << 24;
  private static final int MAX_LINE_BYTES = 1 << 20;

  private PackedText() {}

  /** What is done with the text. */
  @FunctionalInterface
  public interface Reading {
    void read(BufferedReader reader) throws IOException;
  }

  /**
   * Reads a file.
   *
   * @param forms remedy where it is of another kind: what may be given
   * @throws InputException where the file can't be read as text, is longer than its packed size
   *     allows, or has a line longer than 1 MiB
   */
  public static void read(FileReference source, String forms, Reading reading) {
    InputDoor.check(source.file(), source.shown(), forms);
    try (InputStream raw = Files.newInputStream(source.file());
        InputStream unpacked = source.shown().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        BufferedReader reader =
            new BufferedReader(
                new InputStreamReader(
                    new ByteLimit(unpacked, source.shown(), mostBytes(source), MAX_LINE_BYTES),
                    StandardCharsets.UTF_8.newDecoder()))) {
      reading.read(reader);
    } catch (IOException e) {
      throw unreadable(source, e, forms);
    } catch (UncheckedIOException e) {
      throw unreadable(source, e.getCause(), forms);
    } catch (IllegalStateException e) {
      // CSVParser's own wrapper around errors of the reader.
      throw unreadable(
          source, e.getCause() instanceof IOException cause ? cause : new IOException(e), forms);
    }
  }

  private static long mostBytes(FileReference source) throws IOException {
    return Math.max(ALWAYS_UNPACKED_BYTES, Files.size(source.file()) * MAX_UNPACKED_PER_BYTE);
  }

  private static InputException unreadable(FileReference source, IOException e, String forms) {
    if (e instanceof EOFException) {
      return error(
          source,
          "ends in the middle of the compressed data",
          "Copy the file again, or give it whole.");
    }
    if (e instanceof ZipException) {
      return error(
          source,
          "is not gzip data, or is damaged",
          "Compress it with gzip, or name it without .gz where it is plain text.");
    }
    if (e instanceof CSVException) {
      return error(source, "is not CSV: " + e.getMessage(), "Close every quote.");
    }
    if (e instanceof CharacterCodingException) {
      return error(source, "is not text in UTF-8", forms);
    }
    return error(source, "can't be read (" + IoReason.of(e) + ")", "Check the file's permissions.");
  }

  /** A cell for a message. */
  public static String shorten(String text) {
    return text.length() > 40 ? text.substring(0, 37) + "…" : text;
  }

  private static InputException error(FileReference source, String problem, String remedy) {
    return new InputException(source.shown(), "", problem, remedy);
  }
}
