package dev.rackplan.cli;

import dev.rackplan.json.JsonText;
import dev.rackplan.json.RequestTraceFile;
import dev.rackplan.report.RequestReport;
import java.io.PrintWriter;
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
    header = "Reads a trace of requests, and gives the workload that problems need of it.",
    description = {
      "",
      "JSONL as in Mooncake's traces: input_length, output_length, timestamp in ms, hash_ids.",
      "CSV as in Azure's: TIMESTAMP, ContextTokens, GeneratedTokens; as in BurstGPT's: Timestamp, Request tokens, Response tokens.",
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
      defaultValue = "512",
      description =
          "Tokens of the block that one of hash_ids stands for. Default: ${DEFAULT-VALUE}.")
  private int blockTokens;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    if (blockTokens < 1 || blockTokens > MAX_BLOCK_TOKENS) {
      throw new ParameterException(
          spec.commandLine(),
          "--block-tokens must be in 1.." + MAX_BLOCK_TOKENS + ", was " + blockTokens);
    }
    RequestReport report =
        new RequestReport(file, RequestTraceFile.read(InputFiles.path(file), file, blockTokens));
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
}
