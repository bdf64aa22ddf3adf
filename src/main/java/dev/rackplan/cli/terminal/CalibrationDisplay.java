package dev.rackplan.cli.terminal;

import dev.rackplan.calibrate.KernelTable;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how tables are read and laws fitted: a bar on a terminal, else a line now and then. */
public final class CalibrationDisplay implements AutoCloseable {
  private static final int SECONDS_BETWEEN_LINES = 5;

  private final PrintWriter err;
  private final int files;
  private final String afterReading;
  private final Set<Path> read = new HashSet<>();
  private final ProgressBar bar;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread thread = new Thread(work, "calibration-display");
            thread.setDaemon(true);
            return thread;
          });
  private final ScheduledFuture<?> ticks;
  private String state;
  private long seconds;

  /**
   * @param files how many will be read
   * @param afterReading what is done from the last of them on
   */
  public CalibrationDisplay(int files, String afterReading, PrintWriter err) {
    this.err = err;
    this.afterReading = afterReading;
    this.files = files;
    this.state = reading();
    this.bar =
        ProgressLines.isTerminal()
            ? new ProgressBarBuilder()
                .setTaskName("calibrate")
                .setInitialMax(files)
                .setStyle(ProgressBarStyle.ASCII)
                .hideEta()
                .setUpdateIntervalMillis(200)
                .clearDisplayOnFinish()
                .build()
            : null;
    this.ticks =
        clock.scheduleAtFixedRate(
            this::tick, SECONDS_BETWEEN_LINES, SECONDS_BETWEEN_LINES, TimeUnit.SECONDS);
  }

  /** The same tables; each is shown as it comes. */
  public Stream<KernelTable> watched(Stream<KernelTable> tables) {
    return tables.peek(this::came);
  }

  private synchronized void came(KernelTable table) {
    read.add(table.file());
    state = read.size() == files ? afterReading : reading();
    if (bar != null) {
      bar.stepTo(read.size());
      bar.setExtraMessage(" reading " + table.name());
    }
  }

  private String reading() {
    return "read " + read.size() + " of " + files + " files";
  }

  /** Laws of a GPU are fitted. */
  public synchronized void fitted(String gpu) {
    show("fitted laws of " + gpu);
    state = "fitting, done with " + gpu;
  }

  private synchronized void tick() {
    seconds += SECONDS_BETWEEN_LINES;
    show(state + ", " + seconds + " s");
  }

  private void show(String words) {
    if (bar != null) {
      bar.setExtraMessage(" " + words);
    } else {
      err.println(words);
      err.flush();
    }
  }

  @Override
  public void close() {
    ticks.cancel(false);
    clock.shutdown();
    if (bar != null) {
      bar.close();
    }
  }
}
