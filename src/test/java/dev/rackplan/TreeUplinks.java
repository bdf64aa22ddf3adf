package dev.rackplan;

import dev.rackplan.cost.link.PortGroups;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.link.Uplink;
import dev.rackplan.topology.LinkKind;
import java.util.List;
import java.util.stream.IntStream;

/** Uplinks of a stage without rails and shared NICs: of its domains, and of leaves above these. */
public final class TreeUplinks {
  private TreeUplinks() {}

  /** Bytes/s out of a domain. */
  public static double ofDomain(StageShape shape, int domain) {
    return rate(shape, above(shape, LinkKind.DOMAIN_UPLINK, domain));
  }

  public static int leafCount(StageShape shape) {
    return leaves(shape).size();
  }

  /** Leaf of a domain, numbered in order of first appearance. */
  public static int leafOf(StageShape shape, int domain) {
    return leaves(shape).indexOf(above(shape, LinkKind.LEAF_UPLINK, domain));
  }

  /** Bytes/s from a leaf to the spine. */
  public static double ofLeaf(StageShape shape, int leaf) {
    return rate(shape, leaves(shape).get(leaf));
  }

  private static double rate(StageShape shape, int uplink) {
    return shape.portGroups().uplinks().get(uplink).bytesPerSecond();
  }

  private static List<Integer> leaves(StageShape shape) {
    return of(shape, LinkKind.LEAF_UPLINK).boxed().toList();
  }

  private static int above(StageShape shape, LinkKind kind, int domain) {
    PortGroups groups = shape.portGroups();
    int group =
        IntStream.range(0, groups.count())
            .filter(g -> groups.domain(g) == domain)
            .findFirst()
            .orElseThrow();
    return of(shape, kind).filter(u -> groups.isBelow(group, u)).findFirst().orElseThrow();
  }

  private static IntStream of(StageShape shape, LinkKind kind) {
    List<Uplink> uplinks = shape.portGroups().uplinks();
    return IntStream.range(0, uplinks.size()).filter(u -> uplinks.get(u).kind() == kind);
  }
}
