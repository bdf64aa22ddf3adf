package dev.rackplan.cli;

import dev.rackplan.cli.option.MemorySizeConverter;
import dev.rackplan.cli.terminal.VersionProvider;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code rackplan}: the list of commands. */
@Command(
    name = "rackplan",
    header = "Places language-model layers on racks and experts on GPUs, and says what binds.",
    description =
        "%nA problem file names a model, a topology and a workload. rackplan writes a plan for it:"
            + " the layout, the layers and GPUs of each stage, and the experts on each GPU; with its"
            + " cost, what binds, a lower bound, and what the usual layouts would cost.%n",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan solve problems/deepseek-v3-decode-gb200.json --time-limit 20s",
      "",
      "Exit codes: 0 done, 1 a bug, 2 bad input or usage, 3 no feasible plan, 130 stopped by Ctrl-C, 143 by SIGTERM.",
      "'rackplan COMMAND --help' tells more about a command."
    },
    // One line each, in the order of the help.
    subcommands = {
      PlanCommand.class,
      SolveCommand.class,
      EvaluateCommand.class,
      ReplanCommand.class,
      CompareCommand.class,
      SensitivityCommand.class,
      WhatIfCommand.class,
      ReportCommand.class,
      TablesCommand.class,
      ExportCommand.class,
      ImportCommand.class,
      RequestsCommand.class,
      TopologyCommand.class,
      ReplayCommand.class,
      BenchmarkCommand.class,
      CalibrateCommand.class,
      RooflineCommand.class,
      EconomicsCommand.class,
      AccuracyCommand.class,
      ValidateCommand.class,
      VerifyCommand.class,
      CatalogCommand.class,
      CompletionCommand.class,
      HelpCommand.class,
    })
final class RackplanCommand implements Runnable {
  // Of -Xmx; collectors keep a part that is never filled, up to a tenth.
  private static final double LEAST_OF_HEAP = 0.8;

  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an internal error.")
  private boolean debug;

  @Option(
      names = "--allow-outside",
      scope = ScopeType.INHERIT,
      description =
          "Let files name files anywhere, not only below the folder above their own or the working directory.")
  private boolean allowOutside;

  @Option(
      names = "--memory",
      scope = ScopeType.INHERIT,
      paramLabel = "SIZE",
      converter = MemorySizeConverter.class,
      description =
          "Heap that rackplan may fill, such as 900m or 4g; the start script gives it to Java. Default: Java's, a quarter of the machine's memory.")
  private Optional<Long> memory = Optional.empty();

  /** Refuses a heap that is smaller than was asked for, as of a Java that was started otherwise. */
  void refuseSmallHeap() {
    long there = Runtime.getRuntime().maxMemory();
    if (memory.isPresent() && there < memory.get() * LEAST_OF_HEAP) {
      throw new ParameterException(
          spec.commandLine(),
          "--memory: this Java was started with a heap of "
              + (there >> 20)
              + " MB; start ./rackplan, or java with -Xmx"
              + (memory.get() >> 20)
              + "m");
    }
  }

  boolean allowOutside() {
    return allowOutside;
  }

  boolean debug() {
    return debug;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
