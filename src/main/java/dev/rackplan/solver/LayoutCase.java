package dev.rackplan.solver;

import dev.rackplan.bound.PipelineBound;
import dev.rackplan.cost.CostedPlan;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.link.LinkShares;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.solver.experts.LayerProblem;
import dev.rackplan.solver.stages.StageCosts;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * One layout on its host blocks, with so many expert slots per layer: stage models by class of
 * block, the usual expert placements and what they cost. Everything the stage and expert searches
 * of this layout start from.
 */
final class LayoutCase {
  private final Problem problem;
  private final ProblemRouting routing;
  private final Layout layout;
  private final List<List<Integer>> blocks;
  private final List<StageModel> models = new ArrayList<>();
  private final List<List<Integer>> others;
  private final int[] slots;
  private final int[] classOfBlock;
  private final List<Integer> blockOfClass = new ArrayList<>();
  // Per class and MoE layer.
  private final List<TreeMap<Integer, UsualPlacements>> usual = new ArrayList<>();
  private final double[][] layerSeconds;

  /**
   * @param blocks host blocks of the first instance, in its stages' order, then those that its
   *     stages may take instead
   * @param others host blocks of the instances after the first, which share links with it
   * @param slots expert slots per layer, 0 for layers without experts
   */
  LayoutCase(
      Problem problem,
      ProblemRouting routing,
      Layout layout,
      List<List<Integer>> blocks,
      List<List<Integer>> others,
      int[] slots) {
    this(problem, routing, layout, blocks, others, slots, List.of());
  }

  private LayoutCase(
      Problem problem,
      ProblemRouting routing,
      Layout layout,
      List<List<Integer>> blocks,
      List<List<Integer>> others,
      int[] slots,
      List<LayoutCase> priced) {
    this.problem = problem;
    this.routing = routing;
    this.layout = layout;
    this.blocks = blocks;
    this.others = others;
    LinkShares shares = shares();
    this.slots = slots.clone();
    this.classOfBlock = new int[blocks.size()];
    for (int b = 0; b < blocks.size(); b++) {
      StageModel model =
          new StageModel(problem, layout, StageShape.of(problem.topology(), blocks.get(b), shares));
      models.add(model);
      classOfBlock[b] = classOf(model.shape());
      if (classOfBlock[b] == blockOfClass.size()) {
        blockOfClass.add(b);
      }
    }
    this.layerSeconds = new double[blockOfClass.size()][problem.model().layers().size()];
    for (int c = 0; c < blockOfClass.size(); c++) {
      usual.add(new TreeMap<>());
      fillClass(c, priced);
    }
  }

  /**
   * The same layout with other slots per layer; layers that {@code other} or this prices with as
   * many are not priced again.
   */
  LayoutCase withSlots(int[] newSlots, LayoutCase other) {
    return new LayoutCase(problem, routing, layout, blocks, others, newSlots, List.of(this, other));
  }

  private LinkShares shares() {
    int stages = Math.min(layout.pipelineStages(), blocks.size());
    List<List<Integer>> copies = new ArrayList<>(blocks.subList(0, stages));
    copies.addAll(others);
    return LinkShares.ofCopies(problem.topology(), layout, copies);
  }

  private int classOf(StageShape shape) {
    for (int c = 0; c < blockOfClass.size(); c++) {
      if (models.get(blockOfClass.get(c)).shape().interchangeableWith(shape)) {
        return c;
      }
    }
    return blockOfClass.size();
  }

  private void fillClass(int c, List<LayoutCase> priced) {
    int block = blockOfClass.get(c);
    List<Integer> moeLayers = problem.model().moeLayers();
    List<UsualPlacements> ofMoeLayers =
        moeLayers.parallelStream()
            .map(
                layer ->
                    priced.stream()
                        .filter(other -> other.slots[layer] == slots[layer])
                        .findFirst()
                        .map(other -> other.usual.get(c).get(layer))
                        .orElseGet(() -> priced(block, layer, slots[layer])))
            .toList();
    for (int i = 0; i < moeLayers.size(); i++) {
      usual.get(c).put(moeLayers.get(i), ofMoeLayers.get(i));
    }
    for (int l = 0; l < layerSeconds[c].length; l++) {
      UsualPlacements known = usual.get(c).get(l);
      layerSeconds[c][l] =
          known == null ? models.get(block).denseLayer(l).seconds() : known.seconds();
    }
  }

  /** The usual placements of MoE layer {@code layer} on {@code block} with {@code count} slots. */
  UsualPlacements priced(int block, int layer, int count) {
    return UsualPlacements.of(problem, routing, models.get(block), layer, count);
  }

  /** Time in s of a whole MoE layer on a block with one placement. */
  double moeSeconds(int block, int layer, ExpertMap map) {
    return CostedPlan.moeLayerSeconds(problem, routing, models.get(block), layer, map);
  }

  LayerProblem layerProblem(int block, int layer) {
    return LayerProblem.of(problem, routing, models.get(block), layer);
  }

  /** The usual placements of MoE layer {@code layer} on {@code block}. */
  List<ExpertMap> starts(int block, int layer) {
    return usual.get(classOfBlock[block]).get(layer).maps();
  }

  /** The best of them. */
  ExpertMap usual(int block, int layer) {
    return usual.get(classOfBlock[block]).get(layer).best();
  }

  /** Time in s of layer {@code layer} on {@code block} with the best usual placement. */
  double seconds(int block, int layer) {
    return layerSeconds[classOfBlock[block]][layer];
  }

  /** Expert slots of MoE layer {@code layer}. */
  int slots(int layer) {
    return slots[layer];
  }

  /** Host blocks that stages may take. */
  int blockCount() {
    return blocks.size();
  }

  Layout layout() {
    return layout;
  }

  List<Integer> block(int index) {
    return blocks.get(index);
  }

  int indexOfBlock(List<Integer> gpus) {
    int index = blocks.indexOf(gpus);
    if (index < 0) {
      throw new IllegalArgumentException("no host block has the GPUs " + gpus);
    }
    return index;
  }

  int classOfBlock(int block) {
    return classOfBlock[block];
  }

  /**
   * Stage costs with each MoE layer at the best usual placement, or at what {@code found} says for
   * its class.
   *
   * @param leastHbmBytes memory of the smallest GPU of the other instances, infinite without any
   */
  StageCosts stageCosts(List<TreeMap<Integer, Double>> found, double leastHbmBytes) {
    double[][] seconds = new double[layerSeconds.length][];
    for (int c = 0; c < seconds.length; c++) {
      seconds[c] = layerSeconds[c].clone();
      for (var entry : found.get(c).entrySet()) {
        seconds[c][entry.getKey()] = Math.min(seconds[c][entry.getKey()], entry.getValue());
      }
    }
    return new StageCosts(
        problem, layout, models, classOfBlock, seconds, this::slots, leastHbmBytes);
  }

  /** One empty map per class. */
  List<TreeMap<Integer, Double>> nothingFound() {
    List<TreeMap<Integer, Double>> found = new ArrayList<>();
    for (int c = 0; c < layerSeconds.length; c++) {
      found.add(new TreeMap<>());
    }
    return found;
  }

  /** What no instance of this layout can beat on these blocks. */
  PipelineBound.StageTimes bound() {
    List<StageShape> shapes = new ArrayList<>();
    models.forEach(model -> shapes.add(model.shape()));
    others.forEach(block -> shapes.add(StageShape.of(problem.topology(), block)));
    return PipelineBound.stageTimes(problem, layout, shapes, routing);
  }
}
