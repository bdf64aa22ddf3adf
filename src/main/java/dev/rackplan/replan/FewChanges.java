package dev.rackplan.replan;

import dev.rackplan.cost.placement.PlacementTallies;
import dev.rackplan.plan.ExpertMap;
import dev.rackplan.replan.Pins.PinnedSlots;
import dev.rackplan.solver.experts.LayerProblem;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * Maps one change apart from the next: of many exchanges of two slots and replacements of a copy
 * that are tried at random, the one that saves most is made, as long as one saves anything. What is
 * saved is what the search minimises, which leads across plateaus of the slowest GPU.
 */
final class FewChanges {
  private static final int MOST_CHANGES = 120;
  private static final int TRIES = 200;

  private final LayerProblem problem;
  private final Limits limits;
  private final SplittableRandom random;
  private final ExpertMap start;
  private final PinnedSlots pinned;
  private final int[] slots;
  private final int[] copies;
  private final PlacementTallies tallies;

  private FewChanges(
      LayerProblem problem, ExpertMap start, PinnedSlots pinned, long seed, Limits limits) {
    this.limits = limits;
    this.problem = problem;
    this.start = start;
    this.pinned = pinned;
    this.random = new SplittableRandom(seed);
    this.slots = start.toArray();
    this.copies = new int[problem.experts()];
    for (int expert : slots) {
      copies[expert]++;
    }
    this.tallies = problem.tallies(start);
  }

  /** The maps after one change, two, and so on; each costs less than the one before. */
  static List<ExpertMap> from(
      LayerProblem problem, ExpertMap start, PinnedSlots pinned, long seed) {
    return from(problem, start, pinned, seed, new Limits(MOST_CHANGES, 0, () -> false));
  }

  /**
   * How far to go.
   *
   * @param most changes
   * @param leastGain ps that the best change has to save
   * @param stop asked before each change
   */
  record Limits(int most, long leastGain, BooleanSupplier stop) {}

  /** The same within {@code limits}. */
  static List<ExpertMap> from(
      LayerProblem problem, ExpertMap start, PinnedSlots pinned, long seed, Limits limits) {
    return new FewChanges(problem, start, pinned, seed, limits).changes();
  }

  private List<ExpertMap> changes() {
    List<ExpertMap> maps = new ArrayList<>();
    long cost = problem.objectivePicoseconds(tallies.all());
    while (maps.size() < limits.most() && !limits.stop().getAsBoolean()) {
      int[] best = null;
      long least = cost - limits.leastGain();
      for (int i = 0; i < TRIES; i++) {
        int[] change = draw();
        if (change != null) {
          long trial = tried(change);
          if (trial < least) {
            least = trial;
            best = change;
          }
        }
      }
      if (best == null) {
        return maps;
      }
      apply(best);
      cost = problem.objectivePicoseconds(tallies.all());
      maps.add(new ExpertMap(slots, start.gpus()));
    }
    return maps;
  }

  /** [slot, new expert, other slot, its new expert], the latter two alike where there is none. */
  private int[] draw() {
    int slot = random.nextInt(slots.length);
    int gpu = start.gpuOfSlot(slot);
    if (pinned.hold(gpu, slots[slot])) {
      return null;
    }
    if (slots.length > copies.length && random.nextInt(3) == 0) {
      int expert = random.nextInt(copies.length);
      return copies[slots[slot]] > 1 && !holds(gpu, expert)
          ? new int[] {slot, expert, slot, expert}
          : null;
    }
    int other = random.nextInt(slots.length);
    int there = start.gpuOfSlot(other);
    return gpu != there
            && !pinned.hold(there, slots[other])
            && !holds(gpu, slots[other])
            && !holds(there, slots[slot])
        ? new int[] {slot, slots[other], other, slots[slot]}
        : null;
  }

  private boolean holds(int gpu, int expert) {
    return start.dealt().holds(slots, gpu, expert);
  }

  private long tried(int[] change) {
    int first = slots[change[0]];
    int second = slots[change[2]];
    tallies.save();
    apply(change);
    long cost = problem.objectivePicoseconds(tallies.all());
    copies[slots[change[0]]]--;
    copies[first]++;
    slots[change[0]] = first;
    if (change[2] != change[0]) {
      copies[slots[change[2]]]--;
      copies[second]++;
      slots[change[2]] = second;
    }
    tallies.restore();
    return cost;
  }

  private void apply(int[] change) {
    int first = slots[change[0]];
    set(change[0], change[1]);
    if (change[2] != change[0]) {
      set(change[2], change[3]);
    }
    int[] experts = {first, change[1]};
    tallies.update(experts, new int[][] {gpusOf(first), gpusOf(change[1])});
  }

  private void set(int slot, int expert) {
    copies[slots[slot]]--;
    copies[expert]++;
    slots[slot] = expert;
  }

  private int[] gpusOf(int expert) {
    int[] gpus = new int[copies[expert]];
    int count = 0;
    for (int slot = 0; slot < slots.length; slot++) {
      if (slots[slot] == expert) {
        gpus[count++] = start.gpuOfSlot(slot);
      }
    }
    return gpus;
  }
}
