package dev.rackplan.cost.placement;

/** How alike the tokens of one sequence choose their experts: {@link ScenarioLayer#likeness}. */
final class SequenceLikeness {
  // Measured: intra-class correlation of 8,192 tokens of 26 requests (MMLU) through the 24 layers
  // of gpt-oss-20b, mean over layers; 0.05 to 0.24 by layer. Recorded by
  // AmanPriyanshu/GPT-OSS-MoE-ExpertFingerprinting.
  static final double USUAL = 0.15;

  // Relative difference of loads that is rounding.
  private static final double EVEN = 1e-9;

  private SequenceLikeness() {}

  static double of(ScenarioLayer layer) {
    int count = layer.sections();
    int inSection = count == 0 ? 0 : layer.fewestTokens() / count;
    if (inSection < 2 || !layer.recorded()) {
      return hasEvenLoads(layer) ? 0 : USUAL;
    }
    double[] sections = layer.sectionFrequency();
    double between = 0;
    double within = 0;
    for (int e = 0; e < layer.experts(); e++) {
      double frequency = layer.frequency(e);
      for (int section = 0; section < count; section++) {
        double off = sections[e * count + section] - frequency;
        between += off * off / (count - 1);
      }
      within += Math.min(1, frequency) * (1 - Math.min(1, frequency)) / inSection;
    }
    double together = within > 0 ? between / within : 1;
    return Math.max(0, Math.min(1, (together - 1) / (inSection - 1)));
  }

  private static boolean hasEvenLoads(ScenarioLayer layer) {
    double even = layer.expertsPerToken() / (double) layer.experts();
    for (int e = 0; e < layer.experts(); e++) {
      if (Math.abs(layer.frequency(e) - even) >= EVEN * even) {
        return false;
      }
    }
    return true;
  }
}
