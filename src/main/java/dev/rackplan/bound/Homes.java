package dev.rackplan.bound;

import dev.rackplan.cost.StageShape;
import java.util.Arrays;

/**
 * A stage's GPUs in parts that tokens leave through links of their own: scale-up domains through
 * NICs and domain uplinks, or the racks below one leaf through the leaf's uplinks.
 *
 * @param sizes GPUs of each part
 * @param domains scale-up domains of each part
 * @param uplinkBytesPerSecond of each part, out of it
 * @param nicBytesPerSecond of each GPU, out of its part; infinite where no NIC lies on the way
 */
record Homes(int[] sizes, int[] domains, double[] uplinkBytesPerSecond, double nicBytesPerSecond) {

  static Homes domains(StageShape shape) {
    int count = shape.domainCount();
    int[] sizes = new int[count];
    int[] ones = new int[count];
    double[] uplinks = new double[count];
    for (int d = 0; d < count; d++) {
      sizes[d] = shape.domainSize(d);
      ones[d] = 1;
      uplinks[d] = shape.domainUplinkBytesPerSecond(d);
    }
    return new Homes(sizes, ones, uplinks, shape.scaleOut().nic().sustainedBytesPerSecond());
  }

  static Homes leaves(StageShape shape) {
    int count = shape.leafCount();
    int[] sizes = new int[count];
    int[] domains = new int[count];
    double[] uplinks = new double[count];
    for (int d = 0; d < shape.domainCount(); d++) {
      sizes[shape.leafOf(d)] += shape.domainSize(d);
      domains[shape.leafOf(d)]++;
    }
    for (int leaf = 0; leaf < count; leaf++) {
      uplinks[leaf] = shape.leafUplinkBytesPerSecond(leaf);
    }
    return new Homes(sizes, domains, uplinks, Double.POSITIVE_INFINITY);
  }

  int count() {
    return sizes.length;
  }

  int gpus() {
    return Arrays.stream(sizes).sum();
  }

  int largest() {
    return Arrays.stream(sizes).max().orElseThrow();
  }

  int smallest() {
    return Arrays.stream(sizes).min().orElseThrow();
  }

  int fewestDomains() {
    return Arrays.stream(domains).min().orElseThrow();
  }

  /** Bytes/s out of all parts together. */
  double bytesPerSecond() {
    return Math.min(gpus() * nicBytesPerSecond, Arrays.stream(uplinkBytesPerSecond).sum());
  }

  /** Bytes/s out of part {@code home}. */
  double bytesPerSecond(int home) {
    return Math.min(sizes[home] * nicBytesPerSecond, uplinkBytesPerSecond[home]);
  }
}
