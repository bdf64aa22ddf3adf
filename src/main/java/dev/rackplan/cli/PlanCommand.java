package dev.rackplan.cli;

import dev.rackplan.json.GpuCatalog;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.json.ModelReader;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.RequestTraceFile;
import dev.rackplan.model.Dtype;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.DeploymentReport;
import dev.rackplan.serving.DeploymentSearch;
import dev.rackplan.serving.Found;
import dev.rackplan.serving.Goal;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.workload.RequestLengths;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rackplan plan}: a deployment for one sentence of a question. */
@Command(
    name = "plan",
    header = "Says what to launch for a model, GPUs, lengths and limits, without a file.",
    description = {
      "",
      "Tries instances of every size that fits, prompts and decode on the same GPUs or on pools of their own,",
      "in each layout that the engine starts; prints the best first, what binds, and how to launch it.",
      "Routing of MoE models is synthetic, experts lie in order; times are means of a steady state.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan plan --model qwen3-235b-a22b --gpu h200 --gpus 32 --isl 4000 --osl 1000 --ttft 1000ms --tpot 20ms"
    })
final class PlanCommand implements Callable<Integer> {
  private static final int MOST_GPUS = 100_000;
  private static final double MOST_TOKENS = 1e7;

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "NAME|FILE",
      description = "A name of the catalogue, a Hugging Face id, or the path of a config.json.")
  private String model;

  @Option(
      names = "--gpu",
      required = true,
      paramLabel = "NAME",
      description = "An accelerator of the catalogue, such as h200 or GB200.")
  private String gpu;

  @Option(names = "--gpus", required = true, paramLabel = "N", description = "How many there are.")
  private int gpus;

  @Option(
      names = "--isl",
      paramLabel = "N",
      description = "Tokens of a prompt, mean, its cached part included.")
  private Optional<Double> inputTokens = Optional.empty();

  @Option(names = "--osl", paramLabel = "N", description = "Tokens of an answer, mean.")
  private Optional<Double> outputTokens = Optional.empty();

  @Option(
      names = "--ttft",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Most mean time to first token, such as 1000ms. Default: any.")
  private Optional<Double> ttft = Optional.empty();

  @Option(
      names = "--tpot",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Most mean time per output token, such as 20ms. Default: any.")
  private Optional<Double> tpot = Optional.empty();

  @Option(
      names = "--rate",
      paramLabel = "N|max",
      defaultValue = "max",
      description =
          "Requests per second to keep up with on the fewest GPUs, or the most that all of them can. Default: ${DEFAULT-VALUE}.")
  private String rate;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      defaultValue = "sglang",
      description = "sglang, vllm, vllm-ascend or tensorrt-llm. Default: ${DEFAULT-VALUE}.")
  private String engine;

  @Option(
      names = "--weights",
      paramLabel = "DTYPE",
      converter = DtypeConverter.class,
      description = "Format of all weights, such as fp8. Default: as the checkpoint.")
  private Optional<Dtype> weights = Optional.empty();

  @Option(
      names = "--prefix-cached",
      paramLabel = "SHARE",
      description =
          "Share of a prompt that is found in a prefix cache. Default: 0, or the trace's.")
  private Optional<Double> cached = Optional.empty();

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      description = "Take lengths and the cached share from recorded requests: see 'requests'.")
  private Optional<String> trace = Optional.empty();

  @Option(
      names = "--write",
      paramLabel = "DIR",
      description = "Also write topology, problem, solution and launch files of the best.")
  private Optional<String> folder = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    require(gpus >= 1 && gpus <= MOST_GPUS, "--gpus must be in 1.." + MOST_GPUS);
    Goal goal = goal();
    GpuCatalogEntry entry = entry();
    String word = modelWord();
    PlannedFiles files =
        new PlannedFiles(word, ModelReader.read(word), weights, entry, gpus, engineName(), goal);
    ProblemFile.Loaded loaded = files.question();
    Problem question = loaded.problem();
    DeploymentSearch.Answer answer = new DeploymentSearch(question, entry, gpus, goal).answer();
    PrintWriter out = spec.commandLine().getOut();
    if (answer.deployments().isEmpty()) {
      spec.commandLine().getErr().println("no deployment keeps the limits: " + answer.nearest());
      if (json) {
        out.print(JsonText.of(Map.of("deployments", List.of(), "nearest", answer.nearest())));
      }
      return ExitCode.NO_FEASIBLE_PLAN;
    }
    DeploymentReport report =
        new DeploymentReport(
            answer.deployments(),
            gpus,
            goal.outputTokens(),
            goal.requestsPerSecond().isPresent(),
            entry.spec().usdPerHour());
    Found best = answer.deployments().get(0);
    List<String> written = folder.map(to -> files.write(to, best)).orElse(List.of());
    if (json) {
      out.print(JsonText.of(report.tree()));
      return ExitCode.SOLVED;
    }
    out.println(report.headline());
    out.println();
    out.println(report.table());
    out.print(files.launch(best));
    written.forEach(file -> out.println("written: " + file));
    return ExitCode.SOLVED;
  }

  private void require(boolean holds, String words) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), words);
    }
  }

  // The beginning of one name will do.
  private String modelWord() {
    List<String> begun =
        ModelCatalog.names().stream().filter(name -> name.startsWith(model)).toList();
    boolean known = ModelCatalog.find(model).isPresent();
    return !known && begun.size() == 1 ? begun.get(0) : model;
  }

  private GpuCatalogEntry entry() {
    GpuCatalog catalog = GpuCatalog.load();
    return catalog.meant(gpu).orElseGet(() -> catalog.entry(gpu));
  }

  private String engineName() {
    EngineKind kind =
        EngineKind.of(engine)
            .filter(known -> !known.trains())
            .orElseThrow(
                () ->
                    new InputException(
                        "command line",
                        "--engine",
                        "no serving engine is called " + engine,
                        "Give sglang, vllm, vllm-ascend or tensorrt-llm."));
    return kind.title().toLowerCase(Locale.ROOT);
  }

  private Goal goal() {
    Optional<RequestLengths> lengths =
        trace.map(file -> RequestTraceFile.read(InputFiles.path(file), file, OptionalInt.empty()));
    double prompt =
        inputTokens.orElseGet(() -> lengths.map(known -> known.prompts().mean()).orElse(0.0));
    double answer =
        outputTokens.orElseGet(
            () -> lengths.flatMap(known -> known.answers()).map(s -> s.mean()).orElse(0.0));
    require(
        prompt >= 1 && prompt <= MOST_TOKENS && answer >= 1 && answer <= MOST_TOKENS,
        "--isl and --osl must be in 1..10000000 tokens, or --trace must tell them");
    double share =
        cached.orElseGet(() -> lengths.map(known -> known.cachedTokens() / prompt).orElse(0.0));
    require(share >= 0 && share < 1, "--prefix-cached must be at least 0 and less than 1");
    return new Goal(
        prompt,
        share * prompt,
        answer,
        ttft.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
        tpot.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
        requests());
  }

  private OptionalDouble requests() {
    if (rate.equals("max")) {
      return OptionalDouble.empty();
    }
    try {
      double perSecond = Double.parseDouble(rate);
      require(perSecond > 0 && perSecond < 1e9, "--rate must be more than 0, or max");
      return OptionalDouble.of(perSecond);
    } catch (NumberFormatException e) {
      throw new ParameterException(
          spec.commandLine(), "--rate must be a number of requests per second, or max", e);
    }
  }
}
