package dev.rackplan.sensitivity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.TinyProblem;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Outcome;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.Loss;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolverOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SensitivityStudyTest {
  private static final List<Double> FACTORS = List.of(0.7, 0.9, 1.1, 1.3);

  @TempDir private Path folder;

  private TinyProblem tiny;

  @BeforeEach
  void write() {
    tiny = new TinyProblem(folder);
  }

  private static SolverOptions steps(long steps) {
    return new SolverOptions(1, OptionalLong.of(steps), 0, 2);
  }

  private static Outcome solve(Problem problem) {
    return PlanSolver.solve(problem, steps(500).keeping(50), (a, b, c, d, e) -> {}, () -> false);
  }

  private Problem problem(String text) {
    tiny.write("problems/p.json", text);
    return ProblemFile.read(Path.of(tiny.path("problems/p.json")), "p.json");
  }

  /**
   * Four experts in two MoE layers on two or four GPUs of servers of two: 1 or 2 stages, attention
   * on 1 or 2 GPUs. Small enough for every cut and every placement.
   */
  private Problem smallest(double context, double nic, double tpotMillis) {
    tiny.write(
        "models/four.json",
        """
        {"name": "four", "source": "made up for tests", "architecture": "tiny", "hiddenSize": 1024, "vocabularySize": 100,
         "tiedEmbeddings": false,
         "layers": [
          {"attention": {"kind": "groupedQuery", "heads": 8, "kvHeads": 2, "headDimension": 128}, "ffn": {"kind": "dense", "width": 4096}},
          {"count": 2, "attention": {"kind": "groupedQuery", "heads": 8, "kvHeads": 2, "headDimension": 128},
           "ffn": {"kind": "moe", "experts": 4, "expertsPerToken": 2, "expertWidth": 2048}}]}
        """);
    tiny.write(
        "topologies/servers.json",
        """
        {"name": "servers", "gpu": "h100-sxm", "racks": {"count": 1, "domainsPerRack": 2, "nodesPerDomain": 1, "gpusPerNode": 2},
         "scaleOut": {"nicGBps": %s}}
        """
            .formatted(nic));
    return problem(
        """
        {"name": "smallest", "model": "../models/four.json", "topology": "../topologies/servers.json",
         "workload": {"phase": "decode", "contextTokens": %s, "concurrentSequences": 64,
          "routing": {"powerLaw": {"alpha": 1.2, "seed": 3}}},
         "engine": {"dispatchRule": "nearest", "copyRule": "perDomain"},
         "layout": {"pipelineStages": [1, 2], "expertParallel": [2, 4], "redundantExperts": 0, "replicas": [1, 2], "attentionTensorParallel": [1, 2],
          "expertTensorParallel": 1, "decodeContextParallel": 1, "moeCommunication": "default"},
         "limits": {"tpotMillis": %s}}
        """
            .formatted(context, tpotMillis));
  }

  /** Every cut of every layout with every placement of each layer, judged; the best feasible. */
  private static final class BruteForce {
    private final List<Plan> all = new ArrayList<>();

    BruteForce(Problem problem) {
      Outcome found = solve(problem);
      List<Plan> layouts = new ArrayList<>(found.others());
      layouts.add(found.plan().orElseThrow());
      for (Plan plan : layouts) {
        for (List<Stage> stages : cuts(plan)) {
          place(
              new Plan(plan.layout(), stages, plan.experts()),
              List.copyOf(plan.experts().keySet()),
              0);
        }
      }
    }

    private static List<List<Stage>> cuts(Plan plan) {
      if (plan.stages().size() == 1) {
        return List.of(plan.stages());
      }
      List<List<Stage>> cuts = new ArrayList<>();
      int last = plan.stages().get(1).lastLayer();
      for (int cut = 0; cut < last; cut++) {
        cuts.add(
            List.of(
                new Stage(0, cut, plan.stages().get(0).gpus()),
                new Stage(cut + 1, last, plan.stages().get(1).gpus())));
      }
      return cuts;
    }

    private void place(Plan plan, List<Integer> layers, int next) {
      if (next == layers.size()) {
        all.add(plan);
        return;
      }
      ExpertMap own = plan.experts().get(layers.get(next));
      for (int[] order : permutations(new int[0], own.slots())) {
        ExpertMap other = new ExpertMap(order, own.gpus());
        if (!isAscendingOnEachGpu(other)) {
          // The order of a GPU's slots changes nothing.
          continue;
        }
        SortedMap<Integer, ExpertMap> experts = new TreeMap<>(plan.experts());
        experts.put(layers.get(next), other);
        place(new Plan(plan.layout(), plan.stages(), experts), layers, next + 1);
      }
    }

    private static boolean isAscendingOnEachGpu(ExpertMap map) {
      for (int gpu = 0; gpu < map.gpus(); gpu++) {
        int[] experts = map.expertsOf(gpu);
        int[] sorted = experts.clone();
        java.util.Arrays.sort(sorted);
        if (!java.util.Arrays.equals(experts, sorted)) {
          return false;
        }
      }
      return true;
    }

    private static List<int[]> permutations(int[] begun, int size) {
      if (begun.length == size) {
        return List.of(begun);
      }
      List<int[]> all = new ArrayList<>();
      for (int value = 0; value < size; value++) {
        int candidate = value;
        if (java.util.Arrays.stream(begun).noneMatch(taken -> taken == candidate)) {
          int[] longer = java.util.Arrays.copyOf(begun, begun.length + 1);
          longer[begun.length] = value;
          all.addAll(permutations(longer, size));
        }
      }
      return all;
    }

    /** Empty where none keeps the limits. */
    Optional<Plan> best(Problem changed) {
      Evaluator evaluator = new Evaluator(changed);
      record Judged(Plan plan, Loss loss) {}
      return all.stream()
          .map(plan -> SensitivityStudy.carrying(plan, changed))
          .map(plan -> new Judged(plan, PlanSolver.loss(changed, plan)))
          .sorted(Comparator.comparing(Judged::loss))
          .map(Judged::plan)
          .filter(plan -> evaluator.evaluate(plan).feasible())
          .findFirst();
    }

    int size() {
      return all.size();
    }
  }

  private static Layout degrees(Layout layout) {
    return layout.with(Degree.SEQUENCES_PER_MICRO_BATCH, 1);
  }

  private static Optional<Layout> best(BruteForce brute, Problem changed) {
    return brute.best(changed).map(plan -> degrees(plan.layout()));
  }

  @Test
  @Tag("slow")
  void flips_areThoseOfBruteForce() {
    int flips = 0;
    int stays = 0;
    // Context, NIC in GB/s, and the limit over the step of the best plan without one.
    for (double[] each : new double[][] {{2000, 50, 1.1}, {20000, 12, 1.02}, {300, 3, 1e6}}) {
      Problem unlimited = smallest(each[0], each[1], 1e6);
      BruteForce brute = new BruteForce(unlimited);
      assertTrue(brute.size() > 500, brute.size() + " plans are too few");
      Plan plan = brute.best(unlimited).orElseThrow();
      double step = new Evaluator(unlimited).evaluate(plan).stepSeconds();
      Problem problem = smallest(each[0], each[1], 1e3 * step * each[2]);
      Sensitivity study = SensitivityStudy.of(problem, plan, FACTORS, steps(500), () -> false);
      for (InputEffect effect : study.effects()) {
        for (boolean more : new boolean[] {false, true}) {
          Optional<Flip> said =
              effect.flips().stream().filter(flip -> flip.factor() > 1 == more).findFirst();
          double end = more ? 1.3 : 0.7;
          Optional<Layout> best = best(brute, effect.input().of(problem, end).orElseThrow());
          if (said.isEmpty()) {
            assertTrue(
                best.isEmpty() || best.get().equals(degrees(plan.layout())),
                effect.input() + " to " + end + " flips, unsaid");
            stays++;
            continue;
          }
          flips++;
          // A little before it the layout is still the best of all, at it no more.
          double factor = said.get().factor();
          double before = factor - (more ? 0.0011 : -0.0011);
          assertEquals(
              Optional.of(degrees(plan.layout())),
              best(brute, effect.input().of(problem, before).orElseThrow()),
              effect.input() + " flips before " + factor);
          assertEquals(
              Optional.of(degrees(said.get().to())),
              best(brute, effect.input().of(problem, factor).orElseThrow()),
              effect.input() + " at " + factor);
        }
      }
    }
    System.out.printf(
        "%d flips and %d inputs that flip nothing, as brute force says%n", flips, stays);
    assertTrue(flips >= 3 && stays >= 3, flips + " flips, " + stays + " stay");
  }

  @Test
  void moved_isWhatTheChangedProblemCosts() {
    Problem problem = problem(TinyProblem.PROBLEM);
    Plan plan = solve(problem).plan().orElseThrow();
    Sensitivity study = SensitivityStudy.of(problem, plan, FACTORS, steps(50), () -> false);

    Problem longer =
        problem(TinyProblem.PROBLEM.replace("\"contextTokens\": 1000", "\"contextTokens\": 1300"));
    Evaluation expected = new Evaluator(longer).evaluate(plan);
    Moved context = effect(study, Input.CONTEXT).moved().get(3);
    assertEquals(1.3, context.factor());
    assertEquals(expected.stepSeconds(), context.stepSeconds(), 1e-15);

    Problem fuller =
        problem(
            TinyProblem.PROBLEM.replace(
                "\"concurrentSequences\": 256", "\"concurrentSequences\": 333"));
    Moved load = effect(study, Input.CONCURRENCY).moved().get(3);
    assertEquals(
        new Evaluator(fuller).evaluate(SensitivityStudy.carrying(plan, fuller)).stepSeconds(),
        load.stepSeconds(),
        1e-15);
    // Every change for the worse is none for the better.
    for (Input faster :
        List.of(Input.MEMORY_BANDWIDTH, Input.COMPUTE_RATE, Input.SCALE_UP_BANDWIDTH)) {
      List<Moved> moved = effect(study, faster).moved();
      for (int i = 1; i < moved.size(); i++) {
        assertTrue(moved.get(i).loss() <= moved.get(i - 1).loss(), faster.name());
      }
    }
    assertEquals(0, study.unmoved().regret(), 1e-3);
  }

  @Test
  void limitThatAChangeBreaks_isSaid_andThePlanNotRobust() {
    Problem loose = problem(TinyProblem.PROBLEM);
    Plan plan = solve(loose).plan().orElseThrow();
    double millis = new Evaluator(loose).evaluate(plan).stepSeconds() * 1e3;
    Problem tight =
        problem(
            TinyProblem.PROBLEM.replace("\"tpotMillis\": 50", "\"tpotMillis\": " + 1.02 * millis));
    Sensitivity study = SensitivityStudy.of(tight, plan, FACTORS, steps(50), () -> false);
    InputEffect overhead = effect(study, Input.KERNEL_STARTS);
    assertFalse(overhead.robust());
    assertTrue(
        overhead.moved().get(3).violations().get(0).contains("TPOT"),
        () -> overhead.moved().get(3).violations().toString());
    assertTrue(overhead.moved().get(0).violations().isEmpty());
    assertFalse(study.robust());
  }

  @Test
  void inputsThatTheProblemLacks_areLeftOut() {
    Problem problem =
        problem(
            TinyProblem.PROBLEM.replace(
                "{\"powerLaw\": {\"alpha\": 1.2, \"seed\": 3}}",
                "{\"topics\": {\"tokens\": 64, \"seed\": 3}}"));
    assertTrue(Input.ROUTING_SKEW.of(problem, 1.1).isEmpty());
    assertTrue(Input.CONTEXT.of(problem, 1.1).isPresent());
  }

  @Test
  void promptsThatAreCachedAndVary_moveTheFigures() {
    String prefill =
        TinyProblem.PROBLEM
            .replace("\"decode\"", "\"prefill\"")
            .replace(
                "\"contextTokens\": 1000",
                "\"contextTokens\": 1000, \"cachedTokens\": 800, \"contextVariation\": 2");
    Problem problem = problem(prefill);
    assertEquals(200, problem.workload().queryTokens());
    Problem more = Input.CACHED_TOKENS.of(problem, 1.1).orElseThrow();
    assertEquals(880, more.workload().contexts().cachedTokens(), 1e-9);
    assertEquals(120, more.workload().queryTokens(), 1e-9);
    // Read at once before and after, not in chunks.
    Problem fewer = Input.CACHED_TOKENS.of(problem, 0.7).orElseThrow();
    assertEquals(440, fewer.workload().queryTokens(), 1e-9);
    // All but the token whose output is the answer's first.
    Problem most = Input.CACHED_TOKENS.of(problem, 1.3).orElseThrow();
    assertEquals(999, most.workload().contexts().cachedTokens());
    Problem alike = Input.CONTEXT_VARIATION.of(problem, 0.7).orElseThrow();
    assertEquals(1.4, alike.workload().contexts().variation(), 1e-15);

    Problem plain = problem(TinyProblem.PROBLEM);
    assertTrue(Input.CACHED_TOKENS.of(plain, 1.1).isEmpty());
    assertTrue(Input.CONTEXT_VARIATION.of(plain, 1.1).isEmpty());
  }

  @Test
  void factors_areChecked() {
    Problem problem = problem(TinyProblem.PROBLEM);
    Plan plan = solve(problem).plan().orElseThrow();
    assertThrows(
        IllegalArgumentException.class,
        () -> SensitivityStudy.of(problem, plan, List.of(1.0), steps(5), () -> false));
  }

  private static InputEffect effect(Sensitivity study, Input input) {
    return study.effects().stream()
        .filter(effect -> effect.input() == input)
        .findFirst()
        .orElseThrow();
  }
}
