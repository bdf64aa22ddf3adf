package dev.rackplan.cost.placement;

import dev.rackplan.cost.link.PortGroups;
import dev.rackplan.cost.link.StageShape;

/**
 * Copies of one micro-batch between domains, put on the links that they cross. Mutable.
 *
 * <p>Tokens live evenly on a domain's GPUs, so each of its {@link PortGroups} sends its share of
 * them; where copies keep to rails, the group on the receiver's rail sends all.
 */
public final class DomainTraffic {
  private final PortGroups groups;
  private final boolean keepsToRails;
  private final double[] in;
  private final double[] out;
  private final double[] uplinkIn;
  private final double[] uplinkOut;

  /**
   * @param keepsToRails whether a copy leaves on the rail on which it arrives, where the sender's
   *     domain has GPUs on it
   */
  public DomainTraffic(StageShape shape, boolean keepsToRails) {
    this.groups = shape.portGroups();
    this.keepsToRails = keepsToRails;
    this.in = new double[groups.count()];
    this.out = new double[groups.count()];
    this.uplinkIn = new double[groups.uplinks().size()];
    this.uplinkOut = new double[uplinkIn.length];
  }

  /** {@code copies} from domain {@code home} to a GPU of {@code group}. */
  public void add(int home, int group, double copies) {
    int[] senders = groups.groupsOfDomain(home);
    if (senders.length == 1) {
      send(senders[0], group, copies);
      return;
    }
    int same = keepsToRails ? sizeOnRail(senders, groups.rail(group)) : 0;
    int all = same > 0 ? same : size(senders);
    for (int sender : senders) {
      if (same == 0 || groups.rail(sender) == groups.rail(group)) {
        send(sender, group, copies * groups.size(sender) / all);
      }
    }
  }

  /** {@code copies} from domain {@code home} that land evenly on GPUs of {@code domain}. */
  public void addToDomain(int home, int domain, double copies) {
    int[] receivers = groups.groupsOfDomain(domain);
    if (receivers.length == 1) {
      add(home, receivers[0], copies);
      return;
    }
    int all = size(receivers);
    for (int receiver : receivers) {
      add(home, receiver, copies * groups.size(receiver) / all);
    }
  }

  private int size(int[] ofGroups) {
    int size = 0;
    for (int group : ofGroups) {
      size += groups.size(group);
    }
    return size;
  }

  private int sizeOnRail(int[] ofGroups, int rail) {
    int size = 0;
    for (int group : ofGroups) {
      size += groups.rail(group) == rail ? groups.size(group) : 0;
    }
    return size;
  }

  private void send(int from, int to, double copies) {
    out[from] += copies;
    in[to] += copies;
    for (int uplink : groups.crossed(from, to)) {
      uplinkOut[uplink] += copies;
    }
    for (int uplink : groups.crossed(to, from)) {
      uplinkIn[uplink] += copies;
    }
  }

  public double in(int group) {
    return in[group];
  }

  public double out(int group) {
    return out[group];
  }

  /** Copies that leave all groups. */
  public double sent() {
    double sum = 0;
    for (double copies : out) {
      sum += copies;
    }
    return sum;
  }

  /** Copies on an uplink in the direction that carries more. */
  public double onUplink(int uplink) {
    return Math.max(uplinkIn[uplink], uplinkOut[uplink]);
  }
}
