package dev.rackplan.bound;

import dev.rackplan.cost.link.PortGroups;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.Uplink;
import dev.rackplan.topology.LinkKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A stage's GPUs in parts that tokens leave through links of their own: scale-up domains through
 * NICs and whatever lies above those, or the domains that share links of one kind through these.
 *
 * @param sizes GPUs of each part
 * @param domains scale-up domains of each part
 * @param uplinkBytesPerSecond of each part, out of it
 * @param nicBytesPerSecond of each part's NICs together; infinite where none lies on the way
 */
record Homes(
    int[] sizes, int[] domains, double[] uplinkBytesPerSecond, double[] nicBytesPerSecond) {

  /** All ways to part a stage: domains first, then larger parts. */
  static List<Homes> of(StageShape shape) {
    List<Homes> all = new ArrayList<>();
    int[] each = new int[shape.domainCount()];
    Arrays.setAll(each, domain -> domain);
    all.add(parts(shape, each, LinkKind.DOMAIN_UPLINK, true));
    for (LinkKind kind : LinkKind.values()) {
      int[] partOfDomain = partOfDomain(shape, kind);
      int count = Arrays.stream(partOfDomain).max().orElseThrow() + 1;
      if (kind != LinkKind.DOMAIN_UPLINK && count > 1 && coversAll(shape, kind)) {
        all.add(parts(shape, partOfDomain, kind, false));
      }
    }
    return all;
  }

  // Domains below a common link of the kind are in one part.
  private static int[] partOfDomain(StageShape shape, LinkKind kind) {
    PortGroups groups = shape.portGroups();
    int[] root = new int[shape.domainCount()];
    Arrays.setAll(root, domain -> domain);
    for (int u = 0; u < groups.uplinks().size(); u++) {
      if (groups.uplinks().get(u).kind() == kind) {
        int first = -1;
        for (int group = 0; group < groups.count(); group++) {
          if (groups.isBelow(group, u)) {
            first = first < 0 ? groups.domain(group) : first;
            replace(root, root[groups.domain(group)], root[first]);
          }
        }
      }
    }
    int[] parts = Arrays.stream(root).distinct().toArray();
    int[] partOfDomain = new int[root.length];
    for (int d = 0; d < root.length; d++) {
      for (int part = 0; part < parts.length; part++) {
        partOfDomain[d] = parts[part] == root[d] ? part : partOfDomain[d];
      }
    }
    return partOfDomain;
  }

  private static void replace(int[] values, int old, int now) {
    for (int i = 0; i < values.length; i++) {
      values[i] = values[i] == old ? now : values[i];
    }
  }

  private static boolean coversAll(StageShape shape, LinkKind kind) {
    PortGroups groups = shape.portGroups();
    for (int group = 0; group < groups.count(); group++) {
      boolean below = false;
      for (int u = 0; u < groups.uplinks().size(); u++) {
        below |= groups.uplinks().get(u).kind() == kind && groups.isBelow(group, u);
      }
      if (!below) {
        return false;
      }
    }
    return true;
  }

  private static Homes parts(
      StageShape shape, int[] partOfDomain, LinkKind kind, boolean throughNics) {
    PortGroups groups = shape.portGroups();
    int count = Arrays.stream(partOfDomain).max().orElseThrow() + 1;
    int[] sizes = new int[count];
    int[] domains = new int[count];
    double[] nics = new double[count];
    double[] uplinks = new double[count];
    for (int d = 0; d < partOfDomain.length; d++) {
      sizes[partOfDomain[d]] += shape.domainSize(d);
      domains[partOfDomain[d]]++;
    }
    for (int g = 0; g < shape.gpuCount(); g++) {
      nics[partOfDomain[shape.domainOf(g)]] += shape.nicBytesPerSecond(g);
    }
    for (int u = 0; u < groups.uplinks().size(); u++) {
      Uplink uplink = groups.uplinks().get(u);
      if (uplink.kind() == kind) {
        uplinks[partOfDomain[domainBelow(groups, u)]] += uplink.bytesPerSecond();
      }
    }
    if (!throughNics) {
      Arrays.fill(nics, Double.POSITIVE_INFINITY);
    }
    return new Homes(sizes, domains, uplinks, nics);
  }

  private static int domainBelow(PortGroups groups, int uplink) {
    int group = 0;
    while (!groups.isBelow(group, uplink)) {
      group++;
    }
    return groups.domain(group);
  }

  int count() {
    return sizes.length;
  }

  int largest() {
    return Arrays.stream(sizes).max().orElseThrow();
  }

  int smallest() {
    return Arrays.stream(sizes).min().orElseThrow();
  }

  int fewestDomains() {
    return Arrays.stream(domains).min().orElseThrow();
  }

  /** Bytes/s out of all parts together. */
  double bytesPerSecond() {
    return Math.min(
        Arrays.stream(nicBytesPerSecond).sum(), Arrays.stream(uplinkBytesPerSecond).sum());
  }

  /** Bytes/s out of part {@code home}. */
  double bytesPerSecond(int home) {
    return Math.min(nicBytesPerSecond[home], uplinkBytesPerSecond[home]);
  }
}
