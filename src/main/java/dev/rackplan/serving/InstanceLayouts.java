package dev.rackplan.serving;

import dev.rackplan.plan.Layout;
import dev.rackplan.plan.StartedLayout;
import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.workload.Contexts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Instances of every size that a cluster has room for, in every layout that the engine starts. */
final class InstanceLayouts {
  private static final int MOST_STAGES = 4;
  private static final int MOST_DOMAINS = 4;
  private static final int MOST_TENSOR_PARALLEL = 16;

  private final Cluster cluster;
  private final Problem decode;
  private final GpuCatalogEntry gpu;
  private final int gpus;
  private final Goal goal;
  private final EngineKind engine;

  InstanceLayouts(Cluster cluster, Goal goal) {
    this.cluster = cluster;
    this.decode = cluster.decode();
    this.gpu = cluster.gpu();
    this.gpus = cluster.gpus();
    this.goal = goal;
    this.engine = cluster.engine();
  }

  /** All of them, small ones first. */
  List<SharedPool> pools() {
    List<SharedPool> pools = new ArrayList<>();
    boolean dense = decode.model().moeLayers().isEmpty();
    for (int size : sizes()) {
      Problem on = decode.withTopology(cluster.part(size));
      List<Layout> seen = new ArrayList<>();
      for (int stages = 1; stages <= Math.min(MOST_STAGES, size); stages *= 2) {
        int stage = size / stages;
        if (stage * stages != size) {
          continue;
        }
        for (int tensor = 1; tensor <= Math.min(stage, MOST_TENSOR_PARALLEL); tensor++) {
          if (stage % tensor != 0 || dense && tensor != stage) {
            continue;
          }
          for (int expert : dense || stage == 1 ? List.of(1) : List.of(stage, 1)) {
            StartedLayout.of(
                    on,
                    said(stages, tensor, expert, dense ? 1 : stage / expert),
                    gpu.scaleUpDomainGpus())
                .filter(layout -> !seen.contains(layout))
                .ifPresent(
                    layout -> {
                      seen.add(layout);
                      pools.add(pool(on, layout));
                    });
          }
        }
      }
    }
    return pools;
  }

  private static Layout said(int stages, int tensor, int expert, int expertTensor) {
    return Layout.of(
        Map.of(
            Degree.PIPELINE_STAGES,
            stages,
            Degree.ATTENTION_TENSOR_PARALLEL,
            tensor,
            Degree.EXPERT_PARALLEL,
            expert,
            Degree.EXPERT_TENSOR_PARALLEL,
            expertTensor));
  }

  private SharedPool pool(Problem on, Layout layout) {
    return new SharedPool(
        on,
        Contexts.of(goal.inputTokens()).withCachedTokens(goal.cachedTokens()),
        layout,
        Batching.usual(engine, gpu.spec(), layout.attentionRanks()));
  }

  // Powers of two, parts of a domain by two and three, and up to four whole domains.
  private SortedSet<Integer> sizes() {
    int domain = gpu.scaleUpDomainGpus();
    SortedSet<Integer> sizes = new TreeSet<>();
    for (int size = 1; size <= Math.min(gpus, MOST_DOMAINS * domain); size *= 2) {
      sizes.add(size);
    }
    for (int part : new int[] {1, 2, 3, 4, 6}) {
      if (domain % part == 0 && domain / part <= gpus) {
        sizes.add(domain / part);
      }
    }
    for (int domains = 1; domains <= MOST_DOMAINS && (long) domains * domain <= gpus; domains++) {
      sizes.add(domains * domain);
    }
    sizes.removeIf(size -> size > domain && size % domain != 0);
    return sizes;
  }
}
