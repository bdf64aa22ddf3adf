package dev.rackplan.evaluation;

import dev.rackplan.cost.Batch;
import dev.rackplan.cost.ExpertLayerModel;
import dev.rackplan.cost.PlacementTally;
import dev.rackplan.cost.PlanShapes;
import dev.rackplan.cost.ProblemRouting;
import dev.rackplan.cost.RemoteTraffic;
import dev.rackplan.cost.ScenarioLayer;
import dev.rackplan.cost.StageShape;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.Plan;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.DispatchRule;
import dev.rackplan.problem.Problem;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Counts {@link PlacementFigures} on the first instance's GPUs. */
final class PlacementFiguresFinder {
  private PlacementFiguresFinder() {}

  static Optional<PlacementFigures> of(
      Problem problem, ProblemRouting routing, Plan plan, boolean heldOut) {
    int scenarios =
        heldOut
            ? problem.workload().routing().heldOut().size()
            : problem.workload().routing().scenarios().size();
    if (plan.experts().isEmpty() || scenarios == 0) {
      return Optional.empty();
    }
    List<StageShape> shapes =
        PlanShapes.shapes(problem.topology(), plan.layout(), plan.stages(), 0);
    Batch batch = Batch.of(problem, plan.layout());
    double[] balance = new double[scenarios];
    double[] even = new double[scenarios];
    double[] remote = new double[scenarios];
    double[] bytes = new double[scenarios];
    double[] home = new double[scenarios];
    double[] remoteChoices = new double[scenarios];
    double[] remoteCopies = new double[scenarios];
    double worstLayer = 1;
    for (Map.Entry<Integer, ExpertMap> entry : plan.experts().entrySet()) {
      int layer = entry.getKey();
      MoeFfn moe = problem.model().moe(layer).orElseThrow();
      StageShape shape = shapes.get(plan.stageOf(layer));
      int[][] replicas = PlanShapes.replicaGpus(entry.getValue(), moe.experts());
      List<ScenarioLayer> layers = heldOut ? routing.heldOut(layer) : routing.of(layer);
      for (int i = 0; i < scenarios; i++) {
        PlacementTally tally =
            tally(
                layers.get(i),
                shape,
                batch,
                replicas,
                problem.engine().dispatchRule(),
                problem.engine().copyRule());
        // The other two rules count receiving domains alike.
        PlacementTally domains =
            problem.engine().copyRule() == CopyRule.PER_EXPERT
                ? tally(
                    layers.get(i),
                    shape,
                    batch,
                    replicas,
                    problem.engine().dispatchRule(),
                    CopyRule.PER_DOMAIN)
                : tally;
        PlacementTally evenly =
            tally(layers.get(i), shape, batch, replicas, DispatchRule.EVEN, CopyRule.PER_EXPERT);
        double layerBalance = balancedness(tally, shape);
        balance[i] += layerBalance;
        worstLayer = Math.min(worstLayer, layerBalance);
        even[i] += balancedness(evenly, shape);
        remote[i] += remoteDomains(domains, shape);
        bytes[i] += new ExpertLayerModel(problem, moe, shape, batch).scaleOutBytesPerToken(tally);
        RemoteTraffic traffic = RemoteTraffic.of(tally);
        home[i] += Math.max(0, 1 - traffic.choices() / moe.expertsPerToken());
        remoteChoices[i] += traffic.choices();
        remoteCopies[i] += traffic.copies();
      }
    }
    int layers = plan.experts().size();
    return Optional.of(
        new PlacementFigures(
            least(balance) / layers,
            least(even) / layers,
            worstLayer,
            most(remote) / layers,
            most(bytes) / layers,
            least(home) / layers,
            choicesPerCopy(remoteChoices, remoteCopies)));
  }

  private static PlacementTally tally(
      ScenarioLayer routing,
      StageShape shape,
      Batch batch,
      int[][] replicas,
      DispatchRule rule,
      CopyRule copies) {
    return PlacementTally.of(routing, shape, rule, copies, batch.tokensAtOnce(), replicas);
  }

  private static double balancedness(PlacementTally tally, StageShape shape) {
    double sum = 0;
    double most = 0;
    for (int g = 0; g < shape.gpuCount(); g++) {
      sum += tally.load(g);
      most = Math.max(most, tally.load(g));
    }
    return sum / shape.gpuCount() / most;
  }

  private static double remoteDomains(PlacementTally tally, StageShape shape) {
    double sum = 0;
    for (int home = 0; home < shape.domainCount(); home++) {
      for (int domain = 0; domain < shape.domainCount(); domain++) {
        if (domain != home) {
          sum +=
              shape.domainSize(home)
                  / (double) shape.gpuCount()
                  * tally.copiesToDomain(home, domain);
        }
      }
    }
    return sum;
  }

  /** Of the scenario whose copies carry fewest; those where nothing is remote don't count. */
  private static OptionalDouble choicesPerCopy(double[] choices, double[] copies) {
    return IntStream.range(0, choices.length)
        .filter(i -> copies[i] > 0)
        .mapToDouble(i -> choices[i] / copies[i])
        .min();
  }

  private static double least(double[] values) {
    double least = values[0];
    for (double value : values) {
      least = Math.min(least, value);
    }
    return least;
  }

  private static double most(double[] values) {
    double most = values[0];
    for (double value : values) {
      most = Math.max(most, value);
    }
    return most;
  }
}
