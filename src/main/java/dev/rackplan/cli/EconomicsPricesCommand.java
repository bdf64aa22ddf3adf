package dev.rackplan.cli;

import dev.rackplan.cli.file.SheetOutput;
import dev.rackplan.cli.option.DurationConverter;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.model.Dtype;
import dev.rackplan.report.sheets.PriceSheets;
import dev.rackplan.report.sheets.SheetReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rackplan economics prices}. */
@Command(
    name = "prices",
    header = "From public prices to what they imply, and from a model to its prices.",
    description = {
      "",
      "A price step over the context says how many KV bytes a token has; output over input price the MFU of decoding; prices of kept input the memory it lies in. Each way back from the model of --model.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan economics prices --model deepseek-v3 --gpu h100-sxm --step 200000 --ratio 5"
    })
final class EconomicsPricesCommand implements Callable<Integer> {
  @Mixin private ModelOnGpu on;

  @Option(
      names = "--step",
      paramLabel = "N",
      defaultValue = "200000",
      description =
          "Context in tokens from which a provider charges more. Default: ${DEFAULT-VALUE}.")
  private double step;

  @Option(
      names = "--ratio",
      paramLabel = "N",
      defaultValue = "5",
      description = "Output price over input price. Default: ${DEFAULT-VALUE}.")
  private double ratio;

  @Option(
      names = "--prefill-mfu",
      paramLabel = "N",
      defaultValue = "0.5",
      description = "MFU of prefill. Default: ${DEFAULT-VALUE}.")
  private double prefillMfu;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "512",
      description = "Sequences that decode together, for the way back. Default: ${DEFAULT-VALUE}.")
  private long batch;

  @Option(
      names = "--base",
      paramLabel = "USD",
      defaultValue = "5",
      description = "Price of a million input tokens. Default: ${DEFAULT-VALUE}.")
  private double base;

  @Option(
      names = "--write",
      paramLabel = "USD",
      defaultValue = "6.25",
      description = "Price of a million input tokens that are kept. Default: ${DEFAULT-VALUE}.")
  private double write;

  @Option(
      names = "--hit",
      paramLabel = "USD",
      defaultValue = "0.5",
      description = "Price of a million input tokens that were kept. Default: ${DEFAULT-VALUE}.")
  private double hit;

  @Option(
      names = "--hold",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      defaultValue = "300s",
      description =
          "How long they are kept for it, such as 300s or 60m. Default: ${DEFAULT-VALUE}.")
  private double hold;

  @Mixin private SheetOutput output;

  @Override
  public Integer call() {
    output.requirePositive("--step", step);
    output.requirePositive("--ratio", ratio);
    output.requireShare("--prefill-mfu", prefillMfu);
    output.requirePositive("--batch", batch);
    output.requirePositive("--base", base);
    output.requirePositive("--hit", hit);
    output.requirePositive("--write less --base", write - base);
    output.requirePositive("--hold", hold);
    PriceSheets sheets =
        new PriceSheets(
            on.roofline(step, Dtype.BF16, Dtype.BF16),
            step,
            ratio,
            prefillMfu,
            batch,
            base,
            write,
            hit,
            hold,
            on.tiers());
    output.print(new SheetReport("What prices say, and " + on.model().name(), sheets.sheets()));
    return ExitCode.SOLVED;
  }
}
