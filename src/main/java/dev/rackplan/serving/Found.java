package dev.rackplan.serving;

import dev.rackplan.law.Confidence;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Pool;
import dev.rackplan.topology.GpuCatalogEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * A deployment that serves a goal.
 *
 * @param mode who reads prompts
 * @param pools of equal instances; those that read prompts first
 * @param ttftSeconds mean time to first token
 * @param tpotSeconds mean time per output token
 * @param requestsPerSecond that it serves
 * @param binds what keeps it from more
 * @param exact whether each MoE layer was priced by its own routing, not by that of a sample
 * @param detail what is worked out for deployments that are shown alone
 */
public record Found(
    Mode mode,
    List<Instances> pools,
    double ttftSeconds,
    double tpotSeconds,
    double requestsPerSecond,
    String binds,
    boolean exact,
    Optional<Detail> detail) {
  private static final double SECONDS_PER_HOUR = 3600;

  /** Who reads prompts. */
  public enum Mode {
    /** Those that decode. */
    AGGREGATED,
    /** GPUs of their own, which send the KV cache. */
    DISAGGREGATED
  }

  /**
   * How sure its times are, and what cached tokens take.
   *
   * @param tpot of the step that decodes, and of the prompts that hold it up
   * @param ttft of a prompt under load
   * @param cachedShare of a prompt's time: attending to its cached part
   */
  public record Detail(Confidence tpot, Confidence ttft, double cachedShare) {}

  /**
   * Equal instances.
   *
   * @param role what they do; empty where each reads and decodes
   * @param number among pools with that role, from 1
   * @param count how many
   * @param layout of each
   * @param sequencesPerRank that each attention rank decodes at a time; 0 where none does
   * @param gpu whose GPUs
   * @param nodeGpus GPUs of a host or tray
   * @param requestsPerSecondEach that one of them takes within the limits
   * @param promptShare of its time that goes to prompts
   * @param mostPerRank sequences that each rank is let decode at a time: three standard deviations
   *     beside the mean, as far as memory and engine allow
   */
  public record Instances(
      Optional<Pool> role,
      int number,
      int count,
      Layout layout,
      double sequencesPerRank,
      GpuCatalogEntry gpu,
      int nodeGpus,
      double requestsPerSecondEach,
      double promptShare,
      int mostPerRank) {
    /** What they are called, each pool otherwise: {@code prefill}, {@code prefill-2}. */
    public String name() {
      return Pool.word(role, number);
    }

    /** Whether they read prompts for others that decode. */
    public boolean readsAlone() {
      return role.filter(own -> own == Pool.PREFILL).isPresent();
    }

    /** GPUs of all. */
    public int gpus() {
      return count * layout.gpus();
    }

    /** USD per hour of all; empty where the catalogue has no price. */
    public OptionalDouble usdPerHour() {
      OptionalDouble each = gpu.spec().usdPerHour();
      return each.isEmpty() ? each : OptionalDouble.of(gpus() * each.getAsDouble());
    }

    /**
     * Instances that one host or tray holds a part of, at most: where the stages of an instance end
     * within a host, others begin there.
     */
    private int perNode() {
      int stages = Math.max(1, nodeGpus / layout.gpusPerStage());
      int over = layout.pipelineStages() % stages;
      return Math.max(1, Math.max(nodeGpus / layout.gpus(), over == 0 ? 1 : stages / over));
    }
  }

  public Found {
    pools = List.copyOf(pools);
  }

  /** GPUs of all pools. */
  public int gpus() {
    return pools.stream().mapToInt(Instances::gpus).sum();
  }

  /** USD per hour of its GPUs; empty where one has no price. */
  public OptionalDouble usdPerHour() {
    double usd = 0;
    for (Instances pool : pools) {
      if (pool.usdPerHour().isEmpty()) {
        return OptionalDouble.empty();
      }
      usd += pool.usdPerHour().getAsDouble();
    }
    return OptionalDouble.of(usd);
  }

  /** Output tokens per second and GPU. */
  public double tokensPerSecondPerGpu(double outputTokens) {
    return requestsPerSecond * outputTokens / gpus();
  }

  /** USD per million output tokens, the whole bill of its GPUs; empty where one has no price. */
  public OptionalDouble usdPerMillion(double outputTokens) {
    OptionalDouble usd = usdPerHour();
    return usd.isEmpty()
        ? usd
        : OptionalDouble.of(
            1e6 * usd.getAsDouble() / SECONDS_PER_HOUR / (requestsPerSecond * outputTokens));
  }

  /**
   * Who pays for what; empty where a GPU has no price.
   *
   * @param idleUsdPerHour of GPUs in no pool
   */
  public Optional<Bill> bill(Goal goal, double idleUsdPerHour) {
    double prompts = 0;
    double all = 0;
    for (Instances pool : pools) {
      if (pool.usdPerHour().isEmpty()) {
        return Optional.empty();
      }
      all += pool.usdPerHour().getAsDouble();
      prompts += pool.usdPerHour().getAsDouble() * pool.promptShare();
    }
    return Optional.of(
        new Bill(
            prompts,
            all - prompts,
            idleUsdPerHour,
            detail.map(Detail::cachedShare).orElse(0.0),
            new Bill.Requests(
                requestsPerSecond,
                goal.computedTokens(),
                goal.cachedTokens(),
                goal.outputTokens())));
  }

  /**
   * Requests per second that are still served within the limits with {@code nodes} hosts or trays
   * lost, wherever that costs most: each takes the instances that it holds a part of, no other.
   */
  public double requestsPerSecondWithout(int nodes) {
    double left = Double.MAX_VALUE;
    for (Optional<Pool> role : pools.stream().map(Instances::role).distinct().toList()) {
      left = Math.min(left, capacityWithout(nodes, pool -> pool.role().equals(role)));
    }
    return Math.min(requestsPerSecond, left);
  }

  private double capacityWithout(int nodes, Predicate<Instances> which) {
    double capacity = 0;
    List<Double> losses = new ArrayList<>();
    for (Instances pool : pools.stream().filter(which).toList()) {
      capacity += pool.count() * pool.requestsPerSecondEach();
      for (int left = pool.count(); left > 0; left -= pool.perNode()) {
        losses.add(Math.min(left, pool.perNode()) * pool.requestsPerSecondEach());
      }
    }
    losses.sort(Comparator.reverseOrder());
    double lost = losses.stream().limit(nodes).mapToDouble(Double::doubleValue).sum();
    return Math.max(0, capacity - lost);
  }

  Found with(Detail known) {
    return new Found(
        mode, pools, ttftSeconds, tpotSeconds, requestsPerSecond, binds, exact, Optional.of(known));
  }
}
