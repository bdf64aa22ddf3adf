package dev.rackplan.cli;

import dev.rackplan.cli.option.GpuName;
import dev.rackplan.cost.economics.CacheTier;
import dev.rackplan.cost.economics.ModelRoofline;
import dev.rackplan.json.InputException;
import dev.rackplan.json.ModelReader;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.topology.GpuSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.Option;

/** Options of commands that look at one model on one kind of GPU. */
final class ModelOnGpu {
  private static final double LEAST_USD = 1e-6;
  private static final double MOST_USD = 1e6;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "NAME|FILE",
      description = "A name of the catalogue, or the path of a config.json or a model file.")
  private String modelName;

  @Option(
      names = "--gpu",
      required = true,
      paramLabel = "NAME",
      description = "An accelerator of the catalogue.")
  private String gpuName;

  @Option(
      names = "--usd-per-hour",
      paramLabel = "N",
      description = "Price of a GPU. Default: the catalogue's.")
  private Optional<Double> usdPerHour = Optional.empty();

  Model model() {
    return ModelReader.read(modelName);
  }

  GpuSpec gpu() {
    return GpuName.entry("--gpu", gpuName).spec();
  }

  /** The vendor's dense BF16 FLOP/s. */
  double bf16FlopsPerSecond() {
    GpuSpec gpu = gpu();
    return gpu.peakFlops()
        .rate(16)
        .orElseThrow(
            () ->
                new InputException(
                    "command line",
                    "--gpu",
                    gpu.name() + " has no BF16 rate",
                    "Take another accelerator."));
  }

  /** As the user said, or the catalogue does, which may be nothing. */
  OptionalDouble price() {
    double given = usdPerHour.orElse(LEAST_USD);
    if (!(given >= LEAST_USD && given <= MOST_USD)) {
      throw new InputException(
          "command line",
          "--usd-per-hour",
          "must be in " + LEAST_USD + ".." + MOST_USD + ", was " + given,
          "Give what an hour of one GPU costs, such as 2.");
    }
    return usdPerHour.map(OptionalDouble::of).orElseGet(() -> gpu().usdPerHour());
  }

  /** The same, which must be known. */
  double knownPrice() {
    return price()
        .orElseThrow(
            () ->
                new InputException(
                    "command line",
                    "--usd-per-hour",
                    gpuName + " has no price in the catalogue",
                    "Give it, such as --usd-per-hour 2."));
  }

  /** The model in BF16 on GPUs of which as many hold it as its weights need. */
  ModelRoofline roofline(double contextTokens, Dtype weights, Dtype kv) {
    Model model = model();
    GpuSpec gpu = gpu();
    int gpus = ModelRoofline.fewestGpus(model, gpu, weights, weights, 0.1);
    try {
      return new ModelRoofline(model, gpu, gpus, weights, weights, kv, contextTokens);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          "command line", "", e.getMessage(), "Correct the option, or take another accelerator.");
    }
  }

  /** Memories that could keep a cache, the GPU's own first. */
  List<CacheTier> tiers() {
    GpuSpec gpu = gpu();
    List<CacheTier> tiers = new ArrayList<>();
    tiers.add(
        CacheTier.ofGpu(
            "HBM of " + gpu.name(),
            gpu.datasheet().bytes(),
            gpu.datasheet().bytesPerSecond(),
            knownPrice()));
    tiers.addAll(CacheTier.LOWER);
    return tiers;
  }
}
