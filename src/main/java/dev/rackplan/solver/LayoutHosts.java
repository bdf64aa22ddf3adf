package dev.rackplan.solver;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.Gpu;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * The host blocks of one number of GPUs a stage, with which of them are interchangeable. Immutable.
 */
final class LayoutHosts {
  private final Problem problem;
  private final List<List<Integer>> blocks;
  private final List<StageShape> shapes = new ArrayList<>();
  private final int[] classOfBlock;
  private final List<Integer> blockOfClass = new ArrayList<>();
  // Those in fewest domains first.
  private final List<Integer> blocksByDomains;
  // Memory of each block's smallest GPU.
  private final double[] leastBytes;

  LayoutHosts(Problem problem, int gpusPerStage) {
    this.problem = problem;
    this.blocks =
        HostBlocks.of(
            problem.topology(), Layout.neutral().with(Degree.EXPERT_PARALLEL, gpusPerStage));
    this.classOfBlock = new int[blocks.size()];
    for (int b = 0; b < blocks.size(); b++) {
      shapes.add(StageShape.of(problem.topology(), blocks.get(b)));
      int same = 0;
      while (same < blockOfClass.size()
          && !shapes.get(blockOfClass.get(same)).interchangeableWith(shapes.get(b))) {
        same++;
      }
      classOfBlock[b] = same;
      if (same == blockOfClass.size()) {
        blockOfClass.add(b);
      }
    }
    this.blocksByDomains =
        IntStream.range(0, blocks.size())
            .boxed()
            .sorted(Comparator.comparingInt(block -> shapes.get(block).domainCount()))
            .toList();
    this.leastBytes = blocks.stream().mapToDouble(this::leastBytes).toArray();
  }

  private double leastBytes(List<Integer> block) {
    return block.stream().mapToDouble(gpu -> gpu(gpu).spec().hbmBytes()).min().orElseThrow();
  }

  int count() {
    return blocks.size();
  }

  int classes() {
    return blockOfClass.size();
  }

  int classOf(int block) {
    return classOfBlock[block];
  }

  /** The first block of a class. */
  int firstOf(int hostClass) {
    return blockOfClass.get(hostClass);
  }

  /** GPUs of the first block of a class. */
  List<Integer> blockOf(int hostClass) {
    return blocks.get(blockOfClass.get(hostClass));
  }

  /** The blocks that {@code layout} takes, instance by instance: those in fewest domains. */
  List<Integer> blocksOf(Layout layout) {
    int needed = layout.replicas() * layout.pipelineStages();
    return blocksByDomains.stream().limit(needed).sorted().toList();
  }

  StageShape shape(int block) {
    return shapes.get(block);
  }

  /** Usable bytes of the smallest GPU that hosts each stage of {@code layout}, over instances. */
  double[] limitBytes(Layout layout) {
    double[] limits = new double[layout.pipelineStages()];
    List<Integer> taken = blocksOf(layout);
    for (int s = 0; s < limits.length; s++) {
      double least = Double.POSITIVE_INFINITY;
      for (int i = 0; i < layout.replicas(); i++) {
        least = Math.min(least, leastBytes[taken.get(i * limits.length + s)]);
      }
      limits[s] = problem.usableBytes(least);
    }
    return limits;
  }

  /** Usable bytes of the block whose smallest GPU is largest. */
  double mostLimitBytes() {
    double most = 0;
    for (double least : leastBytes) {
      most = Math.max(most, least);
    }
    return problem.usableBytes(most);
  }

  /** Price in USD/h of the GPUs that {@code layout} takes; empty where one is unknown. */
  OptionalDouble usdPerHour(Layout layout) {
    double usd = 0;
    for (int block : blocksOf(layout)) {
      for (int gpu : blocks.get(block)) {
        OptionalDouble price = gpu(gpu).spec().usdPerHour();
        if (price.isEmpty()) {
          return price;
        }
        usd += price.getAsDouble();
      }
    }
    return OptionalDouble.of(usd);
  }

  private Gpu gpu(int index) {
    return problem.topology().gpus().get(index);
  }
}
