package dev.rackplan.cli;

import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.MemoryWords;
import dev.rackplan.cli.terminal.PlainText;
import dev.rackplan.cli.terminal.StandardOutput;
import dev.rackplan.json.CommandInputs;
import dev.rackplan.json.FileTree;
import dev.rackplan.json.InputException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/** The door: runs one command and turns what happened into a message and an {@link ExitCode}. */
public final class Main {
  // Put together before it is needed: there may be no memory for it then.
  private static final String OUT_OF_MEMORY =
      "rackplan: " + MemoryWords.of("Give smaller files or fewer of them, lower --threads");

  private Main() {}

  public static void main(String[] arguments) {
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    OutputStream err = new FileOutputStream(FileDescriptor.err);
    System.exit(run(out, err, arguments));
  }

  /**
   * Runs one command; commands print to {@code spec.commandLine().getOut()} and {@code getErr()},
   * in UTF-8.
   *
   * @param out takes results, nothing else
   * @param err takes messages and progress
   * @return the exit code
   */
  public static int run(OutputStream out, OutputStream err, String... arguments) {
    StandardOutput results = new StandardOutput(out);
    PrintWriter outWriter =
        new PlainText(new OutputStreamWriter(results, StandardCharsets.UTF_8), false);
    PrintWriter errWriter =
        new PlainText(new OutputStreamWriter(err, StandardCharsets.UTF_8), true);
    int exitCode = run(new RackplanCommand(), outWriter, errWriter, arguments);
    outWriter.flush();
    if (results.failure().isPresent()) {
      errWriter.println(
          "standard output: cannot be written: " + results.failure().get().getMessage());
      errWriter.println("  Free space where it goes, or send it elsewhere.");
      exitCode = ExitCode.BAD_INPUT;
    }
    errWriter.flush();
    return exitCode;
  }

  /** Runs {@code command}, whose subcommands a test may have chosen. */
  public static int run(
      RackplanCommand command, PrintWriter out, PrintWriter err, String... arguments) {
    return execute(commandLine(command, out, err), command, arguments);
  }

  /** The parsed command tree with rackplan's error handling, not yet run. */
  static CommandLine commandLine(RackplanCommand command, PrintWriter out, PrintWriter err) {
    return new CommandLine(command)
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(parsed -> run(command, parsed))
        .setParameterExceptionHandler((e, args) -> badUsage(e))
        .setExecutionExceptionHandler((e, line, parsed) -> failed(e, command, err));
  }

  private static int run(RackplanCommand command, ParseResult parsed) {
    PrintWriter out = parsed.commandSpec().commandLine().getOut();
    PlainText.letColours(out, true);
    Integer helped = CommandLine.executeHelpRequest(parsed);
    PlainText.letColours(out, false);
    if (helped != null) {
      return helped;
    }
    command.refuseSmallHeap();
    List<Path> roots = new ArrayList<>();
    if (command.allowOutside()) {
      FileSystems.getDefault().getRootDirectories().forEach(roots::add);
    }
    FileTree.Trust outside = FileTree.trust(roots);
    CommandInputs inputs = CommandInputs.begin();
    try {
      return new RunLast().execute(parsed);
    } finally {
      inputs.close();
      outside.close();
    }
  }

  static int execute(CommandLine line, RackplanCommand command, String... arguments) {
    try {
      return line.execute(arguments);
    } catch (StackOverflowError | OutOfMemoryError e) {
      // picocli hands over exceptions only.
      return failed(e, command, line.getErr());
    }
  }

  private static int badUsage(ParameterException e) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    err.println("rackplan: " + e.getMessage());
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("  Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.BAD_INPUT;
  }

  private static int failed(Throwable thrown, RackplanCommand command, PrintWriter err) {
    // Searches run on threads of their own, which wrap what ended them.
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof InputException) {
        err.println(cause.getMessage());
        return ExitCode.BAD_INPUT;
      }
      if (cause instanceof OutOfMemoryError) {
        err.println(OUT_OF_MEMORY);
        return ExitCode.BAD_INPUT;
      }
    }
    String remedy = command.debug() ? "" : "; --debug shows where";
    err.println(
        "rackplan: internal error: " + oneLine(thrown) + " (please report it" + remedy + ")");
    if (command.debug()) {
      thrown.printStackTrace(err);
    }
    return ExitCode.BUG;
  }

  private static String oneLine(Throwable thrown) {
    return thrown.toString().lines().findFirst().orElse(thrown.getClass().getName());
  }
}
