package dev.rackplan.law;

/**
 * One direction of an all-to-all between experts' GPUs.
 *
 * @param tokens of each rank
 * @param copies of each token: experts that it goes to, or, where a copy serves all experts of a
 *     rank, the ranks
 * @param hiddenSize elements of one copy
 * @param bytesPerElement of one copy
 * @param ranks GPUs that take part
 * @param nodes hosts that they lie in
 * @param experts of the whole model
 * @param processors streaming multiprocessors that copy; 0 where the kernel takes what it needs
 */
public record ExpertTransfer(
    double tokens,
    double copies,
    double hiddenSize,
    double bytesPerElement,
    double ranks,
    double nodes,
    double experts,
    double processors)
    implements Op {

  /** Bytes that one rank sends, its own copies among them. */
  public double bytes() {
    return tokens * copies * hiddenSize * bytesPerElement;
  }
}
