package dev.rackplan.bound;

import dev.rackplan.Lcg;
import dev.rackplan.baseline.BaselinePlans;
import dev.rackplan.baseline.NamedPlan;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.Evaluator;
import dev.rackplan.json.ProblemFile;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.PlanSolver;
import dev.rackplan.solver.SolverOptions;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Prints bounds on remote domains per token beside what placements reach on recorded tokens, mean
 * over layers: the tables of docs/decisions/0005-traffic-bounds.md. Not a test.
 *
 * <pre>{@code
 * mvn -q test-compile dependency:build-classpath -Dmdep.outputFile=target/classpath
 * java -cp target/test-classes:target/classes:$(cat target/classpath) dev.rackplan.bound.TrafficBoundComparison tokens.csv.gz 2000
 * }</pre>
 */
final class TrafficBoundComparison {
  private record Case(int domains, int gpusPerDomain, int slots, String rule) {}

  private static final List<Case> CASES =
      List.of(
          new Case(2, 4, 40, "nearest"),
          new Case(4, 4, 48, "nearest"),
          new Case(4, 4, 48, "even"),
          new Case(4, 4, 32, "even"));

  private TrafficBoundComparison() {}

  /** Recorded tokens of gpt-oss-20b (32 experts, 4 a token), then moves a layer. */
  public static void main(String[] arguments) throws IOException {
    timeLargeLayer();
    System.out.println("\nremote domains per token");
    for (Case c : CASES) {
      compare(c, Path.of(arguments[0]).toAbsolutePath(), Long.parseLong(arguments[1]));
    }
  }

  // Of this thread: other work on the machine does not count.
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static void compare(Case c, Path tokens, long moves) throws IOException {
    Problem problem = problem(c, tokens);
    System.out.printf(
        Locale.ROOT, "%n%d slots, %d domains, %s%n", c.slots(), c.domains(), c.rule());
    bounds(c, ProblemRouting.of(problem), problem.model().moeLayers());
    SolverOptions options = new SolverOptions(1, OptionalLong.of(moves), 0, 1);
    Plan plan =
        PlanSolver.solve(problem, options, (a, b, d, e, f) -> {}, () -> false).plan().orElseThrow();
    Evaluator evaluator = new Evaluator(problem);
    for (NamedPlan baseline : BaselinePlans.of(problem, plan)) {
      print(baseline.name(), evaluator.evaluate(baseline.plan()));
    }
    print("search", evaluator.evaluate(plan));
  }

  private static void print(String name, Evaluation evaluation) {
    System.out.printf(
        Locale.ROOT,
        "%-38s %6.3f%n",
        name,
        evaluation.placement().orElseThrow().remoteDomainsPerToken());
  }

  private static void bounds(Case c, ProblemRouting routing, List<Integer> layers) {
    Map<String, Double> means = new LinkedHashMap<>();
    long start = cpuNanos();
    for (int layer : layers) {
      Map<String, Double> found = bounds(c, routing.of(layer).get(0));
      found.put("strongest, layer by layer", Collections.max(found.values()));
      found.forEach((name, value) -> means.merge(name, value / layers.size(), Double::sum));
    }
    double seconds = (cpuNanos() - start) / 1e9;
    means.forEach((name, value) -> System.out.printf(Locale.ROOT, "%-38s %6.3f%n", name, value));
    System.out.printf(Locale.ROOT, "(%.2f s of CPU time)%n", seconds);
  }

  private static Map<String, Double> bounds(Case c, ScenarioLayer scenario) {
    Map<String, Double> found = new LinkedHashMap<>();
    CoChoice pairs = new CoChoice(scenario);
    int k = scenario.expertsPerToken();
    int slots = c.slots() / c.domains();
    double[] ascending = NetworkBound.ascending(scenario.chosenShares());
    int extra = c.slots() - ascending.length;
    boolean alike = c.rule().equals("even") || extra == 0;
    double away = 0;
    for (int e = 0; e < ascending.length - slots; e++) {
      away += ascending[e];
    }
    found.put("choices that must leave one home", away / k);
    found.put(
        "choices that can share a receiver", Math.max(0, away - new Overlap(pairs).choices(slots)));
    double mean = NetworkBound.leastAway(ascending, 1.0 / c.domains(), alike ? 0 : extra);
    found.put("choices that must leave, mean home", mean / k);
    double others = 1 - 1.0 / c.domains();
    int most = Math.min(slots, ascending.length - slots);
    found.put(
        "experts chosen together, remote",
        new RemoteReceivers(pairs, k).copies(slots, others, c.domains() - 1, most));
    found.put(
        "experts chosen together, spread",
        alike ? others * new ReceiverSpread(pairs, k).receivers(c.domains(), slots, extra) : 0);
    return found;
  }

