package dev.rackplan.cost;

import dev.rackplan.cost.link.CollectiveTime;
import dev.rackplan.cost.link.HopTime;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.TransferStart;
import dev.rackplan.cost.link.WeightExchange;
import dev.rackplan.cost.operation.Batch;
import dev.rackplan.cost.operation.Exchange;
import dev.rackplan.cost.operation.ExpertPrice;
import dev.rackplan.cost.operation.HostActivations;
import dev.rackplan.cost.operation.HostTime;
import dev.rackplan.cost.operation.LayerCost;
import dev.rackplan.cost.operation.LayerTraining;
import dev.rackplan.cost.operation.MoeShard;
import dev.rackplan.cost.operation.OpPrices;
import dev.rackplan.cost.operation.PricedOp;
import dev.rackplan.cost.operation.Term;
import dev.rackplan.law.Answer;
import dev.rackplan.law.Components;
import dev.rackplan.law.Experts;
import dev.rackplan.law.GemmLaw;
import dev.rackplan.law.OpKind;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Takes the terms of one stage apart, each into what {@link StageModel} and {@link
 * ExpertLayerModel} put together; nothing is priced here by another formula.
 */
final class TermParts {
  private static final double ROUNDING = 1e-9;

  private final Problem problem;
  private final Layout layout;
  private final StageShape shape;
  private final Batch batch;
  private final PhaseCost phase;
  private final StagePrices prices;
  private final List<CollectiveTime.Call> calls = new ArrayList<>();
  private final StageCollectives collectives;

  /** Of the stage of {@code layout} whose GPUs have {@code shape}. */
  TermParts(Problem problem, Layout layout, StageShape shape) {
    this.problem = problem;
    this.layout = layout;
    this.shape = shape;
    this.batch = Batch.of(problem, layout);
    this.phase = PhaseCost.of(problem, layout);
    this.prices = new StagePrices(problem, shape);
    CollectiveTime times =
        new CollectiveTime(
            shape, (kind, domains) -> phase.collectives(kind, domains, prices), calls::add);
    this.collectives = new StageCollectives(problem, layout, batch, phase, times);
  }

  /** Parts of a term of a layer of this stage. */
  List<TermPart> ofLayer(Term term, Layer layer, CostedLayer costed) {
    double seconds = costed.cost().terms().of(term);
    return switch (term) {
      case ATTENTION, DENSE, SHARED, ROUTER, ELEMENTWISE ->
          operations(term, price -> phase.ops(layer, price, batch, layout));
      case ALL_REDUCE -> collectives(seconds, () -> collectives.allReduceSeconds(layer));
      case CONTEXT_EXCHANGE ->
          collectives(seconds, () -> collectives.contextExchangeSeconds(layer));
      case EXPERT_COMPUTE, EXPERT_FETCH -> experts(layer, costed.experts().orElseThrow(), seconds);
      case DISPATCH, COMBINE ->
          transfer(term, (MoeFfn) layer.ffn(), costed.experts().orElseThrow(), seconds);
      case LAUNCH -> List.of(launches(layer, costed.cost(), seconds));
      case WEIGHT_EXCHANGE -> List.of(weights(layer, costed.cost(), seconds));
      case HEAD, DRAFTS, HOP -> throw new IllegalArgumentException("no layer has " + term.words());
    };
  }

  /** Parts of a term that the stage has beside its layers. */
  List<TermPart> ofStage(Term term, CostedStage stage) {
    double seconds = stage.terms().of(term);
    return switch (term) {
      case HEAD -> head(seconds);
      case DRAFTS -> List.of(draftPasses(seconds));
      case HOP -> List.of(hop(stage.lastLayer(), seconds));
      default -> throw new IllegalArgumentException("no stage alone has " + term.words());
    };
  }

  private TermPart draftPasses(double seconds) {
    double passes = layout.draftTokens(problem.workload());
    return TermPart.byFormula(
        "draft passes: projection, layers with even experts, head",
        inputs("passes", passes, "secondsOfPass", seconds / passes),
        seconds);
  }

  // Each pass on the slowest kind of GPU; calls by one law are one part.
  private List<TermPart> operations(Term term, Function<OpPrices, List<List<PricedOp>>> made) {
    List<List<PricedOp>> slowest = new ArrayList<>();
    for (OpPrices price : prices.kinds()) {
      List<List<PricedOp>> passes = made.apply(price);
      for (int p = 0; p < passes.size(); p++) {
        List<PricedOp> ops = passes.get(p).stream().filter(op -> op.term() == term).toList();
        if (p == slowest.size()) {
          slowest.add(ops);
        } else if (seconds(ops) > seconds(slowest.get(p))) {
          slowest.set(p, ops);
        }
      }
    }
    return grouped(slowest.stream().flatMap(List::stream).toList());
  }

