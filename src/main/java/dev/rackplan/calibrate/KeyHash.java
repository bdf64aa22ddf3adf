package dev.rackplan.calibrate;

import java.util.List;

/**
 * A number from 0 to 1 for what a row timed, the same in every run: it says which rows a law is
 * fitted to, and repeats of a row get the same.
 *
 * <p>FNV-1a over the key columns' texts, its bits mixed as in MurmurHash3.
 */
final class KeyHash {
  /** Named in laws files. */
  static final String NAME = "fnv1a-64";

  private static final long BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;
  private static final char BETWEEN = '|';

  private KeyHash() {}

  static double of(TableRow row, List<String> columns) {
    long hash = BASIS;
    for (String column : columns) {
      if (row.table().has(column)) {
        hash = add(hash, column);
        hash = add(hash, row.text(column));
      }
    }
    return share(hash);
  }

  static double of(String text) {
    return share(add(BASIS, text));
  }

  private static long add(long hash, String text) {
    long sum = hash;
    for (int i = 0; i < text.length(); i++) {
      sum = (sum ^ text.charAt(i)) * PRIME;
    }
    return (sum ^ BETWEEN) * PRIME;
  }

  private static double share(long hash) {
    return (mixed(hash) >>> 11) * 0x1p-53;
  }

  static long mixed(long hash) {
    long mixed = hash;
    mixed ^= mixed >>> 33;
    mixed *= 0xff51afd7ed558ccdL;
    mixed ^= mixed >>> 33;
    mixed *= 0xc4ceb9fe1a85ec53L;
    return mixed ^ mixed >>> 33;
  }
}
