package dev.rackplan.generated;

import dev.rackplan.problem.Degree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Draws one layout that can be, and a layout object that leaves room for it. */
final class LayoutParts {
  private final Draw draw;
  private final int usable;
  private final int layers;
  private final List<Shapes.Moe> moe;
  private Map<String, Integer> one = new LinkedHashMap<>();
  private Optional<Map<String, Object>> drawn = Optional.empty();

  LayoutParts(Draw draw, int usable, int layers, List<Shapes.Moe> moe) {
    this.draw = draw;
    this.usable = usable;
    this.layers = layers;
    this.moe = moe;
  }

  /** The object, once a workload has been drawn; empty where the key is to be left out. */
  Optional<Map<String, Object>> layout() {
    return drawn;
  }

  /**
   * Draws both for decode or prefill.
   *
   * @param drafts whether the workload says what drafts are accepted
   * @return sequences in flight, where they are given; empty where as many as fit are
   */
  OptionalInt forInference(String phase, boolean drafts) {
    one = degrees(usable);
    one.put("microBatches", draw.of(1, 1, 2, 3, 4));
    // One sequence for each attention rank, or a few.
    int ranks = Math.max(1, one.get("expertParallel") / one.get("attentionTensorParallel"));
    one.put("sequencesPerMicroBatch", draw.of(1, ranks, ranks, 2 * ranks, 64));
    if (!draw.chance(8)) {
      drawn = Optional.of(leaveRoom(List.of("replicas", "microBatches", "pipelineStages")));
      addEngineDegrees(drawn.get(), phase, drafts);
    }
    if (draw.chance(35)) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(
        draw.chance(90)
            ? one.get("replicas") * one.get("microBatches") * one.get("sequencesPerMicroBatch")
            : draw.of(1, 2, 16, 500));
  }

  /** Draws both pools' objects for serving. */
  void forServing(boolean drafts) {
    if (draw.chance(30)) {
      return;
    }
    Map<String, Object> pools = new LinkedHashMap<>();
    for (String pool : List.of("prefill", "decode")) {
      one = degrees(Math.max(1, usable / 2));
      one.put("microBatches", draw.of(1, 1, 2));
      one.put("sequencesPerMicroBatch", draw.of(1, 8, 64));
      if (draw.chance(80)) {
        Map<String, Object> object = leaveRoom(List.of());
        object.remove("replicas");
        addEngineDegrees(object, pool, drafts && pool.equals("decode"));
        pools.put(pool, object);
      }
    }
    drawn = Optional.of(pools);
  }

  /**
   * Draws both for training on a schedule.
   *
   * @return sequences of the global batch
   */
  int forTraining(String schedule, int virtualStages) {
    one = degrees(usable);
    int stages = one.get("pipelineStages");
    if (schedule.equals("interleaved")) {
      stages = Math.max(1, Math.min(stages, layers / virtualStages));
    } else if (schedule.equals("dualpipe")) {
      stages = stages / 2 * 2;
    }
    one.put("pipelineStages", Math.max(1, stages));
    int microBatches =
        switch (schedule) {
          case "interleaved" -> stages * draw.in(1, 3);
          case "dualpipe" -> 2 * Math.max(1, stages) + 2 * draw.in(0, 2);
          default -> draw.in(1, 6);
        };
    one.put("microBatches", Math.max(1, microBatches));
    one.put("sequencesPerMicroBatch", draw.of(1, 2, 4));
    if (!draw.chance(15)) {
      drawn = Optional.of(leaveRoom(List.of("replicas", "microBatches")));
      addEngineDegrees(drawn.get(), "training", false);
      divideInTraining(drawn.get());
      addTrainingDegrees(drawn.get());
    }
    return one.get("replicas") * one.get("microBatches") * one.get("sequencesPerMicroBatch");
  }

  /** Whether dualpipe has the GPUs and layers that it needs. */
  boolean holdsTwoStages() {
    return usable >= 2 && layers >= 2;
  }

  int layers() {
    return layers;
  }

