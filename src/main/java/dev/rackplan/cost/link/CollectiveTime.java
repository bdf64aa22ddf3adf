package dev.rackplan.cost.link;

import dev.rackplan.law.Answer;
import dev.rackplan.law.Collective;
import dev.rackplan.law.OpKind;
import dev.rackplan.topology.LinkSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Time of all-reduces, all-gathers and reduce-scatters among groups of a stage's GPUs that run at
 * the same time.
 *
 * <p>Within a domain the engine's law where it was measured; of groups that leave it NCCL's, since
 * engines' own all-reduces end at the node; else a ring: {@code α + f·(g-1)/g · bytes / bandwidth},
 * f = 2 for an all-reduce and 1 for the others, or for an all-reduce {@link SwitchReduction}, if
 * that is faster; over islands a ring, at the rate of the slowest of ports and ways out that it
 * takes. Over m domains hierarchical, as NCCL's trees and engines do it: within each domain, and
 * between them each GPU's NIC carries its part, {@code α·⌈log2 m⌉ + f·(m-1)/m · bytes/(g/m) / NIC};
 * where all groups together take longer on an uplink, that binds.
 *
 * <p>Source: a ring all-reduce moves 2(g-1)/g of the data per member; NCCL takes trees, of log2 m
 * steps, over nodes (its tuning.cc).
 */
public final class CollectiveTime {
  private static final double ALL_REDUCE_PASSES = 2;

  private final StageShape shape;
  private final Laws laws;
  private final Consumer<Call> seen;
  // By members and stride.
  private final Map<List<Integer>, SharedLinks> shared = new ConcurrentHashMap<>();

  /** Laws of collectives within a domain, where they were measured. */
  public interface Laws {
    /**
     * The law of the part within each domain.
     *
     * @param domains over which the whole collective goes
     */
    Optional<Answer> of(OpKind kind, int domains);
  }

  /**
   * What all groups together put on links that they share.
   *
   * @param uplinkSeconds time of the busiest uplink in s for one byte of each group's vector, one
   *     pass
   * @param ringsOf islands' ways out: rings that take them
   */
  private record SharedLinks(double uplinkSeconds, int[] ringsOf) {}

  /**
   * One collective of all groups at the same time.
   *
   * @param bytes of a group's whole vector
   * @param elements of it
   * @param seconds of the slowest group
   */
  public record Call(OpKind kind, double bytes, double elements, int members, double seconds) {}

  /**
   * @param laws of collectives within a domain, where they were measured
   */
  public CollectiveTime(StageShape shape, Laws laws) {
    this(shape, laws, call -> {});
  }

  /**
   * The same.
   *
   * @param seen is told of each collective that takes time
   */
  public CollectiveTime(StageShape shape, Laws laws, Consumer<Call> seen) {
    this.shape = shape;
    this.laws = laws;
    this.seen = seen;
  }

  /**
   * Time in s of the slowest group's collective; 0 for one member.
   *
   * @param kind all-reduce, all-gather or reduce-scatter
   * @param elements of the whole vector
   * @param bytes of one element
   * @param members g of a group
   * @param stride positions from one member to the next: groups of neighbours have 1
   */
  public double seconds(OpKind kind, double elements, double bytes, int members, int stride) {
    if (members == 1) {
      return 0;
    }
    double passes = kind == OpKind.ALL_REDUCE ? ALL_REDUCE_PASSES : 1;
    SharedLinks links =
        shared.computeIfAbsent(List.of(members, stride), key -> sharedLinks(members, stride));
    double slowest = 0;
    int block = members * stride;
    for (int first = 0; first + block <= shape.gpuCount(); first += block) {
      for (int lane = first; lane < first + stride; lane++) {
        Group group = new Group(lane, members, stride);
        slowest =
            Math.max(slowest, seconds(group, links, kind, passes, elements, elements * bytes));
      }
    }
    seen.accept(new Call(kind, elements * bytes, elements, members, slowest));
    return slowest;
  }

  private double seconds(
      Group group, SharedLinks links, OpKind kind, double passes, double elements, double bytes) {
    int fewest = group.members();
    double within = 0;
    int[] inDomain = group.inDomain(shape);
    int domains = (int) IntStream.of(inDomain).filter(count -> count > 0).count();
    Optional<Answer> law = laws.of(kind, domains);
    for (int d = 0; d < inDomain.length; d++) {
      if (inDomain[d] > 0) {
        fewest = Math.min(fewest, inDomain[d]);
        within =
            Math.max(
                within, withinDomain(group, d, links, law, passes, inDomain[d], elements, bytes));
      }
    }
    if (domains == 1) {
      return within;
    }
    double latency = 0;
    double nic = Double.POSITIVE_INFINITY;
    for (int i = 0; i < group.members(); i++) {
      nic = Math.min(nic, shape.nicBytesPerSecond(group.position(i)));
      latency = Math.max(latency, shape.scaleOutLatencySeconds(group.position(i)));
    }
    int steps = Integer.SIZE - Integer.numberOfLeadingZeros(domains - 1);
    return within
        + steps * latency
        + Math.max(
            passes * (domains - 1) / domains * (bytes / fewest) / nic,
            passes * bytes * links.uplinkSeconds());
  }

