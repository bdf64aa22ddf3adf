package dev.rackplan.workload;

import dev.rackplan.model.MoeFfn;

/**
 * Which experts a token takes, given a score for each: the k best of the groups that it may use.
 *
 * <p>As in DeepSeek-V3's gate: a group is worth the sum of its two best scores, the {@code
 * groupsPerToken} best groups are kept, and the k best experts among theirs are taken. Equal scores
 * go to the lower index. With one group it is plain top-k. Left out: the bias that balances load in
 * training, and the sigmoid; both only change what the scores are.
 *
 * <p>Holds buffers: for one thread.
 */
final class GroupLimitedTopK {
  private final int groups;
  private final int groupsPerToken;
  private final int groupSize;
  private final int expertsPerToken;
  private final int[] chosenGroups;
  private final double[] secondOfGroup;
  private final double[] bestScores;

  GroupLimitedTopK(MoeFfn moe) {
    groups = moe.expertGroups();
    groupsPerToken = moe.groupsPerToken();
    groupSize = moe.experts() / groups;
    expertsPerToken = moe.expertsPerToken();
    chosenGroups = new int[groupsPerToken];
    secondOfGroup = new double[groups];
    bestScores = new double[Math.max(groupsPerToken, expertsPerToken)];
  }

  /**
   * Writes the chosen experts, best first, to {@code choices} from {@code offset}.
   *
   * @param scores finite score per expert
   */
  void choose(double[] scores, int[] choices, int offset) {
    chooseGroups(scores);
    double floor = leastKept();
    int found = 0;
    for (int group : chosenGroups) {
      int first = group * groupSize;
      for (int expert = first; expert < first + groupSize; expert++) {
        // Most scores are below the least that is kept: looked at without a call.
        if (scores[expert] >= floor) {
          found = insert(scores[expert], expert, choices, offset, found, expertsPerToken);
          if (found == expertsPerToken) {
            floor = Math.max(floor, bestScores[expertsPerToken - 1]);
          }
        }
      }
    }
  }

  // The two best of each kept group are at least k experts: none below the least of them is taken.
  private double leastKept() {
    if (groupsPerToken == groups || groupSize == 1 || 2 * groupsPerToken < expertsPerToken) {
      return Double.NEGATIVE_INFINITY;
    }
    double least = Double.POSITIVE_INFINITY;
    for (int group : chosenGroups) {
      least = Math.min(least, secondOfGroup[group]);
    }
    return least;
  }

  private void chooseGroups(double[] scores) {
    if (groupsPerToken == groups) {
      for (int group = 0; group < groups; group++) {
        chosenGroups[group] = group;
      }
      return;
    }
    int found = 0;
    for (int group = 0; group < groups; group++) {
      double score = sumOfTwoBest(scores, group);
      found = insert(score, group, chosenGroups, 0, found, groupsPerToken);
    }
    sortChosenGroups();
  }

  // In the order of their experts, for ties between experts of two groups. A handful, by insertion.
  private void sortChosenGroups() {
    for (int i = 1; i < chosenGroups.length; i++) {
      int group = chosenGroups[i];
      int place = i;
      while (place > 0 && chosenGroups[place - 1] > group) {
        chosenGroups[place] = chosenGroups[place - 1];
        place--;
      }
      chosenGroups[place] = group;
    }
  }

  private double sumOfTwoBest(double[] scores, int group) {
    int first = group * groupSize;
    double best = scores[first];
    double second = Double.NEGATIVE_INFINITY;
    for (int i = first + 1; i < first + groupSize; i++) {
      double score = scores[i];
      if (score > second) {
        second = Math.min(best, score);
        best = Math.max(best, score);
      }
    }
    secondOfGroup[group] = second;
    return groupSize == 1 ? best : best + second;
  }

  /**
   * Puts {@code item} in its place among the {@code found} best, best first, and lets the last of
   * more than {@code most} fall out. Returns how many there are now.
   */
  private int insert(double score, int item, int[] items, int offset, int found, int most) {
    if (found == most && score <= bestScores[most - 1]) {
      return found;
    }
    int place = found == most ? most - 1 : found;
    while (place > 0 && bestScores[place - 1] < score) {
      bestScores[place] = bestScores[place - 1];
      items[offset + place] = items[offset + place - 1];
      place--;
    }
    bestScores[place] = score;
    items[offset + place] = item;
    return Math.min(found + 1, most);
  }
}
