package dev.rackplan.cost;

import dev.rackplan.cost.link.LinkShares;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.memory.MemoryUse;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.LayerCost;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.TallyCounter;
import dev.rackplan.model.Layer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.plan.Stage;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * What a plan costs: instances, of stages, of layers. Each MoE layer is counted once per scenario
 * and priced once; search, evaluation, gain and reports read this and count nothing again.
 *
 * <p>Instances on interchangeable hosts are one object, and instances whose copies of a stage are
 * interchangeable share its layers.
 *
 * @param plan what is costed
 * @param instances all of them, in order
 * @param tokensPerSecond of the whole deployment
 */
public record CostedPlan(Plan plan, List<CostedInstance> instances, double tokensPerSecond) {
  public CostedPlan {
    instances = List.copyOf(instances);
  }

  /** The plan must fit the problem's model and topology. */
  public static CostedPlan of(
      Problem problem, ProblemRouting routing, Plan plan, CostDetail detail) {
    return of(problem, routing, plan, detail, TallyCounter.COUNT);
  }

  /** The same, counted by {@code counter}. */
  public static CostedPlan of(
      Problem problem, ProblemRouting routing, Plan plan, CostDetail detail, TallyCounter counter) {
    LayerCounter layers = new LayerCounter(problem, routing, counter);
    return new Costing(problem, layers, plan, detail).costed();
  }

  /** Time in s of one MoE layer on the stage of {@code model} with one expert map. */
  public static double moeLayerSeconds(
      Problem problem, ProblemRouting routing, StageModel model, int layer, ExpertMap map) {
    return moeLayer(problem, routing, model, layer, map).seconds();
  }

  /** The same with its terms and passes. */
  public static LayerCost moeLayer(
      Problem problem, ProblemRouting routing, StageModel model, int layer, ExpertMap map) {
    return new LayerCounter(problem, routing, TallyCounter.COUNT)
        .layer(model, layer, map, CostDetail.TIMES, false)
        .cost();
  }

  /** One of each kind: the first of those that stand on interchangeable hosts. */
  public List<CostedInstance> differentInstances() {
    return IntStream.range(0, instances.size())
        .filter(i -> instances.get(i).index() == i)
        .mapToObj(instances::get)
        .toList();
  }

  /** The instance whose step takes longest; the first of equals. */
  public CostedInstance slowest() {
    CostedInstance slowest = instances.get(0);
    for (CostedInstance instance : instances) {
      slowest = instance.stepSeconds() > slowest.stepSeconds() ? instance : slowest;
    }
    return slowest;
  }

  /** TPOT (decode), TTFT (prefill) or the optimizer step (training) in s. */
  public double stepSeconds() {
    return slowest().stepSeconds();
  }

  /** Price of the stages' GPUs, all instances, in USD/h; empty where one is unknown. */
  public static OptionalDouble usdPerHour(Problem problem, List<Stage> stages) {
    double usd = 0;
    for (Stage stage : stages) {
      for (int gpu : stage.gpus()) {
        OptionalDouble price = problem.topology().gpus().get(gpu).spec().usdPerHour();
        if (price.isEmpty()) {
          return OptionalDouble.empty();
        }
        usd += price.getAsDouble();
      }
    }
    return OptionalDouble.of(usd);
  }

  /** One plan on its way. */
  private static final class Costing {
    private final Problem problem;
    private final LayerCounter layers;
    private final Plan plan;
    private final CostDetail detail;
    private final PhaseCost phase;
    private final LinkShares shares;
    private final Hops hops;
    private final List<CostedInstance> instances = new ArrayList<>();

    Costing(Problem problem, LayerCounter layers, Plan plan, CostDetail detail) {
      this.problem = problem;
      this.layers = layers;
      this.plan = plan;
      this.detail = detail;
      this.phase = PhaseCost.of(problem, plan.layout());
      this.shares = LinkShares.of(problem.topology(), plan.layout(), plan.stages());
      this.hops = new Hops(problem.topology().network(), plan);
    }

