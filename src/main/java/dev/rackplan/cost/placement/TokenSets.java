package dev.rackplan.cost.placement;

import dev.rackplan.cost.operation.FixedPoint;

/**
 * Which recorded tokens choose each expert, as sets of bits: 64 tokens a word, in the order of the
 * sample, each profile from a word of its own on, so that all tokens of a word weigh as much.
 *
 * <p>Sets are joined and counted a word at a time, whatever number of tokens that are. Immutable.
 */
final class TokenSets {
  private final int expertsPerToken;
  private final long[][] ofExpert;
  // Of each word: what one of its tokens weighs, and the token of its first bit.
  private final long[] weight;
  private final int[] firstToken;

  /**
   * @param expertsPerToken k
   * @param experts of the layer
   * @param sizes recorded tokens of each profile, in the order of the tokens
   * @param choices of each token its experts, row-major
   * @param tokenWeight by token, equal within a profile, in {@link FixedPoint} units
   */
  TokenSets(int expertsPerToken, int experts, int[] sizes, int[] choices, long[] tokenWeight) {
    this.expertsPerToken = expertsPerToken;
    int words = 0;
    for (int size : sizes) {
      words += wordsOf(size);
    }
    this.weight = new long[words];
    this.firstToken = new int[words];
    int[] bitOfToken = new int[tokenWeight.length];
    int word = 0;
    int token = 0;
    for (int size : sizes) {
      for (int i = 0; i < size; i++) {
        bitOfToken[token + i] = word * Long.SIZE + i;
      }
      for (int i = 0; i < wordsOf(size); i++) {
        weight[word + i] = tokenWeight[token];
        firstToken[word + i] = token + i * Long.SIZE;
      }
      word += wordsOf(size);
      token += size;
    }
    this.ofExpert = new long[experts][words];
    for (int i = 0; i < choices.length; i++) {
      int bit = bitOfToken[i / expertsPerToken];
      ofExpert[choices[i]][bit / Long.SIZE] |= 1L << bit;
    }
  }

  private static int wordsOf(int size) {
    return (size + Long.SIZE - 1) / Long.SIZE;
  }

  int words() {
    return weight.length;
  }

  /** Planes of bits that a count of one token's experts takes. */
  int planes() {
    return Integer.SIZE - Integer.numberOfLeadingZeros(expertsPerToken);
  }

  /** Tokens that choose {@code expert}; shared, not to be written to. */
  long[] of(int expert) {
    return ofExpert[expert];
  }

  /** The token of bit {@code bit} of word {@code word}. */
  int token(int word, int bit) {
    return firstToken[word] + bit;
  }

  /** What one token of the word weighs, in {@link FixedPoint} units. */
  long weight(int word) {
    return weight[word];
  }

  /** What the tokens of {@code set} weigh together, in {@link FixedPoint} units. */
  long weigh(long[] set) {
    long sum = 0;
    int words = weight.length;
    int word = 0;
    while (word < words) {
      long each = weight[word];
      long count = 0;
      while (word < words && weight[word] == each) {
        count += Long.bitCount(set[word++]);
      }
      sum += count * each;
    }
    return sum;
  }

  /** Writes the tokens that any of {@code planes} has to {@code union}. */
  static void unite(long[][] planes, long[] union) {
    System.arraycopy(planes[0], 0, union, 0, union.length);
    for (int p = 1; p < planes.length; p++) {
      join(planes[p], union);
    }
  }

  /** Adds the tokens of {@code set} to {@code union}. */
  static void join(long[] set, long[] union) {
    for (int word = 0; word < union.length; word++) {
      union[word] |= set[word];
    }
  }

  /**
   * Counts the tokens of {@code set} once more in {@code planes}: a token chooses an expert once,
   * so that its count never needs more planes than k does.
   */
  static void add(long[] set, long[][] planes) {
    for (int word = 0; word < set.length; word++) {
      long carry = set[word];
      for (int p = 0; carry != 0; p++) {
        long[] plane = planes[p];
        long before = plane[word];
        plane[word] = before ^ carry;
        carry &= before;
      }
    }
  }

  /** Counts the tokens of {@code set} once less in {@code planes}. */
  static void subtract(long[] set, long[][] planes) {
    for (int word = 0; word < set.length; word++) {
      long borrow = set[word];
      for (int p = 0; borrow != 0; p++) {
        long[] plane = planes[p];
        long before = plane[word];
        plane[word] = before ^ borrow;
        borrow &= ~before;
      }
    }
  }
}
