package dev.rackplan.solver.experts;

import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.StageModel;
import dev.rackplan.cost.link.PlanShapes;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.PlacementTallies;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.cost.placement.ProblemRouting;
import dev.rackplan.cost.placement.ScenarioLayer;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Engine;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One MoE layer on one stage, ready to be searched. Immutable.
 *
 * <p>Recorded tokens are planned for in windows, one after the other in the sample, or whole; what
 * a placement is judged by then: {@link PlacementTime}.
 *
 * @param layer index of the layer in the model
 * @param shape the stage's GPUs
 * @param model turns tallies into time
 * @param scenarios the layer's routing, samples in windows; the slowest scenario counts
 * @param engine dispatch and copy rules
 * @param caution of a sample that is planned for whole, as in {@link Routing#caution}
 * @param ofSample weight of the time on the whole sample beside that of its windows, in [0, 1]
 */
public record LayerProblem(
    int layer,
    StageShape shape,
    ExpertLayerModel model,
    List<ScenarioLayer> scenarios,
    Engine engine,
    double caution,
    double ofSample) {
  /** Choices per expert that a window holds at least, in the mean: below, loads are chance. */
  private static final int LEAST_CHOICES = 8;

  // Weight of the sample as a whole beside its windows, usually and in a search that is to come
  // closer to it. The first is measured, the second assumed:
  // docs/decisions/0045-what-a-promise-on-the-sample-costs.md
  private static final double OF_SAMPLE = 0.1;
  private static final double CLOSER = 0.5;

  public LayerProblem {
    scenarios = List.copyOf(scenarios);
  }

  /** MoE layer {@code layer} of {@code problem} on the stage of {@code model}. */
  public static LayerProblem of(
      Problem problem, ProblemRouting routing, StageModel model, int layer) {
    return of(
        layer,
        model.expertShape(),
        model.expertLayer(layer),
        routing.of(layer),
        problem.engine(),
        problem.workload().routing());
  }

  /** A layer whose scenarios' samples are planned for as {@code routing} says. */
  public static LayerProblem of(
      int layer,
      StageShape shape,
      ExpertLayerModel model,
      List<ScenarioLayer> scenarios,
      Engine engine,
      Routing routing) {
    List<ScenarioLayer> windowed = new ArrayList<>();
    for (ScenarioLayer scenario : scenarios) {
      long choices = (long) scenario.fewestTokens() * scenario.expertsPerToken();
      long most = choices / scenario.experts() / LEAST_CHOICES;
      int count = scenario.recorded() ? (int) Math.max(1, Math.min(routing.parts(), most)) : 1;
      windowed.add(scenario.inWindows(count));
    }
    return new LayerProblem(layer, shape, model, windowed, engine, routing.caution(), OF_SAMPLE);
  }

  /**
   * The same layer whose scenarios' profiles came one after the other, each looked at in windows of
   * its own: about {@code windows} in all.
   */
  public LayerProblem inWindowsOfProfiles(int profiles, int windows) {
    List<ScenarioLayer> windowed = new ArrayList<>();
    for (ScenarioLayer scenario : scenarios) {
      long choices = (long) scenario.fewestTokens() * scenario.expertsPerToken();
      long most = choices / scenario.experts() / LEAST_CHOICES;
      long count = scenario.recorded() ? Math.min(Math.max(1, windows / profiles), most) : 1;
      windowed.add(scenario.inWindowsOfProfiles((int) Math.max(1, count)));
    }
    return new LayerProblem(layer, shape, model, windowed, engine, caution, ofSample);
  }

  /**
   * The same layer with more weight on the whole sample, by which plans are reported; empty where
   * no sample is looked at in windows.
   */
  public Optional<LayerProblem> closer() {
    return scenarios.stream().anyMatch(scenario -> scenario.windows() > 0)
        ? Optional.of(new LayerProblem(layer, shape, model, scenarios, engine, caution, CLOSER))
        : Optional.empty();
  }

  public int experts() {
    return scenarios.get(0).experts();
  }

  /** Whether some tokens are drawn from loads. */
  boolean drawsTokens() {
    return scenarios.stream().anyMatch(ScenarioLayer::drawn);
  }

  /** Whether nobody recorded how loads move: only loads are known, in all scenarios. */
  boolean knowsLoadsOnly() {
    return scenarios.stream().noneMatch(ScenarioLayer::recorded);
  }

  /** Whether it is planned for windows of which any may come again. */
  boolean windowsComeAgain() {
    return scenarios.size() == 1 && scenarios.get(0).windowsComeAgain();
  }

  /** Whether tokens tell which experts are chosen together. */
  boolean knowsTokens() {
    if (engine.copyRule() != CopyRule.PER_EXPERT) {
      for (ScenarioLayer scenario : scenarios) {
        if (scenario.tokens() > 0) {
          return true;
        }
      }
    }
    return false;
  }

  /** An empty tally for each scenario. */
  PlacementTallies emptyTallies() {
    return new PlacementTallies(
        scenarios, shape, engine.dispatchRule(), engine.copyRule(), model.tokensAtOnce());
  }

  /** Tallies of a whole placement, one for each scenario. */
  public PlacementTallies tallies(int[][] replicaGpus) {
    return PlacementTallies.of(
        scenarios,
        shape,
        engine.dispatchRule(),
        engine.copyRule(),
        model.tokensAtOnce(),
        replicaGpus);
  }

  /** The same of a map. */
  public PlacementTallies tallies(ExpertMap map) {
    return tallies(PlanShapes.replicaGpus(map, experts()));
  }

  /**
   * Power mean over scenarios of the share of the tokens that choose each expert: 1 is the plain
   * mean; with a high power, what is hot in any scenario stands out.
   */
  public double[] frequency(int power) {
    double[] frequency = new double[experts()];
    for (ScenarioLayer scenario : scenarios) {
      for (int e = 0; e < frequency.length; e++) {
        frequency[e] += StrictMath.pow(scenario.frequency(e), power) / scenarios.size();
      }
    }
    for (int e = 0; e < frequency.length; e++) {
      frequency[e] = StrictMath.pow(frequency[e], 1.0 / power);
    }
    return frequency;
  }

  /** What a map is judged by, {@link #seconds(List)}. */
  public double seconds(ExpertMap map) {
    return seconds(tallies(map).all());
  }

  /**
   * What a placement is judged by, in s: expert time + all-to-all of the slowest scenario, of a
   * sample what it lets expect of other tokens ({@link PlacementTime}).
   *
   * @param tallies of all scenarios, in their order
   */
  public double seconds(List<PlacementTally> tallies) {
    return new PlacementTime(this).seconds(tallies);
  }

  /** What the search minimises, in ps: that time and what leads to less of it. */
  public long objectivePicoseconds(List<PlacementTally> tallies) {
    return new PlacementTime(this).objectivePicoseconds(tallies);
  }
}
