package dev.rackplan.cli.terminal;

import dev.rackplan.report.RunEnd;
import java.io.PrintWriter;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how a batch goes: a line for each problem that ended; on a terminal a bar below them. */
public final class BatchDisplay implements AutoCloseable {
  private final int count;
  private final PrintWriter err;
  private final Set<String> running = new LinkedHashSet<>();
  private final ProgressBar bar;
  private int ended;

  /**
   * @param count problems
   */
  public BatchDisplay(int count, PrintWriter err) {
    this.count = count;
    this.err = err;
    this.bar =
        ProgressLines.isTerminal()
            ? new ProgressBarBuilder()
                .setTaskName("problems")
                .setInitialMax(count)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .clearDisplayOnFinish()
                .build()
            : null;
  }

  public synchronized void began(String problem) {
    running.add(problem);
    if (bar == null) {
      err.println(problem + ": begun");
      err.flush();
    }
    show();
  }

  /** Prints what was said about a problem, each line after its number. */
  public synchronized void ended(RunEnd end, String words) {
    running.remove(end.problem());
    ended++;
    String number = String.format(Locale.ROOT, "[%d/%d] ", ended, count);
    String text = words.isBlank() ? end.problem() + ": not begun\n" : words;
    if (bar != null) {
      // The bar is on this line.
      PlainText.steer(err, "\r\u001b[K");
    }
    err.print(number + text);
    err.flush();
    show();
  }

  private void show() {
    if (bar != null) {
      bar.stepTo(ended);
      bar.setExtraMessage(" " + String.join(", ", running));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
