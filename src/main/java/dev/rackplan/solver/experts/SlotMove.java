package dev.rackplan.solver.experts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.optaplanner.core.api.score.director.ScoreDirector;
import org.optaplanner.core.impl.heuristic.move.AbstractMove;

/**
 * Gives some slots new experts: a swap of two slots or of two groups of slots, or another expert in
 * a redundant slot.
 */
public final class SlotMove extends AbstractMove<PlacementSolution> {
  private final ExpertSlot[] slots;
  private final Integer[] experts;

  private SlotMove(ExpertSlot[] slots, Integer[] experts) {
    this.slots = slots;
    this.experts = experts;
  }

  /** Exchanges two slots' experts. */
  static SlotMove swap(ExpertSlot first, ExpertSlot second) {
    return new SlotMove(
        new ExpertSlot[] {first, second}, new Integer[] {second.getExpert(), first.getExpert()});
  }

  /** Exchanges the experts of slots {@code 2i} and {@code 2i + 1}, for each i; all slots differ. */
  static SlotMove swapPairs(List<ExpertSlot> pairs) {
    ExpertSlot[] slots = pairs.toArray(ExpertSlot[]::new);
    Integer[] experts = new Integer[slots.length];
    for (int i = 0; i < slots.length; i++) {
      experts[i] = slots[i ^ 1].getExpert();
    }
    return new SlotMove(slots, experts);
  }

  /** Puts {@code expert} in {@code slot}. */
  static SlotMove replace(ExpertSlot slot, Integer expert) {
    return new SlotMove(new ExpertSlot[] {slot}, new Integer[] {expert});
  }

  /** Whether the placement after this move may be worth scoring. */
  boolean worthScoring(SearchState state) {
    int[] changed = new int[2 * slots.length];
    int count = 0;
    for (int i = 0; i < slots.length; i++) {
      count = addDistinct(changed, count, slots[i].getExpert());
      count = addDistinct(changed, count, experts[i]);
    }
    int[][] replicas = new int[count][];
    for (int i = 0; i < count; i++) {
      replicas[i] = replicasAfter(state, changed[i]);
    }
    return state.scorer().worthScoring(changed, count, replicas);
  }

  /**
   * Adds {@code value} to the first {@code count} of the list unless it is there; the new count.
   */
  static int addDistinct(int[] list, int count, int value) {
    for (int i = 0; i < count; i++) {
      if (list[i] == value) {
        return count;
      }
    }
    list[count] = value;
    return count + 1;
  }

  private int[] replicasAfter(SearchState state, int expert) {
    int[] before = state.gpusOf(expert);
    int[] after = Arrays.copyOf(before, before.length + slots.length);
    int count = before.length;
    for (int i = 0; i < slots.length; i++) {
      if (slots[i].getExpert() == expert) {
        int at = 0;
        while (after[at] != slots[i].getGpu()) {
          at++;
        }
        after[at] = after[--count];
      }
    }
    for (int i = 0; i < slots.length; i++) {
      if (experts[i] == expert) {
        after[count++] = slots[i].getGpu();
      }
    }
    Arrays.sort(after, 0, count);
    return Arrays.copyOf(after, count);
  }

  @Override
  public boolean isMoveDoable(ScoreDirector<PlacementSolution> scoreDirector) {
    for (int i = 0; i < slots.length; i++) {
      if (!slots[i].getExpert().equals(experts[i])) {
        return true;
      }
    }
    return false;
  }

  @Override
  protected SlotMove createUndoMove(ScoreDirector<PlacementSolution> scoreDirector) {
    Integer[] now = new Integer[slots.length];
    for (int i = 0; i < now.length; i++) {
      now[i] = slots[i].getExpert();
    }
    return new SlotMove(slots, now);
  }

  @Override
  protected void doMoveOnGenuineVariables(ScoreDirector<PlacementSolution> scoreDirector) {
    for (int i = 0; i < slots.length; i++) {
      scoreDirector.beforeVariableChanged(slots[i], "expert");
      slots[i].setExpert(experts[i]);
      scoreDirector.afterVariableChanged(slots[i], "expert");
    }
  }

  @Override
  public SlotMove rebase(ScoreDirector<PlacementSolution> destination) {
    ExpertSlot[] rebased = new ExpertSlot[slots.length];
    for (int i = 0; i < slots.length; i++) {
      rebased[i] = destination.lookUpWorkingObject(slots[i]);
    }
    return new SlotMove(rebased, experts);
  }

  @Override
  public Collection<?> getPlanningEntities() {
    return Arrays.asList(slots);
  }

  @Override
  public Collection<?> getPlanningValues() {
    return Arrays.asList(experts);
  }

  @Override
  public String toString() {
    List<String> changes = new ArrayList<>();
    for (int i = 0; i < slots.length; i++) {
      changes.add(slots[i] + " ← " + experts[i]);
    }
    return String.join(", ", changes);
  }
}
