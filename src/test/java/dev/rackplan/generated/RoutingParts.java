package dev.rackplan.generated;

import dev.rackplan.json.JsonText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Draws how tokens choose experts, and the files that say so. */
final class RoutingParts {
  private final Draw draw;
  private final SortedMap<String, Object> files;
  private final List<Shapes.Moe> layers;
  private final int hiddenLayers;
  // Whether tokens are kept back: two requests at least must be there then.
  private boolean holdOut;

  RoutingParts(Draw draw, Map<String, Object> model, SortedMap<String, Object> files) {
    this.draw = draw;
    this.files = files;
    this.layers = Shapes.moeLayers(model);
    this.hiddenLayers = Shapes.hiddenLayers(model);
  }

  Map<String, Object> routing() {
    Map<String, Object> routing = new LinkedHashMap<>();
    holdOut = draw.chance(30);
    boolean tokens = false;
    if (draw.chance(30)) {
      List<Object> profiles = new ArrayList<>();
      for (int n = draw.in(1, 3); n > 0; n--) {
        Map<String, Object> profile = new LinkedHashMap<>();
        profile.put("name", draw.of("chat", "code", "maths") + " " + profiles.size());
        draw.maybe(60, profile, "weight", () -> draw.of(0.3, 1, 7));
        tokens |= source(profile);
        profiles.add(profile);
      }
      routing.put("profiles", profiles);
    } else {
      tokens = source(routing);
    }
    draw.maybe(40, routing, "over", () -> draw.of("mean", "worst"));
    draw.maybe(30, routing, "parts", () -> draw.of(1, 2, 8));
    draw.maybe(40, routing, "caution", () -> draw.of(0, 0.5, 2));
    if (holdOut && tokens) {
      routing.put("holdOut", draw.of(0.25, 0.5));
      draw.maybe(60, routing, "holdOutBy", () -> draw.of("request", "token"));
    }
    return routing;
  }

  // Whether it holds tokens.
  private boolean source(Map<String, Object> at) {
    switch (draw.in(0, 5)) {
      case 0 -> {
        Map<String, Object> uneven = new LinkedHashMap<>();
        draw.maybe(60, uneven, "variation", () -> draw.of(0, 0.5, 1.2, 3));
        uneven.put("seed", draw.in(0, 1000));
        at.put("uneven", uneven);
        return false;
      }
      case 1 -> {
        Map<String, Object> law = new LinkedHashMap<>();
        law.put("alpha", draw.of(0, 0.5, 1.01, 3));
        law.put("seed", draw.in(0, 1000));
        at.put("powerLaw", law);
        return false;
      }
      case 2 -> {
        at.put("topics", topics());
        return true;
      }
      case 3, 4 -> {
        String name = draw.coin() ? GeneratedProblem.SAMPLES : GeneratedProblem.PACKED_SAMPLES;
        files.computeIfAbsent(name, missing -> samples());
        at.put("samples", "../" + name);
        return true;
      }
      default -> {
        String name = draw.chance(75) ? GeneratedProblem.COUNTS : GeneratedProblem.LOAD_LINES;
        files.computeIfAbsent(name, missing -> name.endsWith(".json") ? counts() : loadLines());
        at.put("counts", "../" + name);
        return false;
      }
    }
  }

  private Map<String, Object> topics() {
    Map<String, Object> topics = new LinkedHashMap<>();
    topics.put("seed", draw.in(0, 1000));
    topics.put("tokens", draw.of(16, 64, 512));
    draw.maybe(50, topics, "topics", () -> draw.of(1, 3, 8));
    topics.put("requestTokens", draw.of(1, 4, 8));
    draw.maybe(50, topics, "skew", () -> draw.of(0, 0.5, 3));
    draw.maybe(50, topics, "affinity", () -> draw.of(0, 1.0, 3));
    return topics;
  }

  private String samples() {
    StringBuilder text = new StringBuilder(draw.coin() ? "# generated\n" : "");
    text.append("request");
    for (int l = 0; l < layers.size(); l++) {
      for (int c = 0; c < layers.get(l).perToken(); c++) {
        text.append(",l").append(l).append('e').append(c);
      }
    }
    text.append('\n');
    int requests = draw.in(2, 12);
    int tokens = draw.of(1, 4, 16);
    // Sometimes few experts are wanted much more than the others.
    boolean skewed = draw.coin();
    for (int row = 0; row < requests * tokens; row++) {
      text.append(row / tokens);
      for (Shapes.Moe layer : layers) {
        int[] order = draw.order(layer.experts());
        if (skewed) {
          favour(order, layer.perToken());
        }
        for (int c = 0; c < layer.perToken(); c++) {
          text.append(',').append(order[c]);
        }
      }
      text.append('\n');
    }
    return text.toString();
  }

  // Moves expert 0 among the chosen ones.
  private void favour(int[] order, int perToken) {
    for (int at = perToken; at < order.length; at++) {
      if (order[at] == 0 && draw.chance(80)) {
        order[at] = order[0];
        order[0] = 0;
        return;
      }
    }
  }

  private Map<String, Object> counts() {
    Map<String, Object> counts = new LinkedHashMap<>();
    switch (draw.in(0, 2)) {
      case 0 -> counts.put("logical_count", rows());
      case 1 -> {
        counts.put("weight", rows());
        draw.maybe(50, counts, "num_gpus", () -> 2);
      }
      default -> {
        Map<String, Object> load = new LinkedHashMap<>();
        load.put("day", rows());
        draw.maybe(60, load, "night", this::rows);
        counts.put("load", load);
      }
    }
    draw.maybe(20, counts, "num_layers", () -> layers.size());
    draw.maybe(20, counts, "top_k", () -> layers.get(0).perToken());
    return counts;
  }

  private Object rows() {
    boolean hidden = draw.chance(30);
    List<Object> rows = new ArrayList<>();
    int next = 0;
    for (int l = 0; l < hiddenLayers; l++) {
      boolean moe = next < layers.size() && layers.get(next).layer() == l;
      if (moe) {
        rows.add(row(layers.get(next++).experts()));
      } else if (hidden) {
        rows.add(row(1));
      }
    }
    return rows;
  }

  private List<Object> row(int experts) {
    List<Object> row = new ArrayList<>();
    for (int e = 0; e < experts; e++) {
      row.add(draw.of(0, 1, 5, 1000, draw.between(0.01, 1)));
    }
    // A row without load is refused.
    if (row.stream().allMatch(load -> ((Number) load).doubleValue() == 0)) {
      row.set(draw.in(0, experts - 1), 3);
    }
    return row;
  }

  // As vLLM records them, without copies.
  private String loadLines() {
    StringBuilder text = new StringBuilder();
    int most = layers.stream().mapToInt(Shapes.Moe::experts).max().orElse(1);
    for (int step = draw.in(1, 2); step > 0; step--) {
      List<Object> loads = new ArrayList<>();
      List<Object> maps = new ArrayList<>();
      for (Shapes.Moe layer : layers) {
        List<Object> row = row(layer.experts());
        List<Object> map = new ArrayList<>();
        for (int slot = 0; slot < most; slot++) {
          map.add(slot % layer.experts());
        }
        while (row.size() < most) {
          row.add(0);
        }
        loads.add(row);
        maps.add(map);
      }
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("record_type", "eplb_load_stats");
      line.put("version", 1);
      line.put("step", step);
      line.put("num_ranks", 1);
      line.put("expert_load", loads);
      line.put("p2l_map", maps);
      text.append(JsonText.line(line));
    }
    return text.toString();
  }
}
