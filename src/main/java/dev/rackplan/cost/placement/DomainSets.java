package dev.rackplan.cost.placement;

import dev.rackplan.cost.operation.FixedPoint;
import java.util.Arrays;

/**
 * Copies of recorded tokens to each receiving domain, row by row of a {@link ShareTable}, counted
 * again for the experts of a change only.
 *
 * <p>Most tokens are sent to a domain surely or surely not. For each row and token the number of
 * its experts that surely go there is kept, bit by bit in planes of {@link TokenSets}: an expert is
 * added to or taken from all its tokens at once, a word at a time, and the tokens with any such
 * expert are counted as bits. Only a token without one, but with an expert that sends it there in
 * part, is worked out by its product. All sums are of whole numbers, so a row is what a fresh count
 * would give. Mutable.
 */
final class DomainSets {
  private final ScenarioLayer routing;
  private final TokenSets sets;
  private final ShareTable table;
  private final int experts;
  // By row: the planes, null until the row is first counted; what its sure tokens weigh; experts
  // that send a part of their tokens; copies of all tokens.
  private final long[][][] planes;
  private final long[] sure;
  private final int[] partial;
  private final long[] copies;

  // What save() kept: the sums whole, planes as they are touched.
  private final long[][][] savedPlanes;
  private final long[] savedSure;
  private final int[] savedPartial;
  private final long[] savedCopies;
  private final boolean[] journaled;
  private final int[] journal;
  private int journalCount;

  // Scratch: sets of tokens.
  private final long[] unionBefore;
  private final long[] unionNow;
  private final long[] touched;
  private final long[] partialBefore;
  private final long[] partialNow;

  DomainSets(ScenarioLayer routing, ShareTable table, int rows) {
    this.routing = routing;
    this.sets = routing.tokenSets();
    this.table = table;
    this.experts = routing.experts();
    this.planes = new long[rows][][];
    this.savedPlanes = new long[rows][][];
    this.sure = new long[rows];
    this.partial = new int[rows];
    this.copies = new long[rows];
    this.savedSure = new long[rows];
    this.savedPartial = new int[rows];
    this.savedCopies = new long[rows];
    this.journaled = new boolean[rows];
    this.journal = new int[rows];
    this.unionBefore = new long[sets.words()];
    this.unionNow = new long[sets.words()];
    this.touched = new long[sets.words()];
    this.partialBefore = new long[sets.words()];
    this.partialNow = new long[sets.words()];
  }

  /** Copies of the row per token of its home class, in {@link FixedPoint} units. */
  long copies(int row) {
    return copies[row];
  }

  /** Keeps the state for {@link #restore}. */
  void save() {
    System.arraycopy(sure, 0, savedSure, 0, sure.length);
    System.arraycopy(partial, 0, savedPartial, 0, partial.length);
    System.arraycopy(copies, 0, savedCopies, 0, copies.length);
    clearJournal();
  }

  /** Back to the state at the last {@link #save}. */
  void restore() {
    System.arraycopy(savedSure, 0, sure, 0, sure.length);
    System.arraycopy(savedPartial, 0, partial, 0, partial.length);
    System.arraycopy(savedCopies, 0, copies, 0, copies.length);
    for (int i = 0; i < journalCount; i++) {
      copyPlanes(savedPlanes[journal[i]], planes[journal[i]]);
    }
    clearJournal();
  }

  private void clearJournal() {
    for (int i = 0; i < journalCount; i++) {
      journaled[journal[i]] = false;
    }
    journalCount = 0;
  }

  private static void copyPlanes(long[][] from, long[][] to) {
    for (int p = 0; p < from.length; p++) {
      System.arraycopy(from[p], 0, to[p], 0, from[p].length);
    }
  }

  private long[][] touch(int row) {
    if (planes[row] == null) {
      planes[row] = new long[sets.planes()][sets.words()];
      savedPlanes[row] = new long[sets.planes()][sets.words()];
    }
    if (!journaled[row]) {
      journaled[row] = true;
      journal[journalCount++] = row;
      copyPlanes(planes[row], savedPlanes[row]);
    }
    return planes[row];
  }

  /** Counts the last change of the table in one of its changed rows. */
  void count(int row) {
    long[][] own = touch(row);
    int first = row * experts;
    byte[] codes = table.codes();
    int partialFormer = partial[row];
    for (int expert : table.changedExperts()) {
      int code = codes[first + expert];
      partial[row] += some(code) - some(code >> ShareTable.FORMER_SHIFT);
    }
    boolean inPart = partialFormer > 0 || partial[row] > 0;
    // Of a whole placement all tokens are touched.
    boolean whole = table.changedExperts().length == experts;
    if (inPart) {
      TokenSets.unite(own, unionBefore);
      Arrays.fill(touched, whole ? -1 : 0);
    }
    for (int expert : table.changedExperts()) {
      if (table.none()[first + expert] != table.former()[first + expert]) {
        int code = codes[first + expert];
        int change = all(code) - all(code >> ShareTable.FORMER_SHIFT);
        if (change > 0) {
          TokenSets.add(sets.of(expert), own);
        } else if (change < 0) {
          TokenSets.subtract(sets.of(expert), own);
        }
        if (inPart && !whole) {
          TokenSets.join(sets.of(expert), touched);
        }
      }
    }
    TokenSets.unite(own, unionNow);
    long sureNow = sets.weigh(unionNow);
    copies[row] += sureNow - sure[row];
    sure[row] = sureNow;
    if (inPart) {
      collectPartial(first, codes);
      copies[row] +=
          weighPartial(partialNow, unionNow, table.none(), first)
              - weighPartial(partialBefore, unionBefore, table.former(), first);
    }
  }

  private static int all(int code) {
    return code & ShareTable.ALL;
  }

  private static int some(int code) {
    return (code & ShareTable.SOME) / ShareTable.SOME;
  }

  private void collectPartial(int first, byte[] codes) {
    Arrays.fill(partialNow, 0);
    Arrays.fill(partialBefore, 0);
    for (int e = 0; e < experts; e++) {
      int code = codes[first + e];
      if (some(code) != 0) {
        TokenSets.join(sets.of(e), partialNow);
      }
      if (some(code >> ShareTable.FORMER_SHIFT) != 0) {
        TokenSets.join(sets.of(e), partialBefore);
      }
    }
  }

  // Of the touched tokens that are sent there in part.
  private long weighPartial(long[] inPart, long[] union, double[] none, int first) {
    int k = routing.expertsPerToken();
    int[] choices = routing.choices();
    long sum = 0;
    for (int word = 0; word < inPart.length; word++) {
      long left = touched[word] & inPart[word] & ~union[word];
      long weight = sets.weight(word);
      while (left != 0) {
        int at = sets.token(word, Long.numberOfTrailingZeros(left)) * k;
        double product = 1;
        for (int j = 0; j < k; j++) {
          product *= none[first + choices[at + j]];
        }
        sum += FixedPoint.weighted(weight, 1 - product);
        left &= left - 1;
      }
    }
    return sum;
  }
}
