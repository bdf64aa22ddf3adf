package dev.rackplan.replay;

/** Requests in a row, without objects. */
final class IntDeque {
  private int[] values = new int[16];
  private int head;
  private int count;

  int size() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** The {@code index}th from the front. */
  int get(int index) {
    return values[(head + index) & (values.length - 1)];
  }

  int first() {
    return get(0);
  }

  void addLast(int value) {
    grow();
    values[(head + count) & (values.length - 1)] = value;
    count++;
  }

  void addFirst(int value) {
    grow();
    head = (head - 1) & (values.length - 1);
    values[head] = value;
    count++;
  }

  int removeFirst() {
    int value = first();
    head = (head + 1) & (values.length - 1);
    count--;
    return value;
  }

  int removeLast() {
    count--;
    return get(count);
  }

  void clear() {
    count = 0;
  }

  private void grow() {
    if (count == values.length) {
      int[] larger = new int[2 * count];
      int back = values.length - head;
      System.arraycopy(values, head, larger, 0, back);
      System.arraycopy(values, 0, larger, back, head);
      values = larger;
      head = 0;
    }
  }
}
