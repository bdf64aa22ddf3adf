package dev.rackplan.json;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Python's pickle of plain values and PyTorch's tensors: dictionaries, lists, tuples, texts,
 * numbers, flags and {@code None}. No name of the file is called: the few that stand for tensors
 * are known here, others are refused.
 *
 * <p>Source: Python's {@code pickletools}; PyTorch's {@code _rebuild_tensor_v2}.
 */
final class Pickle {
  /** Elements of a storage, by the name of its class. */
  enum Type {
    INT("IntStorage", 4),
    LONG("LongStorage", 8),
    SHORT("ShortStorage", 2),
    BYTE("ByteStorage", 1),
    CHAR("CharStorage", 1),
    FLOAT("FloatStorage", 4),
    DOUBLE("DoubleStorage", 8),
    BFLOAT16("BFloat16Storage", 2);

    private final String storage;
    private final int bytes;

    Type(String storage, int bytes) {
      this.storage = storage;
      this.bytes = bytes;
    }

    int bytes() {
      return bytes;
    }

    double get(ByteBuffer buffer, int at) {
      return switch (this) {
        case INT -> buffer.getInt(at);
        case LONG -> buffer.getLong(at);
        case SHORT -> buffer.getShort(at);
        case BYTE -> buffer.get(at) & 0xff;
        case CHAR -> buffer.get(at);
        case FLOAT -> buffer.getFloat(at);
        case DOUBLE -> buffer.getDouble(at);
        case BFLOAT16 -> Float.intBitsToFloat(buffer.getShort(at) << 16);
      };
    }
  }

  /** A storage that a pickle names: elements of a type, in the file of that key. */
  private record Storage(Type type, String key) {}

  /**
   * A tensor.
   *
   * @param offset of its first element, in elements
   * @param strides in elements
   */
  record Tensor(Type type, String key, long offset, int[] shape, long[] strides) {
    int elements() {
      return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }
  }

  private enum Special {
    MARK,
    NONE
  }

  /** A name of the file that stands for a function or class. */
  private record Name(String text) {}

  private static final String TENSOR = "torch._utils _rebuild_tensor_v2";
  private static final String ORDERED = "collections OrderedDict";

  private final ByteBuffer in;
  private final String shown;
  private final Deque<Object> stack = new ArrayDeque<>();
  private final Map<Integer, Object> memo = new HashMap<>();

  Pickle(byte[] bytes, String shown) {
    this.in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    this.shown = shown;
  }

  /**
   * The value; a {@link Tensor} where it is one, and for {@code None} something that is no text.
   */
  Object read() {
    try {
      while (true) {
        int code = in.get() & 0xff;
        if (code == '.') {
          return stack.pop();
        }
        step(code);
      }
    } catch (BufferUnderflowException
        | java.util.NoSuchElementException
        | ClassCastException
        | ArithmeticException
        | IndexOutOfBoundsException e) {
      throw fault("is a damaged pickle");
    }
  }

  private InputException fault(String problem) {
    return new InputException(
        shown, "", problem, "Give what torch.save wrote of a dictionary of tensors, or JSON.");
  }

  private void step(int code) {
    switch (code) {
      case 0x80 -> in.get();
      case 0x95 -> in.getLong();
      case '}' -> stack.push(new LinkedHashMap<>());
      case ']', ')' -> stack.push(new ArrayList<>());
      case '(' -> stack.push(Special.MARK);
      case 'q' -> memo.put(in.get() & 0xff, stack.peek());
      case 'r' -> memo.put(in.getInt(), stack.peek());
      case 0x94 -> memo.put(memo.size(), stack.peek());
      case 'h' -> recall(in.get() & 0xff);
      case 'j' -> recall(in.getInt());
      case 'N' -> stack.push(Special.NONE);
      case 0x88 -> stack.push(true);
      case 0x89 -> stack.push(false);
      case 'c' -> stack.push(new Name(line() + " " + line()));
      case 0x93 -> {
        String name = (String) stack.pop();
        stack.push(new Name(stack.pop() + " " + name));
      }
      case 'Q' -> stack.push(storage((List<?>) stack.pop()));
      case 'R' -> stack.push(called());
      case 'b' -> stack.pop();
      case 's' -> {
        Object value = stack.pop();
        Object key = stack.pop();
        top().put(key, value);
      }
      case 'u' -> {
        List<Object> items = toMark();
        for (int i = 0; i + 1 < items.size(); i += 2) {
          top().put(items.get(i), items.get(i + 1));
        }
      }
      default -> scalarOrList(code);
    }
  }

