package dev.rackplan.cli.terminal;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Optional;

/**
 * Standard output that remembers why writing failed, because {@link java.io.PrintWriter} does not.
 *
 * <p>After the first failure it drops what follows: a reader that left ({@code rackplan catalog |
 * head}) is no error.
 */
public final class StandardOutput extends FilterOutputStream {
  private Optional<IOException> failure = Optional.empty();

  public StandardOutput(OutputStream target) {
    super(target);
  }

  /** The first failure, unless it is a reader that left. */
  public Optional<IOException> failure() {
    return failure.filter(e -> !isBrokenPipe(e));
  }

  @Override
  public void write(int value) {
    attempt(() -> out.write(value));
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    attempt(() -> out.write(bytes, offset, length));
  }

  @Override
  public void flush() {
    attempt(out::flush);
  }

  private static boolean isBrokenPipe(IOException e) {
    // The JDK has no type for it, only the words of the operating system.
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("broken pipe") || message.contains("pipe is being closed");
  }

  private void attempt(Writing writing) {
    if (failure.isPresent()) {
      return;
    }
    try {
      writing.run();
    } catch (IOException e) {
      failure = Optional.of(e);
    }
  }

  @FunctionalInterface
  private interface Writing {
    void run() throws IOException;
  }
}
