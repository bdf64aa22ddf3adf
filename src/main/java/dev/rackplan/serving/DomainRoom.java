package dev.rackplan.serving;

import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Room that is left in a cluster's domains while instances are put there as {@link PoolPlaces} puts
 * them, without saying where: equal domains, except for a smaller last one.
 */
final class DomainRoom {
  private final int domain;
  // GPUs of the smaller domain; 0 = there is none.
  private final int last;
  // Domains with so many free GPUs each.
  private final NavigableMap<Integer, Integer> free = new TreeMap<>();

  /** So many GPUs in empty domains. */
  DomainRoom(int gpus, int domain) {
    this.domain = domain;
    this.last = gpus % domain;
    add(domain, gpus / domain);
    add(last, 1);
  }

  /** Instances of one shape. */
  record Wanted(InstanceShape shape, int count) {}

  /** Whether all of them fit beside each other. */
  static boolean holds(int gpus, int domain, List<Wanted> all) {
    DomainRoom room = new DomainRoom(gpus, domain);
    return all.stream()
        .sorted(Comparator.comparingInt(one -> -one.shape().gpus()))
        .allMatch(one -> room.take(one.shape(), one.count()) == one.count());
  }

  /** Puts up to {@code most} instances there; how many there is room for. */
  int take(InstanceShape shape, int most) {
    if (shape.isSpread(domain)) {
      return takeSpread(shape, most);
    }
    return shape.gpus() > domain ? takeWhole(shape.gpus(), most) : takeWithin(shape.gpus(), most);
  }

  // Each in one domain, in the fullest that has room.
  private int takeWithin(int size, int most) {
    int taken = 0;
    for (Integer room = free.ceilingKey(size);
        room != null && taken < most;
        room = free.ceilingKey(size)) {
      int each = room / size;
      int whole = Math.min(free.get(room), (most - taken) / each);
      int here = whole > 0 ? each : most - taken;
      move(room, here * size, Math.max(1, whole));
      taken += here * Math.max(1, whole);
    }
    return taken;
  }

  // Each stage in one domain, the emptiest first.
  private int takeSpread(InstanceShape shape, int most) {
    int size = shape.gpusPerStage();
    int slots =
        free.entrySet().stream().mapToInt(one -> one.getValue() * (one.getKey() / size)).sum();
    int taken = Math.min(most, slots / shape.stages());
    int left = taken * shape.stages();
    while (left > 0) {
      int room = free.lastKey();
      int each = room / size;
      int whole = Math.min(free.get(room), left / each);
      int here = whole > 0 ? each : left;
      move(room, here * size, Math.max(1, whole));
      left -= here * Math.max(1, whole);
    }
    return taken;
  }

  // Each over empty domains in a row, the last of which it may fill in part; the smaller domain is
  // the last of all.
  private int takeWhole(int size, int most) {
    int domains = (size + domain - 1) / domain;
    int part = size - (domains - 1) * domain;
    int empty = free.getOrDefault(domain, 0);
    int taken = Math.min(most, empty / domains);
    move(domain, domain, taken * (domains - 1));
    move(domain, part, taken);
    if (taken < most
        && empty - taken * domains == domains - 1
        && free.containsKey(last)
        && last >= part) {
      move(domain, domain, domains - 1);
      move(last, part, 1);
      taken++;
    }
    return taken;
  }

  private void move(int room, int taken, int count) {
    add(room, -count);
    add(room - taken, count);
  }

  private void add(int room, int count) {
    if (room > 0 && count != 0) {
      free.merge(room, count, (old, more) -> old + more == 0 ? null : Integer.valueOf(old + more));
    }
  }
}
