package dev.rackplan.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code rackplan completion}: what a shell needs to complete commands and options. */
@Command(
    name = "completion",
    header = "Prints a script that completes commands, options and files in bash and zsh.",
    description = {
      "",
      "Put the example's line into ~/.bashrc or ~/.zshrc. The script knows the commands of this version.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {"  source <(rackplan completion)"})
final class CompletionCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    String script = AutoComplete.bash("rackplan", spec.root().commandLine());
    spec.commandLine().getOut().print(script);
    return ExitCode.SOLVED;
  }
}