    CostedPlan costed() {
      for (int i = 0; i < plan.layout().replicas(); i++) {
        instances.add(instance(i));
      }
      return new CostedPlan(
          plan,
          instances,
          phase.deploymentTokensPerSecond(
              instances.stream().map(CostedInstance::tokensPerSecond).toList()));
    }

    private CostedInstance instance(int index) {
      List<StageShape> shapes =
          PlanShapes.shapes(problem.topology(), plan.layout(), plan.stages(), index, shares);
      for (CostedInstance other : instances) {
        if (PlanShapes.sameHosts(shapes, other.shapes()) && hops.alike(shapes, other.shapes())) {
          return other;
        }
      }
      List<CostedStage> stages = new ArrayList<>();
      for (int s = 0; s < shapes.size(); s++) {
        stages.add(stage(s, shapes));
      }
      int microBatches = plan.layout().microBatches();
      List<Double> passes = new ArrayList<>();
      for (double count : phase.stagePasses(microBatches, PhaseCost.seconds(stages))) {
        passes.add(count);
      }
      return new CostedInstance(
          index,
          shapes,
          stages,
          phase.stepSeconds(microBatches, stages),
          passes,
          phase.tokensPerSecond(plan.layout(), stages));
    }

    private CostedStage stage(int index, List<StageShape> shapes) {
      Stage stage = plan.stages().get(index);
      StageModel model = new StageModel(problem, plan.layout(), shapes.get(index));
      List<CostedLayer> costed =
          known(index, shapes.get(index)).orElseGet(() -> layers(stage, model));
      boolean last = index == shapes.size() - 1;
      double head = last ? model.headSeconds() : 0;
      double drafts = last ? model.draftSeconds() : 0;
      double hop = last ? 0 : hops.seconds(model, stage.lastLayer(), index, shapes.get(index + 1));
      double boundary =
          last ? 0 : hops.boundarySeconds(model, stage.lastLayer(), index, shapes.get(index + 1));
      double seconds = 0;
      Breakdown terms = Breakdown.NONE;
      for (CostedLayer layer : costed) {
        seconds += layer.seconds();
        terms = terms.plus(layer.cost().terms());
      }
      return new CostedStage(
          stage.firstLayer(),
          stage.lastLayer(),
          costed,
          seconds + head + drafts + hop,
          terms.with(Term.HEAD, head).with(Term.DRAFTS, drafts).with(Term.HOP, hop),
          MemoryUse.of(problem, plan, index),
          phase.ofStage(plan, index, costed, head, boundary));
    }

    // Of an earlier instance's copy of the stage that stands alike.
    private Optional<List<CostedLayer>> known(int stage, StageShape shape) {
      return instances.stream()
          .filter(other -> other.shapes().get(stage).interchangeableWith(shape))
          .findFirst()
          .map(other -> other.stages().get(stage).layers());
    }

    private List<CostedLayer> layers(Stage stage, StageModel model) {
      List<CostedLayer> costed = new ArrayList<>();
      for (int l = stage.firstLayer(); l <= stage.lastLayer(); l++) {
        ExpertMap map = plan.experts().get(l);
        int index = l;
        costed.add(
            map == null
                ? new CostedLayer(l, model.denseLayer(l), Optional.empty())
                : alike(costed, l)
                    .orElseGet(() -> layers.layer(model, index, map, detail, instances.isEmpty())));
      }
      return costed;
    }

    // The time of an earlier layer with the same routing, as there is in a first look.
    private Optional<CostedLayer> alike(List<CostedLayer> before, int layer) {
      if (detail != CostDetail.TIMES) {
        return Optional.empty();
      }
      List<Layer> all = problem.model().layers();
      for (int i = before.size() - 1; i >= 0; i--) {
        int other = before.get(i).index();
        if (layers.routedAlike(other, layer)
            && all.get(layer).equals(all.get(other))
            && plan.experts().get(layer).equals(plan.experts().get(other))) {
          return Optional.of(new CostedLayer(layer, before.get(i).cost(), Optional.empty()));
        }
      }
      return Optional.empty();
    }
  }
}
