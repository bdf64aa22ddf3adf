package dev.rackplan.cli;

import dev.rackplan.cli.file.InputFiles;
import dev.rackplan.cli.file.SheetOutput;
import dev.rackplan.cli.option.SearchLimits;
import dev.rackplan.cli.terminal.ExitCode;
import dev.rackplan.cli.terminal.Interruption;
import dev.rackplan.cli.terminal.VersionProvider;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.InputException;
import dev.rackplan.json.LawCatalog;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.TopologyFile;
import dev.rackplan.law.LawBook;
import dev.rackplan.law.LawSet;
import dev.rackplan.model.ModelDesign;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import dev.rackplan.report.sheets.DesignSheets;
import dev.rackplan.report.sheets.DesignSheets.Outcome;
import dev.rackplan.report.sheets.SheetReport;
import dev.rackplan.solver.LayerThreads;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolverOptions;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.Phase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rackplan what-if}: models that do not exist yet, on clusters that may not either. */
@Command(
    name = "what-if",
    header = "Which design of a model a cluster rewards or punishes.",
    description = {
      "",
      "The problem's model with each --set, and with all of them, on each topology; the layout is searched again each time. On another topology the problem's sequences in flight go with its GPUs.",
      "Keys of the model: model.experts, model.expertsPerToken, model.expertScale (times an expert's weights), model.slidingWindowEvery (of N layers one sees all) and model.slidingWindow (tokens), model.kvHeads, model.latentRank, model.residualReach. Other keys are the problem's, such as workload.contextTokens or workload.training.reversible.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  rackplan what-if problems/gpt-oss-120b-decode-h100.json --set model.experts=256 --set model.slidingWindowEvery=6 --topology topologies/b200-hgx-x4.json --steps 200"
    })
