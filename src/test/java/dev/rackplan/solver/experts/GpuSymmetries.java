package dev.rackplan.solver.experts;

import dev.rackplan.TreeUplinks;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.ReplicaShares;
import dev.rackplan.plan.GpuSlots;
import dev.rackplan.problem.DispatchRule;
import java.util.ArrayList;
import java.util.List;

/**
 * The ways to rename a stage's GPUs that leave every placement's cost and room as they are.
 *
 * <p>Found by trying every order of the GPUs, not assumed: renamed GPUs must be equal and arranged
 * alike in nodes, domains and leaves, hold as many slots, and get the same shares of an expert
 * whichever GPUs hold it. {@code RANK_MODULO} has none for that reason: a rank chooses by its
 * number.
 */
final class GpuSymmetries {
  private static final double ROUNDING = 1e-12;

  private GpuSymmetries() {}

  /** For each such renaming the mask, as in {@link LayerTerms}, that each mask becomes. */
  static List<int[]> ofMasks(StageShape shape, DispatchRule rule, GpuSlots dealt) {
    List<int[]> found = new ArrayList<>();
    permute(new int[shape.gpuCount()], 0, shape, rule, dealt, found);
    return found;
  }

  private static void permute(
      int[] renamed,
      int gpu,
      StageShape shape,
      DispatchRule rule,
      GpuSlots dealt,
      List<int[]> found) {
    if (gpu == renamed.length) {
      int[] masks = masks(renamed);
      if (keepsShares(renamed, masks, shape, rule)) {
        found.add(masks);
      }
      return;
    }
    for (int as = 0; as < renamed.length; as++) {
      renamed[gpu] = as;
      if (keepsPlaces(renamed, gpu, shape, dealt)) {
        permute(renamed, gpu + 1, shape, rule, dealt, found);
      }
    }
  }

  // The GPU against itself renamed, and against those before it.
  private static boolean keepsPlaces(int[] renamed, int gpu, StageShape shape, GpuSlots dealt) {
    int as = renamed[gpu];
    int domain = shape.domainOf(gpu);
    int asDomain = shape.domainOf(as);
    boolean same =
        shape.spec(gpu).equals(shape.spec(as))
            && dealt.slotsOf(gpu) == dealt.slotsOf(as)
            && shape.scaleUp(domain).equals(shape.scaleUp(asDomain))
            && TreeUplinks.ofDomain(shape, domain) == TreeUplinks.ofDomain(shape, asDomain)
            && TreeUplinks.ofLeaf(shape, TreeUplinks.leafOf(shape, domain))
                == TreeUplinks.ofLeaf(shape, TreeUplinks.leafOf(shape, asDomain));
    for (int g = 0; g < gpu && same; g++) {
      int other = renamed[g];
      int otherDomain = shape.domainOf(other);
      same =
          other != as
              && (shape.nodeOf(g) == shape.nodeOf(gpu)) == (shape.nodeOf(other) == shape.nodeOf(as))
              && (shape.domainOf(g) == domain) == (otherDomain == asDomain)
              && (TreeUplinks.leafOf(shape, shape.domainOf(g)) == TreeUplinks.leafOf(shape, domain))
                  == (TreeUplinks.leafOf(shape, otherDomain)
                      == TreeUplinks.leafOf(shape, asDomain));
    }
    return same;
  }

  private static int[] masks(int[] renamed) {
    int[] masks = new int[1 << renamed.length];
    for (int mask = 0; mask < masks.length; mask++) {
      for (int gpu : LayerTerms.gpusOf(mask)) {
        masks[mask] |= 1 << renamed[gpu];
      }
    }
    return masks;
  }

  private static boolean keepsShares(
      int[] renamed, int[] masks, StageShape shape, DispatchRule rule) {
    int homes = ReplicaShares.homeClasses(rule, shape);
    for (int mask = 1; mask < masks.length; mask++) {
      ReplicaShares shares = ReplicaShares.of(rule, shape, LayerTerms.gpusOf(mask));
      ReplicaShares others = ReplicaShares.of(rule, shape, LayerTerms.gpusOf(masks[mask]));
      for (int i = 0; i < shares.gpuCount(); i++) {
        int j = 0;
        while (others.gpu(j) != renamed[shares.gpu(i)]) {
          j++;
        }
        boolean same = near(shares.otherShare(i), others.otherShare(j));
        for (int g = 0; g < renamed.length && same; g++) {
          int home = homes == 1 ? 0 : shape.domainOf(g);
          int asHome = homes == 1 ? 0 : shape.domainOf(renamed[g]);
          same = near(shares.share(home, i), others.share(asHome, j));
        }
        if (!same) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean near(double a, double b) {
    return Math.abs(a - b) <= ROUNDING;
  }
}