  private double withinDomain(
      Group group,
      int domain,
      SharedLinks links,
      Optional<Answer> law,
      double passes,
      int members,
      double elements,
      double bytes) {
    if (members == 1) {
      return 0;
    }
    LinkSpec link = shape.scaleUp(domain);
    double rate = link.sustainedBytesPerSecond();
    double latency = link.latencySeconds();
    if (shape.islands().any()) {
      boolean apart = group.islands(shape, domain) > 1;
      rate = islandRate(group, domain, links, apart);
      if (apart) {
        return ring(latency, rate, passes, members, bytes);
      }
      latency = shape.islands().latencySeconds(shape.islands().of(group.first(shape, domain)));
    }
    if (law.isPresent()) {
      return law.get().seconds(new Collective(bytes, elements, members));
    }
    double ring = ring(latency, rate, passes, members, bytes);
    return passes == ALL_REDUCE_PASSES
        ? Math.min(ring, SwitchReduction.seconds(shape, group.first(shape, domain), bytes))
        : ring;
  }

  // A ring takes each island's way out once in each direction.
  private double islandRate(Group group, int domain, SharedLinks links, boolean apart) {
    IslandShape islands = shape.islands();
    double rate = Double.POSITIVE_INFINITY;
    for (int i = 0; i < group.members(); i++) {
      int position = group.position(i);
      if (shape.domainOf(position) == domain) {
        int island = islands.of(position);
        rate = Math.min(rate, islands.insideBytesPerSecond(island));
        if (apart) {
          rate = Math.min(rate, shape.scaleUp(domain).sustainedBytesPerSecond());
          rate = Math.min(rate, islands.uplinkBytesPerSecond(island) / links.ringsOf()[island]);
        }
      }
    }
    return rate;
  }

  private static double ring(
      double latency, double rate, double passes, int members, double bytes) {
    return latency + passes * (members - 1) / members * bytes / rate;
  }

  private SharedLinks sharedLinks(int members, int stride) {
    List<Uplink> uplinks = shape.portGroups().uplinks();
    double[] out = new double[uplinks.size()];
    double[] in = new double[uplinks.size()];
    int[] rings = new int[shape.islands().count()];
    int block = members * stride;
    for (int first = 0; first + block <= shape.gpuCount(); first += block) {
      for (int lane = first; lane < first + stride; lane++) {
        Group group = new Group(lane, members, stride);
        group.addRings(shape, out, in);
        group.addIslands(shape, rings);
      }
    }
    double most = 0;
    for (int u = 0; u < out.length; u++) {
      most = Math.max(most, Math.max(out[u], in[u]) / uplinks.get(u).bytesPerSecond());
    }
    return new SharedLinks(most, rings);
  }

  /** GPUs that exchange: every {@code stride}-th from {@code first}. */
  private record Group(int first, int members, int stride) {
    int position(int member) {
      return first + member * stride;
    }

    int[] inDomain(StageShape shape) {
      int[] inDomain = new int[shape.domainCount()];
      for (int i = 0; i < members; i++) {
        inDomain[shape.domainOf(position(i))]++;
      }
      return inDomain;
    }

    /** Position of its first member in a domain. */
    int first(StageShape shape, int domain) {
      int i = 0;
      while (shape.domainOf(position(i)) != domain) {
        i++;
      }
      return position(i);
    }

    int islands(StageShape shape, int domain) {
      boolean[] seen = new boolean[shape.islands().count()];
      int count = 0;
      for (int i = 0; i < members; i++) {
        int island = shape.islands().of(position(i));
        if (shape.domainOf(position(i)) == domain && !seen[island]) {
          seen[island] = true;
          count++;
        }
      }
      return count;
    }

    void addIslands(StageShape shape, int[] rings) {
      if (!shape.islands().any()) {
        return;
      }
      boolean[] counted = new boolean[rings.length];
      for (int i = 0; i < members; i++) {
        int island = shape.islands().of(position(i));
        if (!counted[island] && islands(shape, shape.domainOf(position(i))) > 1) {
          counted[island] = true;
          rings[island]++;
        }
      }
    }

    /** One byte of the group's vector in rings over domains, one for each of the fewest members. */
    void addRings(StageShape shape, double[] out, double[] in) {
      int[] inDomain = inDomain(shape);
      int[] domains = IntStream.range(0, inDomain.length).filter(d -> inDomain[d] > 0).toArray();
      if (domains.length == 1) {
        return;
      }
      int fewest = members;
      for (int domain : domains) {
        fewest = Math.min(fewest, inDomain[domain]);
      }
      double bytes = (domains.length - 1.0) / domains.length / fewest;
      for (int ring = 0; ring < fewest; ring++) {
        for (int d = 0; d < domains.length; d++) {
          int from = group(shape, domains[d], ring);
          int to = group(shape, domains[(d + 1) % domains.length], ring);
          add(shape.portGroups(), from, to, bytes, out);
          add(shape.portGroups(), to, from, bytes, in);
        }
      }
    }

    private static void add(
        PortGroups groups, int inside, int outside, double bytes, double[] loads) {
      for (int uplink : groups.uplinksOf(inside)) {
        if (!groups.isBelow(outside, uplink)) {
          loads[uplink] += bytes;
        }
      }
    }

    // Port group of the domain's ring-th member.
    private int group(StageShape shape, int domain, int ring) {
      int left = ring;
      int i = 0;
      while (shape.domainOf(position(i)) != domain || left-- > 0) {
        i++;
      }
      return shape.portGroups().of(position(i));
    }
  }
}
