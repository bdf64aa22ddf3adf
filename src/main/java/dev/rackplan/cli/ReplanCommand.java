package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.OutputFolder;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.option.DurationConverter;
import dev.rackplan.cli.option.WindowLimits;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.problem.Problem;
import dev.rackplan.replan.NoReplanException;
import dev.rackplan.replan.Replan;
import dev.rackplan.replan.ReplanOptions;
import dev.rackplan.replan.ReplanPoint;
import dev.rackplan.replan.Replanner;
import dev.rackplan.replan.RunningPlan;
import dev.rackplan.replan.WindowOptions;
import dev.rackplan.report.ReplanReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan replan}: from a running plan to one for a changed problem. */
@Command(
    name = "replan",
    header = "Changes a running plan for a changed problem, moving few expert weights.",
    description = {
      "",
      "The problem says how things are now: drained or replaced GPUs, added racks, other routing, another load. Stages, replicas and GPUs go on as far as they can; lost GPUs are replaced by idle ones, or their ranks are left out; more replicas, where layout.replicas of the problem asks for them, begin on idle GPUs.",
      "Written are the new solution and NAME.moves.csv; printed is what each further GB moved is worth. Without --max-moved-gb the plan is taken that moves least within 1.5%% of the fastest; where nothing changed, the running one.",
      "",
      "With --watch each file of expert counts in DIR is a window, in the order of names. After each, experts move where the windows so far promise more till the next window than the links take to move them; the solution, NAME.moves.csv and the engine's map are replaced in the -o folder, each whole. What is written depends on the files alone, except under --time-limit.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan replan docs/replan/deepseek-v3-decode-gb200-drained.json --from solutions/deepseek-v3-decode-gb200.json",
      "  rackplan replan --from solutions/kimi-k2-decode-h200.json --drain rack-0/domain-0/node-0",
      "  rackplan replan --from solutions/kimi-k2-decode-h200.json --watch counts --max-moved-gb 20"
    })
