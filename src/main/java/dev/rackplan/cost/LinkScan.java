package dev.rackplan.cost;

import java.util.ArrayList;
import java.util.List;

/** Keeps the busiest of the links it is shown; the first on a tie. */
class LinkScan {
  private BusiestLink.Kind kind = BusiestLink.Kind.PORT_IN;
  private int index;
  private double most;

  void see(BusiestLink.Kind linkKind, int linkIndex, double secondsPerByte) {
    if (secondsPerByte > most) {
      most = secondsPerByte;
      kind = linkKind;
      index = linkIndex;
    }
  }

  /** The same link with other seconds per byte. */
  void see(BusiestLink link, double secondsPerByte) {
    see(link.kind(), link.index(), secondsPerByte);
  }

  /** Most seconds per byte so far. */
  double most() {
    return most;
  }

  BusiestLink busiest() {
    return new BusiestLink(kind, index, most);
  }

  /** Keeps all links it is shown, so that none is passed over as too small. */
  static final class All extends LinkScan {
    private final List<BusiestLink> links = new ArrayList<>();

    @Override
    void see(BusiestLink.Kind linkKind, int linkIndex, double secondsPerByte) {
      links.add(new BusiestLink(linkKind, linkIndex, secondsPerByte));
    }

    List<BusiestLink> links() {
      return List.copyOf(links);
    }
  }
}
