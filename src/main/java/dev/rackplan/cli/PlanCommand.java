package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.option.DtypeConverter;
import dev.rackplan.cli.option.DurationConverter;
import dev.rackplan.cli.option.GpuName;
import dev.rackplan.cli.planning.GoalOptions;
import dev.rackplan.cli.planning.PercentileSearch;
import dev.rackplan.cli.planning.PlannedFiles;
import dev.rackplan.cli.planning.PlannedTopologies;
import dev.rackplan.cli.planning.RoutingSource;
import dev.rackplan.cli.planning.TightenedLimits.Tried;
import dev.rackplan.cli.planning.TrainOptions;
import dev.rackplan.cli.planning.TrainingFiles;
import dev.rackplan.cli.planning.TrainingPlanning;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.FirstRows;
import dev.rackplan.cli.terminal.Interruption;
import dev.rackplan.cli.terminal.ProgressLines;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ModelCatalog;
import dev.rackplan.json.ModelReader;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.DeploymentReport;
import dev.rackplan.report.DeploymentTree;
import dev.rackplan.report.ReplayedLimits;
import dev.rackplan.serving.Cluster;
import dev.rackplan.serving.DeploymentSearch;
import dev.rackplan.serving.Found;
import dev.rackplan.serving.Goal;
import dev.rackplan.topology.GpuCatalogEntry;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
      "Tries instances of every size that fits, prompts and decode on the same GPUs or on pools of their own, in each layout that the engine starts; prints the best first, what binds, and how to launch it.",
      "Routing of MoE models is synthetic without --routing, experts lie in order; times are means of a steady state. Ctrl-C and --time-limit print the best of what was looked at.",
      "With --train: the layout with the shortest step, its rank and launch command.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan plan --model qwen3-235b-a22b --gpu h200 --gpus 32 --isl 4000 --osl 1000 --ttft"
          + " 1000ms --tpot 20ms",
      "  rackplan plan --train --model llama-3.1-405b --gpu h100 --gpus 1024 --global-batch 2048"
          + " --seq 8192"
    })
