package dev.rackplan.json;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes a file whole or not at all: a temporary file in the same folder is synced and then moved
 * over the target.
 */
public final class AtomicFile {
  // As write names them.
  private static final Pattern TEMPORARY = Pattern.compile("\\..+\\.(\\d+)-\\d+\\.tmp");
  private static final SecureRandom RANDOM = new SecureRandom();
  // Of another machine that shares the folder, a process looks dead from here.
  private static final long ABANDONED_MILLIS = 60_000;

  private AtomicFile() {}

  /**
   * Writes {@code text} in UTF-8; missing folders are made. On an error the old file stays as it
   * was.
   *
   * @throws InputException where the file may not be replaced, as {@link OutputDoor} says
   */
  public static void write(Path file, String text) {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes {@code text} over whatever file of the user's is there, except an input: where {@code
   * --force} names it, or what is there was looked at.
   */
  public static void replace(Path file, String text) {
    replace(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** As {@link #write(Path, String)}, of a script, which everyone who may read it may run. */
  public static void writeExecutable(Path file, String text) {
    write(file, text);
    makeExecutable(file);
  }

  /** As {@link #replace(Path, String)}, of a script. */
  public static void replaceExecutable(Path file, String text) {
    replace(file, text);
    makeExecutable(file);
  }

  private static void makeExecutable(Path file) {
    try {
      Set<PosixFilePermission> permissions = new TreeSet<>(Files.getPosixFilePermissions(file));
      permissions.add(PosixFilePermission.OWNER_EXECUTE);
      if (permissions.contains(PosixFilePermission.GROUP_READ)) {
        permissions.add(PosixFilePermission.GROUP_EXECUTE);
      }
      if (permissions.contains(PosixFilePermission.OTHERS_READ)) {
        permissions.add(PosixFilePermission.OTHERS_EXECUTE);
      }
      Files.setPosixFilePermissions(file, permissions);
    } catch (UnsupportedOperationException e) {
      // A file system without such permissions: bash runs the script all the same.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As {@link #write(Path, String)}, of bytes. */
  public static void write(Path file, byte[] bytes) {
    OutputDoor.checkOwn(file, bytes);
    fill(file, bytes);
  }

  /** As {@link #replace(Path, String)}, of bytes. */
  public static void replace(Path file, byte[] bytes) {
    OutputDoor.check(file);
    fill(file, bytes);
  }

  private static void fill(Path file, byte[] bytes) {
    fill(
        file,
        channel -> {
          ByteBuffer buffer = ByteBuffer.wrap(bytes);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        });
  }

  /** What is written piece by piece. */
  @FunctionalInterface
  public interface Writing {
    void write(Writer out) throws IOException;
  }

  /**
   * As {@link #replace(Path, String)}, of text that need not be in memory at once. On an error of
   * who writes, too, the old file stays as it was.
   */
  public static void stream(Path file, Writing writing) {
    OutputDoor.check(file);
    fill(
        file,
        channel -> {
          Writer out = new BufferedWriter(Channels.newWriter(channel, StandardCharsets.UTF_8));
          writing.write(out);
          out.flush();
        });
  }

  @FunctionalInterface
  private interface Filling {
    void fill(FileChannel channel) throws IOException;
  }

  private static void fill(Path file, Filling filling) {
    Path target = file.toAbsolutePath();
    // The process, so that a later one sees whether it is dead; the rest nobody can guess.
    Path temporary =
        target.resolveSibling(
            "."
                + target.getFileName()
                + "."
                + ProcessHandle.current().pid()
                + "-"
                + Long.toUnsignedString(RANDOM.nextLong())
                + ".tmp");
    try {
      Files.createDirectories(target.getParent());
      try {
        writeAndSync(temporary, filling);
        Files.move(
            temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (UncheckedIOException e) {
      throw unwritable(file, e.getCause());
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static InputException unwritable(Path file, IOException e) {
    return new InputException(
        file.toString(),
        "",
        "can't be written (" + IoReason.of(e) + ")",
        "Check that its folder is writable and has room.");
  }

  /**
   * Removes temporary files that a killed process left in a folder. Only for who knows that nobody
   * writes there.
   */
  public static void sweep(Path folder) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, ".*.tmp")) {
      for (Path file : left) {
        if (TEMPORARY.matcher(file.getFileName().toString()).matches()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /**
   * Removes temporary files of processes that are no more, untouched for a minute. For folders that
   * others may write to; faults are left to who writes there.
   */
  public static void sweepAbandoned(Path folder) {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, ".*.tmp")) {
      for (Path file : left) {
        Matcher name = TEMPORARY.matcher(file.getFileName().toString());
        if (name.matches()
            && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty()
            && System.currentTimeMillis() - Files.getLastModifiedTime(file).toMillis()
                > ABANDONED_MILLIS) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException | DirectoryIteratorException | NumberFormatException e) {
      return;
    }
  }

  private static void writeAndSync(Path temporary, Filling filling) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            // Opens nothing that is there, no link either.
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE)) {
      filling.fill(channel);
      channel.force(true);
    }
  }
}
