package dev.rackplan.sensitivity;

import dev.rackplan.problem.Degree;
import dev.rackplan.problem.Problem;
import dev.rackplan.topology.GpuSpec;
import dev.rackplan.topology.Topology;
import dev.rackplan.workload.Contexts;
import dev.rackplan.workload.LayerRouting;
import dev.rackplan.workload.Routing;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** What of a problem may be otherwise than its files say; each is multiplied by a factor. */
public enum Input {
  /** Each GPU's port into its domain's switch: line rate or efficiency. */
  SCALE_UP_BANDWIDTH {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      return Optional.of(
          problem.withTopology(Topologies.withScaleUp(problem.topology(), factor, 1)));
    }
  },
  /** Each GPU's share of the NICs, uplinks and spine in proportion: line rate or efficiency. */
  SCALE_OUT_BANDWIDTH {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      return several(problem)
          .map(all -> problem.withTopology(Topologies.withScaleOut(all, factor, 1)));
    }
  },
  /** What a collective waits for its first byte, inside domains and between them. */
  NETWORK_LATENCY {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      return Optional.of(
          problem.withTopology(
              Topologies.withScaleOut(
                  Topologies.withScaleUp(problem.topology(), 1, factor), 1, factor)));
    }
  },
  /** HBM bandwidth, or the share of it that kernels sustain. */
  MEMORY_BANDWIDTH {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      return gpus(problem, gpu -> Topologies.memoryRate(gpu, factor))
          .map(changed -> changed.withLaws(problem.laws().scaled(1, factor, 1)));
    }
  },
  /** Peak FLOP/s, or the share of them that matrix products sustain. */
  COMPUTE_RATE {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      return gpus(problem, gpu -> Topologies.computeRate(gpu, factor))
          .map(changed -> changed.withLaws(problem.laws().scaled(factor, 1, 1)));
    }
  },
  /** What kernels take to start. */
  KERNEL_STARTS {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      return gpus(problem, gpu -> Topologies.kernelStart(gpu, factor))
          .map(changed -> changed.withLaws(problem.laws().scaled(1, 1, factor)));
    }
  },
  /** HBM bytes of a GPU. */
  MEMORY_CAPACITY {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      return gpus(problem, gpu -> Topologies.memory(gpu, factor));
    }
  },
  /** Tokens of context: mean, cached part, and the 99th percentile that memory is kept for. */
  CONTEXT {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      return Optional.of(contexts(problem, problem.workload().contexts().times(factor)));
    }
  },
  /** Tokens of a prompt that a cache holds, at most all but one; the prompt stays as long. */
  CACHED_TOKENS {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      Contexts contexts = problem.workload().contexts();
      double cached = Math.min(contexts.cachedTokens() * factor, contexts.tokens() - 1);
      return contexts.cachedTokens() == 0
          ? Optional.empty()
          : Optional.of(contexts(problem, contexts.withCachedTokens(cached)));
    }
  },
  /** How much lengths vary. */
  CONTEXT_VARIATION {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      Contexts contexts = problem.workload().contexts();
      double variation = Math.min(contexts.variation() * factor, Contexts.MOST_VARIATION);
      return contexts.variation() == 0
          ? Optional.empty()
          : Optional.of(contexts(problem, contexts.withVariation(variation)));
    }
  },
  /** Sequences in flight, where the problem says how many; in training the global batch. */
  CONCURRENCY {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      OptionalLong asked = problem.workload().concurrentSequences();
      if (asked.isEmpty() || !problem.layoutSpace().isOpen(Degree.SEQUENCES_PER_MICRO_BATCH)) {
        return Optional.empty();
      }
      long sequences = Math.max(1, Math.round(asked.getAsLong() * factor));
      return Optional.of(
          problem.withWorkload(
              problem.workload().withConcurrentSequences(OptionalLong.of(sequences))));
    }
  },
  /**
   * How uneven the experts' loads are: each load to the power of the factor. Only where loads are
   * known, not tokens.
   */
  ROUTING_SKEW {
    @Override
    Optional<Problem> of(Problem problem, double factor) {
      Routing routing = problem.workload().routing();
      boolean loads =
          !routing.scenarios().isEmpty()
              && routing.scenarios().stream()
                  .flatMap(scenario -> scenario.profiles().stream())
                  .flatMap(profile -> profile.layers().stream())
                  .allMatch(layer -> layer.tokens() == 0 || layer.isDrawn());
      return loads
          ? Optional.of(
              problem.withWorkload(
                  problem.workload().withRouting(routing.each(layer -> skewed(layer, factor)))))
          : Optional.empty();
    }
  };

  /**
   * The problem with this input {@code factor} times what it is; empty where the problem has no
   * such input.
   */
  abstract Optional<Problem> of(Problem problem, double factor);

  private static Optional<Problem> gpus(Problem problem, UnaryOperator<GpuSpec> change) {
    return Optional.of(problem.withTopology(Topologies.withGpus(problem.topology(), change)));
  }

  private static Problem contexts(Problem problem, Contexts other) {
    return problem.withWorkload(problem.workload().withContexts(other));
  }

  private static Optional<Topology> several(Problem problem) {
    return problem.topology().domains().size() > 1
        ? Optional.of(problem.topology())
        : Optional.empty();
  }

  private static LayerRouting skewed(LayerRouting layer, double power) {
    double[] loads = new double[layer.experts()];
    for (int expert = 0; expert < loads.length; expert++) {
      loads[expert] = StrictMath.pow(layer.frequency(expert), power);
    }
    return layer.withLoads(loads);
  }
}
