package dev.rackplan.json;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Refuses a stream that is longer than a limit, or has a line longer than one: a small compressed
 * file can unpack to anything.
 */
final class ByteLimit extends FilterInputStream {
  private final String shown;
  private final long mostBytes;
  private final int mostLineBytes;
  private long bytes;
  private long lineBytes;
  private long lines = 1;

  ByteLimit(InputStream in, String shown, long mostBytes, int mostLineBytes) {
    super(in);
    this.shown = shown;
    this.mostBytes = mostBytes;
    this.mostLineBytes = mostLineBytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = super.read(buffer, offset, length);
    for (int i = offset; i < offset + count; i++) {
      lineBytes = buffer[i] == '\n' ? 0 : lineBytes + 1;
      if (buffer[i] == '\n') {
        lines++;
      }
      if (lineBytes > mostLineBytes) {
        throw new InputException(
            shown,
            "line " + lines,
            "is longer than " + mostLineBytes + " bytes",
            "Write one record a line.");
      }
    }
    bytes += Math.max(0, count);
    if (bytes > mostBytes) {
      throw new InputException(
          shown,
          "",
          "unpacks to more than " + mostBytes + " bytes",
          "Give it unpacked, if it is what it should be.");
    }
    return count;
  }
}
