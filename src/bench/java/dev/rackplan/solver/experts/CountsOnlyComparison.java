package dev.rackplan.solver.experts;

import dev.rackplan.baseline.EplbExperts;
import dev.rackplan.baseline.ExpertBaseline;
import dev.rackplan.baseline.LayerRequest;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Routing;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import dev.rackplan.workload.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Plans a model whose gate takes experts from few groups by counts alone, and judges the maps on
 * the tokens that were counted, which neither the search nor EPLB sees: in how many of the cases is
 * the searched map no slower than that of EPLB's hierarchical mode? Not a test.
 *
 * <p>A case is one layer with tokens of its own: seeds follow one another from the first, rules,
 * topics and skew take turns.
 *
 * <pre>{@code
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp target/test-classes:target/classes:$(cat target/classpath) dev.rackplan.solver.experts.CountsOnlyComparison problems/deepseek-v3-prefill-topics-h100.json 40 4000 1
 * }</pre>
 */
final class CountsOnlyComparison {
  private static final int TOKENS = 8192;
  private static final int REQUEST = 256;
  private static final double AFFINITY = 0.6;
  private static final int[] TOPICS = {8, 24};
  private static final double[] SKEW = {0.7, 1.1};
  private static final double SAME = 1 + 1e-9;

  private final Problem problem;
  private final Plan start;
  private final int layer;
  private final MoeFfn moe;

  private CountsOnlyComparison(Problem problem) {
    this.problem = problem;
    this.start = PlanSolver.startPlan(problem).orElseThrow();
    this.layer = problem.model().moeLayers().get(0);
    this.moe = problem.model().moe(layer).orElseThrow();
  }

  /** Problem file, cases, moves a layer, first seed. */
  public static void main(String[] arguments) {
    Problem problem = ProblemFile.read(Path.of(arguments[0]), arguments[0]);
    int cases = Integer.parseInt(arguments[1]);
    long moves = Long.parseLong(arguments[2]);
    long first = Long.parseLong(arguments[3]);
    CountsOnlyComparison comparison = new CountsOnlyComparison(problem);
    int noWorse = 0;
    double mean = 0;
    System.out.println("seed,rule,topics,skew,eplbHierarchicalUs,rackplanUs,ratio");
    for (int i = 0; i < cases; i++) {
      double ratio = comparison.judge(i, first + i, moves);
      noWorse += ratio <= SAME ? 1 : 0;
      mean += ratio / cases;
    }
    System.out.printf(
        Locale.ROOT,
        "no slower in %d of %d (%.1f%%), mean ratio %.4f%n",
        noWorse,
        cases,
        100.0 * noWorse / cases,
        mean);
  }

  private double judge(int index, long seed, long moves) {
    DispatchRule rule = DispatchRule.values()[index % DispatchRule.values().length];
    int topics = TOPICS[index / 3 % TOPICS.length];
    double skew = SKEW[index / 6 % SKEW.length];
    LayerRouting tokens =
        new Topics(TOKENS, seed, topics, REQUEST, skew, AFFINITY)
            .generate(List.of(moe))
            .layers()
            .get(0);
    double[] loads = IntStream.range(0, moe.experts()).mapToDouble(tokens::frequency).toArray();
    LayerRouting counts = LayerRouting.ofLoads(loads, moe.expertsPerToken()).asChosenBy(moe);
    Problem ruled = problem.withEngine(problem.engine().withDispatchRule(rule));
    List<ExpertMap> usual = usual(loads);
    ExpertMap found =
        LayerSearch.search(
                layerProblem(ruled, counts), usual, SearchBudget.ofMoves(moves, () -> false), seed)
            .map();
    LayerProblem judged = layerProblem(ruled, tokens);
    double eplb = seconds(judged, usual.get(usual.size() - 1));
    double searched = seconds(judged, found);
    System.out.printf(
        Locale.ROOT,
        "%d,%s,%d,%.1f,%.2f,%.2f,%.5f%n",
        seed,
        rule,
        topics,
        skew,
        eplb * 1e6,
        searched * 1e6,
        searched / eplb);
    return searched / eplb;
  }

  /** The usual maps by loads, EPLB's hierarchical one last. */
  private List<ExpertMap> usual(double[] loads) {
    StageShape shape = shape();
    int[] domains = IntStream.range(0, shape.gpuCount()).map(shape::domainOf).toArray();
    LayerRequest request =
        new LayerRequest(
            loads,
            start.experts().get(layer).slots(),
            shape.gpuCount(),
            domains,
            moe.expertGroups());
    List<ExpertMap> maps = new ArrayList<>();
    for (ExpertBaseline baseline : ExpertBaseline.all()) {
      maps.add(baseline.place(request));
    }
    maps.add(new EplbExperts(EplbExperts.Mode.HIERARCHICAL).place(request));
    return maps;
  }

  private StageShape shape() {
    return PlanShapes.shapes(problem.topology(), start.layout(), start.stages(), 0)
        .get(start.stageOf(layer));
  }

  private LayerProblem layerProblem(Problem ruled, LayerRouting routing) {
    Scenario scenario =
        new Scenario("case", List.of(new RoutingProfile("case", 1, List.of(routing))));
    StageModel model = new StageModel(ruled, start.layout(), shape());
    return LayerProblem.of(
        layer,
        model.expertShape(),
        model.expertLayer(layer),
        List.of(new ScenarioLayer(scenario, 0)),
        ruled.engine(),
        Routing.of(new RoutingProfile("case", 1, List.of(routing))));
  }

  // What a layer takes on these tokens, as plans are judged: no windows, no caution.
  private static double seconds(LayerProblem judged, ExpertMap map) {
    return judged.tallies(map).all().stream()
        .mapToDouble(judged.model()::placementSeconds)
        .max()
        .orElseThrow();
  }
}
