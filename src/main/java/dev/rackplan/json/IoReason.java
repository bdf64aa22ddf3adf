package dev.rackplan.json;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.Locale;

/** Why a file could not be read or written, in words for users instead of the JDK's classes. */
public final class IoReason {
  private IoReason() {}

  /** Words without a full stop, such as {@code permission denied}. */
  public static String of(IOException failure) {
    if (failure instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof FileAlreadyExistsException || failure instanceof NotDirectoryException) {
      return "a file lies where a folder is needed";
    }
    if (failure instanceof DirectoryNotEmptyException) {
      return "the folder is not empty";
    }
    if (failure instanceof CharacterCodingException) {
      return "not text in UTF-8";
    }
    if (failure instanceof FileSystemException fault && fault.getReason() != null) {
      return lowerCase(fault.getReason());
    }
    if (failure.getCause() instanceof ReadOnlyFileSystemException) {
      return "the file system is read-only";
    }
    String message = failure.getMessage();
    // The operating system's words, such as "No space left on device", name no class.
    return message == null || message.isBlank() || message.contains("Exception")
        ? "the operating system refused"
        : lowerCase(message.lines().findFirst().orElseThrow());
  }

  private static String lowerCase(String words) {
    return words.substring(0, 1).toLowerCase(Locale.ROOT) + words.substring(1);
  }
}
