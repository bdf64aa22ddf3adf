package dev.rackplan.json.rows;

import dev.rackplan.accuracy.Deployment;
import dev.rackplan.accuracy.ServingRun;
import dev.rackplan.model.Layer;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.problem.Precision;
import dev.rackplan.problem.Problem;
import java.util.Locale;
import java.util.Optional;

/**
 * The least that an instance holds, however it is laid out: each weight once. Where that is more
 * than the memory of its GPUs, the row ran in other formats or on more GPUs than it says.
 */
final class HeldWeights {
  private static final double GIGA = 1e9;

  private HeldWeights() {}

  /** Why no such run can have been measured; empty where it can. */
  static Optional<String> fault(ServingRun run) {
    return fault(run.decode()).or(() -> run.apart().flatMap(pools -> fault(pools.reading())));
  }

  private static Optional<String> fault(Deployment instance) {
    Problem problem = instance.problem();
    double weights = WeightBytes.of(problem, MoeFfn::experts);
    double memory =
        problem.topology().gpus().stream().mapToDouble(gpu -> gpu.spec().datasheet().bytes()).sum();
    return weights <= memory
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "weights take %.0f GB (%s), the %d GPUs of an instance have %.0f GB: give the formats"
                    + " that ran in gemm_quant_mode and moe_quant_mode, or more GPUs",
                weights / GIGA,
                formats(problem),
                problem.topology().gpus().size(),
                memory / GIGA));
  }

  private static String formats(Problem problem) {
    Precision precision = problem.precision();
    Layer last = problem.model().layers().get(problem.model().layers().size() - 1);
    String weights = precision.ffn(last).key();
    String experts = precision.experts(last).key();
    return last.ffn() instanceof MoeFfn && !experts.equals(weights)
        ? weights + ", experts " + experts
        : weights;
  }
}
