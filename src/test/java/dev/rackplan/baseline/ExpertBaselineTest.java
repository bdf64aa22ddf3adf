package dev.rackplan.baseline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.plan.ExpertMap;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ExpertBaselineTest {
  private static final EplbExperts HIERARCHICAL = new EplbExperts(EplbExperts.Mode.HIERARCHICAL);
  private static final EplbExperts GLOBAL = new EplbExperts(EplbExperts.Mode.GLOBAL);
  private static final double[] README = {90, 132, 40, 61, 104, 165, 39, 4, 73, 56, 183, 86};

  @Test
  void names_areThoseOfSolutionFiles() {
    assertEquals(
        List.of("contiguous", "round-robin", "eplb-hierarchical", "eplb-global"),
        ExpertBaseline.all().stream().map(ExpertBaseline::name).toList());
  }

  @Test
  void contiguous_repeatsTheFirstExpertsInRedundantSlots() {
    assertArrayEquals(
        new int[] {0, 1, 2, 3, 4, 5, 0, 1},
        new ContiguousExperts().place(request(6, 8, 2)).toArray());
  }

  @Test
  void roundRobin_dealsExpertsOverGpus() {
    // GPU 0: 0 2 4, GPU 1: 1 3 5.
    assertArrayEquals(
        new int[] {0, 2, 4, 1, 3, 5}, new RoundRobinExperts().place(request(6, 6, 2)).toArray());
    // 5 experts: slot 5 goes to GPU 1 and copies expert 0, which sits on GPU 0.
    assertArrayEquals(
        new int[] {0, 2, 4, 1, 3, 0}, new RoundRobinExperts().place(request(5, 6, 2)).toArray());
  }

  @Test
  void roundRobin_putsNoCopyBesideItsOriginal() {
    // 6 experts deal out evenly over 2 GPUs, so the copies start one expert later: 1 to GPU 0, 2 to
    // GPU 1.
    assertArrayEquals(
        new int[] {0, 2, 4, 1, 1, 3, 5, 2},
        new RoundRobinExperts().place(request(6, 8, 2)).toArray());
    for (int experts : new int[] {60, 64, 72}) {
      ExpertMap map = new RoundRobinExperts().place(request(experts, 96, 8));
      for (int slot = 0; slot < 96; slot++) {
        for (int other = 0; other < slot; other++) {
          assertFalse(
              map.gpuOfSlot(slot) == map.gpuOfSlot(other) && map.expert(slot) == map.expert(other),
              experts + " experts, slot " + slot);
        }
      }
    }
  }

  @Test
  void everyBaseline_placesEveryExpert() {
    LayerRequest request = new LayerRequest(README, 16, 8, new int[] {0, 0, 0, 0, 1, 1, 1, 1}, 4);
    for (ExpertBaseline baseline : ExpertBaseline.all()) {
      ExpertMap map = baseline.place(request);
      assertEquals(8, map.gpus(), baseline.name());
      for (int expert = 0; expert < 12; expert++) {
        int wanted = expert;
        assertTrue(
            Arrays.stream(map.toArray()).anyMatch(held -> held == wanted),
            baseline.name() + " leaves out " + expert);
      }
    }
  }

  @Test
  void hierarchical_takesDomainsAsNodesAndRoutingGroupsAsGroups() {
    LayerRequest request = new LayerRequest(README, 16, 8, new int[] {7, 7, 7, 7, 3, 3, 3, 3}, 4);
    assertTrue(HIERARCHICAL.hierarchical(request));
    assertArrayEquals(
        new int[] {5, 6, 5, 7, 8, 4, 3, 4, 10, 9, 10, 2, 0, 1, 11, 1},
        HIERARCHICAL.place(request).toArray());
  }

  @Test
  void hierarchical_followsDomainsThatAlternate() {
    // EPLB's GPUs 0..3 are ranks 0, 2, 4, 6 here and its GPUs 4..7 are ranks 1, 3, 5, 7.
    LayerRequest request = new LayerRequest(README, 16, 8, new int[] {0, 1, 0, 1, 0, 1, 0, 1}, 4);
    assertArrayEquals(
        new int[] {5, 6, 10, 9, 5, 7, 10, 2, 8, 4, 0, 1, 3, 4, 11, 1},
        HIERARCHICAL.place(request).toArray());
  }

  @Test
  void hierarchicalWithoutRoutingGroups_keepsOneGroupPerDomain() {
    ExpertMap map =
        HIERARCHICAL.place(new LayerRequest(README, 16, 8, new int[] {0, 0, 0, 0, 1, 1, 1, 1}, 1));
    for (int slot = 0; slot < 16; slot++) {
      assertEquals(slot < 8, map.expert(slot) < 6, "slot " + slot);
    }
  }

  @Test
  void hierarchical_fallsBackToGlobalWhereEplbDoes() {
    LayerRequest unevenDomains =
        new LayerRequest(README, 16, 8, new int[] {0, 0, 0, 1, 1, 1, 1, 1}, 4);
    LayerRequest groupsDoNotDivide =
        new LayerRequest(README, 16, 8, new int[] {0, 0, 0, 0, 1, 1, 1, 1}, 3);
    for (LayerRequest request : List.of(unevenDomains, groupsDoNotDivide)) {
      assertFalse(HIERARCHICAL.hierarchical(request));
      assertEquals(GLOBAL.place(request), HIERARCHICAL.place(request));
    }
  }

  @Test
  void slotsThatDoNotDivide_areDealtAsTheMapDealsThem() {
    // 3 experts, 5 slots: GPU 0 holds three, GPU 1 two.
    LayerRequest request = new LayerRequest(new double[] {6, 4, 2}, 5, 2, new int[2], 1);
    assertArrayEquals(new int[] {0, 1, 2, 0, 1}, new ContiguousExperts().place(request).toArray());
    // Dealt in turn: 0 2 1 to GPU 0, 1 0 to GPU 1.
    assertArrayEquals(new int[] {0, 2, 1, 1, 0}, new RoundRobinExperts().place(request).toArray());
    // Experts 0 and 1 get the further slots: replicas of 3, 2, 2, 3, 2. By load: 0 to GPU 0, 0 to
    // GPU 1, 1 to GPU 0 (a tie), 2 to GPU 1, which is full; the other 1 to GPU 0.
    assertArrayEquals(new int[] {0, 1, 1, 0, 2}, GLOBAL.place(request).toArray());
    assertEquals(GLOBAL.place(request), HIERARCHICAL.place(request));
  }

  @Test
  void hierarchicalOnUnevenSlots_keepsGroupsInDomains() {
    // 17 slots on 8 GPUs: the first holds three.
    for (int[] domains : new int[][] {{0, 0, 0, 0, 1, 1, 1, 1}, {1, 0, 1, 0, 1, 0, 1, 0}}) {
      LayerRequest request = new LayerRequest(README, 17, 8, domains, 4);
      assertTrue(HIERARCHICAL.hierarchical(request));
      ExpertMap map = HIERARCHICAL.place(request);
      for (int group = 0; group < 4; group++) {
        int first = 3 * group;
        assertEquals(
            1,
            IntStream.range(0, 17)
                .filter(slot -> map.expert(slot) / 3 * 3 == first)
                .map(slot -> domains[map.gpuOfSlot(slot)])
                .distinct()
                .count());
      }
      assertEquals(12, Arrays.stream(map.toArray()).distinct().count());
    }
  }

  @Test
  void hierarchical_fallsBackWhereADomainIsDealtTooFewSlots() {
    // 13 slots on 8 GPUs: five hold two, so the second domain has 5 slots for its 6 experts.
    LayerRequest request = new LayerRequest(README, 13, 8, new int[] {0, 0, 0, 0, 1, 1, 1, 1}, 4);
    assertFalse(HIERARCHICAL.hierarchical(request));
    assertEquals(GLOBAL.place(request), HIERARCHICAL.place(request));
    assertEquals(12, Arrays.stream(GLOBAL.place(request).toArray()).distinct().count());
  }

  @Test
  void tooFewSlots_areRefused() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> request(6, 4, 2));
    assertEquals("slots must be >= the number of experts, were 4 for 6", refused.getMessage());
  }

  private static LayerRequest request(int experts, int slots, int gpus) {
    double[] frequency = new double[experts];
    Arrays.fill(frequency, 1.0 / experts);
    return new LayerRequest(frequency, slots, gpus, new int[gpus], 1);
  }
}
