package dev.rackplan.solver.stages;

import java.util.Collection;
import java.util.List;
import org.optaplanner.core.api.score.director.ScoreDirector;
import org.optaplanner.core.impl.heuristic.move.AbstractMove;

/** Shifts one cut, or exchanges two stages' hosts, or moves a stage to an unused block. */
public final class StageMove extends AbstractMove<StageSolution> {
  private final StageHost first;
  private final int firstLayer;
  private final int firstBlock;
  private final StageHost second;
  private final int secondBlock;

  private StageMove(
      StageHost first, int firstLayer, int firstBlock, StageHost second, int secondBlock) {
    this.first = first;
    this.firstLayer = firstLayer;
    this.firstBlock = firstBlock;
    this.second = second;
    this.secondBlock = secondBlock;
  }

  static StageMove shift(StageHost stage, int firstLayer) {
    return new StageMove(stage, firstLayer, stage.getBlock(), stage, stage.getBlock());
  }

  static StageMove rehost(StageHost stage, int block) {
    return new StageMove(stage, stage.getFirstLayer(), block, stage, block);
  }

  static StageMove swap(StageHost first, StageHost second) {
    return new StageMove(first, first.getFirstLayer(), second.getBlock(), second, first.getBlock());
  }

  @Override
  public boolean isMoveDoable(ScoreDirector<StageSolution> scoreDirector) {
    return first.getFirstLayer() != firstLayer || first.getBlock() != firstBlock;
  }

  @Override
  protected StageMove createUndoMove(ScoreDirector<StageSolution> scoreDirector) {
    return new StageMove(first, first.getFirstLayer(), first.getBlock(), second, second.getBlock());
  }

  @Override
  protected void doMoveOnGenuineVariables(ScoreDirector<StageSolution> scoreDirector) {
    scoreDirector.beforeVariableChanged(first, "firstLayer");
    first.setFirstLayer(firstLayer);
    scoreDirector.afterVariableChanged(first, "firstLayer");
    setBlock(scoreDirector, first, firstBlock);
    if (second != first) {
      setBlock(scoreDirector, second, secondBlock);
    }
  }

  private static void setBlock(
      ScoreDirector<StageSolution> scoreDirector, StageHost stage, int block) {
    scoreDirector.beforeVariableChanged(stage, "block");
    stage.setBlock(block);
    scoreDirector.afterVariableChanged(stage, "block");
  }

  @Override
  public Collection<?> getPlanningEntities() {
    return second == first ? List.of(first) : List.of(first, second);
  }

  @Override
  public Collection<?> getPlanningValues() {
    return List.of(firstLayer, firstBlock, secondBlock);
  }

  @Override
  public String toString() {
    return first
        + " ← layer "
        + firstLayer
        + ", block "
        + firstBlock
        + (second == first ? "" : "; " + second + " ← block " + secondBlock);
  }
}
