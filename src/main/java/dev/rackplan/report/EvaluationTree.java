package dev.rackplan.report;

import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.StageTraining;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.evaluation.BoundFigures;
import dev.rackplan.evaluation.Evaluation;
import dev.rackplan.evaluation.FailureFigures;
import dev.rackplan.evaluation.MemoryFigures;
import dev.rackplan.evaluation.PlacementFigures;
import dev.rackplan.evaluation.TrainingFigures;
import dev.rackplan.json.JsonCursor;
import dev.rackplan.json.SolutionFile;
import dev.rackplan.plan.FrontPoint;
import dev.rackplan.plan.LayoutTrial;
import dev.rackplan.workload.Phase;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code evaluation} of a solution file as plain values; docs/formats.md lists the keys. */
public final class EvaluationTree {
  private EvaluationTree() {}

  /** Everything: the plan's figures, its stages and bound, the baselines, the layouts tried. */
  public static Map<String, Object> of(PlanReport report) {
    Evaluation evaluation = report.evaluation();
    Map<String, Object> tree = figures(evaluation);
    if (report.secondCopies() > 0) {
      tree.put("secondCopies", report.secondCopies());
    }
    tree.put("bottleneck", evaluation.bottleneck());
    tree.put("memory", memory(evaluation.memory()));
    tree.put("failures", failures(evaluation.failures()));
    tree.put("stages", evaluation.stages().stream().map(EvaluationTree::stage).toList());
    tree.put("bound", bound(evaluation));
    tree.put("baselines", report.baselines().stream().map(EvaluationTree::baseline).toList());
    report.bestBaseline().ifPresent(best -> tree.put("gain", GainTree.of(evaluation, best)));
    NextLayout.of(report).ifPresent(next -> tree.put("nextLayout", next.tree()));
    if (!report.layouts().isEmpty()) {
      tree.put("layoutsTried", layouts(report.layouts(), stepKey(evaluation)));
    }
    if (!report.front().isEmpty()) {
      tree.put("paretoFront", report.front().stream().map(p -> point(p, evaluation)).toList());
    }
    return tree;
  }

