package dev.rackplan.solver.experts;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.optaplanner.core.api.score.director.ScoreDirector;
import org.optaplanner.core.impl.heuristic.move.AbstractMove;

/**
 * Gives one or two slots new experts: a swap across GPUs, or another expert in a redundant slot.
 */
public final class SlotMove extends AbstractMove<PlacementSolution> {
  private final ExpertSlot first;
  private final Integer firstExpert;
  private final ExpertSlot second;
  private final Integer secondExpert;

  private SlotMove(ExpertSlot first, Integer firstExpert, ExpertSlot second, Integer secondExpert) {
    this.first = first;
    this.firstExpert = firstExpert;
    this.second = second;
    this.secondExpert = secondExpert;
  }

  /** Exchanges two slots' experts. */
  static SlotMove swap(ExpertSlot first, ExpertSlot second) {
    return new SlotMove(first, second.getExpert(), second, first.getExpert());
  }

  /** Puts {@code expert} in {@code slot}. */
  static SlotMove replace(ExpertSlot slot, Integer expert) {
    return new SlotMove(slot, expert, slot, expert);
  }

  @Override
  public boolean isMoveDoable(ScoreDirector<PlacementSolution> scoreDirector) {
    return !Objects.equals(first.getExpert(), firstExpert);
  }

  @Override
  protected SlotMove createUndoMove(ScoreDirector<PlacementSolution> scoreDirector) {
    return new SlotMove(first, first.getExpert(), second, second.getExpert());
  }

  @Override
  protected void doMoveOnGenuineVariables(ScoreDirector<PlacementSolution> scoreDirector) {
    change(scoreDirector, first, firstExpert);
    if (second != first) {
      change(scoreDirector, second, secondExpert);
    }
  }

  private static void change(
      ScoreDirector<PlacementSolution> scoreDirector, ExpertSlot slot, Integer expert) {
    scoreDirector.beforeVariableChanged(slot, "expert");
    slot.setExpert(expert);
    scoreDirector.afterVariableChanged(slot, "expert");
  }

  @Override
  public SlotMove rebase(ScoreDirector<PlacementSolution> destination) {
    return new SlotMove(
        destination.lookUpWorkingObject(first),
        firstExpert,
        destination.lookUpWorkingObject(second),
        secondExpert);
  }

  @Override
  public Collection<?> getPlanningEntities() {
    return second == first ? List.of(first) : List.of(first, second);
  }

  @Override
  public Collection<?> getPlanningValues() {
    return second == first ? List.of(firstExpert) : List.of(firstExpert, secondExpert);
  }

  @Override
  public String toString() {
    return first
        + " ← "
        + firstExpert
        + (second == first ? "" : ", " + second + " ← " + secondExpert);
  }
}
