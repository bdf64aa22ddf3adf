package dev.rackplan.problem;

import dev.rackplan.law.LawBook;
import dev.rackplan.model.Attention;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.KvFormat;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.model.WeightFormats;
import dev.rackplan.topology.Gpu;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.RoutingProfile;
import dev.rackplan.workload.Scenario;
import dev.rackplan.workload.Workload;
import java.util.List;
import java.util.stream.Stream;

/**
 * A whole question. The constructor checks the parts against each other; its messages start with
 * the JSON path of the part at fault.
 */
public record Problem(
    String name,
    Model model,
    Topology topology,
    Workload workload,
    Precision precision,
    Engine engine,
    LayoutSpace layoutSpace,
    Limits limits,
    Objective objective,
    LawBook laws) {
  /** A question whose times come from the flat formula alone. */
  public Problem(
      String name,
      Model model,
      Topology topology,
      Workload workload,
      Precision precision,
      Engine engine,
      LayoutSpace layoutSpace,
      Limits limits,
      Objective objective) {
    this(
        name,
        model,
        topology,
        workload,
        precision,
        engine,
        layoutSpace,
        limits,
        objective,
        LawBook.NONE);
  }

  public Problem {
    List<Integer> moeLayers = model.moeLayers();
    if (!moeLayers.isEmpty() && workload.routing().scenarios().isEmpty()) {
      throw new IllegalArgumentException(
          "$.workload.routing: "
              + model.name()
              + " has "
              + moeLayers.size()
              + " MoE layers and needs routing");
    }
    Stream.concat(workload.routing().scenarios().stream(), workload.routing().heldOut().stream())
        .map(Scenario::profiles)
        .flatMap(List::stream)
        .forEach(profile -> checkProfile(profile, model, moeLayers));
    if (topology.usableGpus().isEmpty()) {
      throw new IllegalArgumentException(
          "$.topology: every GPU of " + topology.name() + " is drained");
    }
    checkRates(topology, "weights", precision.weights());
    if (!moeLayers.isEmpty()) {
      checkRates(topology, "experts", precision.experts());
    }
    model.layers().stream()
        .flatMap(layer -> layer.stored().stream())
        .filter(WeightFormats::kept)
        .findFirst()
        .ifPresent(formats -> checkRates(topology, "wideLayers", formats.attention()));
  }

  /** Whether the search finds the sequences of a micro-batch: as many as fit. */
  public boolean leavesSequencesOpen() {
    return workload.concurrentSequences().isEmpty()
        && layoutSpace.isOpen(Degree.SEQUENCES_PER_MICRO_BATCH);
  }

  /** Whether something drafts tokens: a draft model, or the model's own layers. */
  public boolean canDraft() {
    return workload.draftModel().isPresent() || !model.nextTokenLayers().isEmpty();
  }

  /** The same question about another model under another load. */
  public Problem withModel(Model other, Workload load) {
    return new Problem(
        name, other, topology, load, precision, engine, layoutSpace, limits, objective, laws);
  }

  /** How the engine keeps what layers of this attention remember. */
  public KvFormat kvFormat(Attention attention) {
    return KvFormats.of(this, attention);
  }

  /** Bytes of a GPU of {@code hbmBytes} that a plan may fill, by the engine's rule. */
  public double usableBytes(double hbmBytes) {
    return engine.memory().usableBytes(hbmBytes, limits.memoryReserve());
  }

  /** The same question on another cluster. */
  public Problem withTopology(Topology other) {
    return new Problem(
        name, model, other, workload, precision, engine, layoutSpace, limits, objective, laws);
  }

  /** The same question under another name. */
  public Problem withName(String other) {
    return new Problem(
        other, model, topology, workload, precision, engine, layoutSpace, limits, objective, laws);
  }

  /** The same question with another load. */
  public Problem withWorkload(Workload other) {
    return new Problem(
        name, model, topology, other, precision, engine, layoutSpace, limits, objective, laws);
  }

  /** The same question at other formats. */
  public Problem withPrecision(Precision other) {
    return new Problem(
        name, model, topology, workload, other, engine, layoutSpace, limits, objective, laws);
  }

  /** The same question for another engine. */
  public Problem withEngine(Engine other) {
    return new Problem(
        name, model, topology, workload, precision, other, layoutSpace, limits, objective, laws);
  }

  /** The same question with other layouts allowed. */
  public Problem withLayoutSpace(LayoutSpace other) {
    return new Problem(
        name, model, topology, workload, precision, engine, other, limits, objective, laws);
  }

  /** The same question within other limits. */
  public Problem withLimits(Limits other) {
    return new Problem(
        name, model, topology, workload, precision, engine, layoutSpace, other, objective, laws);
  }

  /** The same question with kernels' times from other measured laws. */
  public Problem withLaws(LawBook other) {
    return new Problem(
        name, model, topology, workload, precision, engine, layoutSpace, limits, objective, other);
  }

  private static void checkRates(Topology topology, String key, Dtype weights) {
    for (Gpu gpu : topology.usableGpus()) {
      if (gpu.spec().peakFlops().rate(weights.operandBits()).isEmpty()) {
        throw new IllegalArgumentException(
            "$.precision."
                + key
                + ": "
                + gpu.spec().name()
                + " has no known FLOP/s for "
                + weights
                + " or anything wider");
      }
    }
  }

  private static void checkProfile(RoutingProfile profile, Model model, List<Integer> moeLayers) {
    if (profile.layers().size() != moeLayers.size()) {
      throw new IllegalArgumentException(
          "$.workload.routing: profile "
              + profile.name()
              + " has "
              + profile.layers().size()
              + " layers, "
              + model.name()
              + " has "
              + moeLayers.size()
              + " MoE layers");
    }
    for (int i = 0; i < moeLayers.size(); i++) {
      MoeFfn moe = model.moe(moeLayers.get(i)).orElseThrow();
      LayerRouting routing = profile.layers().get(i);
      if (routing.experts() != moe.experts()
          || routing.expertsPerToken() != moe.expertsPerToken()) {
        throw new IllegalArgumentException(
            "$.workload.routing: profile "
                + profile.name()
                + ", MoE layer "
                + i
                + ": routes "
                + routing.expertsPerToken()
                + " of "
                + routing.experts()
                + " experts, "
                + model.name()
                + " routes "
                + moe.expertsPerToken()
                + " of "
                + moe.experts());
      }
    }
  }
}
