package dev.rackplan.report;

import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Pool;
import dev.rackplan.serving.Cluster;
import dev.rackplan.serving.Found;
import dev.rackplan.serving.Found.Instances;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** What a {@link DeploymentReport} says, as plain values for JSON. */
public final class DeploymentTree {
  private static final int MOST_LOST = 4;
  private static final double MILLIS = 1e3;

  private DeploymentTree() {}

  /** All of it. */
  public static Map<String, Object> of(DeploymentReport report) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("gpus", report.clusters().stream().mapToInt(Cluster::gpus).sum());
    tree.put("idleGpus", report.idle(report.deployments().get(0)));
    tree.put("complete", report.complete());
    if (!report.leftOut().isEmpty()) {
      tree.put("leftOut", report.leftOut());
    }
    tree.put("requestsPerSecondPlannedAnewWithNodesLost", report.afterLoss());
    report.replayed().ifPresent(limits -> tree.put("replayed", limits.tree()));
    List<Found> front = report.front();
    tree.put("deployments", report.deployments().stream().map(f -> of(report, f, front)).toList());
    return tree;
  }

  private static Map<String, Object> of(DeploymentReport report, Found found, List<Found> front) {
    double output = report.goal().outputTokens();
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("mode", DeploymentReport.word(found.mode()));
    tree.put("gpus", found.gpus());
    tree.put("tpotMillis", MILLIS * found.tpotSeconds());
    tree.put("ttftMillis", MILLIS * found.ttftSeconds());
    tree.put("tokensPerSecondPerGpu", found.tokensPerSecondPerGpu(output));
    tree.put("requestsPerSecond", found.requestsPerSecond());
    tree.put("tokensPerSecond", found.requestsPerSecond() * output);
    tree.put("concurrency", concurrency(report, found));
    OptionalDouble usd = found.usdPerMillion(output);
    usd.ifPresent(
        perMillion -> {
          tree.put("usdPerMillionOutputTokens", perMillion);
          tree.put("usdPerRequest", perMillion * output / 1e6);
        });
    found
        .detail()
        .ifPresent(
            detail -> {
              tree.put("confidence", ConfidenceText.tree(detail.tpot()));
              tree.put("ttftConfidence", ConfidenceText.tree(detail.ttft()));
            });
    tree.put("onFront", front.contains(found));
    tree.put("exact", found.exact());
    tree.put("binds", found.binds());
    tree.put("requestsPerSecondWithNodesLost", lost(found));
    report.bill(found).ifPresent(bill -> tree.put("bill", BillText.tree(bill, report.allWatts())));
    tree.put("pools", found.pools().stream().map(DeploymentTree::of).toList());
    return tree;
  }

  // Of one lost, of two, and so on.
  private static List<Double> lost(Found found) {
    return IntStream.rangeClosed(1, MOST_LOST).mapToObj(found::requestsPerSecondWithout).toList();
  }

  // Little's law over a request's whole stay.
  private static double concurrency(DeploymentReport report, Found found) {
    return found.requestsPerSecond()
        * (found.ttftSeconds() + report.goal().laterTokens() * found.tpotSeconds());
  }

  private static Map<String, Object> of(Instances pool) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("role", Pool.word(pool.role()));
    tree.put("name", pool.name());
    tree.put("gpu", pool.gpu().name());
    tree.put("instances", pool.count());
    tree.put("gpusPerInstance", pool.layout().gpus());
    tree.put("sequencesPerRank", pool.sequencesPerRank());
    tree.put("requestsPerSecondPerInstance", pool.requestsPerSecondEach());
    pool.usdPerHour().ifPresent(usd -> tree.put("usdPerHour", usd));
    Map<String, Object> degrees = new LinkedHashMap<>();
    for (Degree degree : Degree.values()) {
      if (pool.layout().get(degree) != degree.neutral()) {
        degrees.put(degree.key(), pool.layout().get(degree));
      }
    }
    tree.put("layout", degrees);
    return tree;
  }
}
