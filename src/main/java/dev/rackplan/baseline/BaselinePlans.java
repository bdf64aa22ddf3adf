package dev.rackplan.baseline;

import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Layout;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The usual plans for a layout, whole: expert baselines on given stages, and even stages. */
public final class BaselinePlans {
  private BaselinePlans() {}

  /**
   * Every baseline that applies: the four expert placements on the stages of {@code plan} (MoE
   * models), and evenly cut stages on the same GPUs with EPLB's global experts (more than one
   * stage). Each layer has as many slots as in {@code plan}.
   */
  public static List<NamedPlan> of(Problem problem, Plan plan) {
    List<NamedPlan> plans = new ArrayList<>();
    Layout layout = plan.layout();
    if (!plan.experts().isEmpty()) {
      for (ExpertBaseline baseline : ExpertBaseline.all()) {
        plans.add(
            new NamedPlan(
                baseline.name(),
                new Plan(layout, plan.stages(), experts(problem, plan, plan.stages(), baseline))));
      }
    }
    if (layout.pipelineStages() > 1) {
      List<Stage> even = evenStages(problem, plan.stages());
      ExpertBaseline global = new EplbExperts(EplbExperts.Mode.GLOBAL);
      SortedMap<Integer, ExpertMap> maps =
          plan.experts().isEmpty() ? new TreeMap<>() : experts(problem, plan, even, global);
      plans.add(new NamedPlan(EvenStages.NAME, new Plan(layout, even, maps)));
    }
    return plans;
  }

  private static List<Stage> evenStages(Problem problem, List<Stage> hosts) {
    int layers = problem.model().layers().size();
    List<Integer> first = EvenStages.firstLayers(layers, hosts.size());
    List<Stage> stages = new ArrayList<>();
    for (int s = 0; s < hosts.size(); s++) {
      int last = s + 1 < hosts.size() ? first.get(s + 1) - 1 : layers - 1;
      stages.add(new Stage(first.get(s), last, hosts.get(s).gpus()));
    }
    return stages;
  }

  private static SortedMap<Integer, ExpertMap> experts(
      Problem problem, Plan plan, List<Stage> stages, ExpertBaseline baseline) {
    SortedMap<Integer, ExpertMap> maps = new TreeMap<>();
    List<Integer> moeLayers = problem.model().moeLayers();
    for (int i = 0; i < moeLayers.size(); i++) {
      int layer = moeLayers.get(i);
      Stage host =
          stages.stream()
              .filter(stage -> layer >= stage.firstLayer() && layer <= stage.lastLayer())
              .findFirst()
              .orElseThrow();
      maps.put(
          layer,
          baseline.placeOnce(
              request(
                  problem,
                  plan.experts().get(layer).slots(),
                  plan.layout().expertHosts(host.gpusOfInstance(0, plan.layout().gpusPerStage())),
                  i)));
    }
    return maps;
  }

  /**
   * What expert baselines are told of MoE layer {@code moeOrdinal} (counted among MoE layers) with
   * {@code slots} expert slots.
   *
   * @param gpus that the slots are dealt to: {@link dev.rackplan.plan.Layout#expertHosts}
   */
  public static LayerRequest request(
      Problem problem, int slots, List<Integer> gpus, int moeOrdinal) {
    MoeFfn moe = problem.model().moe(problem.model().moeLayers().get(moeOrdinal)).orElseThrow();
    List<Scenario> scenarios = problem.workload().routing().scenarios();
    double[] frequency = new double[moe.experts()];
    for (Scenario scenario : scenarios) {
      for (RoutingProfile profile : scenario.profiles()) {
        for (int e = 0; e < frequency.length; e++) {
          frequency[e] +=
              profile.layers().get(moeOrdinal).frequency(e) * profile.weight() / scenarios.size();
        }
      }
    }
    int[] domains =
        gpus.stream().mapToInt(gpu -> problem.topology().gpus().get(gpu).domain()).toArray();
    return new LayerRequest(frequency, slots, gpus.size(), domains, moe.expertGroups());
  }
}
