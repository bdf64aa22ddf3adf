package dev.rackplan.report;

import dev.rackplan.evaluation.BoundFigures;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.FailureFigures;
import dev.rackplan.evaluation.MemoryFigures;
import dev.rackplan.evaluation.PlacementFigures;
import dev.rackplan.plan.EngineGround;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Contexts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The summary for a terminal: plan, baselines and bound; stages; what binds; layouts tried. */
public final class SummaryText {
  private final PlanReport report;
  private final boolean pool;

  private SummaryText(PlanReport report, boolean pool) {
    this.report = report;
    this.pool = pool;
  }

  /** Lines that end with a line feed. */
  public static String of(PlanReport report) {
    return new SummaryText(report, false).text();
  }

  /** The same of one of two pools, whose other GPUs need not idle. */
  static String ofPool(PlanReport report) {
    return new SummaryText(report, true).text();
  }

  private String text() {
    Evaluation evaluation = report.evaluation();
    StringBuilder text = new StringBuilder();
    text.append(answer()).append(title()).append('\n');
    text.append(TextTable.wrapped("layout: " + sentence(report.plan()), 2)).append('\n');
    text.append(comparison().text()).append('\n');
    text.append(StageTable.of(report)).append('\n');
    text.append(
            evaluation.training().isPresent() ? TrainingText.of(report) : MemoryTable.of(report))
        .append('\n');
    text.append(notes());
    if (report.layouts().size() > 1) {
      text.append('\n').append(LayoutTable.of(report.layouts(), report.stepName()));
    }
    if (report.front().size() > 1) {
      text.append('\n').append(LayoutTable.front(report.front(), report.stepName()));
    }
    return text.toString();
  }

  /** A line for each thing to know beside the tables: the bottleneck, the gap, memory and more. */
  public static List<String> notes(PlanReport report) {
    return new SummaryText(report, false).notes().lines().toList();
  }

  private String notes() {
    Evaluation evaluation = report.evaluation();
    StringBuilder text = new StringBuilder();
    text.append("bottleneck: ").append(evaluation.bottleneck()).append('\n');
    text.append(confidence(evaluation));
    NextLayout.notes(report).forEach(line -> text.append(line).append('\n'));
    text.append("gap to the bound of this layout on these GPUs: ")
        .append(gap(evaluation))
        .append('\n');
    text.append("memory: ").append(memory(evaluation)).append('\n');
    FormatsText.lines(report.problem()).forEach(line -> text.append(line).append('\n'));
    text.append("failures: ").append(failures(evaluation.failures())).append('\n');
    report.bestBaseline().ifPresent(best -> text.append(GainText.of(report, best)));
    if (report.secondCopies() > 0) {
      text.append("second copies: ").append(secondCopies()).append('\n');
    }
    if (report.problem().engine().kind().isEmpty()) {
      text.append("engines: ").append(EnginesText.of(report.problem(), report.plan())).append('\n');
    }
    for (String note : report.problem().model().notes()) {
      text.append("model: ").append(note).append('\n');
    }
    for (String violation : evaluation.violations()) {
      text.append("not feasible: ").append(violation).append('\n');
    }
    return text.toString();
  }

  // What was asked, in a line: how fast, how sure, and whether that is more than usual plans give.
  private String answer() {
    Evaluation evaluation = report.evaluation();
    return "answer: "
        + (evaluation.feasible() ? "" : "not feasible; ")
        + report.stepName()
        + " "
        + Figures.millis(evaluation.stepSeconds())
        + " ms"
        + ConfidenceText.plusMinus(evaluation.confidence().plusMinus())
        + ", "
        + Figures.rate(evaluation.tokensPerSecondPerGpu())
        + " tokens/s/GPU"
        + report.bestBaseline().map(best -> ", " + GainText.change(report, best)).orElse("")
        + "\n";
  }

  private String confidence(Evaluation evaluation) {
    OptionalDouble plusMinus = evaluation.confidence().plusMinus();
    return report.stepName()
        + ": "
        + Figures.millis(evaluation.stepSeconds())
        + " ms"
        + ConfidenceText.plusMinus(plusMinus)
        + (plusMinus.isPresent() ? ", where two of three measured steps lie" : "")
        + "; rests on: "
        + ConfidenceText.restsOn(evaluation.confidence().restsOn())
        + '\n';
  }

