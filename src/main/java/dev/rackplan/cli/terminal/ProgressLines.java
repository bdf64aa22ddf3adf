package dev.rackplan.cli.terminal;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalDouble;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how a search goes: a bar on a terminal, else a line now and then. */
public final class ProgressLines implements SearchDisplay {
  private static final long NANOS_BETWEEN_LINES = 2_000_000_000L;

  private final String name;
  private final PrintWriter err;
  private final OptionalDouble limitSeconds;
  private final boolean terminal = isTerminal();
  private final long startNanos = System.nanoTime();
  private long lastLineNanos = startNanos;
  private ProgressBar bar;
  private boolean written;

  /**
   * @param name the problem's
   * @param limitSeconds time limit in s; empty where steps limit the search
   */
  public ProgressLines(String name, PrintWriter err, OptionalDouble limitSeconds) {
    this.name = name;
    this.err = err;
    this.limitSeconds = limitSeconds;
    if (!terminal) {
      err.println(name + ": solving" + timeLeft());
      err.flush();
    }
  }

  // Java has no question for standard error alone.
  public static boolean isTerminal() {
    if (System.console() == null) {
      return false;
    }
    Path link = Path.of("/proc/self/fd/2");
    try {
      return !Files.exists(link)
          || link.toRealPath().toString().matches("/dev/(pts/\\d+|tty.*|console)");
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public boolean begins(String words) {
    err.println(words);
    err.flush();
    return true;
  }

  @Override
  public synchronized void at(
      int layout, int layouts, int layersDone, int layers, double bestStepSeconds) {
    String best =
        String.format(Locale.ROOT, "best step %.3f ms%s", bestStepSeconds * 1e3, timeLeft());
    if (terminal) {
      // The bar counts the layers; a narrow terminal cuts the end off.
      String last = layouts > 1 ? ", layout " + layout + " of " + layouts : "";
      show((long) (layout - 1) * layers + layersDone, (long) layouts * layers, best + last);
    } else if (System.nanoTime() - lastLineNanos >= NANOS_BETWEEN_LINES
        || layersDone == layers && layout == layouts) {
      lastLineNanos = System.nanoTime();
      err.println(
          name
              + ": layout "
              + layout
              + " of "
              + layouts
              + ", layer "
              + layersDone
              + " of "
              + layers
              + ", "
              + best);
      err.flush();
    }
  }

  @Override
  public synchronized void written(String file) {
    // The bar is on this line.
    if (!written && !terminal) {
      err.println(name + ": a first plan is in " + file + ", better ones replace it");
      err.flush();
    }
    written = true;
  }

  private void show(long done, long all, String state) {
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(all)
              .setStyle(ProgressBarStyle.ASCII)
              .hideEta()
              .setUpdateIntervalMillis(200)
              .clearDisplayOnFinish()
              .build();
    }
    bar.maxHint(all);
    bar.stepTo(done);
    bar.setExtraMessage(" " + state);
  }

  private String timeLeft() {
    if (limitSeconds.isEmpty()) {
      return "";
    }
    double left = limitSeconds.getAsDouble() - (System.nanoTime() - startNanos) / 1e9;
    return String.format(Locale.ROOT, ", %.0f s left", Math.max(0, left));
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