  private static double seconds(List<PricedOp> ops) {
    return ops.stream().mapToDouble(PricedOp::seconds).sum();
  }

  private static double sum(List<TermPart> parts) {
    return parts.stream().mapToDouble(TermPart::seconds).sum();
  }

  private static List<TermPart> grouped(List<PricedOp> ops) {
    Map<TermPart.UsedLaw, List<PricedOp>> byLaw = new LinkedHashMap<>();
    for (PricedOp op : ops) {
      TermPart.UsedLaw law = new TermPart.UsedLaw(op.kind(), op.law(), op.law().fastest(op.op()));
      byLaw.computeIfAbsent(law, key -> new ArrayList<>()).add(op);
    }
    List<TermPart> parts = new ArrayList<>();
    byLaw.forEach((law, of) -> parts.add(part(law, of)));
    return parts;
  }

  private static TermPart part(TermPart.UsedLaw law, List<PricedOp> ops) {
    PricedOp longest =
        ops.stream().max(Comparator.comparingDouble(op -> op.law().seconds(op.op()))).orElseThrow();
    return new TermPart(
        law.kind().key(),
        Components.shape(longest.op()),
        Optional.of(law),
        (int) ops.stream().map(PricedOp::op).distinct().count(),
        ops.stream().mapToDouble(PricedOp::count).sum(),
        seconds(ops));
  }

  // Each call as often as it counts: for every part of the batch and pass that nothing hides.
  private List<TermPart> collectives(double seconds, Runnable run) {
    calls.clear();
    run.run();
    double once = calls.stream().mapToDouble(CollectiveTime.Call::seconds).sum();
    return calls.stream().map(call -> collective(call, seconds / once)).toList();
  }

  private TermPart collective(CollectiveTime.Call call, double count) {
    Optional<TermPart.UsedLaw> law =
        shape.domainCount() > 1
            ? Optional.empty()
            : phase
                .collectives(call.kind(), 1, prices)
                .map(answer -> new TermPart.UsedLaw(call.kind(), answer, 0));
    return new TermPart(
        call.kind().key(),
        inputs(
            "bytes", call.bytes(), "elements", call.elements(), "ranks", (double) call.members()),
        law,
        1,
        count,
        count * call.seconds());
  }

  // Of the slowest GPU: its law, and what a step's slowest is expected above it.
  private List<TermPart> experts(Layer layer, CostedExperts experts, double seconds) {
    CostedExperts.SlowestGpu slowest = experts.slowestGpu();
    OpPrices price = prices.of(slowest.position() * layout.gpusPerExpertHost());
    MoeFfn moe = (MoeFfn) layer.ffn();
    ExpertPrice kernel = phase.experts(layer, moe, price, batch, layout);
    Experts op =
        new Experts(
            slowest.pairs() + kernel.shared().pairs(),
            slowest.activeExperts() + kernel.shared().experts(),
            kernel.tokens(slowest.pairs()),
            moe.tokenWidth(),
            ExpertPrice.innerSize(MoeShard.of(moe, layout, problem), moe));
    String shared = kernel.shared().experts() > 0 ? ", the shared one among them" : "";
    String what = "experts of " + hosts().gpu(slowest.position()).name() + shared;
    Answer law = phase.expertLaw(layer, price, layout);
    TermPart mean =
        kernel.filledExperts() > 0
            ? TermPart.byFormula(
                what + ": a block of rows for each",
                inputs("experts", kernel.filledExperts(), "pairs", slowest.pairs()),
                slowest.seconds())
            : new TermPart(
                what,
                Components.shape(op),
                Optional.of(new TermPart.UsedLaw(kind(law), law, kernel.law())),
                1,
                kernel.runs(),
                slowest.seconds());
    return List.of(
        mean,
        TermPart.byFormula(
            "a step's slowest GPU above the slowest in the mean",
            inputs("secondsOfMean", slowest.seconds()),
            seconds - slowest.seconds()));
  }

  private static OpKind kind(Answer law) {
    if (law.cells().isEmpty()) {
      return law.laws().get(0) instanceof GemmLaw ? OpKind.GEMM : OpKind.EXPERTS;
    }
    return law.cells().get(0).key().op();
  }

  private StageShape hosts() {
    return shape.part(layout::expertHosts);
  }

