package dev.rackplan.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The files that something is read from: each is noted before it is read. */
final class ReadFiles {
  /** What tells one state of a file from another. */
  private record Stamp(long size, FileTime modified, Optional<Object> key) {
    static Stamp of(Path file) throws IOException {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(now.size(), now.lastModifiedTime(), Optional.ofNullable(now.fileKey()));
    }
  }

  private final List<Path> files = new ArrayList<>();
  private final List<Optional<Stamp>> stamps = new ArrayList<>();

  /** Notes a file that is about to be read. */
  void add(Path file) {
    files.add(file);
    Optional<Stamp> stamp;
    try {
      stamp = Optional.of(Stamp.of(file));
    } catch (IOException e) {
      // Its reader will say so.
      stamp = Optional.empty();
    }
    stamps.add(stamp);
  }

  /** In the order in which they were noted. */
  List<Path> list() {
    return List.copyOf(files);
  }

  /**
   * SHA-256 over the length (8 bytes, big-endian) and the bytes of each file, in order; lower-case
   * hex.
   *
   * @param shown what was read, for messages
   * @throws InputException where a file is not what it was when it was noted
   */
  String sha256(String shown) {
    Path now = null;
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (int i = 0; i < files.size(); i++) {
        now = files.get(i);
        long length = Files.size(now);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(length).array());
        try (InputStream in = new DigestInputStream(Files.newInputStream(now), digest)) {
          in.transferTo(OutputStream.nullOutputStream());
        }
      }
      for (int i = 0; i < files.size(); i++) {
        now = files.get(i);
        if (!Optional.of(Stamp.of(now)).equals(stamps.get(i))) {
          throw new IOException("changed");
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new InputException(
          shown, "", now + " changed or vanished while it was read", "Run again.");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