  private static Map<String, Object> point(FrontPoint point, Evaluation evaluation) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("layout", SolutionFile.layout(point.layout()));
    tree.put(stepKey(evaluation), point.stepSeconds());
    tree.put("tokensPerSecondPerGpu", point.tokensPerSecondPerGpu());
    point.plusMinus().ifPresent(share -> tree.put("plusMinus", share));
    return tree;
  }

  /** The layouts tried; {@code stepKey} names the step's time. */
  public static List<Map<String, Object>> layouts(List<LayoutTrial> layouts, String stepKey) {
    return layouts.stream().map(tried -> layout(tried, stepKey)).toList();
  }

  private static Map<String, Object> layout(LayoutTrial tried, String stepKey) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("layout", SolutionFile.layout(tried.layout()));
    tried.stepSeconds().ifPresent(seconds -> tree.put(stepKey, seconds));
    tried.tokensPerSecondPerGpu().ifPresent(rate -> tree.put("tokensPerSecondPerGpu", rate));
    tried.plusMinus().ifPresent(share -> tree.put("plusMinus", share));
    tree.put("reason", JsonCursor.camelCase(tried.reason()));
    tree.put("outcome", tried.outcome());
    return tree;
  }

  private static String stepKey(Evaluation evaluation) {
    Phase phase =
        evaluation.training().isPresent()
            ? Phase.TRAINING
            : evaluation.tpotSeconds().isPresent() ? Phase.DECODE : Phase.PREFILL;
    return phase.stepKey();
  }

  private static Map<String, Object> baseline(NamedEvaluation baseline) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", baseline.name());
    tree.putAll(figures(baseline.evaluation()));
    return tree;
  }

  /** What the plan and each baseline have in common. */
  private static Map<String, Object> figures(Evaluation evaluation) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("feasible", evaluation.feasible());
    tree.put("violations", evaluation.violations());
    tree.put(stepKey(evaluation), evaluation.stepSeconds());
    tree.put("confidence", ConfidenceText.tree(evaluation.confidence()));
    tree.put("tokensPerSecond", evaluation.tokensPerSecond());
    tree.put("tokensPerSecondPerGpu", evaluation.tokensPerSecondPerGpu());
    evaluation.usdPerMillionTokens().ifPresent(usd -> tree.put("usdPerMillionTokens", usd));
    tree.put("bubbleFraction", evaluation.bubbleFraction());
    tree.put("stageImbalance", evaluation.stageImbalance());
    evaluation.training().ifPresent(figures -> tree.put("training", training(figures)));
    evaluation.placement().ifPresent(placement -> tree.putAll(placement(placement)));
    evaluation.heldOut().ifPresent(placement -> tree.put("heldOut", placement(placement)));
    return tree;
  }

  private static Map<String, Object> training(TrainingFigures figures) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("scheduleSeconds", figures.scheduleSeconds());
    tree.put("reductionSeconds", figures.reductionSeconds());
    tree.put("optimizerSeconds", figures.optimizerSeconds());
    tree.put("exposedCommunicationSeconds", figures.exposedCommunicationSeconds());
    tree.put("modelFlopsPerToken", figures.modelFlopsPerToken());
    tree.put("modelFlopsUtilization", figures.modelFlopsUtilization());
    return tree;
  }

  private static Map<String, Object> training(StageTraining passes) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("forwardSeconds", passes.forwardSeconds());
    tree.put("backwardSeconds", passes.backwardSeconds());
    tree.put("weightGradientSeconds", passes.weightGradientSeconds());
    tree.put("reductionSeconds", passes.reductionSeconds());
    tree.put("optimizerSeconds", passes.optimizerSeconds());
    return tree;
  }

  /** How experts are placed. */
  static Map<String, Object> placement(PlacementFigures placement) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("balancedness", placement.balancedness());
    tree.put("balancednessEven", placement.balancednessEven());
    tree.put("worstLayerBalancedness", placement.worstLayerBalancedness());
    tree.put("remoteDomainsPerToken", placement.remoteDomainsPerToken());
    tree.put("scaleOutBytesPerToken", placement.scaleOutBytesPerToken());
    tree.put("homeShare", placement.homeShare());
    placement.choicesPerCopy().ifPresent(choices -> tree.put("choicesPerCopy", choices));
    return tree;
  }

  private static Map<String, Object> memory(MemoryFigures memory) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("limitBytes", memory.limitBytes());
    tree.put("peakBytes", memory.peakBytes());
    ConfidenceText.put(tree, memory.confidence());
    tree.put("kvHeadroomTokens", (long) memory.kvHeadroomTokens());
    tree.put("kvHeadroomSequences", (long) memory.kvHeadroomSequences());
    tree.put("kvTokens", (long) memory.kvTokens());
    tree.put("rule", memory.rule().flag());
    tree.put("share", memory.share());
    return tree;
  }

  private static Map<String, Object> failures(FailureFigures failures) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("interruptionsPerMonth", failures.interruptionsPerMonth());
    tree.put("instanceInterruptionsPerMonth", failures.instanceInterruptionsPerMonth());
    tree.put("node", failures.node());
    tree.put("idledGpus", failures.idledGpus());
    tree.put("lostSequences", failures.lostSequences());
    tree.put("lostThroughputShare", failures.lostThroughputShare());
    return tree;
  }

  /** What one stage takes and holds. */
  public static Map<String, Object> stage(CostedStage stage) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("layers", List.of(stage.firstLayer(), stage.lastLayer()));
    tree.put("seconds", stage.seconds());
    for (Term term : Term.values()) {
      tree.put(term.key(), stage.terms().of(term));
    }
    stage.training().ifPresent(passes -> tree.put("training", training(passes)));
    tree.put("memory", memory(stage.memory()));
    return tree;
  }

  private static Map<String, Object> memory(MemoryUse memory) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("bytes", memory.bytes());
    tree.put("attentionBytes", memory.attentionBytes());
    tree.put("denseBytes", memory.denseBytes());
    tree.put("sharedBytes", memory.sharedBytes());
    tree.put("expertBytes", memory.expertBytes());
    tree.put("embeddingBytes", memory.embeddingBytes());
    tree.put("draftBytes", memory.draftBytes());
    tree.put("kvBytes", memory.kvBytes());
    tree.put("bufferBytes", memory.bufferBytes());
    tree.put("stepBytes", memory.working().stepBytes());
    tree.put("communicationBytes", memory.working().communicationBytes());
    tree.put("graphBytes", memory.working().graphBytes());
    tree.put("frameworkBytes", memory.working().frameworkBytes());
    memory
        .training()
        .ifPresent(
            trained -> {
              tree.put("gradientBytes", trained.gradientBytes());
              tree.put("optimizerBytes", trained.optimizerBytes());
              tree.put("activationBytes", trained.activationBytes());
            });
    return tree;
  }

  private static Map<String, Object> bound(Evaluation evaluation) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put(stepKey(evaluation), evaluation.boundSeconds());
    tree.put("gap", evaluation.gap());
    if (evaluation.placement().isPresent()) {
      BoundFigures bound = evaluation.bound();
      tree.put("placementGap", bound.placementGap());
      tree.put("expertGap", bound.expertGap());
      tree.put("networkGap", bound.networkGap());
      tree.put("restGap", bound.restGap());
      tree.put("expertTerm", bound.expertTerm().words());
      tree.put("networkTerm", bound.networkTerm().words());
    }
    return tree;
  }
}
