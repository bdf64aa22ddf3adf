package dev.rackplan.cli;

import dev.rackplan.cli.file.OutputFile;
import dev.rackplan.cli.option.DtypeConverter;
import dev.rackplan.cli.option.GpuName;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.cost.economics.ModelRoofline;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ModelReader;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.model.StoredFormats;
import dev.rackplan.report.html.RooflinePage;
import dev.rackplan.report.sheets.RooflineText;
import dev.rackplan.report.sheets.RooflineTree;
import dev.rackplan.topology.GpuSpec;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rackplan roofline}: the lecture's picture for one model on one kind of GPU. */
@Command(
    name = "roofline",
    header = "What a decode step takes and costs against the batch, by the roofline.",
    description = {
      "",
      "Compute, weight fetch and KV fetch at the vendor's rates: lower bounds that no deployment beats, for a first look.",
      "Communication, attention scores and imbalance are left out; 'solve' and 'evaluate' count them.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan roofline --model deepseek-v3 --gpu h800-sxm --weights fp8 --context 8192",
      "  rackplan roofline --model ./config.json --gpu gb200 --gpus 72 --html roofline.html"
    })
final class RooflineCommand implements Callable<Integer> {
  private static final double MOST_TOKENS = 1e9;
  private static final int MOST_GPUS = 1_000_000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "NAME|FILE",
      description =
          "A name of the catalogue, or the path of a Hugging Face config.json or a model file.")
  private String modelName;

  @Option(
      names = "--gpu",
      required = true,
      paramLabel = "NAME",
      description = "An accelerator of the catalogue.")
  private String gpuName;

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "4096",
      description = "Tokens of context of each sequence. Default: ${DEFAULT-VALUE}.")
  private double contextTokens;

  @Option(
      names = "--gpus",
      paramLabel = "N",
      description =
          "GPUs that share the model evenly. Default: the fewest that hold its weights in 90%% of their memory.")
  private Optional<Integer> gpus = Optional.empty();

  @Option(
      names = "--weights",
      paramLabel = "DTYPE",
      converter = DtypeConverter.class,
      description =
          "All weights but the routed experts', such as fp8. Default: as the checkpoint, else bf16.")
  private Optional<Dtype> weights = Optional.empty();

  @Option(
      names = "--experts",
      paramLabel = "DTYPE",
      converter = DtypeConverter.class,
      description = "Routed experts' weights. Default: as --weights, else as the checkpoint.")
  private Optional<Dtype> experts = Optional.empty();

  @Option(
      names = "--kv",
      paramLabel = "DTYPE",
      converter = DtypeConverter.class,
      description = "KV cache. Default: as the checkpoint, else bf16.")
  private Optional<Dtype> kv = Optional.empty();

  @Mixin private OutputFile.Force force = new OutputFile.Force();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write the charts to a page that opens without a network.")
  private Optional<String> html = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    if (!(contextTokens >= 1 && contextTokens <= MOST_TOKENS)) {
      throw new ParameterException(spec.commandLine(), "--context must be in 1..1000000000 tokens");
    }
    if (gpus.isPresent() && !(gpus.get() >= 1 && gpus.get() <= MOST_GPUS)) {
      throw new ParameterException(spec.commandLine(), "--gpus must be in 1..1000000");
    }
    ModelRoofline roofline = roofline();
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? JsonText.of(RooflineTree.of(roofline)) : RooflineText.of(roofline));
    html.ifPresent(file -> OutputFile.write(spec, file, RooflinePage.of(roofline), force));
    return ExitCode.SOLVED;
  }

  private ModelRoofline roofline() {
    Model model = ModelReader.read(modelName);
    GpuSpec gpu = GpuName.entry("--gpu", gpuName).spec();
    Optional<StoredFormats> stored = model.stored();
    Dtype others = weights.or(() -> stored.map(StoredFormats::weights)).orElse(Dtype.BF16);
    Dtype expertWeights =
        experts.or(() -> weights).or(() -> stored.map(StoredFormats::experts)).orElse(others);
    Dtype cache = kv.or(() -> stored.flatMap(StoredFormats::kv)).orElse(Dtype.BF16);
    int count =
        gpus.orElseGet(
            () ->
                ModelRoofline.fewestGpus(
                    model, gpu, others, expertWeights, RooflineText.MEMORY_RESERVE));
    try {
      return new ModelRoofline(model, gpu, count, others, expertWeights, cache, contextTokens);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          "command line", "", e.getMessage(), "Give a dtype that the accelerator computes in.");
    }
  }
}
