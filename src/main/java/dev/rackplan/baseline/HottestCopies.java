package dev.rackplan.baseline;

import java.util.Arrays;

/**
 * Copies of experts for windows of traffic that come one at a time: each spare slot goes where a
 * further copy takes most from the hottest copy, summed over the windows in which it is the
 * hottest.
 *
 * <p>What is hot in one window only gets copies by that, and none is left to be made up for by what
 * the same GPU lacks in the windows that are known: in those to come it won't. Source:
 * vllm-ascend's FlashLB ({@code policy_flashlb.py}, 0.11 to 0.23), read, and written for rackplan.
 * Measured: docs/decisions/0062-copies-by-the-hottest-of-each-window.md. Mutable, for one layer.
 */
public final class HottestCopies {
  private final double[] frequency;
  private final int windows;
  private final int most;
  private final int[] copies;

  private HottestCopies(double[] frequency, int windows, int most) {
    this.frequency = frequency;
    this.windows = windows;
    this.most = most;
    this.copies = new int[frequency.length / windows];
    Arrays.fill(copies, 1);
  }

  /**
   * Copies of each expert, at least one.
   *
   * @param frequency load of each expert in each window, such as the share of tokens that choose
   *     it, expert by expert
   * @param windows how many
   * @param slots of all GPUs, at least as many as experts
   * @param gpus how many: none holds two copies
   */
  public static int[] of(double[] frequency, int windows, int slots, int gpus) {
    HottestCopies copies = new HottestCopies(frequency, windows, gpus);
    int all = Math.min(slots, Math.multiplyExact(copies.copies.length, gpus));
    for (int slot = copies.copies.length; slot < all; slot++) {
      copies.copies[copies.next()]++;
    }
    return copies.copies;
  }

  private int next() {
    double[] gain = new double[copies.length];
    for (int window = 0; window < windows; window++) {
      int hottest = hottest(window, -1);
      int second = hottest(window, hottest);
      double after = frequency[hottest * windows + window] / (copies[hottest] + 1);
      gain[hottest] +=
          each(hottest, window) - Math.max(after, second < 0 ? 0 : each(second, window));
    }
    int best = -1;
    for (int expert = 0; expert < gain.length; expert++) {
      if (copies[expert] < most && (best < 0 || gain[expert] > gain[best])) {
        best = expert;
      }
    }
    return best;
  }

  // Of those that can have one more.
  private int hottest(int window, int without) {
    int hottest = -1;
    for (int expert = 0; expert < copies.length; expert++) {
      if (expert != without
          && copies[expert] < most
          && (hottest < 0 || each(expert, window) > each(hottest, window))) {
        hottest = expert;
      }
    }
    return hottest;
  }

  private double each(int expert, int window) {
    return frequency[expert * windows + window] / copies[expert];
  }
}
