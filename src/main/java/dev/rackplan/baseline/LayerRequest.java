package dev.rackplan.baseline;

import dev.rackplan.plan.GpuSlots;

/**
 * One MoE layer that wants its experts placed.
 *
 * @param frequency share of tokens per expert, length E; for several profiles their mean
 * @param slots expert slots of the layer, at least E and at least {@code gpus}
 * @param gpus GPUs of the stage
 * @param domainOfGpu scale-up domain of each GPU of the stage, in rank order; any ints, equal =
 *     same domain
 * @param expertGroups groups of the model's group-limited routing; 1 = none
 */
public record LayerRequest(
    double[] frequency, int slots, int gpus, int[] domainOfGpu, int expertGroups) {
  public LayerRequest {
    frequency = frequency.clone();
    domainOfGpu = domainOfGpu.clone();
    if (frequency.length == 0 || slots < frequency.length) {
      throw new IllegalArgumentException(
          "slots must be >= the number of experts, were " + slots + " for " + frequency.length);
    }
    if (gpus < 1 || slots < gpus) {
      throw new IllegalArgumentException("gpus must be in 1.." + slots + ", were " + gpus);
    }
    if (domainOfGpu.length != gpus) {
      throw new IllegalArgumentException(
          "domainOfGpu must name " + gpus + " GPUs, names " + domainOfGpu.length);
    }
    if (expertGroups < 1 || frequency.length % expertGroups != 0) {
      throw new IllegalArgumentException(
          "expertGroups must divide " + frequency.length + ", was " + expertGroups);
    }
  }

  /** Which slots lie on which GPU. */
  public GpuSlots dealt() {
    return new GpuSlots(slots, gpus);
  }

  /** E. */
  public int experts() {
    return frequency.length;
  }
}
