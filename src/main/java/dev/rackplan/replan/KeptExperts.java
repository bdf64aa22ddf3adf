package dev.rackplan.replan;

import dev.rackplan.plan.ExpertMap;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.replan.Pins.PinnedSlots;
import java.util.Arrays;

/**
 * A layer's map with only the changes that are forced: every expert host keeps what it holds,
 * experts that nobody holds any more come in for copies that others hold too, and new slots take
 * what has most load a copy.
 */
final class KeptExperts {
  private static final int EMPTY = -1;

  private final double[] frequency;
  private final GpuSlots dealt;
  private final PinnedSlots pinned;
  private final int[] slots;
  private final int[] copies;

  private KeptExperts(double[] frequency, GpuSlots dealt, PinnedSlots pinned) {
    this.frequency = frequency;
    this.dealt = dealt;
    this.pinned = pinned;
    this.slots = new int[dealt.slots()];
    this.copies = new int[frequency.length];
    Arrays.fill(slots, EMPTY);
  }

  /**
   * @param held experts of each expert host in slot order, before
   * @param frequency share of the tokens that choose each expert
   * @param dealt slots of the new hosts
   * @param pinned slots that give way to nothing
   */
  static ExpertMap of(int[][] held, double[] frequency, GpuSlots dealt, PinnedSlots pinned) {
    KeptExperts kept = new KeptExperts(frequency, dealt, pinned);
    kept.keep(held);
    kept.bringBackLost();
    kept.fill();
    return new ExpertMap(kept.slots, dealt.gpus());
  }

  private void keep(int[][] held) {
    for (int[] experts : held) {
      for (int expert : experts) {
        copies[expert]++;
      }
    }
    for (int host = 0; host < held.length; host++) {
      int[] experts = held[host].clone();
      for (int left = experts.length; left > dealt.slotsOf(host); left--) {
        dropMostCopied(experts);
      }
      int next = dealt.firstSlot(host);
      for (int expert : experts) {
        if (expert != EMPTY) {
          slots[next++] = expert;
        }
      }
    }
  }

  private void dropMostCopied(int[] experts) {
    int drop = -1;
    for (int i = 0; i < experts.length; i++) {
      if (experts[i] != EMPTY && (drop < 0 || copies[experts[i]] > copies[experts[drop]])) {
        drop = i;
      }
    }
    copies[experts[drop]]--;
    experts[drop] = EMPTY;
  }

  private void bringBackLost() {
    for (int expert = 0; expert < copies.length; expert++) {
      if (copies[expert] == 0) {
        int slot = slotFor(expert);
        if (slots[slot] != EMPTY) {
          copies[slots[slot]]--;
        }
        slots[slot] = expert;
        copies[expert]++;
      }
    }
  }

  /**
   * An empty slot, or that of the copy which is missed least: least load a copy when it is gone.
   */
  private int slotFor(int expert) {
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int slot = 0; slot < slots.length; slot++) {
      int held = slots[slot];
      if (held == EMPTY) {
        return slot;
      }
      int host = dealt.gpuOfSlot(slot);
      if (copies[held] > 1 && !dealt.holds(slots, host, expert) && !pinned.hold(host, held)) {
        double missed = frequency[held] / (copies[held] - 1);
        if (missed < least) {
          least = missed;
          best = slot;
        }
      }
    }
    if (best < 0) {
      throw new NoReplanException(
          "the slots that are left do not hold every expert",
          "Allow more redundantExperts in the problem, pin less, or solve it again.");
    }
    return best;
  }

  private void fill() {
    for (int slot = 0; slot < slots.length; slot++) {
      if (slots[slot] == EMPTY) {
        int best = -1;
        for (int expert = 0; expert < copies.length; expert++) {
          if (!dealt.holds(slots, dealt.gpuOfSlot(slot), expert)
              && (best < 0
                  || frequency[expert] / copies[expert] > frequency[best] / copies[best])) {
            best = expert;
          }
        }
        slots[slot] = best;
        copies[best]++;
      }
    }
  }
}
