package dev.rackplan.cost.placement;

import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.operation.FixedPoint;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Copies that each sender makes where it picks replica {@code rank mod replicas}: which of its
 * experts' GPUs a token goes to is certain, so that copies are counted without any chance.
 *
 * <p>Senders whose ranks are alike modulo the least common multiple of all numbers of replicas pick
 * alike: they are one class, represented by its lowest rank. The multiple grows with the numbers
 * that were met, and with it the classes, up to one for each rank. For each class and receiving
 * domain the experts that it sends there are kept: replicated ones by class, those with one replica
 * once for all. From recorded tokens a class sends a domain a copy of each token with such an
 * expert; where only loads are known, {@code 1 - Π(1 - f)}, experts taken as independent.
 *
 * <p>All changes are sums of whole numbers, so a count that came by any way equals a fresh one.
 * Mutable.
 */
final class RankCopies {
  private static final int NOWHERE = -1;

  private final ScenarioLayer routing;
  private final TokenSets sets;
  private final ShareTable table;
  private final StageShape shape;
  private final int domains;
  private final int profiles;
  private final int[][] ranksOfDomain;
  // Of each profile and expert, the logarithm of the share that does not choose it.
  private final long[] logs;
  private int classes = 1;
  // By domain: what all classes send there. By class and domain: what it alone does.
  private final SentExperts[] common;
  private SentExperts[] own;
  // By class and domain, in FixedPoint units of recorded tokens, and of loads.
  private long[] copies;
  private double[] copiesOfLoads;

  // Since save(), in order: experts added or taken, and figures as they were.
  private final Journal journal = new Journal();

  // Scratch: rows to count again.
  private boolean[] stale;
  private final long[] union;

  RankCopies(ScenarioLayer routing, ShareTable table, long[] logs) {
    this.routing = routing;
    this.sets = routing.tokenSets();
    this.table = table;
    this.shape = table.shape();
    this.domains = shape.domainCount();
    this.profiles = routing.loadProfiles();
    this.logs = logs;
    this.ranksOfDomain = new int[domains][];
    for (int d = 0; d < domains; d++) {
      int domain = d;
      ranksOfDomain[d] =
          IntStream.range(0, shape.gpuCount())
              .filter(rank -> shape.domainOf(rank) == domain)
              .toArray();
    }
    this.common = new SentExperts[domains];
    this.own = new SentExperts[domains];
    for (int d = 0; d < domains; d++) {
      common[d] = new SentExperts(sets, profiles);
      own[d] = new SentExperts(sets, profiles);
    }
    this.copies = new long[domains];
    this.copiesOfLoads = new double[domains];
    this.stale = new boolean[domains];
    this.union = new long[sets.words()];
  }

  /** Keeps the state for {@link #restore}. */
  void save() {
    journal.clear();
  }

  /** Back to the state at the last {@link #save}. */
  void restore() {
    for (int i = journal.count - 1; i >= 0; i--) {
      int row = journal.row[i];
      if (journal.sign[i] == 0) {
        copies[row] = journal.copies[i];
        copiesOfLoads[row] = journal.copiesOfLoads[i];
      } else {
        sent(row).change(journal.expert[i], -journal.sign[i], logs);
      }
    }
    journal.clear();
  }

  // Rows below 0 are those of all classes.
  private SentExperts sent(int row) {
    return row < 0 ? common[-1 - row] : own[row];
  }

  /** Counts the last change of the table, new against old. */
  void count() {
    if (domains == 1) {
      return;
    }
    for (int expert : table.changedExperts()) {
      grow(table.shares(expert).replicaCount());
    }
    for (int expert : table.changedExperts()) {
      change(expert, table.formerShares(expert), table.shares(expert));
    }
    for (int row = 0; row < stale.length; row++) {
      if (stale[row]) {
        stale[row] = false;
        journal.keep(row, copies[row], copiesOfLoads[row]);
        count(row);
      }
    }
  }

  private void change(int expert, ReplicaShares before, ReplicaShares now) {
    int fromAll = commonDomain(before);
    int toAll = commonDomain(now);
    if (fromAll != toAll) {
      changeCommon(expert, fromAll, -1);
      changeCommon(expert, toAll, 1);
    }
    for (int sender = 0; sender < classes; sender++) {
      int from = ownDomain(before, sender);
      int to = ownDomain(now, sender);
      if (from != to) {
        changeOwn(expert, sender, from, -1);
        changeOwn(expert, sender, to, 1);
      }
    }
  }

  private int commonDomain(ReplicaShares shares) {
    return shares == null || shares.replicaCount() > 1
        ? NOWHERE
        : shape.domainOf(shares.gpuOfRank(0));
  }

  private int ownDomain(ReplicaShares shares, int sender) {
    return shares == null || shares.replicaCount() == 1
        ? NOWHERE
        : shape.domainOf(shares.gpuOfRank(sender));
  }

  private void changeCommon(int expert, int domain, int sign) {
    if (domain != NOWHERE) {
      change(expert, -1 - domain, sign);
      for (int sender = 0; sender < classes; sender++) {
        stale[sender * domains + domain] = true;
      }
    }
  }

  private void changeOwn(int expert, int sender, int domain, int sign) {
    if (domain != NOWHERE) {
      change(expert, sender * domains + domain, sign);
      stale[sender * domains + domain] = true;
    }
  }

  private void change(int expert, int row, int sign) {
    sent(row).change(expert, sign, logs);
    journal.changed(row, expert, sign);
  }

