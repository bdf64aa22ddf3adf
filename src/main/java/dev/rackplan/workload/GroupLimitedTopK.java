package dev.rackplan.workload;

import dev.rackplan.model.MoeFfn;
import java.util.Arrays;

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
  private final double[] bestScores;

  GroupLimitedTopK(MoeFfn moe) {
    groups = moe.expertGroups();
    groupsPerToken = moe.groupsPerToken();
    groupSize = moe.experts() / groups;
    expertsPerToken = moe.expertsPerToken();
    chosenGroups = new int[groupsPerToken];
    bestScores = new double[Math.max(groupsPerToken, expertsPerToken)];
  }

  /**
   * Writes the chosen experts, best first, to {@code choices} from {@code offset}.
   *
   * @param scores finite score per expert
   */
  void choose(double[] scores, int[] choices, int offset) {
    chooseGroups(scores);
    int found = 0;
    // Most scores are below the least that is kept: looked at without a call.
    double least = Double.NEGATIVE_INFINITY;
    for (int group : chosenGroups) {
      int first = group * groupSize;
      for (int expert = first; expert < first + groupSize; expert++) {
        if (scores[expert] > least) {
          found = insert(scores[expert], expert, choices, offset, found, expertsPerToken);
          least =
              found == expertsPerToken ? bestScores[expertsPerToken - 1] : Double.NEGATIVE_INFINITY;
        }
      }
    }
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
      double score = sumOfTwoBest(scores, group * groupSize);
      found = insert(score, group, chosenGroups, 0, found, groupsPerToken);
    }
    // In the order of their experts, for ties between experts of two groups.
    Arrays.sort(chosenGroups);
  }

  private double sumOfTwoBest(double[] scores, int first) {
    double best = scores[first];
    double second = Double.NEGATIVE_INFINITY;
    for (int i = first + 1; i < first + groupSize; i++) {
      double score = scores[i];
      if (score > best) {
        second = best;
        best = score;
      } else if (score > second) {
        second = score;
      }
    }
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
