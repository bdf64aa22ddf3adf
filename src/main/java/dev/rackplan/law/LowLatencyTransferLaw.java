package dev.rackplan.law;

import java.util.List;

/**
 * {@code t0 + tn·log2(nodes) + r·experts + |B/bw, B·(nodes-1)/nodes/bn, c·B/experts,
 * d·tokens/experts|_p + τ·tokens·copies}, B = bytes of one rank's copies, its own among them.
 *
 * <p>These kernels give each expert a share of the multiprocessors, so few experts are served by
 * few of them.
 *
 * @param startSeconds t0
 * @param secondsPerDoubling tn, for each doubling of the nodes
 * @param secondsPerExpert r
 * @param bytesPerSecond bw inside a node
 * @param networkBytesPerSecond bn, of one GPU's NIC; not known from rows of one node
 * @param secondsPerExpertByte c
 * @param secondsPerExpertToken d
 * @param secondsPerCopy τ
 * @param norm p
 */
public record LowLatencyTransferLaw(
    double startSeconds,
    double secondsPerDoubling,
    double secondsPerExpert,
    double bytesPerSecond,
    double networkBytesPerSecond,
    double secondsPerExpertByte,
    double secondsPerExpertToken,
    double secondsPerCopy,
    double norm)
    implements TransferLaw {

  static final LawForm<ExpertTransfer> FORM =
      new LawForm<>(
          "t0 + tn·log2(nodes) + r·experts + |B/bw, B·(nodes-1)/nodes/bn, c·B/experts,"
              + " d·tokens/experts|_p + τ·tokens·copies",
          "B bytes of one rank's copies",
          List.of(
              new Parameter("startSeconds", "t0", 5e-7, 3e-4, 1.2e-5),
              new Parameter("secondsPerDoubling", "tn", 0, 1e-4, 5e-6),
              new Parameter("secondsPerExpert", "r", 0, 1e-6, 2e-8),
              new Parameter("bytesPerSecond", "bw", 1e9, 5e12, 2.5e11),
              new Parameter("networkBytesPerSecond", "bn", 1e9, 1e12, 4.5e10),
              new Parameter("secondsPerExpertByte", "c", 0, 1e-8, 3e-11),
              new Parameter("secondsPerExpertToken", "d", 0, 1e-4, 1e-6),
              new Parameter("secondsPerCopy", "τ", 0, 1e-6, 1e-9),
              new Parameter("norm", "p", 0.7, 8, 2)),
          v -> new LowLatencyTransferLaw(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]));

  /**
   * The same where links carry any bytes at once. Work on each copy goes with its bytes: in tables
   * of one width the two can't be told apart.
   */
  @Override
  public LowLatencyTransferLaw withoutLinks() {
    return new LowLatencyTransferLaw(
        startSeconds,
        secondsPerDoubling,
        secondsPerExpert,
        Double.POSITIVE_INFINITY,
        Double.POSITIVE_INFINITY,
        secondsPerExpertByte,
        secondsPerExpertToken,
        0,
        norm);
  }

  @Override
  public double seconds(ExpertTransfer op, Setting setting) {
    double bytes = op.bytes();
    double wire = bytes / bytesPerSecond;
    double network = bytes * (op.nodes() - 1) / op.nodes() / networkBytesPerSecond;
    double expert =
        (secondsPerExpertByte * bytes + secondsPerExpertToken * op.tokens()) / op.experts();
    return startSeconds
        + secondsPerDoubling * Math.log(op.nodes()) / Math.log(2)
        + secondsPerExpert * op.experts()
        + Norm.of(norm, wire, network, expert)
        + secondsPerCopy * op.tokens() * op.copies();
  }
}
