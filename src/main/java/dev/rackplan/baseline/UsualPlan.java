package dev.rackplan.baseline;

import dev.rackplan.model.MultiTokenPrediction;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Phase;
import dev.rackplan.workload.Training;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The plan that a layout stands for where nothing is searched. */
public final class UsualPlan {
  private UsualPlan() {}

  /** With experts in order, as engines hold them that are not told otherwise. */
  public static Plan inOrder(Problem problem, Layout layout) {
    return of(problem, layout, new ContiguousExperts().name());
  }

  /**
   * Even stages on GPUs in the cluster's order: while serving instance by instance, in training
   * stage by stage, each with all replicas (Megatron's rank order tp-cp-ep-dp-pp). Experts by the
   * named usual placement.
   */
  public static Plan of(Problem problem, Layout layout, String placement) {
    List<Integer> firstLayers = firstLayers(problem, layout);
    List<Integer> usable =
        problem.topology().usableGpus().stream().map(gpu -> gpu.index()).toList();
    List<Stage> stages = new ArrayList<>();
    for (int s = 0; s < layout.pipelineStages(); s++) {
      int last =
          s + 1 < firstLayers.size()
              ? firstLayers.get(s + 1) - 1
              : problem.model().layers().size() - 1;
      stages.add(new Stage(firstLayers.get(s), last, gpus(usable, problem, layout, s)));
    }
    return new Plan(layout, stages, experts(problem, layout, placement, stages));
  }

  // In training the last stage, which has the loss, takes what even chunks leave, and all layers
  // for further tokens (Megatron Bridge's layouts of DeepSeek-V3).
  private static List<Integer> firstLayers(Problem problem, Layout layout) {
    int stages = layout.pipelineStages();
    int layers = problem.model().layers().size();
    int own = layers - MultiTokenPrediction.layersIn(problem.model());
    int chunks = layout.training(problem.workload()).map(Training::virtualStages).orElse(1);
    int perStage = chunks * ((own + stages * chunks - 1) / (stages * chunks));
    return problem.workload().phase() == Phase.TRAINING && perStage * (stages - 1) < own
        ? IntStream.range(0, stages).map(stage -> stage * perStage).boxed().toList()
        : EvenStages.firstLayers(layers, stages);
  }

  private static List<Integer> gpus(
      List<Integer> usable, Problem problem, Layout layout, int stage) {
    if (problem.workload().phase() == Phase.TRAINING) {
      int perStage = layout.replicas() * layout.gpusPerStage();
      return usable.subList(stage * perStage, (stage + 1) * perStage);
    }
    int perInstance = layout.pipelineStages() * layout.gpusPerStage();
    return IntStream.range(0, layout.replicas())
        .boxed()
        .flatMap(
            instance ->
                usable
                    .subList(
                        instance * perInstance + stage * layout.gpusPerStage(),
                        instance * perInstance + (stage + 1) * layout.gpusPerStage())
                    .stream())
        .toList();
  }

  private static SortedMap<Integer, ExpertMap> experts(
      Problem problem, Layout layout, String placement, List<Stage> stages) {
    SortedMap<Integer, ExpertMap> maps = new TreeMap<>();
    List<Integer> moeLayers = problem.model().moeLayers();
    if (moeLayers.isEmpty()) {
      return maps;
    }
    ExpertBaseline baseline =
        ExpertBaseline.all().stream()
            .filter(candidate -> candidate.name().equals(placement))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no placement is named " + placement));
    for (int i = 0; i < moeLayers.size(); i++) {
      int layer = moeLayers.get(i);
      int slots = problem.model().moe(layer).orElseThrow().experts() + layout.redundantExperts();
      Stage host =
          stages.stream()
              .filter(stage -> layer >= stage.firstLayer() && layer <= stage.lastLayer())
              .findFirst()
              .orElseThrow();
      List<Integer> gpus = layout.expertHosts(host.gpusOfInstance(0, layout.gpusPerStage()));
      maps.put(layer, baseline.place(BaselinePlans.request(problem, slots, gpus, i)));
    }
    return maps;
  }
}
