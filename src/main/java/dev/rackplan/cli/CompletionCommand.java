package dev.rackplan.cli;

import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan completion}: what a shell needs to complete commands and options. */
@Command(
    name = "completion",
    header = "Prints a script that completes commands, options and files in bash, zsh or fish.",
    description = {
      "",
      "Put the example's line into ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish. The script"
          + " knows the commands of this version.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {"  source <(rackplan completion)", "  rackplan completion fish | source"})
final class CompletionCommand implements Callable<Integer> {
  /** Shells that it knows. */
  enum Shell {
    bash,
    zsh,
    fish
  }

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "SHELL",
      defaultValue = "bash",
      description =
          "${COMPLETION-CANDIDATES}; bash and zsh take the same script. Default: ${DEFAULT-VALUE}.")
  private Shell shell = Shell.bash;

  @Override
  public Integer call() {
    String script =
        shell == Shell.fish
            ? FishCompletion.of(spec.root())
            : AutoComplete.bash("rackplan", spec.root().commandLine());
    spec.commandLine().getOut().print(script);
    return ExitCode.SOLVED;
  }
}
