package dev.rackplan.replay;

import java.util.Arrays;

/** What is to come, soonest first; of what comes at one time, what was added first. */
final class Events {
  /** What happens. */
  enum Kind {
    /** An instance's step ends; {@code about} its number in the simulation. */
    STEP,
    /** A request comes. */
    COMES,
    /** The front end is done with a request. */
    QUEUED,
    /** A prompt has gone through all stages. */
    READ,
    /** A cache has arrived. */
    ARRIVED
  }

  private static final Kind[] KINDS = Kind.values();
  private double[] times = new double[256];
  private long[] order = new long[256];
  private int[] about = new int[256];
  private int[] version = new int[256];
  private byte[] kinds = new byte[256];
  private int count;
  private long added;

  boolean isEmpty() {
    return count == 0;
  }

  double time() {
    return times[0];
  }

  Kind kind() {
    return KINDS[kinds[0]];
  }

  int about() {
    return about[0];
  }

  int version() {
    return version[0];
  }

  /**
   * @param subject instance or request
   * @param versionOf of an instance's step: one that was cut short has another by then
   */
  void add(double time, Kind kind, int subject, int versionOf) {
    if (count == times.length) {
      times = Arrays.copyOf(times, 2 * count);
      order = Arrays.copyOf(order, 2 * count);
      about = Arrays.copyOf(about, 2 * count);
      version = Arrays.copyOf(version, 2 * count);
      kinds = Arrays.copyOf(kinds, 2 * count);
    }
    int at = count++;
    times[at] = time;
    order[at] = added++;
    about[at] = subject;
    version[at] = versionOf;
    kinds[at] = (byte) kind.ordinal();
    while (at > 0 && isBefore(at, (at - 1) / 2)) {
      swap(at, (at - 1) / 2);
      at = (at - 1) / 2;
    }
  }

  /** Takes the first one away. */
  void remove() {
    count--;
    swap(0, count);
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= count) {
        return;
      }
      if (child + 1 < count && isBefore(child + 1, child)) {
        child++;
      }
      if (!isBefore(child, at)) {
        return;
      }
      swap(at, child);
      at = child;
    }
  }

  private boolean isBefore(int one, int other) {
    return times[one] < times[other] || times[one] == times[other] && order[one] < order[other];
  }

  private void swap(int one, int other) {
    double time = times[one];
    times[one] = times[other];
    times[other] = time;
    long place = order[one];
    order[one] = order[other];
    order[other] = place;
    int subject = about[one];
    about[one] = about[other];
    about[other] = subject;
    int number = version[one];
    version[one] = version[other];
    version[other] = number;
    byte kind = kinds[one];
    kinds[one] = kinds[other];
    kinds[other] = kind;
  }
}