  private String secondCopies() {
    for (Map.Entry<Integer, ExpertMap> layer : report.plan().experts().entrySet()) {
      ExpertMap map = layer.getValue();
      for (int slot : map.secondCopies()) {
        return Figures.count(report.secondCopies(), "slot")
            + " with an expert that its GPU holds already (layer "
            + layer.getKey()
            + ", expert "
            + map.expert(slot)
            + " on rank "
            + map.gpuOfSlot(slot) * report.plan().layout().gpusPerExpertHost()
            + "): memory for nothing, and vllm-ascend computes wrong results from it";
      }
    }
    throw new IllegalStateException("no second copies");
  }

  private String title() {
    return report.problem().name() + ": " + question(report) + idle();
  }

  /** Model, cluster and load in words. */
  public static String question(PlanReport report) {
    Problem problem = report.problem();
    return problem.model().name()
        + " on "
        + problem.topology().name()
        + ", "
        + problem.workload().phase().wordsWithLengths()
        + " "
        + Figures.fixed(problem.workload().contextTokens(), 0)
        + " tokens"
        + cached(problem.workload().contexts());
  }

  // What a search left out; a plan that is judged may be one of several on its GPUs.
  private String idle() {
    int usable = report.problem().topology().usableGpus().size();
    int idle = usable - report.plan().layout().gpus();
    if (pool || idle == 0 || report.layouts().isEmpty()) {
      return "";
    }
    String why =
        report.problem().layoutSpace().isOpen(Degree.REPLICAS)
            ? switch (report.problem().objective()) {
              case THROUGHPUT -> "more would yield fewer tokens/s each";
              case LATENCY -> "more would be no faster";
              case COST -> "more would cost more per token";
            }
            : "the problem says how many replicas";
    String grounds = EngineGround.remark(report.problem()).map(words -> "; " + words).orElse("");
    return "; " + idle + " of " + usable + " GPUs idle: " + why + grounds;
  }

  /** What of prompts is cached and how much lengths vary, to put behind their mean; else empty. */
  static String cached(Contexts contexts) {
    String cached =
        contexts.cachedTokens() == 0
            ? ""
            : ", " + Figures.fixed(contexts.cachedTokens(), 0) + " of them cached";
    return contexts.variation() == 0
        ? cached
        : cached + ", lengths vary by " + Figures.shortest(contexts.variation());
  }

  /** A plan's layout in words. */
  public static String sentence(Plan plan) {
    Layout layout = plan.layout();
    StringBuilder text = new StringBuilder();
    for (Degree degree : Degree.values()) {
      int value = layout.get(degree);
      if (degree.isNamedAt(value)) {
        text.append(degree.separator()).append(degree.inSentence(value));
      }
      if (degree == Degree.ATTENTION_TENSOR_PARALLEL && layout.attentionRanks() > 1) {
        text.append(", attention data parallel ").append(layout.attentionRanks());
      }
      if (degree == Degree.PIPELINE_STAGES) {
        text.append(" on ").append(Figures.count(layout.gpusPerStage(), "GPU")).append(" each");
      }
    }
    return text.append(layersWithRedundancy(plan)).toString();
  }

  // Nothing where every layer has all of them.
  private static String layersWithRedundancy(Plan plan) {
    int most = plan.layout().redundantExperts();
    long all = 0;
    long none = 0;
    for (ExpertMap map : plan.experts().values()) {
      int experts = (int) IntStream.of(map.toArray()).distinct().count();
      all += map.slots() - experts == most ? 1 : 0;
      none += map.slots() == experts ? 1 : 0;
    }
    int layers = plan.experts().size();
    if (all == layers) {
      return "";
    }
    long fewer = layers - all - none;
    return " in "
        + all
        + " of "
        + layers
        + " MoE layers"
        + (fewer > 0 ? ", fewer in " + fewer : "")
        + (none > 0 ? ", none in " + none : "");
  }

  /** How sure the step is, in a sentence. */
  public static String restsOn(PlanReport report) {
    return "The "
        + report.stepName()
        + " rests on: "
        + ConfidenceText.restsOn(report.evaluation().confidence().restsOn())
        + ".";
  }

  /** Plan, usual plans and bound side by side. */
  public static TextTable comparison(PlanReport report) {
    return new SummaryText(report, false).comparison();
  }

