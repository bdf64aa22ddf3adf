package dev.rackplan.cli;

import dev.rackplan.cli.terminal.VersionProvider;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rackplan economics}: money on the back of an envelope. */
@Command(
    name = "economics",
    header = "What training, serving and caches cost, and what prices say about a model.",
    description = {
      "",
      "Each command prints tables with a sentence that says what to see in them.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan economics training --model deepseek-v3 --gpu h800-sxm --served-per-second 5e7 --days 61"
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      EconomicsServingCommand.class,
      EconomicsTrainingCommand.class,
      EconomicsPricesCommand.class,
      EconomicsCacheCommand.class,
      EconomicsLectureCommand.class,
    })
final class EconomicsCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
