package dev.rackplan.evaluation;

import dev.rackplan.cost.StageCost;
import dev.rackplan.cost.StageTraining;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Says in one sentence what the slowest stage spends its time on. */
final class Bottleneck {
  private Bottleneck() {}

  /** Position of the stage that takes longest. */
  static int slowestStage(List<StageCost> stages) {
    int slowest = 0;
    for (int s = 0; s < stages.size(); s++) {
      if (stages.get(s).seconds() > stages.get(slowest).seconds()) {
        slowest = s;
      }
    }
    return slowest;
  }

  /**
   * @param busiestLink the slowest stage's busiest link in words, empty where it has no all-to-all
   */
  static String sentence(List<StageCost> stages, int microBatches, Optional<String> busiestLink) {
    int slowest = slowestStage(stages);
    double sum = stages.stream().mapToDouble(StageCost::seconds).sum();
    StageCost stage = stages.get(slowest);
    Map<String, Double> terms = terms(stage);
    Map.Entry<String, Double> largest = terms.entrySet().iterator().next();
    double network =
        stage.dispatchSeconds()
            + stage.combineSeconds()
            + stage.tensorParallelSeconds()
            + stage.hopSeconds();
    for (Map.Entry<String, Double> term : terms.entrySet()) {
      if (term.getValue() > largest.getValue()) {
        largest = term;
      }
    }
    String where =
        stages.size() == 1
            ? "the stage"
            : microBatches * stage.seconds() >= sum
                ? String.format(Locale.ROOT, "stage %d of %d, the slowest,", slowest, stages.size())
                : String.format(
                    Locale.ROOT,
                    "too few micro-batches to fill %d stages; stage %d, the slowest,",
                    stages.size(),
                    slowest);
    return String.format(
        Locale.ROOT,
        "%s takes %.3f ms a micro-batch; %s is its largest term (%.0f%%), all communication is %.0f%%%s",
        where,
        stage.seconds() * 1e3,
        largest.getKey(),
        100 * largest.getValue() / stage.seconds(),
        100 * network / stage.seconds(),
        busiestLink.map(link -> "; the busiest link is " + link).orElse(""));
  }

  private static Map<String, Double> terms(StageCost stage) {
    Map<String, Double> terms = new LinkedHashMap<>();
    terms.put("attention", stage.attentionSeconds());
    terms.put("dense FFN", stage.denseSeconds());
    terms.put("expert weight fetch", stage.expertMemorySeconds());
    terms.put("expert compute", stage.expertSeconds() - stage.expertMemorySeconds());
    terms.put("all-to-all", stage.dispatchSeconds() + stage.combineSeconds());
    terms.put("tensor-parallel all-reduce", stage.tensorParallelSeconds());
    terms.put("kernel overhead", stage.overheadSeconds());
    terms.put("LM head", stage.headSeconds());
    terms.put(
        "element-wise work", stage.training().map(StageTraining::elementwiseSeconds).orElse(0.0));
    terms.put("hop to the next stage", stage.hopSeconds());
    return terms;
  }
}
