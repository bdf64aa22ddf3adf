package dev.rackplan.solver;

import dev.rackplan.plan.Layout;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Cuts the usable GPUs into blocks of one stage each, touching as few domains as possible: a block
 * that fits into one domain stays there; a larger one takes whole runs of domains with most room
 * first.
 */
final class HostBlocks {
  private HostBlocks() {}

  /**
   * Disjoint blocks of {@code layout.gpusPerStage()} GPUs, in topology order of their first GPU: as
   * many as there are for a single instance, whose stages may stand on any; for several instances
   * as many as they need, those in fewest domains.
   */
  static List<List<Integer>> of(Topology topology, Layout layout) {
    List<List<Integer>> blocks = cut(topology, topology.usableGpus(), layout.gpusPerStage());
    return layout.replicas() > 1
        ? inFewestDomains(topology, blocks, layout.replicas() * layout.pipelineStages())
        : blocks;
  }

  /**
   * As many blocks, instance by instance, where all replicas of a stage lie side by side, in as few
   * domains as possible: the rank order tp-cp-ep-dp-pp of Megatron. {@link #of} is its other one,
   * tp-cp-ep-pp-dp. Which of the two a job runs faster in depends on what travels more, gradients
   * or activations.
   */
  static List<List<Integer>> stageByStage(Topology topology, Layout layout) {
    int size = layout.gpusPerStage();
    List<List<Integer>> stages =
        inFewestDomains(
            topology,
            cut(topology, topology.usableGpus(), layout.replicas() * size),
            layout.pipelineStages());
    List<List<List<Integer>>> replicas =
        stages.stream()
            .map(stage -> cut(topology, stage.stream().map(topology.gpus()::get).toList(), size))
            .toList();
    return IntStream.range(0, layout.replicas())
        .boxed()
        .flatMap(instance -> replicas.stream().map(stage -> stage.get(instance)))
        .toList();
  }

  private static List<List<Integer>> cut(Topology topology, List<Gpu> gpus, int size) {
    List<List<Integer>> free = new ArrayList<>();
    for (int d = 0; d < topology.domains().size(); d++) {
      free.add(new ArrayList<>());
    }
    for (Gpu gpu : gpus) {
      free.get(gpu.domain()).add(gpu.index());
    }
    List<List<Integer>> blocks = new ArrayList<>();
    for (List<Integer> domain : free) {
      while (domain.size() >= size) {
        blocks.add(take(domain, size));
      }
    }
    List<List<Integer>> rest =
        new ArrayList<>(free.stream().filter(domain -> !domain.isEmpty()).toList());
    // Most room first keeps a block on few domains; equal domains stay in order.
    rest.sort(Comparator.comparingInt((List<Integer> domain) -> -domain.size()));
    while (rest.stream().mapToInt(List::size).sum() >= size) {
      List<Integer> block = new ArrayList<>();
      while (block.size() < size) {
        List<Integer> domain = rest.get(0);
        block.addAll(take(domain, Math.min(domain.size(), size - block.size())));
        if (domain.isEmpty()) {
          rest.remove(0);
        }
      }
      block.sort(Comparator.naturalOrder());
      blocks.add(block);
    }
    blocks.sort(Comparator.comparingInt(block -> block.get(0)));
    return blocks;
  }

  private static List<List<Integer>> inFewestDomains(
      Topology topology, List<List<Integer>> blocks, int needed) {
    return blocks.stream()
        .sorted(Comparator.comparingLong(block -> domains(topology, block)))
        .limit(needed)
        .sorted(Comparator.comparingInt(block -> block.get(0)))
        .toList();
  }

  private static long domains(Topology topology, List<Integer> block) {
    return block.stream().map(gpu -> topology.gpus().get(gpu).domain()).distinct().count();
  }

  private static List<Integer> take(List<Integer> domain, int count) {
    List<Integer> taken = new ArrayList<>(domain.subList(0, count));
    domain.subList(0, count).clear();
    return taken;
  }
}