  private TextTable comparison() {
    Evaluation evaluation = report.evaluation();
    boolean experts = evaluation.placement().isPresent();
    boolean heldOut = evaluation.heldOut().isPresent();
    List<String> header =
        new ArrayList<>(
            List.of(
                "",
                report.stepName() + " [ms]",
                "± [%]",
                "above bound [%]",
                "tokens/s/GPU",
                "USD/M tokens"));
    // Unseen tokens first: in-sample figures flatter.
    header.addAll(
        heldOut
            ? List.of("held-out balance [mean/max]", "held-out remote domains/token")
            : List.of());
    header.addAll(experts ? List.of("balance [mean/max]", "remote domains/token") : List.of());
    header.add("fits");
    TextTable table = new TextTable(header);
    table.add(row("plan", evaluation));
    for (NamedEvaluation baseline : report.baselines()) {
      table.add(row(baseline.name(), baseline.evaluation()));
    }
    List<String> bound =
        new ArrayList<>(
            List.of("bound", Figures.millis(evaluation.boundSeconds()), Figures.NONE, "0.0"));
    while (bound.size() < header.size()) {
      bound.add(Figures.NONE);
    }
    table.add(bound);
    return table;
  }

  private List<String> row(String name, Evaluation evaluation) {
    List<String> cells = new ArrayList<>();
    cells.add(name);
    cells.add(Figures.millis(evaluation.stepSeconds()));
    cells.add(ConfidenceText.cell(evaluation.confidence().plusMinus()));
    // Against the plan's bound: a baseline with other stages has its own.
    cells.add(
        Figures.fixed(
            100 * (evaluation.stepSeconds() / report.evaluation().boundSeconds() - 1), 1));
    cells.add(Figures.rate(evaluation.tokensPerSecondPerGpu()));
    cells.add(Figures.fixed(evaluation.usdPerMillionTokens(), 4));
    if (report.evaluation().heldOut().isPresent()) {
      cells.addAll(placement(evaluation.heldOut()));
    }
    if (report.evaluation().placement().isPresent()) {
      cells.addAll(placement(evaluation.placement()));
    }
    cells.add(evaluation.feasible() ? "yes" : "no");
    return cells;
  }

  private static List<String> placement(Optional<PlacementFigures> placement) {
    return List.of(
        figure(placement, PlacementFigures::balancedness),
        figure(placement, PlacementFigures::remoteDomainsPerToken));
  }

  private static String figure(
      Optional<PlacementFigures> placement, ToDoubleFunction<PlacementFigures> figure) {
    return Figures.fixed(placement.stream().mapToDouble(figure).findFirst(), 3);
  }

  private static String gap(Evaluation evaluation) {
    String gap = Figures.fixed(100 * evaluation.gap(), 1) + "%";
    if (evaluation.placement().isEmpty()) {
      return gap;
    }
    BoundFigures bound = evaluation.bound();
    return gap
        + " ("
        + Figures.fixed(100 * bound.placementGap(), 1)
        + "% of what placement decides), of which "
        + points(bound.expertGap())
        + " points expert imbalance, "
        + points(bound.networkGap())
        + " points traffic"
        + (points(bound.restGap()).equals("0.0")
            ? ""
            : ", " + points(bound.restGap()) + " points stages and hops")
        + "; experts bounded by "
        + bound.expertTerm().words()
        + ", traffic by "
        + bound.networkTerm().words();
  }

  private static String points(double share) {
    String points = Figures.fixed(100 * share, 1);
    return points.equals("-0.0") ? "0.0" : points;
  }

  private static String failures(FailureFigures failures) {
    return Figures.fixed(failures.interruptionsPerMonth(), 1)
        + " interruptions a month expected; a lost node stops "
        + Figures.count(failures.idledGpus(), "GPU")
        + " and "
        + Figures.count(failures.lostSequences(), "sequence")
        + ", "
        + Figures.fixed(100 * failures.lostThroughputShare(), 0)
        + "% of the throughput";
  }

  private static String memory(Evaluation evaluation) {
    MemoryFigures memory = evaluation.memory();
    String fullest =
        Figures.gigabytes(memory.peakBytes())
            + " of "
            + Figures.gigabytes(memory.limitBytes())
            + " GB on the fullest GPU";
    if (evaluation.training().isPresent()) {
      String sure = ConfidenceText.memory(memory.confidence());
      return fullest + (sure.isEmpty() ? "" : "; " + sure);
    }
    return fullest
        + "; room there for "
        + Figures.fixed(memory.kvHeadroomTokens(), 0)
        + " more tokens of KV cache, or "
        + Figures.fixed(memory.kvHeadroomSequences(), 0)
        + " more sequences\nKV cache: "
        + Figures.fixed(memory.kvTokens(), 0)
        + " tokens on each attention rank by "
        + memory.rule().flag()
        + " "
        + Figures.fixed(memory.share(), 3);
  }
}
