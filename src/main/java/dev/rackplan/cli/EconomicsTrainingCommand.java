package dev.rackplan.cli;

import dev.rackplan.cli.file.SheetOutput;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.cost.economics.LifetimeSplit;
import dev.rackplan.json.InputException;
import dev.rackplan.model.Model;
import dev.rackplan.report.sheets.SheetReport;
import dev.rackplan.report.sheets.TrainingSheets;
import dev.rackplan.topology.GpuSpec;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rackplan economics training}. */
@Command(
    name = "training",
    header = "A model's life: pretraining, reinforcement learning and serving at equal cost.",
    description = {
      "",
      "The least sum of costs that work against each other is near where they are equal. From the tokens served follow those to pretrain on and those of reinforcement learning, in FLOPs, GPU hours and USD, and how far that is from compute-optimal training.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan economics training --model deepseek-v3 --gpu h800-sxm --served-per-second 5e7 --days 61 --trained 14.8e12"
    })
final class EconomicsTrainingCommand implements Callable<Integer> {
  private static final double SECONDS_PER_DAY = 86_400;

  @Mixin private ModelOnGpu on;

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
      names = "--training-mfu",
      paramLabel = "N",
      defaultValue = "0.4",
      description = "MFU of training, of the BF16 peak. Default: ${DEFAULT-VALUE}.")
  private double trainingMfu;

  @Option(
      names = "--trained",
      paramLabel = "N",
      description = "Tokens that the model was trained on, to compare with.")
  private Optional<Double> trained = Optional.empty();

  @Mixin private SheetOutput output;

  @Override
  public Integer call() {
    output.requirePositive("--served-per-second", servedPerSecond);
    output.requirePositive("--days", days);
    output.requireShare("--training-mfu", trainingMfu);
    trained.ifPresent(tokens -> output.requirePositive("--trained", tokens));
    Model model = on.model();
    GpuSpec gpu = on.gpu();
    LifetimeSplit split;
    try {
      split =
          new LifetimeSplit(
              model.activeParameters(),
              servedPerSecond * days * SECONDS_PER_DAY,
              reinforcementFlops,
              relativeMfu);
    } catch (IllegalArgumentException e) {
      throw new InputException("command line", "", e.getMessage(), "Correct the option.");
    }
    TrainingSheets sheets =
        new TrainingSheets(
            split,
            on.bf16FlopsPerSecond(),
            trainingMfu,
            on.price(),
            trained.map(OptionalDouble::of).orElse(OptionalDouble.empty()));
    output.print(
        new SheetReport("The life of " + model.name() + " on " + gpu.name(), sheets.sheets()));
    return ExitCode.SOLVED;
  }
}
