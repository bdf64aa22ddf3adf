package dev.rackplan.solver;

import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.model.Layer;
import dev.rackplan.model.LayerKind;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Estimated times of all layers on one stage's GPUs against the size of the micro-batch.
 *
 * <p>Of layers of one kind (equal mixer and FFN) {@value #SAMPLED} are priced, with the best of the
 * usual expert placements, and stand for the others, whose routing differs; sizes between those
 * priced are interpolated. Not a bound: the search does better, and the layers left out differ. Not
 * safe to share between threads.
 */
final class LayerTimes {
  private static final int SAMPLED = 3;

  private final Problem problem;
  private final ProblemRouting routing;
  private final Layout layout;
  private final StageShape shape;
  // First layer of each kind, and for each layer that first one.
  private final Map<Integer, List<Integer>> sampledOfKind = new LinkedHashMap<>();
  private final int[] kindOfLayer;
  private final Map<Integer, ExpertMap> placements;
  private final Map<Integer, double[]> secondsAt = new TreeMap<>();

  /**
   * @param layout whose degrees but {@code sequencesPerMicroBatch} count
   * @param gpus of one stage, in rank order
   * @param placements of sampled layers with the layout's slots on these GPUs, by layer; those that
   *     are missing are added
   */
  LayerTimes(
      Problem problem,
      ProblemRouting routing,
      Layout layout,
      List<Integer> gpus,
      Map<Integer, ExpertMap> placements) {
    this.placements = placements;
    this.problem = problem;
    this.routing = routing;
    this.layout = layout;
    this.shape = StageShape.of(problem.topology(), gpus);
    List<Layer> layers = problem.model().layers();
    this.kindOfLayer = new int[layers.size()];
    Map<LayerKind, List<Integer>> kinds = new LinkedHashMap<>();
    for (int l = 0; l < layers.size(); l++) {
      List<Integer> same = kinds.computeIfAbsent(layers.get(l).kind(), kind -> new ArrayList<>());
      same.add(l);
      kindOfLayer[l] = same.get(0);
    }
    for (List<Integer> same : kinds.values()) {
      List<Integer> sampled = new ArrayList<>();
      boolean experts = problem.model().moe(same.get(0)).isPresent();
      int count = experts ? Math.min(SAMPLED, same.size()) : 1;
      for (int i = 0; i < count; i++) {
        sampled.add(same.get((2 * i + 1) * same.size() / (2 * count)));
      }
      sampledOfKind.put(same.get(0), sampled);
    }
  }

  /**
   * Seconds of each layer, and of head and draft passes as the last entry, for a micro-batch of
   * {@code sequences}.
   */
  double[] seconds(int sequences) {
    int below = Integer.highestOneBit(sequences);
    // Steps of a half octave: 1, 2, 3, 4, 6, 8, 12, …
    int half = below + below / 2;
    int from = sequences >= half ? half : below;
    long to = from == below && half > below ? half : 2L * below;
    if (from == sequences || to > Integer.MAX_VALUE) {
      return at(from);
    }
    double[] low = at(from);
    double[] high = at((int) to);
    double share = (sequences - from) / (double) (to - from);
    double[] between = new double[low.length];
    for (int i = 0; i < low.length; i++) {
      between[i] = low[i] + share * (high[i] - low[i]);
    }
    return between;
  }

  private double[] at(int sequences) {
    return secondsAt.computeIfAbsent(sequences, this::priced);
  }

  private double[] priced(int sequences) {
    StageModel model =
        new StageModel(problem, layout.with(Degree.SEQUENCES_PER_MICRO_BATCH, sequences), shape);
    Map<Integer, Double> ofKind = new TreeMap<>();
    sampledOfKind.forEach(
        (kind, sampled) ->
            ofKind.put(
                kind,
                sampled.stream()
                    .mapToDouble(layer -> layerSeconds(model, layer))
                    .average()
                    .orElseThrow()));
    double[] seconds = new double[kindOfLayer.length + 1];
    for (int l = 0; l < kindOfLayer.length; l++) {
      seconds[l] = ofKind.get(kindOfLayer[l]);
    }
    seconds[kindOfLayer.length] = model.endSeconds();
    return seconds;
  }

  private double layerSeconds(StageModel model, int layer) {
    if (problem.model().moe(layer).isEmpty()) {
      return model.denseLayer(layer).seconds();
    }
    ExpertMap known = placements.get(layer);
    if (known == null) {
      int slots = problem.model().moe(layer).orElseThrow().experts() + layout.redundantExperts();
      UsualPlacements usual = UsualPlacements.of(problem, routing, model, layer, slots);
      placements.put(layer, usual.best());
      return usual.seconds();
    }
    return CostedPlan.moeLayerSeconds(problem, routing, model, layer, known);
  }
}
