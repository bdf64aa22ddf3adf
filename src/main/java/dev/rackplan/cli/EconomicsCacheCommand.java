package dev.rackplan.cli;

import dev.rackplan.cli.file.SheetOutput;
import dev.rackplan.cli.option.DtypeConverter;
import dev.rackplan.cli.option.DurationConverter;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.cost.economics.LifetimeEconomics;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.report.sheets.CacheSheets;
import dev.rackplan.report.sheets.SheetReport;
import dev.rackplan.topology.GpuSpec;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rackplan economics cache}. */
@Command(
    name = "cache",
    header = "Keep a context's KV cache or compute it again, and in which memory.",
    description = {
      "",
      "Holding costs bytes x price x time, reading back the drain time's worth of that, computing again the prefill's GPU time (2 FLOPs per active parameter and token; attention scores are left out). How long a read takes is not counted. The break-even table says for how long each tier is worth it.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan economics cache --model deepseek-v3 --gpu h100-sxm --context 32768 --hold 300s --reads 0.5 --html cache.html"
    })
final class EconomicsCacheCommand implements Callable<Integer> {
  @Mixin private ModelOnGpu on;

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "32768",
      description = "Tokens of the context. Default: ${DEFAULT-VALUE}.")
  private double context;

  @Option(
      names = "--hold",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      defaultValue = "300s",
      description = "Time until it is read again, such as 300s or 60m. Default: ${DEFAULT-VALUE}.")
  private double hold;

  @Option(
      names = "--reads",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Reads in that time, mean: 0.1 where one context in ten is asked for again. Default: ${DEFAULT-VALUE}.")
  private double reads;

  @Option(
      names = "--prefill-mfu",
      paramLabel = "N",
      defaultValue = "0.5",
      description = "MFU of prefill. Default: ${DEFAULT-VALUE}.")
  private double prefillMfu;

  @Option(
      names = "--kv",
      paramLabel = "DTYPE",
      defaultValue = "bf16",
      converter = DtypeConverter.class,
      description = "KV cache. Default: ${DEFAULT-VALUE}.")
  private Dtype kv;

  @Mixin private SheetOutput output;

  @Override
  public Integer call() {
    output.requirePositive("--context", context);
    output.requirePositive("--hold", hold);
    output.requirePositive("--reads", reads);
    output.requireShare("--prefill-mfu", prefillMfu);
    Model model = on.model();
    GpuSpec gpu = on.gpu();
    double prefillSeconds =
        Roofline.computeSeconds(
            context, model.activeParameters(), on.bf16FlopsPerSecond() * prefillMfu);
    CacheSheets sheets =
        new CacheSheets(
            context,
            model.kvCapacityBytes(context, kv),
            LifetimeEconomics.cacheRecomputeUsd(prefillSeconds, on.knownPrice() / 3600),
            hold,
            reads,
            on.tiers());
    output.print(
        new SheetReport("KV caches of " + model.name() + " on " + gpu.name(), sheets.sheets()));
    return ExitCode.SOLVED;
  }
}
