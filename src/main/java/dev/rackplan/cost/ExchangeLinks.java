package dev.rackplan.cost;

import dev.rackplan.cost.link.BusiestLink;
import dev.rackplan.cost.link.BusiestLink.Kind;
import dev.rackplan.cost.link.IslandShape;
import dev.rackplan.cost.link.LinkScan;
import dev.rackplan.cost.link.PortGroups;
import dev.rackplan.cost.link.StageShape;
import dev.rackplan.cost.placement.DomainTraffic;
import dev.rackplan.cost.placement.PlacementTally;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.CopyRule;
import dev.rackplan.problem.Problem;
import java.util.List;

/**
 * What the copies of a MoE layer's all-to-all carry over each link of a stage: GPUs' scale-up
 * ports, islands' ports and ways out, NICs, and every uplink of {@link PortGroups}. Combine sends
 * the same copies the other way.
 *
 * <p>What kernels send: DeepEP's low-latency kernels one copy for each chosen expert, over the
 * sender's own NIC; its throughput kernels one copy for each node, to the GPU there with the
 * sender's number, which keeps to its rail, and over NVLink from there; NCCL's all-to-all by
 * forwarding where that is on. Only GPUs that have tokens send: with fewer sequences than attention
 * ranks each of these sends more than the mean.
 *
 * <p>The ports out of a domain's GPUs carry, in the mean, what its GPUs receive from one another,
 * so they never bind before the fullest port in. Ports come last: a GPU gets at most one copy for
 * each choice that it serves, and where that many would not bind its copies need no counting.
 *
 * <p>Source: docs/cost-model.md; DeepEP's internode.cu and internode_ll.cu. Left out: contention
 * inside switches, what a sender's port carries beyond the mean of its domain (receivers bind), the
 * ports of GPUs that forward. Immutable.
 */
public final class ExchangeLinks {
  // By how much sums of whole-number shares may stray from one another, relatively.
  private static final double ROUNDING = 1e-6;

  private final StageShape shape;
  private final double tokens;
  private final CopyRule copyRule;
  private final boolean keepsToRails;
  // Tokens of a GPU that has some over the mean.
  private final double crowding;

  /**
   * @param tokens of one micro-batch over the whole stage
   */
  ExchangeLinks(Problem problem, Layout layout, StageShape shape, double tokens) {
    this.shape = shape;
    this.tokens = tokens;
    this.copyRule = problem.engine().copyRule();
    this.keepsToRails =
        switch (copyRule) {
          case PER_EXPERT -> false;
          case PER_GPU -> shape.portGroups().forwarding();
          case PER_DOMAIN -> true;
        };
    this.crowding =
        problem.workload().prompts().isPresent()
            ? 1
            : Math.max(1, layout.attentionRanks() / (double) layout.sequencesPerMicroBatch());
  }

  /** The link whose copies take longest, with the seconds that one byte per copy costs there. */
  BusiestLink busiest(PlacementTally tally) {
    LinkScan scan = new LinkScan();
    scanScaleOut(scan, tally);
    scanPorts(scan, tally);
    return scan.busiest();
  }

  /** Every link that copies cross, likewise. */
  public List<BusiestLink> all(PlacementTally tally) {
    LinkScan.All scan = new LinkScan.All();
    scanScaleOut(scan, tally);
    scanPorts(scan, tally);
    return scan.links();
  }

  /**
   * Seconds per byte of a copy on the busiest link, the busiest scale-out link's excess over the
   * mean NIC's time counted in part only.
   *
   * @param excessShare share of the excess that counts, in [0, 1]
   */
  double temperedSecondsPerByte(PlacementTally tally, double excessShare) {
    LinkScan scan = new LinkScan();
    double mean = scanScaleOut(scan, tally);
    LinkScan tempered = new LinkScan();
    // Without rounding where all of it counts.
    double most = excessShare == 1 ? scan.most() : mean + excessShare * (scan.most() - mean);
    tempered.see(scan.busiest(), most);
    scanPorts(tempered, tally);
    return tempered.most();
  }

