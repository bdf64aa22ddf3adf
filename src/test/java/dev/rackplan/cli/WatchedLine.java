package dev.rackplan.cli;

import com.sun.management.OperatingSystemMXBean;
import dev.rackplan.cli.terminal.ExitCode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One command line, run in this process and watched: it must end with a known exit code and without
 * words of the JVM, within {@value #MOST_SECONDS} s of processor time.
 *
 * @param exitCode -1 where it did not end
 * @param fault what is wrong; empty where all is well
 * @param seconds wall-clock time it took
 */
record WatchedLine(int exitCode, Optional<String> fault, double seconds) {
  /** Of processors, all of this process: the clock also runs while others have the machine. */
  static final int MOST_SECONDS = 60;

  private static final int MOST_WAITED_SECONDS = 600;

  private static final Set<Integer> CODES =
      Set.of(ExitCode.SOLVED, ExitCode.BAD_INPUT, ExitCode.NO_FEASIBLE_PLAN);
  // A stack trace, or the name of a class that is thrown.
  private static final Pattern WORDS_OF_THE_JVM =
      Pattern.compile("\tat |Exception in thread|\\b[A-Za-z.$]*[a-z](Exception|Error)\\b");

  static WatchedLine of(List<String> arguments) {
    long start = System.nanoTime();
    FutureTask<CommandRun> task =
        new FutureTask<>(() -> CommandRun.of(arguments.toArray(String[]::new)));
    // Left behind where it hangs: nothing can end a thread that does not want to.
    Thread thread = new Thread(task, "watched line");
    thread.setDaemon(true);
    thread.start();
    double processorStart = processorSeconds();
    try {
      while (true) {
        try {
          CommandRun run = task.get(1, TimeUnit.SECONDS);
          return new WatchedLine(run.exitCode(), fault(run), (System.nanoTime() - start) / 1e9);
        } catch (TimeoutException e) {
          double seconds = (System.nanoTime() - start) / 1e9;
          double processor = processorSeconds() - processorStart;
          if (processor > MOST_SECONDS || seconds > MOST_WAITED_SECONDS) {
            return new WatchedLine(-1, Optional.of("did not end: " + at(thread)), seconds);
          }
        }
      }
    } catch (ExecutionException e) {
      return new WatchedLine(-1, Optional.of("threw " + e.getCause()), 0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static double processorSeconds() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e9;
  }

  private static String at(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .map(StackTraceElement::toString)
        .filter(frame -> frame.startsWith("dev.rackplan"))
        .limit(6)
        .collect(Collectors.joining("\n  "));
  }

  private static Optional<String> fault(CommandRun run) {
    if (!CODES.contains(run.exitCode())) {
      return Optional.of("exit code " + run.exitCode() + ": " + run.err());
    }
    if (run.exitCode() == ExitCode.BAD_INPUT && run.err().isBlank()) {
      return Optional.of("refused without a word");
    }
    return WORDS_OF_THE_JVM.matcher(run.err()).find()
        ? Optional.of("says in words of the JVM: " + run.err())
        : Optional.empty();
  }

  /** Leaves a line that failed, and a file that made it fail, beside the build. */
  static void keep(String name, String text, Optional<byte[]> file) throws IOException {
    Path folder = Path.of("target", "fuzz");
    Files.createDirectories(folder);
    Files.writeString(folder.resolve(name + ".txt"), text, StandardCharsets.UTF_8);
    if (file.isPresent()) {
      Files.write(folder.resolve(name + ".input"), file.get());
    }
  }
}
