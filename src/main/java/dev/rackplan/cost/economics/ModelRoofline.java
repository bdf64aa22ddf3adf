package dev.rackplan.cost.economics;

import dev.rackplan.cost.operation.GpuRates;
import dev.rackplan.cost.operation.Roofline;
import dev.rackplan.model.Dtype;
import dev.rackplan.model.Model;
import dev.rackplan.model.MoeFfn;
import dev.rackplan.topology.GpuSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The lecture's picture for one model on equal GPUs that share it evenly: {@link Roofline} with the
 * model's own weights and KV cache put in.
 *
 * <p>The data sheet's rates and memory, no efficiencies: every time is a lower bound, and plans,
 * which reckon with what drivers report, may hold a few sequences more. Left out, as in the
 * lecture: attention's scores, communication, imbalance. Embedding and head count as in {@link
 * Model#activeParameters()}. Beyond the lecture: experts may have a dtype of their own; few tokens
 * read the expected distinct experts only; the KV cache is read as each layer's attention reads it
 * (windows, sparse attention, constant states). Immutable.
 */
public final class ModelRoofline {
  /** Batches of the curve go on to this multiple of the balance batch. */
  private static final double BEYOND_BALANCE = 4;

  private static final long MOST_BATCH = 1L << 40;

  /** Contexts beyond this are called "never". */
  private static final double LONGEST_CONTEXT = 1e12;

  private static final int BISECTIONS = 200;

  private final Model model;
  private final GpuSpec gpu;
  private final int gpus;
  private final Dtype weights;
  private final Dtype experts;
  private final Dtype kv;
  private final double contextTokens;

  /**
   * A model on GPUs.
   *
   * @param gpus GPUs that share weights, KV cache and work evenly
   * @param weights dtype of all weights but the routed experts'
   * @param experts dtype of routed experts' weights
   * @param contextTokens tokens of context of each sequence, > 0
   * @throws IllegalArgumentException where the GPU has no rate for a dtype, or a number is not
   *     positive
   */
  public ModelRoofline(
      Model model,
      GpuSpec gpu,
      int gpus,
      Dtype weights,
      Dtype experts,
      Dtype kv,
      double contextTokens) {
    if (gpus < 1) {
      throw new IllegalArgumentException("gpus must be >= 1, was " + gpus);
    }
    if (!(contextTokens > 0) || Double.isInfinite(contextTokens)) {
      throw new IllegalArgumentException("contextTokens must be > 0, was " + contextTokens);
    }
    this.model = model;
    this.gpu = gpu;
    this.gpus = gpus;
    this.weights = weights;
    this.experts = experts;
    this.kv = kv;
    this.contextTokens = contextTokens;
    GpuRates.peakFlopsPerSecond(gpu, weights);
    GpuRates.peakFlopsPerSecond(gpu, experts);
  }

  /** Bytes of all weights of {@code model}. */
  static double weightBytes(Model model, Dtype weights, Dtype experts) {
    double routed = routedParameters(model);
    return (model.parameters() - routed) * weights.bytes() + routed * experts.bytes();
  }

  /**
   * Fewest GPUs whose memory holds the weights with {@code memoryReserve} of it kept free. The KV
   * cache comes on top.
   */
  public static int fewestGpus(
      Model model, GpuSpec gpu, Dtype weights, Dtype experts, double memoryReserve) {
    double usable = gpu.datasheet().bytes() * (1 - memoryReserve);
    return (int) Math.max(1, Math.ceil(weightBytes(model, weights, experts) / usable));
  }

  private static double routedParameters(Model model) {
    return model.moeLayers().stream()
        .map(layer -> model.moe(layer).orElseThrow())
        .mapToDouble(moe -> moe.experts() * (double) moe.parametersPerExpert())
        .sum();
  }

  private static double activeRoutedParameters(Model model) {
    return model.moeLayers().stream()
        .map(layer -> model.moe(layer).orElseThrow())
        .mapToDouble(moe -> moe.expertsPerToken() * (double) moe.parametersPerExpert())
        .sum();
  }

  public Model model() {
    return model;
  }

  public GpuSpec gpu() {
    return gpu;
  }

  public int gpus() {
    return gpus;
  }

  public Dtype weights() {
    return weights;
  }

  public Dtype experts() {
    return experts;
  }

  public Dtype kv() {
    return kv;
  }

  public double contextTokens() {
    return contextTokens;
  }

  /** Price of all GPUs in USD/h; empty where unknown. */
  public OptionalDouble usdPerHour() {
    return gpu.usdPerHour().isPresent()
        ? OptionalDouble.of(gpu.usdPerHour().getAsDouble() * gpus)
        : OptionalDouble.empty();
  }

