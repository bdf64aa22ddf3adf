package dev.rackplan.cost.link;

import java.util.ArrayList;
import java.util.List;

/** Keeps the busiest of the links it is shown; the first on a tie. */
public class LinkScan {
  private BusiestLink.Kind kind = BusiestLink.Kind.PORT_IN;
  private int index;
  private double most;

  public void see(BusiestLink.Kind linkKind, int linkIndex, double secondsPerByte) {
    if (secondsPerByte > most) {
      most = secondsPerByte;
      kind = linkKind;
      index = linkIndex;
    }
  }

  /** The same link with other seconds per byte. */
  public void see(BusiestLink link, double secondsPerByte) {
    see(link.kind(), link.index(), secondsPerByte);
  }

  /** Most seconds per byte so far. */
  public double most() {
    return most;
  }

  public BusiestLink busiest() {
    return new BusiestLink(kind, index, most);
  }

  /** Keeps all links it is shown, so that none is passed over as too small. */
  public static final class All extends LinkScan {
    private final List<BusiestLink> links = new ArrayList<>();

    @Override
    public void see(BusiestLink.Kind linkKind, int linkIndex, double secondsPerByte) {
      links.add(new BusiestLink(linkKind, linkIndex, secondsPerByte));
    }

    public List<BusiestLink> links() {
      return List.copyOf(links);
    }
  }
}
