package dev.rackplan.evaluation;

import dev.rackplan.cost.CostedInstance;
import dev.rackplan.cost.CostedStage;
import dev.rackplan.cost.operation.Term;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Says in one sentence what the slowest stage spends its time on. */
public final class Bottleneck {
  private Bottleneck() {}

  /** Of the instance that is slowest. */
  public static String sentence(CostedInstance instance, int microBatches) {
    List<CostedStage> stages = instance.stages();
    int slowest = instance.slowestStage();
    double sum = stages.stream().mapToDouble(CostedStage::seconds).sum();
    CostedStage stage = stages.get(slowest);
    Map.Entry<String, Double> largest = largest(stage);
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
        100 * stage.terms().sum(Term::communication) / stage.seconds(),
        busiestLink(instance, slowest).map(link -> "; the busiest link is " + link).orElse(""));
  }

  // The first of equals.
  private static Map.Entry<String, Double> largest(CostedStage stage) {
    Map<String, Double> groups = new LinkedHashMap<>();
    for (Term term : Term.values()) {
      groups.merge(term.group(), stage.terms().of(term), Double::sum);
    }
    Map.Entry<String, Double> largest = groups.entrySet().iterator().next();
    for (Map.Entry<String, Double> group : groups.entrySet()) {
      largest = group.getValue() > largest.getValue() ? group : largest;
    }
    return largest;
  }

  // Of the layer that communicates longest, in words; empty where there are no routed experts or
  // one GPU.
  private static Optional<String> busiestLink(CostedInstance instance, int stage) {
    var shape = instance.shapes().get(stage);
    if (shape.gpuCount() == 1) {
      return Optional.empty();
    }
    return instance.stages().get(stage).layers().stream()
        .flatMap(layer -> layer.experts().stream())
        .map(experts -> experts.busiestLink())
        .reduce((most, link) -> link.secondsPerByte() > most.secondsPerByte() ? link : most)
        .map(link -> link.describe(shape));
  }
}
