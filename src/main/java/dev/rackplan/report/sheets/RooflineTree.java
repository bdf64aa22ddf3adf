package dev.rackplan.report.sheets;

import dev.rackplan.cost.economics.ModelRoofline;
import dev.rackplan.cost.economics.RooflinePoint;
import dev.rackplan.cost.operation.Roofline;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A roofline as plain values; docs/formats.md lists the keys. */
public final class RooflineTree {
  private RooflineTree() {}

  public static Map<String, Object> of(ModelRoofline roofline) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("model", roofline.model().name());
    tree.put("gpu", roofline.gpu().name());
    tree.put("gpus", roofline.gpus());
    tree.put("contextTokens", roofline.contextTokens());
    tree.put("weights", roofline.weights().key());
    tree.put("experts", roofline.experts().key());
    tree.put("kv", roofline.kv().key());
    tree.put("parameters", roofline.model().parameters());
    tree.put("activeParameters", roofline.model().activeParameters());
    tree.put("kvBytesPerContextToken", roofline.kvBytesPerContextToken());
    roofline.usdPerHour().ifPresent(usd -> tree.put("usdPerHour", usd));
    tree.put("hardwareFactor", roofline.hardwareFactor());
    tree.put("balanceBatch", roofline.balanceBatch());
    tree.put("hbmDrainSeconds", roofline.drainSeconds());
    tree.put(
        "worstQueueAndServiceSeconds",
        Roofline.worstQueueAndServiceSeconds(roofline.drainSeconds()));
    tree.put("weightFetchSeconds", roofline.weightFetchSeconds());
    roofline
        .contextCrossoverTokens()
        .ifPresent(tokens -> tree.put("contextCrossoverTokens", tokens));
    roofline
        .mostSequences(RooflineText.MEMORY_RESERVE)
        .ifPresent(sequences -> tree.put("mostSequences", (long) sequences));
    List<Map<String, Object>> curve = roofline.curve().stream().map(RooflineTree::point).toList();
    tree.put("curve", curve);
    return tree;
  }

  private static Map<String, Object> point(RooflinePoint point) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("batch", point.batch());
    tree.put("computeSeconds", point.computeSeconds());
    tree.put("weightSeconds", point.weightSeconds());
    tree.put("kvSeconds", point.kvSeconds());
    tree.put("stepSeconds", point.stepSeconds());
    point.usdPerMillionTokens().ifPresent(usd -> tree.put("usdPerMillionTokens", usd));
    return tree;
  }
}
