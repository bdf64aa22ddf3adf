package dev.rackplan.model;

import java.util.ArrayList;
import java.util.List;

/** Layers that read an earlier layer's KV cache instead of keeping one. */
public final class KvSharing {
  private KvSharing() {}

  /**
   * {@code layers} with the last {@code count} of them reading the cache of the last layer before
   * those with an equal mixer: how Gemma's {@code num_kv_shared_layers} is meant.
   *
   * <p>Left out: that such layers need no key and value projections; checkpoints hold them.
   *
   * @throws IllegalArgumentException where a layer has no earlier one of its kind
   */
  public static List<Layer> ofLast(List<Layer> layers, int count) {
    List<Layer> shared = new ArrayList<>(layers);
    int first = layers.size() - count;
    for (int l = first; l < layers.size(); l++) {
      int source = first - 1;
      while (source >= 0 && !layers.get(source).attention().equals(layers.get(l).attention())) {
        source--;
      }
      if (source < 0) {
        throw new IllegalArgumentException(
            "layer " + l + " shares a KV cache, but no layer before " + first + " is of its kind");
      }
      shared.set(l, layers.get(l).withKvSource(source));
    }
    return shared;
  }
}
