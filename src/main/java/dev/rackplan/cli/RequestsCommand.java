package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.RequestTraceFile;
import dev.rackplan.report.RequestReport;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan requests}: what a trace of requests says to a problem. */
@Command(
    name = "requests",
    header = "Reads a trace of requests, and gives the workload that problems need.",
    description = {
      "",
      "JSONL as in Mooncake's traces: input_length, output_length, timestamp in ms, hash_ids; as in Bailian's, with parent_chat_id: timestamp in s.",
      "CSV as in Azure's: TIMESTAMP, ContextTokens, GeneratedTokens; as in BurstGPT's: Timestamp, Request tokens, Response tokens; as in Vidur's: arrived_at, num_prefill_tokens, num_decode_tokens.",
      "Prints lengths and rates, and for each phase the keys to put into a problem's workload.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {"  rackplan requests conversation_trace.jsonl --json"})
final class RequestsCommand implements Callable<Integer> {
  private static final int MAX_BLOCK_TOKENS = 1 << 20;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "Trace, .jsonl, .csv or either with .gz.")
  private String file;

  @Option(
      names = "--block-tokens",
      paramLabel = "N",
      description =
          "Tokens of the block that one of hash_ids stands for. Default: 512, of Bailian's traces 16.")
  private Optional<Integer> blockTokens = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    RequestReport report =
        new RequestReport(
            file,
            RequestTraceFile.read(InputFiles.path(file), file, blockTokens(spec, blockTokens)));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.print(JsonText.of(report.tree()));
    } else {
      out.print(report.text());
      out.print("\nKeys of workload:\n");
      report.workloads().values().forEach(keys -> out.print(JsonText.line(keys)));
    }
    return ExitCode.SOLVED;
  }

  /** Tokens of a block as the option says; empty = as the trace's form says. */
  static OptionalInt blockTokens(CommandSpec spec, Optional<Integer> given) {
    if (given.filter(tokens -> tokens < 1 || tokens > MAX_BLOCK_TOKENS).isPresent()) {
      throw new ParameterException(
          spec.commandLine(),
          "--block-tokens must be in 1.." + MAX_BLOCK_TOKENS + ", was " + given.get());
    }
    return given.map(OptionalInt::of).orElse(OptionalInt.empty());
  }
}
