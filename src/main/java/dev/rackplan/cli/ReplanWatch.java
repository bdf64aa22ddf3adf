package dev.rackplan.cli;

import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.Interruption;
import dev.rackplan.json.CountedWindows;
import dev.rackplan.json.InputException;
import dev.rackplan.json.IoReason;
import dev.rackplan.plan.Plan;
import dev.rackplan.replan.WindowOptions;
import dev.rackplan.replan.WindowReplan;
import dev.rackplan.replan.WindowReplanner;
import dev.rackplan.workload.RoutingProfile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Follows a folder that an engine writes its counts to: each file is a window, in the order of
 * their names among those that are there. What it does depends on the files alone, not on when they
 * came, as long as later ones have later names.
 */
final class ReplanWatch {
  // Windows that are remembered; older ones weigh nothing.
  private static final int MOST_WINDOWS = 16;
  private static final long POLL_MILLIS = 1000;
  private static final long LOOK_MILLIS = 100;

  /** Takes a plan that is to run from now on. */
  @FunctionalInterface
  interface Taker {
    void take(WindowReplan replan);
  }

  private final Path folder;
  private final Solved solved;
  private final WindowOptions options;
  private final Taker taker;
  private final PrintWriter out;
  private final PrintWriter err;
  private final List<RoutingProfile> windows = new ArrayList<>();
  private final Set<Path> seen = new HashSet<>();
  // Size of files that could not be read: they may still be written to.
  private final Map<Path, Long> unread = new HashMap<>();
  private Plan running;

  /**
   * @param solved what runs at the beginning
   * @param out told what each window made
   * @param err told which files are left out
   */
  ReplanWatch(
      Path folder,
      Solved solved,
      WindowOptions options,
      Taker taker,
      PrintWriter out,
      PrintWriter err) {
    this.folder = folder;
    this.solved = solved;
    this.options = options;
    this.taker = taker;
    this.out = out;
    this.err = err;
    this.running = solved.plan();
  }

  /** Takes in what is there, and then, unless {@code once}, what comes until a signal does. */
  int run(boolean once) {
    try (Interruption interruption = new Interruption()) {
      takeIn(interruption, once);
      while (!once && !interruption.asked()) {
        pause(interruption);
        takeIn(interruption, false);
      }
      return interruption.exitCode(ExitCode.SOLVED);
    }
  }

  private static void pause(Interruption interruption) {
    try {
      for (long slept = 0; slept < POLL_MILLIS && !interruption.asked(); slept += LOOK_MILLIS) {
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void takeIn(Interruption interruption, boolean once) {
    for (Path file : unseen()) {
      if (interruption.asked()) {
        return;
      }
      try {
        List<RoutingProfile> read =
            CountedWindows.read(file, file.toString(), solved.problem().model());
        seen.add(file);
        read.forEach(window -> replan(file, window));
      } catch (InputException e) {
        if (once) {
          throw e;
        }
        leaveOrWait(file, e);
      }
    }
  }

  // An engine may still be writing: a file is given up when it has not grown since the last look.
  private void leaveOrWait(Path file, InputException e) {
    long size = size(file);
    Long before = unread.put(file, size);
    if (before != null && before == size) {
      seen.add(file);
      err.println("SKIPPED: " + e.getMessage());
      err.flush();
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return -1;
    }
  }

  private List<Path> unseen() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> isCounts(file) && !seen.contains(file)).sorted().toList();
    } catch (IOException e) {
      throw new InputException(
          folder.toString(),
          "",
          "can't be listed (" + IoReason.of(e) + ")",
          "Give a folder that may be read.");
    }
  }

  private static boolean isCounts(Path file) {
    String name = String.valueOf(file.getFileName());
    return !name.startsWith(".")
        && CountedWindows.ENDINGS.stream().anyMatch(name::endsWith)
        && Files.isRegularFile(file);
  }

  private void replan(Path file, RoutingProfile window) {
    windows.add(window);
    if (windows.size() > MOST_WINDOWS) {
      windows.remove(0);
    }
    WindowReplan replan = WindowReplanner.next(solved.problem(), running, windows, options);
    running = replan.plan();
    if (replan.movesAny()) {
      taker.take(replan);
    }
    out.println(file.getFileName() + ": " + words(replan));
    out.flush();
  }

  private static String words(WindowReplan replan) {
    if (!replan.movesAny()) {
      return String.format(Locale.ROOT, "stays, step %.3f ms", replan.beforeSeconds() * 1e3);
    }
    return String.format(
        Locale.ROOT,
        "moves %.3f GB in %.1f ms, step %.3f instead of %.3f ms",
        replan.moves().expertBytes() / 1e9,
        replan.moves().seconds() * 1e3,
        replan.afterSeconds() * 1e3,
        replan.beforeSeconds() * 1e3);
  }
}