  /** Bytes/s of all GPUs' memories together. */
  private double bytesPerSecond() {
    return gpu.datasheet().bytesPerSecond() * gpus;
  }

  /** {@code F·w / 2W} at the dtype of {@link #weights()}. */
  public double hardwareFactor() {
    return Roofline.hardwareFactor(
        GpuRates.peakFlopsPerSecond(gpu, weights),
        weights.bytes(),
        gpu.datasheet().bytesPerSecond());
  }

  /** Reading one GPU's whole memory once, in s. */
  public double drainSeconds() {
    return gpu.datasheet().drainSeconds();
  }

  /** Reading all weights once, in s: the floor of a step at large batch. */
  public double weightFetchSeconds() {
    return weightBytes(model, weights, experts) / bytesPerSecond();
  }

  /**
   * Sequences at which compute takes as long as reading all weights: {@code F·w/2W ·
   * N_total/N_active} where all weights have one dtype.
   */
  public double balanceBatch() {
    return weightFetchSeconds() / computeSecondsPerToken();
  }

  private double computeSecondsPerToken() {
    double routed = activeRoutedParameters(model);
    double others = model.activeParameters() - routed;
    return Roofline.computeSeconds(1, others, GpuRates.peakFlopsPerSecond(gpu, weights) * gpus)
        + Roofline.computeSeconds(1, routed, GpuRates.peakFlopsPerSecond(gpu, experts) * gpus);
  }

  /** Bytes of KV cache that one sequence of {@code context} tokens reads for its next token. */
  private double kvReadBytes(double context) {
    return model.kvReadBytes(context, kv);
  }

  /** KV bytes read per token of context, at this context. */
  public double kvBytesPerContextToken() {
    return kvReadBytes(contextTokens) / contextTokens;
  }

  /**
   * Tokens of context at which reading a sequence's KV cache takes as long as computing its token,
   * at large batch: {@code 2·N_active·W / (F·kv)} where KV grows evenly. Empty where it never does,
   * as with states and windows of constant size.
   */
  public OptionalDouble contextCrossoverTokens() {
    double bytes = computeSecondsPerToken() * bytesPerSecond();
    if (!(kvReadBytes(LONGEST_CONTEXT) > bytes)) {
      return OptionalDouble.empty();
    }
    double below = 0;
    double above = LONGEST_CONTEXT;
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = (below + above) / 2;
      if (kvReadBytes(middle) < bytes) {
        below = middle;
      } else {
        above = middle;
      }
    }
    return OptionalDouble.of(above);
  }

  /**
   * Most sequences whose KV cache fits beside the weights with {@code memoryReserve} of the memory
   * kept free; 0 where not one does. Empty where a sequence holds nothing.
   */
  public OptionalDouble mostSequences(double memoryReserve) {
    double sequence = model.kvCapacityBytes(contextTokens, kv);
    double room =
        gpu.datasheet().bytes() * gpus * (1 - memoryReserve) - weightBytes(model, weights, experts);
    return sequence > 0
        ? OptionalDouble.of(Math.max(0, Math.floor(room / sequence)))
        : OptionalDouble.empty();
  }

  /** One step at {@code batch} sequences. */
  public RooflinePoint point(long batch) {
    double compute = batch * computeSecondsPerToken();
    double weight = touchedWeightBytes(batch) / bytesPerSecond();
    double cache = Roofline.kvSeconds(batch, 1, kvReadBytes(contextTokens), bytesPerSecond());
    double step = Roofline.stepSeconds(compute, weight, cache);
    OptionalDouble price = usdPerHour();
    return new RooflinePoint(
        batch,
        compute,
        weight,
        cache,
        step,
        price.isPresent()
            ? OptionalDouble.of(Roofline.usdPerMillionTokens(step, batch, price.getAsDouble()))
            : price);
  }

  private double touchedWeightBytes(long batch) {
    double bytes = (model.languageParameters() - routedParameters(model)) * weights.bytes();
    for (int layer : model.moeLayers()) {
      MoeFfn moe = model.moe(layer).orElseThrow();
      bytes +=
          Roofline.expectedDistinctExperts(moe.experts(), moe.expertsPerToken(), batch)
              * moe.parametersPerExpert()
              * experts.bytes();
    }
    return bytes;
  }

  /** Points at 1, 2, 4, … sequences, up to the first past four times the balance batch. */
  public List<RooflinePoint> curve() {
    List<RooflinePoint> points = new ArrayList<>();
    long batch = 1;
    while (batch < BEYOND_BALANCE * balanceBatch() && batch < MOST_BATCH) {
      points.add(point(batch));
      batch *= 2;
    }
    points.add(point(batch));
    return points;
  }
}
