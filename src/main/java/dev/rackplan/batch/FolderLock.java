package dev.rackplan.batch;

import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.InputException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a second run out of a folder that one writes to. The operating system takes the lock back
 * when the process ends, however it ends.
 */
public final class FolderLock implements AutoCloseable {
  private static final String NAME = ".rackplan.lock";

  private final Path folder;
  private final boolean made;
  private final FileChannel channel;
  private final FileLock lock;

  private FolderLock(Path folder, boolean made, FileChannel channel, FileLock lock) {
    this.folder = folder;
    this.made = made;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Takes the lock; makes the folder if need be, and removes what a killed run left half written.
   *
   * @param shown the folder as the user gave it
   * @throws InputException where another run has it, or the folder can't be written
   */
  public static FolderLock of(Path folder, String shown) {
    boolean made = !Files.exists(folder);
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = locked(channel);
      if (lock == null) {
        channel.close();
        throw new InputException(
            shown,
            "",
            "is being written by another run",
            "Wait for it, or give another folder with -o.");
      }
      AtomicFile.sweep(folder);
      return new FolderLock(folder, made, channel, lock);
    } catch (IOException e) {
      throw new InputException(
          shown,
          "",
          "can't be written (" + dev.rackplan.json.IoReason.of(e) + ")",
          "Check that it is writable and has room.");
    }
  }

  // Null where another process, or another run of this one, has it.
  private static FileLock locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** Gives the lock back; a folder that was made for it and stayed empty goes again. */
  @Override
  public void close() {
    try {
      Files.deleteIfExists(folder.resolve(NAME));
      lock.release();
      channel.close();
      if (made) {
        Files.delete(folder);
      }
    } catch (DirectoryNotEmptyException e) {
      return;
    } catch (IOException e) {
      throw new InputException(
          folder.toString(), "", "lock can't be given back", "Delete " + NAME + " in it.");
    }
  }
}
