package dev.rackplan.cli.terminal;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The best while more is looked at: a table on a terminal, written over as better ones are found;
 * nothing elsewhere.
 */
public final class FirstRows implements AutoCloseable {
  private static final String UP_AND_CLEAR = "\u001b[%dA\u001b[J";

  private final PrintWriter err;
  private final boolean terminal;
  private String shown = "";

  /**
   * @param err where the table stands
   * @param terminal whether that is a terminal that a person looks at
   */
  public FirstRows(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  /** Shows what is there now: whole lines, which are only asked for where somebody looks. */
  public void show(Supplier<String> lines) {
    if (!terminal) {
      return;
    }
    String next = lines.get();
    if (!next.equals(shown)) {
      clear();
      err.print(next);
      err.flush();
      shown = next;
    }
  }

  private void clear() {
    if (!shown.isEmpty()) {
      PlainText.steer(err, String.format(Locale.ROOT, UP_AND_CLEAR, shown.lines().count()));
      shown = "";
    }
  }

  /** Takes it away: the answer follows. */
  @Override
  public void close() {
    clear();
  }
}
