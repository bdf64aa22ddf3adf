package dev.rackplan.bound;

/** Costs that add up layer by layer. */
final class AdditiveCost {
  private AdditiveCost() {}

  /**
   * {@code T_s = Σ layers + fixed_s + hop(last layer)}, the hop on every stage but the last, which
   * sends to nobody.
   *
   * @param layerCost [stages][layers] cost of a layer on a stage
   * @param fixedCost [stages] embedding on the first, head on the last, whatever else a stage pays
   * @param hopCost [layers] cost of sending the residual on after a layer; its last entry is not
   *     used
   */
  static LayerRunCost of(double[][] layerCost, double[] fixedCost, double[] hopCost) {
    if (layerCost.length == 0 || fixedCost.length != layerCost.length) {
      throw new IllegalArgumentException(
          "fixedCost must have " + layerCost.length + " stages, has " + fixedCost.length);
    }
    int layers = hopCost.length;
    double[][] prefix = new double[layerCost.length][layers + 1];
    for (int stage = 0; stage < layerCost.length; stage++) {
      if (layerCost[stage].length != layers) {
        throw new IllegalArgumentException(
            "hopCost must have " + layerCost[stage].length + " layers, has " + layers);
      }
      for (int layer = 0; layer < layers; layer++) {
        prefix[stage][layer + 1] = prefix[stage][layer] + layerCost[stage][layer];
      }
    }
    double[] fixed = fixedCost.clone();
    double[] hop = hopCost.clone();
    return (stage, first, last) ->
        prefix[stage][last + 1]
            - prefix[stage][first]
            + fixed[stage]
            + (last < layers - 1 ? hop[last] : 0);
  }
}
