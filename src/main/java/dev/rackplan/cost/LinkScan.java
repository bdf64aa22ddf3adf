package dev.rackplan.cost;

/** Keeps the busiest of the links it is shown; the first on a tie. */
final class LinkScan {
  static final String PORT_IN = "scale-up port in, GPU";
  static final String PORT_OUT = "scale-up port out, mean of domain";
  static final String NIC_IN = "NIC in, GPU";
  static final String NIC_OUT = "NIC out, mean of domain";
  static final String NIC_IN_SHARE = "NIC in, mean of domain";
  static final String UPLINK = "uplinks of domain";
  static final String LEAF = "uplinks of leaf";

  private String kind = PORT_IN;
  private int index;
  private double most;

  void see(String linkKind, int linkIndex, double secondsPerByte) {
    if (secondsPerByte > most) {
      most = secondsPerByte;
      kind = linkKind;
      index = linkIndex;
    }
  }

  BusiestLink busiest() {
    return new BusiestLink(kind, index, most);
  }
}