  private void count(int row) {
    SentExperts all = common[row % domains];
    if (sets.words() > 0) {
      if (own[row].isEmpty()) {
        copies[row] = all.weight();
      } else {
        System.arraycopy(all.union(), 0, union, 0, union.length);
        own[row].join(union);
        copies[row] = sets.weigh(union);
      }
    }
    double sum = 0;
    for (int p = 0; p < profiles; p++) {
      sum += routing.choosingAny(p, all.log(p) + own[row].log(p));
    }
    copiesOfLoads[row] = sum;
  }

  /** Sees to it that all ranks of a class pick alike among so many replicas. */
  private void grow(int replicas) {
    int before = classes;
    long multiple = leastCommonMultiple(classes, replicas);
    if (classes == shape.gpuCount() || multiple == classes) {
      return;
    }
    classes = (int) Math.min(multiple, shape.gpuCount());
    int rows = classes * domains;
    own = Arrays.copyOf(own, rows);
    copies = Arrays.copyOf(copies, rows);
    copiesOfLoads = Arrays.copyOf(copiesOfLoads, rows);
    stale = Arrays.copyOf(stale, rows);
    for (int row = before * domains; row < rows; row++) {
      int like = row % (before * domains);
      own[row] = new SentExperts(own[like]);
      copies[row] = copies[like];
      copiesOfLoads[row] = copiesOfLoads[like];
    }
    journal.repeat(before * domains, rows);
  }

  private static long leastCommonMultiple(int a, int b) {
    int x = a;
    int y = b;
    while (y != 0) {
      int rest = x % y;
      x = y;
      y = rest;
    }
    return (long) a / x * b;
  }

  /**
   * Copies over the network to {@code domain} per token that lives in domain {@code home}, another
   * one.
   */
  double toDomain(int home, int domain) {
    long tokens = 0;
    double loads = 0;
    for (int rank : ranksOfDomain[home]) {
      int row = rank % classes * domains + domain;
      tokens += copies[row];
      loads += copiesOfLoads[row];
    }
    return (FixedPoint.toDouble(tokens) + loads) / ranksOfDomain[home].length;
  }

  /**
   * Writes to {@code copiesOfHome} from {@code at}, for each home domain and then for the GPU's own
   * domain without itself, the copies that {@code gpu} receives per token that lives there.
   */
  void toGpu(int gpu, double[] copiesOfHome, int at) {
    int count = table.expertCount(gpu);
    int[] experts = table.expertsOf(gpu);
    long multiple = 1;
    for (int i = 0; i < count && multiple < shape.gpuCount(); i++) {
      multiple = leastCommonMultiple((int) multiple, table.shares(experts[i]).replicaCount());
    }
    double[] ofSender = new double[(int) Math.min(multiple, shape.gpuCount())];
    for (int sender = 0; sender < ofSender.length; sender++) {
      ofSender[sender] = toGpu(gpu, sender);
    }
    for (int home = 0; home < domains; home++) {
      copiesOfHome[at + home] = mean(ofSender, ranksOfDomain[home], -1);
    }
    copiesOfHome[at + domains] = mean(ofSender, ranksOfDomain[shape.domainOf(gpu)], gpu);
  }

  private static double mean(double[] ofSender, int[] ranks, int without) {
    double sum = 0;
    int count = 0;
    for (int rank : ranks) {
      if (rank != without) {
        sum += ofSender[rank % ofSender.length];
        count++;
      }
    }
    return count == 0 ? 0 : sum / count;
  }

  private double toGpu(int gpu, int sender) {
    Arrays.fill(union, 0);
    long[] logSum = new long[profiles];
    for (int i = 0; i < table.expertCount(gpu); i++) {
      int expert = table.expertsOf(gpu)[i];
      if (table.shares(expert).gpuOfRank(sender) == gpu) {
        TokenSets.join(sets.of(expert), union);
        for (int p = 0; p < profiles; p++) {
          logSum[p] += logs[p * routing.experts() + expert];
        }
      }
    }
    double sum = FixedPoint.toDouble(sets.weigh(union));
    for (int p = 0; p < profiles; p++) {
      sum += routing.choosingAny(p, logSum[p]);
    }
    return sum;
  }

  /** What was changed since the last save. */
  private static final class Journal {
    int count;
    int[] row = new int[64];
    // 0 where a figure was kept.
    int[] sign = new int[64];
    int[] expert = new int[64];
    long[] copies = new long[64];
    double[] copiesOfLoads = new double[64];

    void clear() {
      count = 0;
    }

    void changed(int inRow, int ofExpert, int by) {
      add(inRow, by, ofExpert, 0, 0);
    }

    void keep(int ofRow, long fixedCopies, double ofLoads) {
      add(ofRow, 0, 0, fixedCopies, ofLoads);
    }

    private void add(int inRow, int by, int ofExpert, long fixedCopies, double ofLoads) {
      if (count == row.length) {
        row = Arrays.copyOf(row, 2 * count);
        sign = Arrays.copyOf(sign, 2 * count);
        expert = Arrays.copyOf(expert, 2 * count);
        copies = Arrays.copyOf(copies, 2 * count);
        copiesOfLoads = Arrays.copyOf(copiesOfLoads, 2 * count);
      }
      row[count] = inRow;
      sign[count] = by;
      expert[count] = ofExpert;
      copies[count] = fixedCopies;
      copiesOfLoads[count++] = ofLoads;
    }

    /** Rows from {@code before} on were made like those before: so was what happened to them. */
    void repeat(int before, int rows) {
      int known = count;
      for (int i = 0; i < known; i++) {
        for (int like = row[i] + before; row[i] >= 0 && like < rows; like += before) {
          add(like, sign[i], expert[i], copies[i], copiesOfLoads[i]);
        }
      }
    }
  }
}