  // The mean NIC's seconds per byte.
  private double scanScaleOut(LinkScan scan, PlacementTally tally) {
    if (shape.domainCount() == 1) {
      return 0;
    }
    double tokensPerGpu = tokens / shape.gpuCount();
    DomainTraffic traffic = new DomainTraffic(shape, keepsToRails);
    if (copyRule == CopyRule.PER_DOMAIN) {
      countForwarded(tally, tokensPerGpu, traffic::addToDomain);
    } else {
      countDirect(tally, tokensPerGpu, traffic, scan);
    }
    scanGroups(scan, traffic);
    return traffic.sent() / shape.gpuCount() / shape.meanNicBytesPerSecond();
  }

  /** Seconds per byte of a copy on the busiest NIC or uplink; 0 within one domain. */
  double scaleOutSecondsPerByte(PlacementTally tally) {
    LinkScan scan = new LinkScan();
    scanScaleOut(scan, tally);
    return scan.most();
  }

  /** Seconds per byte of a copy on the fullest port in. */
  double portSecondsPerByte(PlacementTally tally) {
    LinkScan scan = new LinkScan();
    scanPorts(scan, tally);
    return scan.most();
  }

  private void scanPorts(LinkScan scan, PlacementTally tally) {
    if (shape.islands().any()) {
      scanIslands(scan, tally);
      return;
    }
    double tokensPerGpu = tokens / shape.gpuCount();
    for (int g = 0; g < shape.gpuCount(); g++) {
      double rate = shape.scaleUp(shape.domainOf(g)).sustainedBytesPerSecond();
      if (tokens * tally.mostCopies(g) * (1 + ROUNDING) / rate > scan.most()) {
        scan.see(Kind.PORT_IN, g, portCopies(tally, g, tokensPerGpu) / rate);
      }
    }
    if (crowding > 1) {
      scanSenders(scan, tally);
    }
  }

  // Copies inside a domain leave the few GPUs that have tokens.
  private void scanSenders(LinkScan scan, PlacementTally tally) {
    double tokensPerGpu = tokens / shape.gpuCount();
    double[] sent = new double[shape.domainCount()];
    for (int g = 0; g < shape.gpuCount(); g++) {
      int domain = shape.domainOf(g);
      sent[domain] += tokensPerGpu * (shape.domainSize(domain) - 1) * tally.copiesFromOwnDomain(g);
    }
    for (int d = 0; d < sent.length; d++) {
      double rate = shape.scaleUp(d).sustainedBytesPerSecond();
      scan.see(Kind.PORT_OUT, d, crowding * sent[d] / shape.domainSize(d) / rate);
    }
  }

  // Senders of a domain are alike, so of what a GPU receives from its domain its island's part is
  // that of its island's GPUs.
  private void scanIslands(LinkScan scan, PlacementTally tally) {
    IslandShape islands = shape.islands();
    double tokensPerGpu = tokens / shape.gpuCount();
    double[] into = new double[islands.count()];
    for (int g = 0; g < shape.gpuCount(); g++) {
      int island = islands.of(g);
      int others = shape.domainSize(shape.domainOf(g)) - 1;
      double copies = portCopies(tally, g, tokensPerGpu);
      double inside = others == 0 ? 0 : copies * (islands.size(island) - 1) / others;
      double port = shape.scaleUp(shape.domainOf(g)).sustainedBytesPerSecond();
      into[island] += copies - inside;
      if (islands.hasPorts(island)) {
        scan.see(Kind.ISLAND_PORT_IN, g, inside / islands.insideBytesPerSecond(island));
        scan.see(Kind.PORT_IN, g, (copies - inside) / port);
      } else {
        scan.see(Kind.PORT_IN, g, copies / port);
      }
    }
    double[] out = islands.outOf(into, shape);
    for (int island = 0; island < into.length; island++) {
      scan.see(
          Kind.ISLAND_UPLINK,
          island,
          Math.max(into[island], out[island]) / islands.uplinkBytesPerSecond(island));
    }
    if (crowding > 1) {
      scanSenders(scan, tally);
    }
  }

