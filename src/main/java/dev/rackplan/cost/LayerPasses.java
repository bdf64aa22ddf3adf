package dev.rackplan.cost;

import dev.rackplan.cost.link.WeightExchange;
import dev.rackplan.cost.operation.Breakdown;
import dev.rackplan.cost.operation.HostActivations;
import dev.rackplan.cost.operation.HostTime;
import dev.rackplan.cost.operation.LayerTraining;
import dev.rackplan.cost.operation.PassCounts;
import dev.rackplan.cost.operation.RepeatedLayers;
import dev.rackplan.cost.operation.StreamOverlap;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.model.Layer;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import dev.rackplan.workload.TensorOverlap;
import dev.rackplan.workload.Training;

/**
 * A layer's passes in training, of its terms. Passes take the longer of GPU and host; then the
 * longer of that and of the weights and gradients on their way.
 */
public final class LayerPasses {
  // Keys, values and their gradients; only keys and values forward.
  static final double BACKWARD_WAYS = 2;

  private final Problem problem;
  private final Layout layout;
  private final Layer layer;
  private final Training training;
  private final PassCounts counts;
  private final TrainingTerms own;
  private final HostTime host;
  private final HostActivations activations;

  /** Of a layer whose own operations take so long. */
  public LayerPasses(Problem problem, Layout layout, Layer layer, TrainingTerms own) {
    this.problem = problem;
    this.layout = layout;
    this.layer = layer;
    this.training = layout.training(problem.workload()).orElseThrow();
    this.counts = PassCounts.of(training, RepeatedLayers.share(problem, layout));
    this.own = own;
    this.host = new HostTime(problem, layout, layer);
    this.activations = new HostActivations(problem, layout, layer);
  }

  /**
   * All terms, with what the host and exchanged weights leave visible. Each pass for itself, or
   * both together where compute and network run side by side: there what the GPU takes is less than
   * its terms, and host and links have only that to hide behind.
   */
  public Breakdown settled(Breakdown device, StreamOverlap overlap) {
    WeightExchange exchange = new WeightExchange(problem, layout, layer);
    if (overlap.sideBySide()) {
      double together = overlap.seconds(device);
      double wait = host.waitSeconds(together, host.forwardSeconds() + host.backwardSeconds());
      return device
          .with(Term.LAUNCH, wait + activations.visibleTogether(together + wait))
          .with(Term.WEIGHT_EXCHANGE, exchange.visibleSeconds(together + wait));
    }
    LayerTraining passes = device(device);
    LayerTraining launched = launched(passes);
    return device
        .with(
            Term.LAUNCH,
            launched.forwardSeconds()
                - passes.forwardSeconds()
                + launched.backwardSeconds()
                - passes.backwardSeconds()
                + activations.visibleSeconds(launched.forwardSeconds())
                + activations.visibleSeconds(launched.backwardSeconds()))
        .with(
            Term.WEIGHT_EXCHANGE,
            exchange.visibleSeconds(launched.forwardSeconds(), launched.backwardSeconds()));
  }

  /** Each pass for itself, of terms that {@link #settled} made. */
  public LayerTraining passes(Breakdown terms) {
    StreamOverlap overlap = StreamOverlap.of(problem, layout);
    LayerTraining device = device(terms);
    if (overlap.sideBySide() && !training.overlapsPasses()) {
      return device.lasting(overlap.seconds(terms));
    }
    LayerTraining launched = launched(device);
    double exchange =
        new WeightExchange(problem, layout, layer)
                .visibleSeconds(launched.forwardSeconds(), launched.backwardSeconds())
            / 2;
    return new LayerTraining(
        launched.forwardSeconds()
            + activations.visibleSeconds(launched.forwardSeconds())
            + exchange,
        launched.backwardSeconds()
            + activations.visibleSeconds(launched.backwardSeconds())
            + exchange,
        launched.weightGradientSeconds());
  }

  // Each pass for itself, with what it waits for its host.
  private LayerTraining launched(LayerTraining device) {
    double forwardSeconds = device.forwardSeconds();
    double backwardSeconds = device.backwardSeconds();
    return new LayerTraining(
        forwardSeconds + host.waitSeconds(forwardSeconds, host.forwardSeconds()),
        backwardSeconds + host.waitSeconds(backwardSeconds, host.backwardSeconds()),
        device.weightGradientSeconds());
  }

  // The terms hold all passes; the forward pass and the weight gradients are their parts.
  private LayerTraining device(Breakdown terms) {
    double experts =
        (terms.of(Term.EXPERT_COMPUTE) + terms.of(Term.EXPERT_FETCH)) / counts.products();
    double network =
        (terms.of(Term.DISPATCH) + terms.of(Term.COMBINE)) / counts.network()
            + terms.of(Term.ALL_REDUCE) / counts.tensor() * forwardTensor()
            + terms.of(Term.CONTEXT_EXCHANGE) / (1 + BACKWARD_WAYS);
    double forward = own.forward().sum() + experts + network;
    double all = terms.sum(term -> term != Term.LAUNCH && term != Term.WEIGHT_EXCHANGE);
    return new LayerTraining(forward, all - forward, own.weights().sum() + experts);
  }

  private double forwardTensor() {
    return training.runtime().tensorOverlap() == TensorOverlap.ALL
        ? PassCounts.VISIBLE_IN_PIECES
        : 1;
  }
}