  private static Problem problem(Case c, Path tokens) throws IOException {
    Path folder = Files.createTempDirectory("traffic-bounds");
    Files.writeString(
        folder.resolve("topology.json"),
        String.format(
            Locale.ROOT,
            """
            { "name": "t", "gpu": "h100-sxm",
              "racks": { "count": 1, "domainsPerRack": %d, "nodesPerDomain": 1, "gpusPerNode": %d },
              "scaleUp": { "bandwidthGBps": 450, "latencyMicros": 3 },
              "scaleOut": { "nicGBps": 5, "latencyMicros": 10, "leafRacks": 2, "oversubscription": 1.0 } }
            """,
            c.domains(),
            c.gpusPerDomain()));
    Path file = folder.resolve("problem.json");
    Files.writeString(
        file,
        String.format(
            Locale.ROOT,
            """
            { "name": "p", "model": "gpt-oss-20b", "topology": "topology.json",
              "workload": { "phase": "decode", "contextTokens": 1024, "concurrentSequences": %d,
                "routing": { "samples": "%s" } },
              "precision": { "weights": "bf16", "experts": "mxfp4", "kv": "bf16", "dispatch": "bf16", "combine": "bf16" },
              "engine": { "name": "sglang", "dispatchRule": "%s", "copyRule": "perDomain", "twoBatchOverlap": false },
              "layout": { "replicas": 1, "pipelineStages": 1, "expertParallel": %d, "redundantExperts": %d },
              "objective": "throughput" }
            """,
            64 * c.domains() * c.gpusPerDomain(),
            tokens,
            c.rule(),
            c.domains() * c.gpusPerDomain(),
            c.slots() - 32));
    return ProblemFile.read(file, "problem.json");
  }

  // A layer of 256 experts, 8 a token, in 8 domains of 36 slots, after some to warm up.
  private static void timeLargeLayer() {
    Lcg random = new Lcg(1);
    int[] choices = new int[4096 * 8];
    for (int t = 0; t < 4096; t++) {
      int group = 32 * random.in(0, 7);
      int[] near = random.order(32);
      int[] far = random.order(256);
      for (int j = 0; j < 8; j++) {
        choices[8 * t + j] = j < 4 ? group + near[j] : (group + 32 + far[j] % 224) % 256;
        for (int i = 4; i < j; i++) {
          if (choices[8 * t + j] == choices[8 * t + i]) {
            choices[8 * t + j] = group + near[j];
          }
        }
      }
    }
    RoutingProfile profile =
        new RoutingProfile("large", 1, List.of(LayerRouting.ofTokens(256, 8, choices)));
    ScenarioLayer routing = new ScenarioLayer(new Scenario("large", List.of(profile)), 0);
    long[] nanos = new long[3];
    int warm = 5;
    int timed = 10;
    for (int i = 0; i < warm + timed; i++) {
      long start = cpuNanos();
      CoChoice pairs = new CoChoice(routing);
      long counted = cpuNanos();
      double remote = new RemoteReceivers(pairs, 8).copies(36, 7 / 8.0, 7, 36);
      long homes = cpuNanos();
      double spread = new ReceiverSpread(pairs, 8).receivers(8, 36, 32);
      long end = cpuNanos();
      if (i >= warm) {
        nanos[0] += counted - start;
        nanos[1] += homes - counted;
        nanos[2] += end - homes;
      } else if (i == 0) {
        System.out.printf(Locale.ROOT, "%n256 experts: remote %.3f, spread %.3f%n", remote, spread);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "CPU ms a layer: pairs %.1f, remote %.1f, spread %.1f%n",
        nanos[0] / 1e6 / timed,
        nanos[1] / 1e6 / timed,
        nanos[2] / 1e6 / timed);
  }
}
