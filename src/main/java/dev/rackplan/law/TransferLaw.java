package dev.rackplan.law;

/** The law of one direction of an all-to-all. */
public interface TransferLaw extends Law<ExpertTransfer> {
  /** The same where links carry any bytes at once. */
  TransferLaw withoutLinks();
}
