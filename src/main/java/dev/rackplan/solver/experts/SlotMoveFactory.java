package dev.rackplan.solver.experts;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.optaplanner.core.api.score.director.ScoreDirector;
import org.optaplanner.core.impl.heuristic.selector.move.factory.MoveIteratorFactory;

/**
 * Random moves that keep the structure sound: no expert without a slot, no second copy on a GPU.
 *
 * <ul>
 *   <li>another expert in a redundant slot: a third of the moves where there are such slots, to any
 *       expert, to one with much load a replica or to one that the slowest GPU holds, equally
 *       often;
 *   <li>an expert beside one that it is chosen together with, in exchange for another;
 *   <li>a group of experts that are chosen together to another domain, in exchange for as many;
 *   <li>two slots of two GPUs exchanged: the rest, 40% of them from the GPU that takes longest.
 * </ul>
 */
public final class SlotMoveFactory implements MoveIteratorFactory<PlacementSolution, SlotMove> {
  private static final double REPLACE = 1 / 3.0;
  private static final double TO_PARTNER = 0.15;
  private static final double GROUP = 0.05;
  private static final double FROM_HOTTEST = 0.4;
  private static final int LARGEST_GROUP = 4;
  private static final int TRIES = 8;

  @Override
  public long getSize(ScoreDirector<PlacementSolution> scoreDirector) {
    long slots = scoreDirector.getWorkingSolution().getSlots().size();
    return slots * slots;
  }

  @Override
  public Iterator<SlotMove> createOriginalMoveIterator(
      ScoreDirector<PlacementSolution> scoreDirector) {
    throw new UnsupportedOperationException("moves are drawn at random only");
  }

  @Override
  public Iterator<SlotMove> createRandomMoveIterator(
      ScoreDirector<PlacementSolution> scoreDirector, Random random) {
    return new Moves(scoreDirector.getWorkingSolution(), random);
  }

  private static final class Moves implements Iterator<SlotMove> {
    private final LayerProblem problem;
    private final List<ExpertSlot> slots;
    private final SearchState state;
    private final Partners partners;
    private final Random random;
    private final int experts;
    private final boolean redundant;
    private final boolean domains;

    Moves(PlacementSolution solution, Random random) {
      this.problem = solution.getProblem();
      this.slots = solution.getSlots();
      this.state = solution.getState();
      this.partners = solution.getPartners();
      this.random = random;
      this.experts = solution.getExperts().size();
      this.redundant = slots.size() > experts;
      this.domains = problem.shape().domainCount() > 1;
    }

    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public SlotMove next() {
      // Falls through to a swap, sound or not, only where the layer has no sound move: then the
      // hard score refuses it.
      SlotMove screened = null;
      for (int i = 0; i < TRIES; i++) {
        SlotMove move = draw();
        if (move != null) {
          if (move.worthScoring(state)) {
            return move;
          }
          screened = move;
        }
      }
      return screened != null ? screened : SlotMove.swap(anySlot(), anySlot());
    }

    private SlotMove draw() {
      if (redundant && random.nextDouble() < REPLACE) {
        return replace();
      }
      double kind = domains ? random.nextDouble() : 1;
      if (kind < GROUP) {
        return group();
      }
      ExpertSlot slot = anySlot();
      if (kind < GROUP + TO_PARTNER) {
        return toPartner(slot);
      }
      if (random.nextDouble() < FROM_HOTTEST) {
        slot = slotOf(state.hottestGpu());
      }
      ExpertSlot other = anySlot();
      return swappable(slot, other) ? SlotMove.swap(slot, other) : null;
    }

    private SlotMove replace() {
      ExpertSlot slot = anySlot();
      Integer expert =
          switch (random.nextInt(6)) {
            case 0, 1 -> random.nextInt(experts);
            case 2, 3, 4 -> loaded();
            default -> slotOf(state.hottestGpu()).getExpert();
          };
      return state.replicas(slot.getExpert()) > 1 && !state.holds(slot.getGpu(), expert)
          ? SlotMove.replace(slot, expert)
          : null;
    }

    private Integer loaded() {
      Integer expert = random.nextInt(experts);
      Integer other = random.nextInt(experts);
      return loadPerReplica(other) > loadPerReplica(expert) ? other : expert;
    }

    private double loadPerReplica(int expert) {
      return problem.scenarios().get(0).frequency(expert) / state.replicas(expert);
    }

    private SlotMove toPartner(ExpertSlot slot) {
      int[] known = partners.of(slot.getExpert());
      if (known.length == 0) {
        return null;
      }
      int partner = known[random.nextInt(known.length)];
      int gpu = state.gpuOf(partner, random.nextInt(state.replicas(partner)));
      int domain = problem.shape().domainOf(gpu);
      if (domain == problem.shape().domainOf(slot.getGpu())) {
        return null;
      }
      ExpertSlot other = slotInDomain(domain);
      return other != null && swappable(slot, other) ? SlotMove.swap(slot, other) : null;
    }

    /** Some partners of one domain for as many of another one. */
    private SlotMove group() {
      ExpertSlot first = anySlot();
      ExpertSlot second = anySlot();
      int here = problem.shape().domainOf(first.getGpu());
      int there = problem.shape().domainOf(second.getGpu());
      if (here == there || !swappable(first, second)) {
        return null;
      }
      List<ExpertSlot> pairs = new ArrayList<>(List.of(first, second));
      int size = 2 + random.nextInt(LARGEST_GROUP - 1);
      for (int partner : partners.of(first.getExpert())) {
        if (pairs.size() < 2 * size) {
          ExpertSlot follower = slotOfExpert(partner, here);
          ExpertSlot exchange = slotInDomain(there);
          if (follower != null && exchange != null && apart(pairs, follower, exchange)) {
            pairs.add(follower);
            pairs.add(exchange);
          }
        }
      }
      return SlotMove.swapPairs(pairs);
    }

    // Sound pair by pair and all together: no expert moves twice, none to a GPU that it joins
    // twice.
    private boolean apart(List<ExpertSlot> pairs, ExpertSlot follower, ExpertSlot exchange) {
      for (ExpertSlot slot : pairs) {
        if (slot == follower
            || slot == exchange
            || slot.getExpert().equals(follower.getExpert())
            || slot.getExpert().equals(exchange.getExpert())) {
          return false;
        }
      }
      return swappable(follower, exchange);
    }

    private boolean swappable(ExpertSlot slot, ExpertSlot other) {
      return other.getGpu() != slot.getGpu()
          && !state.holds(slot.getGpu(), other.getExpert())
          && !state.holds(other.getGpu(), slot.getExpert());
    }

    private ExpertSlot anySlot() {
      return slots.get(random.nextInt(slots.size()));
    }

    private ExpertSlot slotOf(int gpu) {
      return slots.get(state.firstSlot(gpu) + random.nextInt(state.slotsOf(gpu)));
    }

    private ExpertSlot slotInDomain(int domain) {
      for (int i = 0; i < TRIES; i++) {
        ExpertSlot slot = anySlot();
        if (problem.shape().domainOf(slot.getGpu()) == domain) {
          return slot;
        }
      }
      return null;
    }

    private ExpertSlot slotOfExpert(int expert, int domain) {
      for (int i = 0; i < state.replicas(expert); i++) {
        int gpu = state.gpuOf(expert, i);
        if (problem.shape().domainOf(gpu) == domain) {
          for (int s = 0; s < state.slotsOf(gpu); s++) {
            ExpertSlot slot = slots.get(state.firstSlot(gpu) + s);
            if (slot.getExpert() == expert) {
              return slot;
            }
          }
        }
      }
      return null;
    }
  }
}
