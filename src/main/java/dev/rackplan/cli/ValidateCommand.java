package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.Solved;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.json.FileKind;
import dev.rackplan.json.InputException;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.LawsFile;
import dev.rackplan.json.ModelReader;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SweepFile;
import dev.rackplan.json.TopologyFile;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.LawSet;
import dev.rackplan.model.Model;
import dev.rackplan.plan.EngineGround;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.problem.ServingProblem;
import dev.rackplan.report.EnginesText;
import dev.rackplan.report.FormatsText;
import dev.rackplan.topology.DomainCut;
import dev.rackplan.topology.Topology;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan validate}: reads files as the other commands would, and says what is in them. */
@Command(
    name = "validate",
    header =
        "Checks topologies, problems, solutions, laws and models, each with every file that it names.",
    description = {
      "",
      "The kind of a file is told by its keys. Errors go to standard error; the exit code is 2 if there is one.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  rackplan validate topologies problems/deepseek-v3-decode-gb200.json")
final class ValidateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(arity = "1..*", paramLabel = "FILE|DIR", description = "Files, or folders of them.")
  private List<String> files;

  @Option(names = "--json", description = "Print JSON: a list with an object for each file.")
  private boolean json;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    List<Object> results = new ArrayList<>();
    int exitCode = ExitCode.SOLVED;
    for (String shown : InputFiles.expand(files)) {
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("file", shown);
      try {
        Path file = InputFiles.path(shown);
        FileKind kind = FileKind.of(file, shown);
        String summary = summary(kind, file, shown);
        result.put("ok", true);
        result.put("kind", JsonCursor.camelCase(kind));
        result.put("summary", summary);
        if (!json) {
          out.println(shown + ": ok, " + summary);
        }
      } catch (InputException e) {
        exitCode = ExitCode.BAD_INPUT;
        spec.commandLine().getErr().println(e.getMessage());
        result.put("ok", false);
        result.put("error", e.getMessage());
      }
      results.add(result);
    }
    if (json) {
      out.print(JsonText.of(results));
    }
    return exitCode;
  }

  private static String summary(FileKind kind, Path file, String shown) {
    return switch (kind) {
      case TOPOLOGY -> {
        TopologyFile.Loaded loaded = TopologyFile.load(file, shown);
        loaded.lawSet();
        yield topology(loaded.topology());
      }
      case PROBLEM ->
          ProblemFile.isServing(file, shown)
              ? serving(ProblemFile.loadServing(file, shown).serving())
              : problem(ProblemFile.read(file, shown));
      case SWEEP -> sweep(file, shown);
      case SOLUTION -> solution(shown);
      case LAWS -> laws(LawsFile.read(file, shown));
      case MODEL -> model(ModelReader.read(file, shown));
    };
  }

  private static String topology(Topology topology) {
    int usable = topology.usableGpus().size();
    return "topology "
        + topology.name()
        + ": racks "
        + topology.racks().size()
        + ", domains "
        + topology.domains().size()
        + ", nodes "
        + topology.nodes().size()
        + ", GPUs "
        + topology.gpus().size()
        + (usable < topology.gpus().size()
            ? ", of these drained " + (topology.gpus().size() - usable)
            : "")
        + halves(topology);
  }

  /** What the network carries between the first and the second half of the domains. */
  private static String halves(Topology topology) {
    int domains = topology.domains().size();
    if (domains == 1) {
      return "";
    }
    double cut = DomainCut.capacityBytesPerSecond(topology, domains / 2);
    return String.format(
        Locale.ROOT, ", %.0f GB/s from one half of the domains to the other", cut / 1e9);
  }

  private static String problem(Problem problem) {
    return "problem "
        + problem.name()
        + ": "
        + problem.model().name()
        + " on "
        + problem.topology().name()
        + ", "
        + JsonCursor.camelCase(problem.workload().phase())
        + ", objective "
        + JsonCursor.camelCase(problem.objective())
        + grounds(problem)
        + formats(problem)
        + notes(problem.model());
  }

  private static String grounds(Problem problem) {
    return EngineGround.remark(problem).map(words -> "; " + words).orElse("");
  }

  /** What the model's reader has to say, a line each. */
  private static String notes(Model model) {
    return model.notes().stream().map(note -> "\n  " + note).collect(Collectors.joining());
  }

  private static String serving(ServingProblem serving) {
    return "problem "
        + serving.name()
        + ": "
        + serving.prefill().model().name()
        + " on "
        + serving.prefill().topology().name()
        + ", serving, objective "
        + JsonCursor.camelCase(serving.prefill().objective())
        + grounds(serving.decode())
        + formats(serving.decode());
  }

  private static String formats(Problem problem) {
    return FormatsText.lines(problem).stream()
        .map(line -> "; " + line)
        .collect(Collectors.joining());
  }

  private static String sweep(Path file, String shown) {
    Path folder = file.toAbsolutePath().normalize().getParent();
    return "sweep of " + SweepFile.read(file, shown, folder).size() + " problems";
  }

  private static String solution(String shown) {
    Solved solved = Solved.read(shown);
    Plan plan = solved.plan();
    return "solution of "
        + solved.problem().name()
        + ": stages "
        + plan.stages().size()
        + ", GPUs "
        + plan.layout().gpus()
        + ", MoE layers "
        + plan.experts().size()
        + "; "
        + EnginesText.of(solved.problem(), plan);
  }

  private static String laws(LawSet laws) {
    return "laws of "
        + laws.gpus().stream().map(GpuLaws::gpu).collect(Collectors.joining(", "))
        + ": kernels "
        + laws.gpus().stream().mapToInt(gpu -> gpu.cells().size()).sum()
        + laws.stepErrors().stream()
            .map(
                errors ->
                    ", errors of "
                        + errors.figure().key()
                        + " from "
                        + errors.groups().get(0).rows()
                        + " rows")
            .collect(Collectors.joining());
  }

  private static String model(Model model) {
    return "model "
        + model.name()
        + ": "
        + model.architecture()
        + ", layers "
        + model.layers().size()
        + ", MoE layers "
        + model.moeLayers().size()
        + ", parameters "
        + model.parameters()
        + (model.input().towerParameters() > 0
            ? " (vision and audio " + model.input().towerParameters() + ")"
            : "")
        + FormatsText.of(model).map(formats -> ", " + formats).orElse("")
        + notes(model);
  }
}
