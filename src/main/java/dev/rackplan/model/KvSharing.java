package dev.rackplan.model;

import java.util.ArrayList;
import java.util.List;

/** Layers that read an earlier layer's KV cache instead of keeping one. */
public final class KvSharing {
  private KvSharing() {}

  /**
   * {@code layers} with the last {@code count} of them reading the cache of the last layer before
   * those of their kind: how Gemma's {@code num_kv_shared_layers} is meant. Of one kind are mixers
   * with an equal cache; such layers may lack key and value projections (Gemma 4) or hold them.
   *
   * @throws IllegalArgumentException where a layer has no earlier one of its kind
   */
  public static List<Layer> ofLast(List<Layer> layers, int count) {
    List<Layer> shared = new ArrayList<>(layers);
    int first = layers.size() - count;
    for (int l = first; l < layers.size(); l++) {
      int source = first - 1;
      while (source >= 0
          && !isOfOneKind(layers.get(source).attention(), layers.get(l).attention())) {
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

  private static boolean isOfOneKind(Attention first, Attention second) {
    if (first instanceof GroupedQueryAttention one
        && second instanceof GroupedQueryAttention other) {
      return one.window().equals(other.window())
          && one.kvHeads() == other.kvHeads()
          && one.headDimension() == other.headDimension();
    }
    return first.equals(second);
  }
}
