package dev.rackplan.cost.placement;

/**
 * Loads of a sample's windows: runs of consecutive tokens of each profile, of equal size except for
 * rounding.
 *
 * @param count windows; 0 where loads are of the whole sample only
 * @param frequency share of the tokens of each window that choose each expert, expert by expert;
 *     shared, not to be written to
 */
@SuppressWarnings("ArrayRecordComponent")
record WindowLoads(int count, double[] frequency) {
  static final WindowLoads NONE = new WindowLoads(0, new double[0]);

  /** Windows of all profiles together; those known by load are the same in each. */
  static WindowLoads of(ScenarioLayer layer, int count) {
    int[] sizes = layer.sizeOfProfile();
    int perToken = layer.expertsPerToken();
    int[] choices = layer.choices();
    double[] shares = new double[layer.experts() * count];
    for (int p = 0; p < layer.loadProfiles(); p++) {
      for (int at = 0; at < shares.length; at++) {
        shares[at] += layer.loadWeight(p) * layer.loadFrequency(p, at / count);
      }
    }
    int offset = 0;
    for (int p = 0; p < sizes.length; p++) {
      for (int window = 0; window < count; window++) {
        int from = start(sizes[p], window, count);
        int end = start(sizes[p], window + 1, count);
        double weight = layer.weightOfProfile()[p] / (end - from);
        for (int i = (offset + from) * perToken; i < (offset + end) * perToken; i++) {
          shares[choices[i] * count + window] += weight;
        }
      }
      offset += sizes[p];
    }
    return new WindowLoads(count, shares);
  }

  /** {@code count} windows of each recorded profile by itself; a profile known by load is one. */
  static WindowLoads ofProfiles(ScenarioLayer layer, int count) {
    int[] sizes = layer.sizeOfProfile();
    int perToken = layer.expertsPerToken();
    int[] choices = layer.choices();
    int all = sizes.length * count + layer.loadProfiles();
    double[] shares = new double[layer.experts() * all];
    int offset = 0;
    for (int p = 0; p < sizes.length; p++) {
      for (int i = 0; i < count; i++) {
        int from = offset + start(sizes[p], i, count);
        int end = offset + start(sizes[p], i + 1, count);
        for (int at = from * perToken; at < end * perToken; at++) {
          shares[choices[at] * all + p * count + i] += 1.0 / (end - from);
        }
      }
      offset += sizes[p];
    }
    for (int p = 0; p < layer.loadProfiles(); p++) {
      for (int e = 0; e < layer.experts(); e++) {
        shares[e * all + sizes.length * count + p] = layer.loadFrequency(p, e);
      }
    }
    return new WindowLoads(all, shares);
  }

  /** First token of part {@code part} of {@code parts} of {@code size} tokens. */
  static int start(int size, int part, int parts) {
    return (int) ((long) size * part / parts);
  }
}
