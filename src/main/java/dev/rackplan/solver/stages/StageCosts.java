package dev.rackplan.solver.stages;

import dev.rackplan.cost.PhaseCost;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * Stage times and memory for every run of layers on every host block, with each layer's time given.
 * Immutable.
 *
 * <p>Blocks of the same class (interchangeable shapes) share their layer times.
 */
public final class StageCosts {
  private final Problem problem;
  private final Layout layout;
  private final List<StageModel> blocks;
  private final int[] classOfBlock;
  // Per class: prefix sums of layer seconds.
  private final double[][] prefix;
  // Per class: head and draft passes after the last layer.
  private final double[] endSeconds;
  // Per stage; equal for all but in training.
  private final double[][][] memory;
  private final double[] limit;
  // Whether a stage may end after the layer: not between layers that share a KV cache.
  private final boolean[] cuttable;

  /**
   * @param blocks host blocks; the first P of them in order are the start
   * @param classOfBlock class of each block
   * @param layerSeconds time in s of each layer, per class
   * @param slotsOfLayer expert slots of each MoE layer
   * @param leastHbmBytes memory of the smallest GPU that hosts another instance of these stages;
   *     infinite where there is none
   */
  public StageCosts(
      Problem problem,
      Layout layout,
      List<StageModel> blocks,
      int[] classOfBlock,
      double[][] layerSeconds,
      IntUnaryOperator slotsOfLayer,
      double leastHbmBytes) {
    this.problem = problem;
    this.layout = layout;
    this.blocks = List.copyOf(blocks);
    this.classOfBlock = classOfBlock.clone();
    int layers = problem.model().layers().size();
    this.prefix = new double[layerSeconds.length][layers + 1];
    for (int c = 0; c < layerSeconds.length; c++) {
      for (int l = 0; l < layers; l++) {
        prefix[c][l + 1] = prefix[c][l] + layerSeconds[c][l];
      }
    }
    this.endSeconds = new double[layerSeconds.length];
    Arrays.fill(endSeconds, Double.NaN);
    for (int b = 0; b < blocks.size(); b++) {
      if (Double.isNaN(endSeconds[classOfBlock[b]])) {
        endSeconds[classOfBlock[b]] = blocks.get(b).endSeconds();
      }
    }
    this.cuttable = new boolean[layers];
    for (int last = 0; last < layers; last++) {
      cuttable[last] = problem.model().sharesKvAcross(last).isEmpty();
    }
    this.memory = new double[layout.pipelineStages()][][];
    boolean differs = PhaseCost.of(problem, layout).memoryDiffersByStage();
    for (int stage = 0; stage < memory.length; stage++) {
      memory[stage] = stage == 0 || differs ? memoryOf(stage, slotsOfLayer) : memory[0];
    }
    this.limit = new double[blocks.size()];
    for (int b = 0; b < blocks.size(); b++) {
      double least = leastHbmBytes;
      for (int g = 0; g < blocks.get(b).shape().gpuCount(); g++) {
        least = Math.min(least, blocks.get(b).shape().spec(g).hbmBytes());
      }
      limit[b] = problem.usableBytes(least);
    }
  }

  private double[][] memoryOf(int stage, IntUnaryOperator slotsOfLayer) {
    int layers = problem.model().layers().size();
    double[][] bytes = new double[layers][layers];
    for (int first = 0; first < layers; first++) {
      for (int last = first; last < layers; last++) {
        bytes[first][last] =
            MemoryUse.of(problem, layout, stage, first, last, slotsOfLayer).bytes();
      }
    }
    return bytes;
  }

  public int layers() {
    return problem.model().layers().size();
  }

  public int stages() {
    return layout.pipelineStages();
  }

  public int blocks() {
    return blocks.size();
  }

  /** Whether every block is as good as every other. */
  public boolean equalBlocks() {
    for (int c : classOfBlock) {
      if (c != classOfBlock[0]) {
        return false;
      }
    }
    return true;
  }

  /** Whether two blocks are interchangeable except for where they stand. */
  boolean sameClass(int block, int other) {
    return classOfBlock[block] == classOfBlock[other];
  }

  /** Usable bytes of the smallest GPU of {@code block} and of the other instances. */
  public double limitBytes(int block) {
    return limit[block];
  }

  /**
   * Bytes above the limit on {@code block} as stage {@code stage} with layers {@code first..last};
   * 0 where they fit. A stage that ends between layers that share a KV cache lacks that of all its
   * layers.
   */
  public double overflowBytes(int stage, int block, int first, int last) {
    double apart = cuttable[last] ? 0 : memory[stage][first][last];
    return apart + Math.max(0, memory[stage][first][last] - limit[block]);
  }

  /** Time of the run without its hop, in s. */
  public double runSeconds(int block, int first, int last) {
    double[] sums = prefix[classOfBlock[block]];
    double end = last == layers() - 1 ? endSeconds[classOfBlock[block]] : 0;
    return sums[last + 1] - sums[first] + end;
  }

  /** Boundary after {@code layer} from one block to another, in s. */
  public double hopSeconds(int block, int layer, int nextBlock) {
    return blocks.get(block).hopSeconds(layer, blocks.get(nextBlock).shape());
  }

  /** Stage times in s of a cut on hosts. */
  public List<Double> stageSeconds(StageAssignment assignment) {
    List<Double> seconds = new ArrayList<>();
    for (int s = 0; s < stages(); s++) {
      int first = assignment.firstLayers().get(s);
      int last = assignment.lastLayer(s, layers());
      int block = assignment.blocks().get(s);
      double hop = s + 1 < stages() ? hopSeconds(block, last, assignment.blocks().get(s + 1)) : 0;
      seconds.add(runSeconds(block, first, last) + hop);
    }
    return seconds;
  }

  /**
   * TPOT (decode), TTFT plus cycle (prefill), or the step under 1F1B (training) in s: what cuts and
   * hosts are chosen by.
   */
  public double objectiveSeconds(List<Double> stageSeconds) {
    return PhaseCost.of(problem, layout).cutSeconds(layout.microBatches(), stageSeconds);
  }
}