  private void scalarOrList(int code) {
    switch (code) {
      case 'X' -> stack.push(text(in.getInt()));
      case 0x8c -> stack.push(text(in.get() & 0xff));
      case 'J' -> stack.push((long) in.getInt());
      case 'K' -> stack.push(in.get() & 0xffL);
      case 'M' -> stack.push(in.getShort() & 0xffffL);
      case 0x8a -> stack.push(whole(in.get() & 0xff));
      case 'G' -> {
        stack.push(in.order(ByteOrder.BIG_ENDIAN).getDouble());
        in.order(ByteOrder.LITTLE_ENDIAN);
      }
      case 'a' -> {
        Object item = stack.pop();
        list().add(item);
      }
      case 'e' -> {
        List<Object> items = toMark();
        list().addAll(items);
      }
      case 't' -> stack.push(toMark());
      case 0x85 -> tuple(1);
      case 0x86 -> tuple(2);
      case 0x87 -> tuple(3);
      default ->
          throw fault("holds something beside dictionaries, lists, numbers, texts and tensors");
    }
  }

  private void recall(int index) {
    Object known = memo.get(index);
    if (known == null) {
      throw fault("is a damaged pickle");
    }
    stack.push(known);
  }

  @SuppressWarnings("unchecked")
  private Map<Object, Object> top() {
    return (Map<Object, Object>) stack.peek();
  }

  @SuppressWarnings("unchecked")
  private List<Object> list() {
    return (List<Object>) stack.peek();
  }

  private List<Object> toMark() {
    List<Object> items = new ArrayList<>();
    for (Object item = stack.pop(); item != Special.MARK; item = stack.pop()) {
      items.add(0, item);
    }
    return items;
  }

  private void tuple(int count) {
    List<Object> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(0, stack.pop());
    }
    stack.push(items);
  }

  private String text(int length) {
    if (length < 0 || length > in.remaining()) {
      throw fault("is a damaged pickle");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private String line() {
    StringBuilder line = new StringBuilder();
    for (int c = in.get(); c != '\n'; c = in.get()) {
      line.append((char) c);
    }
    return line.toString();
  }

  private long whole(int bytes) {
    if (bytes > Long.BYTES) {
      throw fault("holds a number of more than 64 bits");
    }
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (in.get() & 0xffL) << (8 * i);
    }
    int unused = Long.SIZE - 8 * bytes;
    return bytes == 0 ? 0 : value << unused >> unused;
  }

  // ("storage", class, key, device, elements)
  private Storage storage(List<?> id) {
    String name = ((Name) id.get(1)).text();
    for (Type type : Type.values()) {
      if (name.equals("torch " + type.storage)) {
        return new Storage(type, (String) id.get(2));
      }
    }
    throw fault("holds a " + name + ", which is not read");
  }

  private Object called() {
    List<?> arguments = (List<?>) stack.pop();
    String name = ((Name) stack.pop()).text();
    if (name.equals(ORDERED) && arguments.isEmpty()) {
      return new LinkedHashMap<>();
    }
    if (!name.equals(TENSOR)) {
      throw fault("holds a " + name.replace(' ', '.') + ", which is not read");
    }
    Storage storage = (Storage) arguments.get(0);
    return new Tensor(
        storage.type(),
        storage.key(),
        (Long) arguments.get(1),
        wholes(arguments.get(2)).mapToInt(Math::toIntExact).toArray(),
        wholes(arguments.get(3)).toArray());
  }

  private static java.util.stream.LongStream wholes(Object tuple) {
    return ((List<?>) tuple).stream().mapToLong(item -> (Long) item);
  }
}