  private Map<String, Integer> degrees(int gpus) {
    Map<String, Integer> degrees = new LinkedHashMap<>();
    int stages = draw.coin() ? 1 : draw.in(1, Math.min(Math.min(layers, gpus), 4));
    int perStage = gpus / stages;
    int least = moe.stream().mapToInt(Shapes.Moe::experts).min().orElse(1);
    int parallel = draw.chance(25) ? perStage : draw.in(1, perStage);
    int tensor = draw.of(divisors(parallel).stream().filter(d -> d <= 16).toList());
    if (draw.coin()) {
      tensor = 1;
    }
    degrees.put("expertParallel", moe.isEmpty() ? 1 : parallel);
    degrees.put("attentionTensorParallel", tensor);
    degrees.put("pipelineStages", stages);
    int stageGpus = moe.isEmpty() ? tensor : parallel;
    degrees.put("replicas", draw.coin() ? 1 : draw.in(1, Math.max(1, perStage / stageGpus)));
    if (moe.isEmpty()) {
      degrees.put("redundantExperts", 0);
    } else {
      int fewest = Math.max(0, parallel - least);
      int most = Math.max(fewest, least * (parallel - 1));
      degrees.put(
          "redundantExperts",
          draw.coin() ? fewest : draw.in(fewest, Math.min(most, fewest + 2 * parallel)));
    }
    return degrees;
  }

  // What the layout has is always among the values of each.
  private void addEngineDegrees(Map<String, Object> layout, String phase, boolean drafts) {
    boolean inference = !phase.equals("training");
    boolean sliced = inference && !moe.isEmpty();
    addOr(layout, "expertTensorParallel", 1, !moe.isEmpty(), List.of(1, 2));
    addOr(layout, "denseTensorParallel", 0, sliced, List.of(0, 1));
    boolean wholePrompts = !inference || phase.equals("prefill");
    addOr(layout, "prefillContextParallel", 1, wholePrompts, List.of(1, 2));
    addOr(layout, "decodeContextParallel", 1, phase.equals("decode"), List.of(1, 2));
    addOr(layout, "draftTokens", 0, drafts, List.of(0, 1));
    addOr(layout, "chunkTokens", 0, phase.equals("prefill"), List.of(0, 64));
    String way = inference ? draw.of("allToAll", "allGather", "allReduce") : "allToAll";
    addOr(layout, "moeCommunication", "default", !moe.isEmpty(), List.of("default", way));
    Object overlap = draw.of("on", "off");
    addOr(layout, "twoBatchOverlap", "default", true, List.of("default", overlap));
  }

  // Listed beside 1 they would rarely be chosen: where there are GPUs, they are given at times.
  private void divideInTraining(Map<String, Object> layout) {
    int stage = one.get(moe.isEmpty() ? "attentionTensorParallel" : "expertParallel");
    if (2 * stage * one.get("pipelineStages") * one.get("replicas") > usable || !draw.chance(30)) {
      return;
    }
    if (!moe.isEmpty()) {
      layout.put("expertTensorParallel", 2);
    }
    if (moe.isEmpty() || draw.coin()) {
      layout.put("prefillContextParallel", 2);
    }
  }

  // What the workload says is always among the values of each.
  private void addTrainingDegrees(Map<String, Object> layout) {
    for (Degree degree : Degree.values()) {
      if (degree.followsWorkload() && draw.chance(25)) {
        Object usual = degree.inFile(degree.neutral());
        int most = degree == Degree.VIRTUAL_STAGES ? layers : degree.most();
        Object other = degree.inFile(draw.in(1, Math.min(4, most)));
        layout.put(degree.key(), draw.of("open", usual, List.of(usual, other)));
      }
    }
  }

  private void addOr(
      Map<String, Object> layout, String key, Object neutral, boolean has, List<?> values) {
    if (draw.chance(16)) {
      layout.put(key, has && draw.chance(75) ? values : neutral);
    }
  }

  private static List<Integer> divisors(int number) {
    return IntStream.rangeClosed(1, number).filter(d -> number % d == 0).boxed().toList();
  }

  /**
   * The layout as an object whose keys are values, lists, or left out.
   *
   * @param listed keys that are given mostly, so that few layouts are to be searched
   */
  private Map<String, Object> leaveRoom(List<String> listed) {
    Map<String, Object> layout = new LinkedHashMap<>();
    one.forEach(
        (key, value) -> {
          if (draw.chance(listed.contains(key) ? 85 : 60)) {
            layout.put(key, draw.chance(60) ? (Object) value : list(key, value));
          }
        });
    return layout;
  }

  private List<Object> list(String key, int value) {
    List<Object> list = new ArrayList<>(List.of(value));
    int most =
        switch (key) {
          case "pipelineStages" -> layers;
          case "expertParallel" -> moe.isEmpty() ? 1 : usable;
          case "redundantExperts" -> moe.isEmpty() ? 0 : 2 * usable;
          default -> 2 * value;
        };
    for (int n = draw.in(0, 2); n > 0; n--) {
      int other = draw.in(key.equals("redundantExperts") ? 0 : 1, most);
      if (!list.contains(other)) {
        list.add(draw.in(0, list.size()), other);
      }
    }
    return list;
  }
}
