package dev.rackplan.cli;

import dev.rackplan.cost.LifetimeSplit;
import dev.rackplan.cost.ModelRoofline;
import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ModelReader;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.report.EconomicsReport;
import dev.rackplan.report.EconomicsReport.Tier;
import dev.rackplan.topology.GpuSpec;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rackplan economics}: a model's life on the back of an envelope. */
@Command(
    name = "economics",
    header = "What a model costs over its life, and what prices say about it.",
    description = {
      "",
      "How many tokens to pretrain on and to spend on reinforcement learning where each costs as much as serving; the KV bytes",
      "that a price step gives away; the MFU of decoding behind a price ratio; and which memory should keep a cache.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan economics --model deepseek-v3 --gpu h800-sxm --served-per-second 5e7 --days 61 --json"
    })
final class EconomicsCommand implements Callable<Integer> {
  private static final double SECONDS_PER_DAY = 86_400;

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "NAME|FILE",
      description = "Gives the active parameters: a name of the catalogue, or a config.json.")
  private String modelName;

  @Option(
      names = "--gpu",
      required = true,
      paramLabel = "NAME",
      description = "Gives the hardware factor (BF16) and the drain time of its memory.")
  private String gpuName;

  @Option(
      names = "--served-per-second",
      paramLabel = "N",
      defaultValue = "5e7",
      description = "Tokens/s served, mean over the model's life. Default: ${DEFAULT-VALUE}.")
  private double servedPerSecond;

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "61",
      description = "Days that the model is served. Default: ${DEFAULT-VALUE}.")
  private double days;

  @Option(
      names = "--rl-flops",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "FLOPs per parameter and token of reinforcement learning, 2 to 6. Default: ${DEFAULT-VALUE}.")
  private double reinforcementFlops;

  @Option(
      names = "--relative-mfu",
      paramLabel = "N",
      defaultValue = "0.3",
      description = "MFU of decoding over that of training. Default: ${DEFAULT-VALUE}.")
  private double relativeMfu;

  @Option(
      names = "--price-step",
      paramLabel = "N",
      defaultValue = "200000",
      description = "Context in tokens from which a provider charges more. Default: 200000.")
  private double priceStepTokens;

  @Option(
      names = "--price-ratio",
      paramLabel = "N",
      defaultValue = "5",
      description = "Output price over input price. Default: ${DEFAULT-VALUE}.")
  private double priceRatio;

  @Option(
      names = "--prefill-mfu",
      paramLabel = "N",
      defaultValue = "0.5",
      description = "MFU of prefill. Default: ${DEFAULT-VALUE}.")
  private double prefillMfu;

  @Option(
      names = "--hold",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      defaultValue = "300s",
      description = "How long a cache is kept, such as 300s or 60m. Default: ${DEFAULT-VALUE}.")
  private double holdSeconds;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    requirePositive("--served-per-second", servedPerSecond);
    requirePositive("--days", days);
    requirePositive("--price-step", priceStepTokens);
    requirePositive("--price-ratio", priceRatio);
    requirePositive("--hold", holdSeconds);
    requirePositive("--prefill-mfu", prefillMfu);
    EconomicsReport report = report();
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? JsonText.of(report.tree()) : report.text());
    return ExitCode.SOLVED;
  }

  private EconomicsReport report() {
    Model model = ModelReader.read(modelName);
    GpuSpec gpu = GpuCatalog.load().entry(gpuName).spec();
    List<Tier> tiers = new ArrayList<>();
    tiers.add(new Tier("HBM of " + gpu.name(), gpu.drainSeconds()));
    tiers.addAll(EconomicsReport.LOWER_TIERS);
    try {
      LifetimeSplit split =
          new LifetimeSplit(
              model.activeParameters(),
              servedPerSecond * days * SECONDS_PER_DAY,
              reinforcementFlops,
              relativeMfu);
      double factor =
          new ModelRoofline(model, gpu, 1, Dtype.BF16, Dtype.BF16, Dtype.BF16, priceStepTokens)
              .hardwareFactor();
      return new EconomicsReport(
          split, factor, priceStepTokens, priceRatio, prefillMfu, holdSeconds, tiers);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          "command line", "", e.getMessage(), "Correct the option, or take another accelerator.");
    }
  }

  private void requirePositive(String option, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new ParameterException(spec.commandLine(), option + " must be > 0");
    }
  }
}