  private List<TermPart> transfer(Term term, MoeFfn moe, CostedExperts experts, double seconds) {
    if (Exchange.of(problem, layout) == Exchange.ALL_GATHER) {
      return collectives(seconds, () -> gather(term, moe));
    }
    StageShape hosts = hosts();
    TransferStart start = phase.transferStart(moe, prices, hosts, batch);
    double started = term == Term.DISPATCH ? start.dispatchSeconds() : start.combineSeconds();
    List<TermPart> parts =
        new ArrayList<>(
            operations(term, price -> List.of(phase.startOps(term, moe, price, hosts, batch))));
    // Where a link's latency is longer than what laws of its kernels say, or there are none.
    if (Math.abs(sum(parts) - started) > ROUNDING * started) {
      parts.clear();
      parts.add(
          TermPart.byFormula(
              "start: latency of the link",
              inputs("latencySeconds", ExpertLayerModel.latencySeconds(hosts)),
              started));
    }
    TransferStart slices = collectives.slices(moe);
    double among = term == Term.DISPATCH ? slices.dispatchSeconds() : slices.combineSeconds();
    if (among > 0) {
      parts.add(
          TermPart.byFormula(
              (term == Term.DISPATCH ? "all-gather" : "reduce-scatter")
                  + " among GPUs that slice an expert",
              inputs("ranks", (double) layout.expertTensorParallel()),
              among));
    }
    double sent = seconds - started - among;
    double perByte = experts.busiestLink().secondsPerByte();
    if (perByte == 0) {
      return parts;
    }
    parts.add(
        TermPart.byFormula(
            "bytes over " + experts.busiestLink().describe(hosts),
            inputs("bytesOfCopy", sent / perByte, "secondsPerByte", perByte),
            sent));
    return parts;
  }

  // The all-gather comes first, then the reduce-scatter.
  private void gather(Term term, MoeFfn moe) {
    collectives.gatherStart(moe);
    calls.remove(term == Term.DISPATCH ? 1 : 0);
  }

  private TermPart launches(Layer layer, LayerCost cost, double seconds) {
    HostTime host = new HostTime(problem, layout, layer);
    LayerTraining passes = cost.training().orElseThrow();
    return TermPart.byFormula(
        "the host's launches and activations on their way to it beyond what the GPU hides",
        inputs(
            "activationSeconds", new HostActivations(problem, layout, layer).seconds(),
            "hostForwardSeconds", host.forwardSeconds(),
            "hostBackwardSeconds", host.backwardSeconds(),
            "forwardSeconds", passes.forwardSeconds(),
            "backwardSeconds", passes.backwardSeconds()),
        seconds);
  }

  private TermPart weights(Layer layer, LayerCost cost, double seconds) {
    WeightExchange exchange = new WeightExchange(problem, layout, layer);
    LayerTraining passes = cost.training().orElseThrow();
    return TermPart.byFormula(
        "gathers and scatters beyond the passes that hide them",
        inputs(
            "gatherSeconds", exchange.gatherSeconds(),
            "scatterSeconds", exchange.scatterSeconds(),
            "forwardSeconds", passes.forwardSeconds(),
            "backwardSeconds", passes.backwardSeconds()),
        seconds);
  }

  // What is left is the all-gather of logits.
  private List<TermPart> head(double seconds) {
    List<TermPart> parts =
        new ArrayList<>(operations(Term.HEAD, price -> phase.headOps(price, batch, layout)));
    parts.addAll(operations(Term.ELEMENTWISE, price -> List.of(phase.samplingOps(price, batch))));
    double gathered = seconds - sum(parts);
    if (gathered > ROUNDING * seconds) {
      parts.add(
          TermPart.byFormula(
              "all-gather of logits over tensor-parallel ranks",
              inputs(
                  "tokens", phase.headTokens(batch),
                  "vocabulary", (double) problem.model().vocabularySize(),
                  "ranks", (double) layout.attentionTensorParallel()),
              gathered));
    }
    return parts;
  }

  private TermPart hop(int lastLayer, double seconds) {
    int residuals = problem.model().layers().get(lastLayer).boundaryResiduals();
    return TermPart.byFormula(
        "residuals to the next stage over the slowest pair of GPUs",
        inputs(
            "bytes", HopTime.bytes(batch, problem.model().hiddenSize(), residuals),
            "passes", phase.boundaryPasses()),
        seconds);
  }

  private static Map<String, Double> inputs(Object... namesAndValues) {
    Map<String, Double> inputs = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      inputs.put((String) namesAndValues[i], (Double) namesAndValues[i + 1]);
    }
    return inputs;
  }
}
