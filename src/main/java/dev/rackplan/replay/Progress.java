package dev.rackplan.replay;

import dev.rackplan.workload.RequestTrace;
import java.util.Arrays;

/** How far each request is. */
final class Progress {
  static final int NONE = -1;

  final RequestTrace trace;

  /** When it came, its first token was seen, its answer was complete; in s, NaN before. */
  final double[] came;

  final double[] began;
  final double[] first;
  final double[] ended;
  final boolean[] refused;

  /**
   * Tokens that must be read before the next is written: the prompt, and what was written before.
   */
  final int[] target;

  /** Of them those that were read or found. */
  final int[] read;

  /** Tokens of the prompt that were found cached, all times it was read. */
  final int[] found;

  /** Tokens that the coming step reads. */
  final int[] chunk;

  /** Tokens of the answer. */
  final int[] written;

  /** Leading blocks that it keeps in a rank's prefix cache. */
  final int[] blocks;

  /** Whether it lost its place in the pool that decodes, and keeps its cache elsewhere. */
  final boolean[] aside;

  final Rank[] reader;
  final Rank[] decoder;

  // By request the first one that follows it, and the next that follows the same.
  private final int[] follower;
  private final int[] sibling;

  Progress(RequestTrace trace) {
    int count = trace.size();
    this.trace = trace;
    this.came = unknown(count);
    this.began = unknown(count);
    this.first = unknown(count);
    this.ended = unknown(count);
    this.refused = new boolean[count];
    this.target = new int[count];
    this.read = new int[count];
    this.found = new int[count];
    this.chunk = new int[count];
    this.written = new int[count];
    this.blocks = new int[count];
    this.aside = new boolean[count];
    this.reader = new Rank[count];
    this.decoder = new Rank[count];
    this.follower = new int[count];
    this.sibling = new int[count];
    Arrays.fill(follower, NONE);
    Arrays.fill(sibling, NONE);
    for (int r = count - 1; r >= 0; r--) {
      target[r] = trace.promptTokens(r);
      if (trace.follows(r)) {
        int before = trace.previous(r);
        sibling[r] = follower[before];
        follower[before] = r;
      }
    }
  }

  private static double[] unknown(int count) {
    double[] values = new double[count];
    Arrays.fill(values, Double.NaN);
    return values;
  }

  /** Tokens of its whole answer: reading a prompt writes one at least. */
  int answer(int request) {
    return Math.max(1, trace.answerTokens(request));
  }

  /** Tokens of the answer that are not yet written. */
  int left(int request) {
    return answer(request) - written[request];
  }

  /** The first request that follows this one, or {@link #NONE}. */
  int follower(int request) {
    return follower[request];
  }

  /** The next request that follows the same one, or {@link #NONE}. */
  int sibling(int request) {
    return sibling[request];
  }
}
