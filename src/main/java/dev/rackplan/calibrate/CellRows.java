package dev.rackplan.calibrate;

import dev.rackplan.law.CellKey;
import dev.rackplan.law.Op;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The rows of one cell: those with a {@link KeyHash} below the fitted share, and the others, which
 * its law is judged by. Of each at most so many are kept, those with the lowest hashes.
 */
final class CellRows {
  private static final int MOST_FITTED = 6_000;
  private static final int MOST_JUDGED = 12_000;
  private static final Comparator<Row> BY_HASH = Comparator.comparingDouble(Row::hash);

  /** One row. */
  record Row(double hash, Op op, double seconds, boolean cold, String shape) {}

  private final CellKey key;
  private final double fittedShare;
  private final PriorityQueue<Row> fitted = new PriorityQueue<>(BY_HASH.reversed());
  private final PriorityQueue<Row> judged = new PriorityQueue<>(BY_HASH.reversed());
  private int rows;
  private long fingerprint;

  CellRows(CellKey key, double fittedShare) {
    this.key = key;
    this.fittedShare = fittedShare;
  }

  void add(double hash, MeasuredRow row) {
    rows++;
    long bits =
        Double.doubleToLongBits(hash) ^ Long.rotateLeft(Double.doubleToLongBits(row.seconds()), 17);
    fingerprint += KeyHash.mixed(bits);
    Row kept = new Row(hash, row.op(), row.seconds(), row.cold(), row.shape());
    if (hash >= fittedShare) {
      keep(judged, kept, MOST_JUDGED);
    } else if (row.cold()) {
      keep(fitted, kept, MOST_FITTED);
    }
  }

  private static void keep(PriorityQueue<Row> queue, Row row, int most) {
    queue.add(row);
    if (queue.size() > most) {
      queue.remove();
    }
  }

  CellKey key() {
    return key;
  }

  /** All rows, those that are not kept among them. */
  int rows() {
    return rows;
  }

  /** Rows to fit a law to, by hash; without those whose weights lay in the cache. */
  List<Row> fitted() {
    return sorted(fitted);
  }

  /** Rows to judge it by, by hash; those whose weights lay in the cache among them. */
  List<Row> judged() {
    return sorted(judged);
  }

  private static List<Row> sorted(PriorityQueue<Row> queue) {
    List<Row> rows = new ArrayList<>(queue);
    rows.sort(BY_HASH);
    return rows;
  }

  /** Equal for cells with the same rows in any order. */
  long fingerprint() {
    return fingerprint;
  }
}
