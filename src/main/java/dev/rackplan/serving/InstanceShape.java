package dev.rackplan.serving;

import dev.rackplan.plan.Layout;
import java.util.ArrayList;
import java.util.List;

/**
 * GPUs of one instance: equal stages, one after the other in rank order. A stage lies within one
 * domain, or over domains in a row; stages that lie within domains stand as close as they can.
 *
 * @param stages how many
 * @param gpusPerStage of each
 */
record InstanceShape(int stages, int gpusPerStage) {
  static InstanceShape of(Layout layout) {
    return new InstanceShape(layout.pipelineStages(), layout.gpusPerStage());
  }

  int gpus() {
    return stages * gpusPerStage;
  }

  /** Whether its stages are spread over domains of that size, each within one. */
  boolean isSpread(int domain) {
    return gpus() > domain && gpusPerStage <= domain;
  }

  /**
   * Whether there is a way to stand on domains of that size: stages that don't lie within one are
   * whole domains, or the only stage.
   */
  boolean stands(int domain) {
    return gpusPerStage <= domain || gpusPerStage % domain == 0 || stages == 1;
  }

  /** Its GPUs in each domain, where all are empty. */
  List<Integer> inDomains(int domain) {
    int most = isSpread(domain) ? domain / gpusPerStage * gpusPerStage : domain;
    List<Integer> parts = new ArrayList<>();
    for (int left = gpus(); left > 0; left -= most) {
      parts.add(Math.min(most, left));
    }
    return parts;
  }
}
