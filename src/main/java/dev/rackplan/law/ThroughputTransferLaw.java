package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + tn·log2(nodes) + |B·(1 + s/SMs)/bw, N·(1 + sn/SMs)/bn, τ·tokens·(1 + st/SMs)|_p}, B =
 * bytes of one rank's copies, N = those that leave its node: one copy for each node that a token
 * goes to.
 *
 * @param startSeconds t0
 * @param secondsPerDoubling tn, for each doubling of the nodes
 * @param bytesPerSecond bw inside a node
 * @param processors s
 * @param networkBytesPerSecond bn, of one GPU's NIC; not known from rows of one node
 * @param networkProcessors sn
 * @param secondsPerToken τ
 * @param tokenProcessors st
 * @param norm p
 */
public record ThroughputTransferLaw(
    double startSeconds,
    double secondsPerDoubling,
    double bytesPerSecond,
    double processors,
    double networkBytesPerSecond,
    double networkProcessors,
    double secondsPerToken,
    double tokenProcessors,
    double norm)
    implements TransferLaw {
  // DeepSeek-V3's router lets a token into so many nodes at most.
  private static final double MOST_NODES = 4;

  static final LawForm<ExpertTransfer> FORM =
      new LawForm<>(
          "t0 + tn·log2(nodes) + |B·(1 + s/SMs)/bw, N·(1 + sn/SMs)/bn, τ·tokens·(1 + st/SMs)|_p",
          "B bytes of one rank's copies, N of those that leave its node, SMs multiprocessors that"
              + " copy",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 1e-3, 4e-5),
              new Parameter("secondsPerDoubling", "tn", 0, 2e-4, 2e-5),
              new Parameter("bytesPerSecond", "bw", 1e9, 5e12, 4e11),
              new Parameter("processors", "s", 0, 200, 10),
              new Parameter("networkBytesPerSecond", "bn", 1e9, 1e12, 4e10),
              new Parameter("networkProcessors", "sn", 0, 200, 5),
              new Parameter("secondsPerToken", "τ", 0, 1e-6, 2e-9),
              new Parameter("tokenProcessors", "st", 0, 200, 10),
              new Parameter("norm", "p", 0.7, 8, 1.5)),
          v -> new ThroughputTransferLaw(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]));

  /** The same where links carry any bytes at once; handling tokens goes on beside them. */
  @Override
  public ThroughputTransferLaw withoutLinks() {
    return new ThroughputTransferLaw(
        startSeconds,
        secondsPerDoubling,
        Double.POSITIVE_INFINITY,
        processors,
        Double.POSITIVE_INFINITY,
        networkProcessors,
        0,
        tokenProcessors,
        norm);
  }

  @Override
  public double seconds(ExpertTransfer op, Setting setting) {
    double nodes = op.nodes();
    double reached = nodes * (1 - Math.pow(1 - 1 / nodes, Math.min(op.copies(), MOST_NODES)));
    double leaving =
        op.tokens() * op.hiddenSize() * op.bytesPerElement() * reached * (nodes - 1) / nodes;
    return startSeconds
        + secondsPerDoubling * Math.log(nodes) / Math.log(2)
        + Norm.of(
            norm,
            op.bytes() * slowdown(processors, op) / bytesPerSecond,
            leaving * slowdown(networkProcessors, op) / networkBytesPerSecond,
            secondsPerToken * op.tokens() * slowdown(tokenProcessors, op));
  }

  private static double slowdown(double processors, ExpertTransfer op) {
    return op.processors() == 0 ? 1 : 1 + processors / op.processors();
  }
}
