package dev.rackplan.law;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which law is asked for.
 *
 * @param gpu catalogue key
 * @param generation its generation; empty = laws of no other GPU may stand in
 * @param rates its datasheet rates
 * @param op kind of operation
 * @param engine such as {@code sglang}
 * @param version of the engine; empty = the newest there is
 * @param format of weights or attention scores
 * @param cache of the KV cache; as {@code format} where there is none
 * @param variant what the cell's variant should be, as near as there is one
 */
public record Question(
    String gpu,
    Optional<String> generation,
    Rates rates,
    OpKind op,
    String engine,
    Optional<String> version,
    KernelFormat format,
    KernelFormat cache,
    SortedMap<String, Double> variant) {
  public Question {
    variant = Collections.unmodifiableSortedMap(new TreeMap<>(variant));
  }
}