  // A forwarded copy lands on one GPU of the domain and crosses a port unless it landed at its
  // receiver.
  private double portCopies(PlacementTally tally, int gpu, double tokensPerGpu) {
    int own = shape.domainOf(gpu);
    int size = shape.domainSize(own);
    double copies = tokensPerGpu * (size - 1) * tally.copiesFromOwnDomain(gpu);
    return copyRule == CopyRule.PER_DOMAIN
        ? copies + fromOtherDomains(tally, gpu, tokensPerGpu) * (size - 1) / size
        : copies;
  }

  private double fromOtherDomains(PlacementTally tally, int gpu, double tokensPerGpu) {
    double copies = 0;
    for (int home = 0; home < shape.domainCount(); home++) {
      if (home != shape.domainOf(gpu)) {
        copies += tokensPerGpu * shape.domainSize(home) * tally.copiesFromOtherDomain(home, gpu);
      }
    }
    return copies;
  }

  private void countDirect(
      PlacementTally tally, double tokensPerGpu, DomainTraffic traffic, LinkScan scan) {
    for (int g = 0; g < shape.gpuCount(); g++) {
      int own = shape.domainOf(g);
      int group = shape.portGroups().of(g);
      for (int home = 0; home < shape.domainCount(); home++) {
        if (home != own) {
          traffic.add(
              home,
              group,
              tokensPerGpu * shape.domainSize(home) * tally.copiesFromOtherDomain(home, g));
        }
      }
      scan.see(
          Kind.NIC_IN, g, fromOtherDomains(tally, g, tokensPerGpu) / shape.nicBytesPerSecond(g));
    }
  }

  /** Takes copies of one micro-batch from one domain to another. */
  @FunctionalInterface
  private interface DomainCopies {
    void add(int home, int domain, double copies);
  }

  private void countForwarded(PlacementTally tally, double tokensPerGpu, DomainCopies traffic) {
    for (int home = 0; home < shape.domainCount(); home++) {
      for (int domain = 0; domain < shape.domainCount(); domain++) {
        if (domain != home) {
          traffic.add(
              home,
              domain,
              tokensPerGpu * shape.domainSize(home) * tally.copiesToDomain(home, domain));
        }
      }
    }
  }

  private void scanGroups(LinkScan scan, DomainTraffic traffic) {
    PortGroups groups = shape.portGroups();
    for (int group = 0; group < groups.count(); group++) {
      int size = groups.size(group);
      double nic = groups.nicBytesPerSecond(group);
      scan.see(Kind.NIC_OUT, group, crowding * traffic.out(group) / size / nic);
      if (copyRule == CopyRule.PER_DOMAIN) {
        scan.see(Kind.NIC_IN_MEAN, group, traffic.in(group) / size / nic);
      }
    }
    for (int uplink = 0; uplink < groups.uplinks().size(); uplink++) {
      double rate = groups.uplinkBytesPerSecond(uplink);
      scan.see(Kind.UPLINK, uplink, traffic.onUplink(uplink) / rate);
    }
  }

  /** Copies from domain to domain [from][to] of one micro-batch. */
  double[][] betweenDomains(PlacementTally tally) {
    double[][] copies = new double[shape.domainCount()][shape.domainCount()];
    double tokensPerGpu = tokens / shape.gpuCount();
    if (copyRule == CopyRule.PER_DOMAIN) {
      countForwarded(tally, tokensPerGpu, (home, domain, more) -> copies[home][domain] += more);
      return copies;
    }
    for (int g = 0; g < shape.gpuCount(); g++) {
      for (int home = 0; home < shape.domainCount(); home++) {
        if (home != shape.domainOf(g)) {
          copies[home][shape.domainOf(g)] +=
              tokensPerGpu * shape.domainSize(home) * tally.copiesFromOtherDomain(home, g);
        }
      }
    }
    return copies;
  }

  /** Copies that other GPUs send to GPU {@code gpu} for one micro-batch. */
  double received(PlacementTally tally, int gpu) {
    double tokensPerGpu = tokens / shape.gpuCount();
    double others = shape.domainSize(shape.domainOf(gpu)) - 1;
    double own = tokensPerGpu * others * tally.copiesFromOwnDomain(gpu);
    double other = shape.domainCount() == 1 ? 0 : fromOtherDomains(tally, gpu, tokensPerGpu);
    return own + other;
  }
}