final class PlanCommand implements Callable<Integer> {
  private static final int MOST_GPUS = 100_000;
  // Rows that are exact, beside the front.
  private static final int SHOWN = 16;

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
      names = "--prefill-gpu",
      paramLabel = "NAME",
      description = "Read prompts on GPUs of their own kind; --gpu decodes then.")
  private Optional<String> prefillGpu = Optional.empty();

  @Option(names = "--prefill-gpus", paramLabel = "N", description = "How many of them there are.")
  private Optional<Integer> prefillGpus = Optional.empty();

  @Mixin private GoalOptions goals;

  @Mixin private TrainOptions training;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      defaultValue = "sglang",
      description =
          "sglang, vllm, vllm-ascend or tensorrt-llm; with --train megatron (default) or any."
              + " Default: ${DEFAULT-VALUE}.")
  private String engine;

  @Option(
      names = "--weights",
      paramLabel = "DTYPE",
      converter = DtypeConverter.class,
      description = "Format of all weights, such as fp8. Default: as the checkpoint.")
  private Optional<Dtype> weights = Optional.empty();

  @Option(
      names = "--kv-cache",
      paramLabel = "DTYPE",
      converter = DtypeConverter.class,
      description =
          "Format of KV caches, such as fp8. Default: the checkpoint's scales, else 16 bits.")
  private Optional<Dtype> cache = Optional.empty();

  @Option(
      names = "--routing",
      paramLabel = "FILE",
      description =
          "Expert loads (JSON, JSONL) or recorded tokens (CSV, also gzipped) of a model with experts."
              + " Default: synthetic ones.")
  private Optional<String> routing = Optional.empty();

  @Option(
      names = "--usd-per-hour",
      paramLabel = "N",
      description = "Price of a GPU. Default: the catalogue's.")
  private Optional<Double> usdPerHour = Optional.empty();

  @Option(
      names = "--watts",
      paramLabel = "N",
      description =
          "Power of a GPU with its share of host, network and cooling, for tokens per MWh.")
  private Optional<Double> watts = Optional.empty();

  @Option(
      names = "--time-limit",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Print the best of what was looked at by then. Default: until all was.")
  private Optional<Double> timeLimit = Optional.empty();

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
    training.refuseMixed(spec);
    usdPerHour.ifPresent(usd -> require(usd >= 0, "--usd-per-hour must be at least 0"));
    return training.asked() ? train() : serve();
  }

  private int train() {
    String word = modelWord();
    TrainingFiles files =
        new TrainingFiles(
            word,
            ModelReader.read(word),
            entry("--gpu", gpu),
            gpus,
            training.trained(trainingEngine()),
            routing());
    return new TrainingPlanning(files, training).plan(spec.commandLine(), timeLimit, folder, json);
  }

  private String trainingEngine() {
    boolean given = spec.commandLine().getParseResult().hasMatchedOption("--engine");
    if (given && engine.equals(TrainingPlanning.ANY_ENGINE)) {
      return engine;
    }
    return EngineKind.of(given ? engine : EngineKind.MEGATRON.title())
        .filter(EngineKind::trains)
        .map(EngineKind::title)
        .orElseThrow(
            () ->
                new InputException(
                    "command line",
                    "--engine",
                    "no training engine is called " + engine,
                    "Give megatron, or any for the schedules of all."));
  }

  private int serve() {
    require(
        prefillGpu.isPresent() == prefillGpus.isPresent(),
        "--prefill-gpu and --prefill-gpus belong together");
    int readers = prefillGpus.orElse(1);
    require(readers >= 1 && readers <= MOST_GPUS, "--prefill-gpus must be in 1.." + MOST_GPUS);
    watts.ifPresent(power -> require(power > 0, "--watts must be more than 0"));
    long end = timeLimit.map(s -> System.nanoTime() + (long) (1e9 * s)).orElse(Long.MAX_VALUE);
    Goal goal = goals.goal();
    GpuCatalogEntry entry = entry("--gpu", gpu);
    String word = modelWord();
    Model read = ModelReader.read(word);
    goals.refuseLonger(read, goal);
    PlannedFiles files =
        new PlannedFiles(
            word,
            read,
            weights,
            cache,
            entry,
            engineName(),
            goal,
            routing(),
            new PlannedTopologies(
                gpus, prefillGpus.map(OptionalInt::of).orElse(OptionalInt.empty())));
    Problem question = files.question(gpus);
    Cluster decoding = Cluster.of(entry, gpus, question);
    Optional<Cluster> reading = prefillGpu.map(name -> reading(files, name));
    List<Cluster> clusters = Stream.concat(Stream.of(decoding), reading.stream()).toList();
    try (Interruption interruption = new Interruption()) {
      BooleanSupplier stop = () -> interruption.asked() || System.nanoTime() - end >= 0;
      boolean terminal = !json && ProgressLines.isTerminal();
      Tried<DeploymentSearch.Answer> tried;
      PercentileSearch search =
          new PercentileSearch(
              new DeploymentSearch(decoding, reading, goal, SHOWN, goals.modes()),
              goals,
              goal,
              files,
              clusters);
      try (FirstRows rows = new FirstRows(spec.commandLine().getErr(), terminal)) {
        Consumer<DeploymentSearch.Answer> better =
            found -> rows.show(() -> first(found, goal, clusters));
        tried = search.answer(stop, better);
      }
      DeploymentSearch.Answer answer = tried.found();
      int code =
          answer.deployments().isEmpty() || !keeps(tried)
              ? nothing(tried)
              : print(report(answer, goal, clusters, tried.limits()), files, question, search);
      return interruption.exitCode(code);
    }
  }

  // Whether what was replayed, if anything was, keeps its limits.
  private static boolean keeps(Tried<DeploymentSearch.Answer> tried) {
    return tried.limits().isEmpty() || tried.kept();
  }

  private String first(DeploymentSearch.Answer found, Goal goal, List<Cluster> clusters) {
    return found.deployments().isEmpty()
        ? ""
        : report(found, goal, clusters, Optional.empty()).table()
            + found.looked()
            + " instances priced in full so far\n";
  }

  private DeploymentReport report(
      DeploymentSearch.Answer answer,
      Goal goal,
      List<Cluster> clusters,
      Optional<ReplayedLimits> replayed) {
    return new DeploymentReport(
        answer.deployments(),
        goal,
        clusters,
        watts.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
        answer.leftOut(),
        answer.afterLoss(),
        answer.complete(),
        replayed);
  }

  private int nothing(Tried<DeploymentSearch.Answer> tried) {
    DeploymentSearch.Answer answer = tried.found();
    String nearest =
        tried.limits().map(ReplayedLimits::words).orElseGet(() -> answer.nearest().words());
    spec.commandLine()
        .getErr()
        .println(
            answer.complete()
                ? "no deployment keeps the limits: "
                    + nearest
                    + "\n  "
                    + answer.nearest().remedy().orElseGet(goals::remedy)
                : "stopped before a deployment was found");
    if (json) {
      Map<String, Object> tree = new LinkedHashMap<>();
      tree.put("complete", answer.complete());
      tree.put("nearest", nearest);
      tree.put("deployments", List.of());
      spec.commandLine().getOut().print(JsonText.of(tree));
    }
    return ExitCode.NO_FEASIBLE_PLAN;
  }

  private int print(
      DeploymentReport report, PlannedFiles files, Problem question, PercentileSearch search) {
    PrintWriter out = spec.commandLine().getOut();
    Found best = report.deployments().get(0);
    List<String> written = new ArrayList<>();
    folder.ifPresent(to -> written.addAll(files.write(to, best)));
    if (report.replayed().isPresent()) {
      folder.ifPresent(to -> written.add(PlannedFiles.writePage(to, search.report(best))));
    }
    if (json) {
      Map<String, Object> tree = DeploymentTree.of(report);
      tree.put("routing", files.routingWords());
      out.print(JsonText.of(tree));
      return ExitCode.SOLVED;
    }
    out.println(report.headline());
    out.println(files.told(question));
    String percentiles = report.percentiles();
    out.print(percentiles.isEmpty() ? "" : percentiles + '\n');
    out.println(report.table());
    out.println(report.prices());
    out.print(files.launch(best));
    written.forEach(file -> out.println("written: " + file));
    return ExitCode.SOLVED;
  }

  private Cluster reading(PlannedFiles files, String name) {
    PlannedFiles own = files.on(entry("--prefill-gpu", name));
    int count = prefillGpus.orElseThrow();
    return Cluster.ofPrompts(own.gpu(), count, own.question(count));
  }

  private Optional<RoutingSource> routing() {
    return routing.map(file -> RoutingSource.of(InputFiles.path(file), file));
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

  private GpuCatalogEntry entry(String option, String name) {
    GpuCatalogEntry entry = GpuName.entry(option, name);
    return usdPerHour.map(entry::withUsdPerHour).orElse(entry);
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
}