final class WhatIfCommand implements Callable<Integer> {
  private static final String MODEL = "model.";

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "PROBLEM", description = "Problem file.")
  private String problemFile;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "A change of the design; several with commas are one: KEY=VALUE,KEY=VALUE.")
  private List<String> sets = List.of();

  @Option(
      names = "--topology",
      paramLabel = "FILE",
      description = "A cluster; may be given several times. Default: the problem's.")
  private List<String> topologies = List.of();

  @Mixin private SearchLimits limits;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of every random choice. Default: ${DEFAULT-VALUE}.",
      defaultValue = "0")
  private long seed;

  @Mixin private SheetOutput output;

  @Override
  public Integer call() {
    limits.check();
    output.keep(List.of(problemFile));
    output.keep(topologies);
    Map<String, Map<String, String>> designs = designs();
    List<Problem> problems = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Cluster> clusters = topologies.stream().map(Cluster::read).toList();
    for (Map.Entry<String, Map<String, String>> design : designs.entrySet()) {
      Problem problem = read(design.getValue());
      problems.add(problem.withLayoutSpace(LayoutSpace.open()));
      names.add(design.getKey());
    }
    try (Interruption interruption = new Interruption()) {
      List<Outcome> outcomes = outcomes(problems, names, clusters, interruption::asked);
      output.print(
          new SheetReport(
              "Designs of " + problems.get(0).model().name(),
              new DesignSheets(problems.get(0).workload().phase(), outcomes).sheets()));
      spec.commandLine().getOut().flush();
      return interruption.exitCode(
          outcomes.stream().allMatch(outcome -> outcome.evaluation().isEmpty())
              ? ExitCode.NO_FEASIBLE_PLAN
              : ExitCode.SOLVED);
    }
  }

  /** What is set, by how it is shown: nothing, each, and all together. */
  private Map<String, Map<String, String>> designs() {
    Map<String, Map<String, String>> designs = new LinkedHashMap<>();
    designs.put("as it is", Map.of());
    Map<String, String> all = new LinkedHashMap<>();
    for (String set : sets) {
      Map<String, String> one = new LinkedHashMap<>();
      for (String part : set.split(",(?=[A-Za-z.]+=)")) {
        int equals = part.indexOf('=');
        if (equals < 1) {
          throw new ParameterException(
              spec.commandLine(), "--set takes KEY=VALUE, was '" + part + "'");
        }
        one.put(part.substring(0, equals).strip(), part.substring(equals + 1).strip());
      }
      designs.put(set.replace(MODEL, ""), one);
      all.putAll(one);
    }
    if (sets.size() > 1) {
      designs.put("all of these", all);
    }
    return designs;
  }

  private Problem read(Map<String, String> set) {
    Map<String, Double> model = new LinkedHashMap<>();
    Map<String, String> problem = new LinkedHashMap<>();
    set.forEach(
        (key, value) -> {
          if (key.startsWith(MODEL)) {
            model.put(key.substring(MODEL.length()), number(key, value));
          } else if (key.equals("topology") || key.equals("model") || key.startsWith("layout")) {
            throw new ParameterException(
                spec.commandLine(),
                "--set can't change "
                    + key
                    + "; clusters come by --topology, layouts are searched");
          } else {
            problem.put(key, value);
          }
        });
    try {
      ModelDesign design = new ModelDesign(model);
      Path file = InputFiles.path(problemFile);
      return ProblemFile.redesigned(file, problemFile, problem, design::of);
    } catch (IllegalArgumentException e) {
      throw new InputException("command line", "--set", e.getMessage(), "Set something else.");
    }
  }

  private double number(String key, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new ParameterException(
          spec.commandLine(), "--set " + key + " takes a number, was '" + value + "'");
    }
  }

  private List<Outcome> outcomes(
      List<Problem> problems, List<String> names, List<Cluster> clusters, BooleanSupplier stopped) {
    List<Problem> all = new ArrayList<>();
    List<String> shown = new ArrayList<>();
    if (clusters.isEmpty()) {
      all.addAll(problems);
      shown.addAll(names);
    }
    for (Cluster cluster : clusters) {
      for (int i = 0; i < problems.size(); i++) {
        all.add(moved(problems.get(i), cluster));
        shown.add(names.get(i));
      }
    }
    Outcome[] outcomes = new Outcome[all.size()];
    List<Callable<Outcome>> tasks = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      int index = i;
      tasks.add(() -> outcome(all.get(index), shown.get(index), stopped));
    }
    LayerThreads.run(limits.threads(), tasks, (index, outcome) -> outcomes[index] = outcome);
    return List.of(outcomes);
  }

  /**
   * Another cluster that problems are put on.
   *
   * @param laws that it names
   */
  private record Cluster(Topology topology, Optional<LawSet> laws) {
    static Cluster read(String shown) {
      TopologyFile.Loaded loaded = TopologyFile.load(InputFiles.path(shown), shown);
      return new Cluster(loaded.topology(), loaded.lawSet());
    }

    /** Its own laws, those that the problem had, and the catalogue's. */
    LawBook book(Problem problem) {
      List<LawSet> first = new ArrayList<>(laws.stream().toList());
      first.add(LawSet.of(problem.laws()));
      return LawCatalog.book(topology, first);
    }
  }

  // As many sequences on each GPU.
  private static Problem moved(Problem problem, Cluster cluster) {
    Problem moved = problem.withTopology(cluster.topology()).withLaws(cluster.book(problem));
    OptionalLong asked = problem.workload().concurrentSequences();
    if (asked.isEmpty() || problem.workload().phase() == Phase.TRAINING) {
      return moved;
    }
    double share =
        cluster.topology().usableGpus().size() / (double) problem.topology().usableGpus().size();
    return moved.withWorkload(
        problem
            .workload()
            .withConcurrentSequences(
                OptionalLong.of(Math.max(1, Math.round(asked.getAsLong() * share)))));
  }

  private Outcome outcome(Problem problem, String name, BooleanSupplier stopped) {
    SolverOptions options = new SolverOptions(limits.seconds(), limits.steps(), seed, 1);
    Optional<Plan> plan = PlanSolver.solve(problem, options, (a, b, c, d, e) -> {}, stopped).plan();
    Optional<Evaluation> evaluation = plan.map(new Evaluator(problem)::evaluate);
    return new Outcome(
        problem.topology().name(), name, problem.model(), plan.map(Plan::layout), evaluation);
  }
}
