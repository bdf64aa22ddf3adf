package dev.rackplan.serving;

import dev.rackplan.plan.Layout;
import dev.rackplan.plan.StartedLayout;
import dev.rackplan.problem.Batching;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.EngineKind;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuCatalogEntry;
import dev.rackplan.topology.TopologyBuilder;
import dev.rackplan.workload.Contexts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Instances of every size that a cluster has room for, in every layout that the engine starts. */
final class InstanceLayouts {
  private static final int MOST_TENSOR_PARALLEL = 16;

  private final Cluster cluster;
  private final Problem decode;
  private final GpuCatalogEntry gpu;
  private final Goal goal;
  private final EngineKind engine;
  private final InstanceShapes shapes;
  // By the GPUs in each domain.
  private final Map<List<Integer>, Problem> standing = new HashMap<>();

  InstanceLayouts(Cluster cluster, Goal goal) {
    this.cluster = cluster;
    this.decode = cluster.decode();
    this.gpu = cluster.gpu();
    this.goal = goal;
    this.engine = cluster.engine();
    this.shapes = new InstanceShapes(cluster.gpus(), gpu.scaleUpDomainGpus());
  }

  /**
   * The usual ones; more domains up to twice as many as hold the model, since more than that could
   * be two instances; and what is smaller than the smallest that holds it and larger than the next:
   * it may hold it, too.
   */
  List<SharedPool> pools() {
    List<SharedPool> pools = new ArrayList<>(of(shapes.usual()));
    OptionalInt least = least(pools);
    int domain = gpu.scaleUpDomainGpus();
    int most = Math.min(cluster.gpus() / domain, decode.model().layers().size());
    for (int domains = shapes.most() / domain + 1; domains <= most; domains++) {
      if (least.isPresent() && domains > 2 * ((least.getAsInt() + domain - 1) / domain)) {
        break;
      }
      List<SharedPool> larger = of(List.of(InstanceShapes.ofDomains(domains, domain)));
      pools.addAll(larger);
      least = least.isPresent() ? least : least(larger);
    }
    int end = least.orElse(cluster.gpus() + 1);
    int before =
        pools.stream()
            .mapToInt(pool -> pool.layout().gpus())
            .filter(size -> size < end)
            .max()
            .orElse(0);
    List<SharedPool> all = new ArrayList<>(of(shapes.between(before, end)));
    all.addAll(pools);
    all.sort(Comparator.comparingInt(pool -> pool.layout().gpus()));
    return all;
  }

  /**
   * The least GPUs of an instance that holds the model and one sequence, in clusters of up to a
   * domain for each layer; empty where none does.
   */
  OptionalInt leastGpus() {
    int domain = gpu.scaleUpDomainGpus();
    long most = Math.min(TopologyBuilder.MAX_GPUS, (long) domain * decode.model().layers().size());
    OptionalInt least = OptionalInt.empty();
    long gpus = cluster.gpus();
    while (least.isEmpty() && gpus < most) {
      gpus = Math.min(most, 2 * gpus);
      gpus = gpus > domain ? (gpus + domain - 1) / domain * domain : gpus;
      least = least(new InstanceLayouts(cluster.withGpus((int) gpus), goal).pools());
    }
    return least;
  }

  /** Why none of them starts, of one on a domain or all GPUs. */
  String fault() {
    int size = Math.min(cluster.gpus(), gpu.scaleUpDomainGpus());
    Problem on = decode.withTopology(cluster.part(List.of(size)));
    boolean dense = decode.model().moeLayers().isEmpty();
    return StartedLayout.fault(on, said(1, size, 1, dense ? 1 : size));
  }

  private static OptionalInt least(List<SharedPool> pools) {
    return pools.stream().filter(SharedPool::holdsOne).mapToInt(pool -> pool.layout().gpus()).min();
  }

  private List<SharedPool> of(List<InstanceShape> tried) {
    List<SharedPool> pools = new ArrayList<>();
    boolean dense = decode.model().moeLayers().isEmpty();
    for (InstanceShape shape : tried) {
      Problem on =
          standing.computeIfAbsent(
              shape.inDomains(gpu.scaleUpDomainGpus()),
              parts -> decode.withTopology(cluster.part(parts)));
      List<Layout> seen = new ArrayList<>();
      int stage = shape.gpusPerStage();
      for (int tensor = 1; tensor <= Math.min(stage, MOST_TENSOR_PARALLEL); tensor++) {
        if (stage % tensor != 0 || dense && tensor != stage) {
          continue;
        }
        for (int expert : dense || stage == 1 ? List.of(1) : List.of(stage, 1)) {
          StartedLayout.of(
                  on,
                  said(shape.stages(), tensor, expert, dense ? 1 : stage / expert),
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
}
