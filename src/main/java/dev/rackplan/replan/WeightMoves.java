package dev.rackplan.replan;

import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.operation.MoeShard;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.replan.WeightMove.Tier;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Topology;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a new plan moves.
 *
 * @param moves expert by expert, and slice by slice where experts are sliced
 * @param otherBytes weights other than experts that GPUs new to their stage read from storage
 * @param seconds until the busiest port has sent and received its share at the sustained rates of
 *     {@code problem}'s links, all moves at once; storage left out
 * @param untouchedGpus GPUs of the plan that receive nothing
 */
public record WeightMoves(
    List<WeightMove> moves, double otherBytes, double seconds, int untouchedGpus) {
  public WeightMoves {
    moves = List.copyOf(moves);
  }

  /** Bytes of one expert's weights in {@code layer}, or of a slice of them: what a GPU holds. */
  static double expertBytes(Problem problem, Layout layout, int layer) {
    return MoeShard.of(problem.model().moe(layer).orElseThrow(), layout, problem).expertParameters()
        * problem.precision().experts(problem.model().layers().get(layer)).bytes();
  }

  /** Experts of {@code host} in {@code map} that are not among those {@code held} by one GPU. */
  static SortedSet<Integer> lacking(ExpertMap map, int host, Set<Integer> held) {
    SortedSet<Integer> lacking = new TreeSet<>();
    for (int expert : map.expertsOf(host)) {
      if (!held.contains(expert)) {
        lacking.add(expert);
      }
    }
    return lacking;
  }

  /** Of experts, in bytes. */
  public double expertBytes() {
    return moves.stream().mapToDouble(WeightMove::bytes).sum();
  }

  /** The same over one tier. */
  public double expertBytes(Tier tier) {
    return moves.stream().filter(move -> move.tier() == tier).mapToDouble(WeightMove::bytes).sum();
  }

  /** Layers with a move. */
  public int layers() {
    return (int) moves.stream().map(WeightMove::layer).distinct().count();
  }

  /** From {@code running} to {@code plan} of {@code problem}. */
  public static WeightMoves of(RunningPlan running, Problem problem, Plan plan) {
    Ledger ledger = new Ledger(running, problem, plan.layout());
    Topology topology = problem.topology();
    TreeSet<String> touched = new TreeSet<>();
    double other = 0;
    for (Stage stage : plan.stages()) {
      for (int instance = 0; instance < plan.layout().replicas(); instance++) {
        List<Integer> gpus = stage.gpusOfInstance(instance, plan.layout().gpusPerStage());
        for (int rank = 0; rank < gpus.size(); rank++) {
          Gpu gpu = topology.gpus().get(gpus.get(rank));
          if (!running.gpus().contains(gpu.name())) {
            other += otherWeights(problem, plan, stage);
            touched.add(gpu.name());
          }
          for (var entry :
              plan.experts().subMap(stage.firstLayer(), stage.lastLayer() + 1).entrySet()) {
            if (ledger.bring(entry.getKey(), entry.getValue(), rank, gpu)) {
              touched.add(gpu.name());
            }
          }
        }
      }
    }
    int all = plan.layout().gpus();
    return new WeightMoves(ledger.moves, other, ledger.seconds(), all - touched.size());
  }

  private static double otherWeights(Problem problem, Plan plan, Stage stage) {
    var use = MemoryUse.of(problem, plan, plan.stages().indexOf(stage));
    return use.attentionBytes()
        + use.denseBytes()
        + use.sharedBytes()
        + use.embeddingBytes()
        + use.draftBytes();
  }

  /** Picks where each expert comes from, and adds up what every port carries. */
  private static final class Ledger {
    private final RunningPlan running;
    private final Problem problem;
    private final Layout layout;
    private final Map<String, Gpu> usable = new HashMap<>();
    private final Map<String, Double> sent = new HashMap<>();
    private final Map<String, Double> received = new HashMap<>();
    // GPUs in use that hold a slice of an expert of a layer, found when first asked.
    private final Map<SlicedLayer, Map<Integer, List<Gpu>>> holders = new HashMap<>();
    private final List<WeightMove> moves = new ArrayList<>();

    private record SlicedLayer(int layer, int slice) {}

    Ledger(RunningPlan running, Problem problem, Layout layout) {
      this.running = running;
      this.problem = problem;
      this.layout = layout;
      problem.topology().usableGpus().forEach(gpu -> usable.put(gpu.name(), gpu));
    }

    /** Whether anything came to the GPU. */
    boolean bring(int layer, ExpertMap map, int rank, Gpu to) {
      int slice = layout.expertSliceOf(rank);
      SortedSet<Integer> lacking =
          lacking(map, layout.expertHostOf(rank), running.held(to.name(), slice, layer));
      for (int expert : lacking) {
        move(new SlicedLayer(layer, slice), expert, to);
      }
      return !lacking.isEmpty();
    }

    private void move(SlicedLayer of, int expert, Gpu to) {
      double bytes = expertBytes(problem, layout, of.layer());
      List<Gpu> sources =
          holders.computeIfAbsent(of, this::holdersOf).getOrDefault(expert, List.of());
      Gpu from =
          sources.stream()
              .min(
                  Comparator.comparingInt((Gpu gpu) -> distance(gpu, to))
                      .thenComparingDouble(gpu -> sent.getOrDefault(gpu.name(), 0.0))
                      .thenComparingInt(Gpu::index))
              .orElse(null);
      if (from == null) {
        add(of, expert, to, WeightMove.STORAGE, Tier.STORAGE, bytes);
        return;
      }
      Tier tier = from.domain() == to.domain() ? Tier.SCALE_UP : Tier.SCALE_OUT;
      double seconds = bytes / rate(from, tier);
      sent.merge(from.name(), seconds, Double::sum);
      received.merge(to.name(), seconds, Double::sum);
      add(of, expert, to, from.name(), tier, bytes);
    }

    private void add(SlicedLayer of, int expert, Gpu to, String from, Tier tier, double bytes) {
      moves.add(new WeightMove(of.layer(), expert, of.slice(), to.name(), from, tier, bytes));
    }

    private Map<Integer, List<Gpu>> holdersOf(SlicedLayer of) {
      Map<Integer, List<Gpu>> byExpert = new HashMap<>();
      for (String name : running.gpus()) {
        Gpu gpu = usable.get(name);
        if (gpu != null) {
          for (int expert : running.held(name, of.slice(), of.layer())) {
            byExpert.computeIfAbsent(expert, e -> new ArrayList<>()).add(gpu);
          }
        }
      }
      return byExpert;
    }

    private static int distance(Gpu from, Gpu to) {
      return from.node() == to.node() ? 0 : from.domain() == to.domain() ? 1 : 2;
    }

    private double rate(Gpu gpu, Tier tier) {
      return tier == Tier.SCALE_UP
          ? problem.topology().network().portBytesPerSecond(gpu.index())
          : problem.topology().network().domainShareBytesPerSecond(gpu.index());
    }

    double seconds() {
      double most = 0;
      for (double seconds : sent.values()) {
        most = Math.max(most, seconds);
      }
      for (double seconds : received.values()) {
        most = Math.max(most, seconds);
      }
      return most;
    }
  }
}
