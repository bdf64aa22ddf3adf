package dev.rackplan.cli.planning;

import dev.rackplan.export.Deployment;
import dev.rackplan.export.ExportRefusal;
import dev.rackplan.export.ExportTarget;
import dev.rackplan.export.ExportedFile;
import dev.rackplan.export.HostNames;
import dev.rackplan.json.AtomicFile;
import dev.rackplan.json.JsonText;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.model.Model;
import dev.rackplan.plan.Plan;
import dev.rackplan.topology.GpuCatalogEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The files that a question about training stands for, as a user would write them, and what follows
 * from them.
 *
 * @param modelWord a name of the catalogue, or the path of a config
 * @param model what that is
 * @param gpu kind of all GPUs
 * @param gpus how many
 * @param question what is trained
 * @param routing how tokens choose experts; empty = evenly, as balancing losses aim at
 */
public record TrainingFiles(
    String modelWord,
    Model model,
    GpuCatalogEntry gpu,
    int gpus,
    TrainingQuestion question,
    Optional<RoutingSource> routing) {
  private static final String NAME = "train";
  private static final String TOPOLOGY = NAME + "-topology.json";
  private static final String PROBLEM = NAME + "-problem.json";
  private static final String ARGUMENTS = "arguments.txt";
  private static final List<ExportTarget> OTHERS =
      List.of(ExportTarget.MEGATRON_BRIDGE, ExportTarget.TORCHTITAN);
  private static final String SOLUTION = NAME + "-solution.json";
  private static final Map<String, Object> EVEN =
      Map.of("uneven", Map.of("seed", 1, "variation", 0));

  /** The question, with its layout as open as was asked. */
  ProblemFile.Loaded question(Path folder) {
    return problem(folder, layout());
  }

  /** Domains of equal size where GPUs divide into the fewest that hold them, else full ones. */
  static Map<String, Object> topology(GpuCatalogEntry gpu, int count) {
    int most = Math.min(count, gpu.scaleUpDomainGpus());
    int domains = (count + most - 1) / most;
    return count % domains == 0
        ? PlannedTopologies.whole(gpu, count, count / domains)
        : PlannedTopologies.whole(gpu, count, most);
  }

  private Map<String, Object> layout() {
    Map<String, Object> layout = new LinkedHashMap<>();
    question.layout().forEach((degree, value) -> layout.put(degree.key(), value));
    return layout;
  }

  private ProblemFile.Loaded problem(Path folder, Map<String, Object> layout) {
    AtomicFile.write(folder.resolve(TOPOLOGY), JsonText.of(topology(gpu, gpus)));
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", NAME);
    tree.put("model", PlanFolder.modelIn(folder, modelWord, model));
    tree.put("topology", TOPOLOGY);
    tree.put("objective", "latency");
    tree.put("workload", workload(folder));
    tree.put("precision", Map.of("weights", question.precision()));
    tree.put("engine", engine());
    tree.put("layout", layout);
    Path file = folder.resolve(PROBLEM);
    AtomicFile.write(file, JsonText.of(tree));
    return ProblemFile.load(file, file.toString());
  }

  // DeepEP and HybridEP send a token once to each domain.
  private Map<String, Object> engine() {
    Map<String, Object> engine = new LinkedHashMap<>();
    if (!question.engine().equals(TrainingPlanning.ANY_ENGINE)) {
      engine.put("name", question.engine().toLowerCase(Locale.ROOT));
    }
    if (!model.moeLayers().isEmpty()) {
      engine.put("copyRule", "perDomain");
    }
    return engine;
  }

  private Map<String, Object> workload(Path folder) {
    Map<String, Object> workload = new LinkedHashMap<>();
    workload.put("phase", "training");
    workload.put("contextTokens", question.sequenceTokens());
    workload.put("training", question.training());
    if (!model.moeLayers().isEmpty()) {
      workload.put("routing", routing.map(file -> file.in(folder)).orElse(EVEN));
    }
    return workload;
  }

  /**
   * Megatron-LM's files of a plan, made once for screen and folder.
   *
   * @param files none where it can't express the plan
   * @param refusal why, in words; else empty
   */
  record Launch(List<ExportedFile> files, String refusal) {
    Launch {
      files = List.copyOf(files);
    }

    /** How each host starts its part. */
    String words() {
      if (files.isEmpty()) {
        return "  no launch file: " + refusal + "\n";
      }
      StringBuilder text =
          new StringBuilder("launch (Megatron-LM; EXTRA is the model and data):\n");
      for (ExportedFile file : files) {
        if (file.isExecutable()) {
          text.append(PlannedLaunch.command(file.text()));
        }
      }
      text.append("with arguments:\n");
      for (ExportedFile file : files) {
        if (file.name().equals(ARGUMENTS)) {
          file.text().lines().forEach(line -> text.append("  ").append(line).append('\n'));
        }
      }
      return text.toString();
    }
  }

  /**
   * What was written.
   *
   * @param files in the order in which they are read
   * @param refusals frameworks that can't run the plan, each with why
   */
  record Written(List<String> files, List<String> refusals) {
    static final Written NOTHING = new Written(List.of(), List.of());

    Written {
      files = List.copyOf(files);
      refusals = List.copyOf(refusals);
    }
  }

  /** What starts the plan. */
  static Launch launch(ProblemFile.Loaded loaded, Plan plan) {
    return launch(ExportTarget.MEGATRON, loaded, plan);
  }

  private static Launch launch(ExportTarget target, ProblemFile.Loaded loaded, Plan plan) {
    try {
      return new Launch(target.files(deployment(loaded, plan)), "");
    } catch (ExportRefusal refusal) {
      return new Launch(List.of(), refusal.getMessage());
    }
  }

  private static Deployment deployment(ProblemFile.Loaded loaded, Plan plan) {
    return new Deployment(
        NAME, loaded.problem(), plan, HostNames.byPlace(), false, Optional.empty());
  }

  /** Writes everything, for other frameworks than Megatron-LM in folders of their own. */
  Written write(String to, Plan plan, Launch launch) {
    Path folder = PlanFolder.made(to);
    ProblemFile.Loaded loaded = problem(folder, SolutionFile.layout(plan.layout()));
    AtomicFile.write(folder.resolve(SOLUTION), PlanFolder.solution(PROBLEM, loaded, plan));
    List<String> files = new ArrayList<>();
    for (String name : List.of(TOPOLOGY, PROBLEM, SOLUTION)) {
      files.add(folder.resolve(name).toString());
    }
    files.addAll(PlanFolder.write(folder, launch.files()));
    List<String> refusals = new ArrayList<>();
    for (ExportTarget target : OTHERS) {
      Launch other = launch(target, loaded, plan);
      if (other.files().isEmpty()) {
        refusals.add(target.word() + ": " + other.refusal());
      } else {
        String own = folder.resolve(target.word()).toString();
        files.addAll(PlanFolder.write(PlanFolder.made(own), other.files()));
      }
    }
    return new Written(files, refusals);
  }
}