final class ReplanCommand implements Callable<Integer> {
  private static final String WATCH = "--watch";

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "PROBLEM",
      description = "Problem file: how things are now. Default: the running plan's problem.")
  private Optional<String> givenProblem = Optional.empty();

  @Option(
      names = "--from",
      required = true,
      paramLabel = "SOLUTION",
      description = "The running plan; its own problem says what it was made for.")
  private String from;

  @Option(
      names = "--drain",
      split = ",",
      paramLabel = "NAME",
      description =
          "Racks, domains, nodes or GPUs to take out of use, such as rack-0/domain-0/node-3, beside those that the problem drains; several with commas. Replicas, expertParallel and redundantExperts may then differ from the problem's.")
  private List<String> drain = List.of();

  @Option(
      names = "--max-moved-gb",
      paramLabel = "GB",
      description = "Move at most so many GB of expert weights.")
  private Optional<Double> maxMoved = Optional.empty();

  @Option(
      names = "--pin-layers",
      paramLabel = "LIST",
      description =
          "MoE layers, such as 3-10,20, that change only as far as they must; counted among all layers from 0.")
  private Optional<String> pinLayers = Optional.empty();

  @Option(
      names = "--pin-gpus",
      split = ",",
      paramLabel = "NAME",
      description =
          "Racks, domains, nodes or GPUs whose experts stay, such as rack-0/domain-0/node-3; several with commas.")
  private List<String> pinGpus = List.of();

  @Option(
      names = "--pin-experts",
      split = ",",
      paramLabel = "L:E",
      description =
          "Experts whose copies stay, as layer:expert, such as 3:17; several with commas.")
  private List<String> pinExperts = List.of();

  @Option(
      names = WATCH,
      paramLabel = "DIR",
      description =
          "Follow a folder that the engine writes its expert counts to, a file a window, and write a new map after each where a move pays, until Ctrl-C.")
  private Optional<String> watch = Optional.empty();

  @Option(names = "--once", description = "With --watch: take in what is there, and end.")
  private boolean once;

  @Mixin private WindowLimits windows;

  @Option(
      names = "--time-limit",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "With --watch: wall-clock time of each replanning, instead of --steps.")
  private Optional<Double> timeLimit = Optional.empty();

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Moves scored per MoE layer and search. Default: ${DEFAULT-VALUE}.",
      defaultValue = "5000")
  private long steps;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of every random choice. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  private long seed;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "DIR",
      description = "Folder of the new solution; made if need be. Default: ${DEFAULT-VALUE}.",
      defaultValue = "replans")
  private String output;

  @Option(names = "--json", description = "Print JSON: the curve and the plan taken.")
  private boolean json;

  @Override
  public Integer call() {
    if (steps < 1 || maxMoved.filter(limit -> !(limit >= 0)).isPresent()) {
      throw new ParameterException(
          spec.commandLine(), "--steps must be >= 1 and --max-moved-gb >= 0");
    }
    if (watch.isPresent()) {
      return watch(watch.get());
    }
    if (once || windows.given() || timeLimit.isPresent()) {
      throw new ParameterException(
          spec.commandLine(),
          "--once, --window-weight, --window-steps and --time-limit need " + WATCH);
    }
    Solved old = Solved.read(from);
    String name = givenProblem.orElse(from);
    Path target = OutputFolder.targets(output, "-o", List.of(name), ".json").get(name);
    if (InputFiles.samePath(target, InputFiles.path(from))) {
      throw new InputException(
          from, "", "would be overwritten by the new plan", "Give another folder with -o.");
    }
    ChangedProblem now = ChangedProblem.of(old, givenProblem, drain);
    now.refuseOtherModel(old.problem(), from);
    boolean unchanged =
        old.contents().provenance().inputSha256().equals(now.loaded().sha256())
            && old.contents().drained().equals(now.drained());
    try {
      Optional<SolutionFile.PoolLink> pool = pool();
      Problem free = pool.map(now::withoutOtherPool).orElse(now.problem());
      Replan replan =
          Replanner.of(new RunningPlan(old.problem(), old.plan()), free, options(free, unchanged));
      return finish(replan, now, files(pool, now, target));
    } catch (NoReplanException e) {
      throw new InputException(now.shown(), "", e.getMessage(), e.remedy());
    }
  }

  private int watch(String shown) {
    if (givenProblem.isPresent()
        || json
        || !drain.isEmpty()
        || !pinGpus.isEmpty()
        || !pinExperts.isEmpty()
        || pinLayers.isPresent()) {
      throw new ParameterException(
          spec.commandLine(), WATCH + " excludes PROBLEM, --json, --drain and pins");
    }
    Path folder = InputFiles.path(shown);
    if (!Files.isDirectory(folder)) {
      throw new InputException(
          shown, "", "is no folder", "Give the folder of the engine's counts.");
    }
    Path target = OutputFolder.targets(output, "-o", List.of(from), ".json").get(from);
    if (InputFiles.samePath(target.toAbsolutePath().getParent(), folder)) {
      throw new InputException(
          shown, "", "would get the new maps among its counts", "Give another folder with -o.");
    }
    Solved old = Solved.read(from);
    if (old.plan().experts().isEmpty()) {
      throw new InputException(
          from, "", "has no experts to move", "Give a solution of a model with experts.");
    }
    ReplanFiles files = files(pool(), ChangedProblem.none(old), target);
    WindowOptions options =
        windows.options(
            maxMoved.map(limit -> limit * 1e9).orElse(Double.POSITIVE_INFINITY),
            steps,
            timeLimit.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
            seed,
            Runtime.getRuntime().availableProcessors());
    return new ReplanWatch(
            folder,
            old,
            options,
            replan -> files.write(old.name(), replan),
            spec.commandLine().getOut(),
            spec.commandLine().getErr())
        .run(once);
  }

  private ReplanOptions options(Problem problem, boolean unchanged) {
    return new ReplanOptions(
        steps,
        seed,
        Runtime.getRuntime().availableProcessors(),
        maxMoved.map(limit -> limit * 1e9).orElse(Double.POSITIVE_INFINITY),
        PinOptions.read(spec, problem, pinLayers, pinGpus, pinExperts),
        unchanged);
  }

  private int finish(Replan replan, ChangedProblem now, ReplanFiles files) {
    String stepName = now.problem().workload().phase().stepName();
    if (json) {
      spec.commandLine().getOut().print(JsonText.of(ReplanReport.tree(replan)));
    } else {
      spec.commandLine().getOut().print(ReplanReport.text(replan, stepName));
    }
    if (replan.chosen().isEmpty()) {
      ReplanPoint least = replan.curve().get(0);
      spec.commandLine()
          .getErr()
          .println(
              now.shown()
                  + ": no plan keeps the limits; nothing written\n  the forced changes alone move "
                  + least.moves().expertBytes() / 1e9
                  + " GB"
                  + (least.evaluation().feasible()
                      ? "; raise --max-moved-gb to that"
                      : " and break: " + String.join("; ", least.evaluation().violations())));
      return ExitCode.NO_FEASIBLE_PLAN;
    }
    ReplanPoint chosen = replan.chosen().get();
    Path moves = files.write(chosen.plan(), chosen.moves());
    spec.commandLine().getErr().println("written to " + files.solution() + " and " + moves);
    return ExitCode.SOLVED;
  }

  // Which pool of two the running plan is, where the new plan stays that one.
  private Optional<SolutionFile.PoolLink> pool() {
    return givenProblem.isPresent()
        ? Optional.empty()
        : SolutionFile.pool(InputFiles.path(from), from);
  }

  private ReplanFiles files(Optional<SolutionFile.PoolLink> pool, ChangedProblem now, Path target) {
    SolutionFile.Provenance provenance =
        new SolutionFile.Provenance(
            VersionProvider.version(),
            seed,
            timeLimit.map(OptionalDouble::of).orElse(OptionalDouble.empty()),
            timeLimit.isPresent() ? OptionalLong.empty() : OptionalLong.of(steps),
            Optional.empty(),
            now.loaded().sha256());
    return new ReplanFiles(from, pool, now, provenance, target);
  }
}
