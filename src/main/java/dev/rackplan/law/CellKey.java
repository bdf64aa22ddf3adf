package dev.rackplan.law;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What one law is of.
 *
 * @param op kind of operation
 * @param engine such as {@code sglang}, {@code vllm}, {@code trtllm}, {@code nccl}, {@code aiter}
 * @param version of the engine; empty where tables name none
 * @param format of weights or attention scores
 * @param cache of the KV cache; as {@code format} where there is none
 * @param kernel as the table names it
 * @param variant what else keeps cells apart, such as {@code headSize} → 128; mostly empty
 */
public record CellKey(
    OpKind op,
    String engine,
    String version,
    KernelFormat format,
    KernelFormat cache,
    String kernel,
    SortedMap<String, Double> variant) {
  public CellKey {
    variant = Collections.unmodifiableSortedMap(new TreeMap<>(variant));
  }
}
