package dev.rackplan.replay;

import dev.rackplan.cost.CostDetail;
import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.placement.KeptTallies;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Workload;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Prices any step of a plan's instance: the plan's stages and expert maps under other loads. All
 * instances count as the slowest.
 */
final class PlanSteps {
  private final Problem problem;
  private final Plan plan;
  private final ProblemRouting routing;
  private final KeptTallies tallies = new KeptTallies();
  private final Map<Load, Double> knownDecodes = new HashMap<>();
  private final Map<Load, List<Double>> knownPrompts = new HashMap<>();

  /** What was priced before. */
  private record Load(double amount, double context, int ranks) {}

  PlanSteps(Problem problem, Plan plan) {
    this.problem = problem;
    this.routing = ProblemRouting.of(problem);
    this.plan = oneInstance(plan, slowest(problem, plan));
  }

  private int slowest(Problem of, Plan whole) {
    return whole.layout().replicas() == 1
        ? 0
        : CostedPlan.of(of, routing, whole, CostDetail.TIMES, tallies).slowest().index();
  }

  private static Plan oneInstance(Plan whole, int instance) {
    Layout layout = whole.layout();
    List<Stage> stages =
        whole.stages().stream()
            .map(
                stage ->
                    new Stage(
                        stage.firstLayer(),
                        stage.lastLayer(),
                        stage.gpusOfInstance(instance, layout.gpusPerStage())))
            .toList();
    return new Plan(layout.with(Degree.REPLICAS, 1), stages, whole.experts());
  }

  private CostedInstance costed(Workload workload, Layout layout) {
    return CostedPlan.of(
            problem.withWorkload(workload),
            routing,
            new Plan(layout, plan.stages(), plan.experts()),
            CostDetail.TIMES,
            tallies)
        .instances()
        .get(0);
  }

  int ranks() {
    return plan.layout().attentionRanks();
  }

  /** The load of steps that decode. */
  Workload decoding() {
    Workload own = problem.workload();
    return own.phase() == Phase.DECODE
        ? own
        : new Workload(
            Phase.DECODE,
            Contexts.of(1),
            OptionalLong.empty(),
            1,
            1,
            own.routing(),
            Optional.empty());
  }

  /**
   * Grid of these steps.
   *
   * @param most sequences of a rank
   * @param longest context in tokens
   */
  StepTimes.Priced decode(int most, double longest) {
    return new StepTimes.Priced(
        (sequences, context) -> decodeSeconds(Math.round(sequences) * ranks(), context),
        (sequences, context) -> decodeSeconds((Math.round(sequences) - 1) * ranks() + 1, context),
        most,
        longest);
  }

  private double decodeSeconds(long sequences, double context) {
    return knownDecodes.computeIfAbsent(
        new Load(sequences, context, 1), load -> pricedDecode(sequences, context));
  }

  // The time in which each of so many sequences of the instance has its tokens.
  private double pricedDecode(long sequences, double context) {
    Workload load =
        decoding().withContexts(Contexts.of(context)).withConcurrentSequences(OptionalLong.empty());
    int microBatches = (int) Math.min(plan.layout().microBatches(), sequences);
    int each = Math.toIntExact((sequences + microBatches - 1) / microBatches);
    Layout layout = plan.layout().withMicroBatches(microBatches, each);
    return costed(load, layout).stepSeconds() * layout.acceptedTokens(load);
  }

  /**
   * Grid of steps that read prompts.
   *
   * @param most tokens of a rank
   * @param longest context in tokens
   */
  StepTimes.Priced prompts(int most, double longest) {
    return new StepTimes.Priced(
        (tokens, attended) -> sum(promptSeconds(tokens, attended, ranks())),
        (tokens, attended) -> sum(promptSeconds(tokens, tokens / 2, 1)),
        most,
        longest);
  }

  /** How long the slowest stage reads prompts. */
  double slowestStageSeconds(double tokens, double attended) {
    return Collections.max(promptSeconds(tokens, attended, ranks()));
  }

  private static double sum(List<Double> seconds) {
    return seconds.stream().mapToDouble(Double::doubleValue).sum();
  }

  private List<Double> promptSeconds(double tokens, double attended, int ranksWithTokens) {
    return knownPrompts.computeIfAbsent(
        new Load(tokens, attended, ranksWithTokens),
        load -> pricedPrompts(tokens, attended, ranksWithTokens));
  }

  // Sums and differences of such are exact: else a chunk that is a rounding shorter than what is to
  // be read is read in two.
  private static double exact(double tokens) {
    return Math.rint(tokens * 1024) / 1024;
  }

  // As few prompts of a rank as can see so little context: pieces of one length, behind what makes
  // up the rest of the context.
  private List<Double> pricedPrompts(double tokens, double attended, int ranksWithTokens) {
    int prompts = (int) Math.max(1, Math.ceil(tokens / (2 * attended)));
    double chunk = Math.max(1, exact(tokens / prompts));
    double before = Math.max(0, exact(attended - chunk / 2));
    Workload own = problem.workload();
    Workload load =
        new Workload(
            Phase.PREFILL,
            new Contexts(before + chunk, 0, OptionalDouble.empty(), before),
            OptionalLong.empty(),
            chunk,
            1,
            own.routing(),
            Optional.empty());
    Layout layout =
        plan.layout()
            .with(Degree.CHUNK_TOKENS, Degree.CHUNK_TOKENS.neutral())
            .with(Degree.DRAFT_TOKENS, Degree.DRAFT_TOKENS.neutral())
            .withMicroBatches(1, prompts * ranksWithTokens);
    return costed(load, layout).seconds();
  }
}
