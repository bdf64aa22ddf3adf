package dev.rackplan.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * What {@code torch.save} writes of dictionaries, lists, numbers, texts and tensors, as engines'
 * recorders and maps are: read as the JSON that it stands for.
 *
 * <p>Source: PyTorch's {@code torch/serialization.py}: a ZIP of a pickle ({@code data.pkl}) and the
 * tensors' storages ({@code data/0}, …). Nothing of the pickle is run: {@link Pickle} knows only
 * these values.
 */
final class TorchFile {
  private static final int MOST_BYTES = 1 << 30;
  private static final int MOST_VALUES = 8_000_000;
  private static final String REMEDY =
      "Give what torch.save wrote of a dictionary of tensors, or the same as JSON.";

  private final String shown;
  private final ZipFile zip;
  private final String folder;
  private int values;

  private TorchFile(String shown, ZipFile zip, String folder) {
    this.shown = shown;
    this.zip = zip;
    this.folder = folder;
  }

  /** Whether a file of that name is one. */
  static boolean named(String shown) {
    return shown.endsWith(".pt") || shown.endsWith(".pth");
  }

  /**
   * The one object of {@code file}; a table {@code logical_count} for each of several steps is
   * summed up over them.
   *
   * @param shown the path as the user gave it
   */
  static JsonCursor read(Path file, String shown) {
    InputDoor.check(file, shown, REMEDY);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      String pickle =
          zip.stream()
              .map(ZipEntry::getName)
              .filter(name -> name.endsWith("/data.pkl"))
              .findFirst()
              .orElseThrow(() -> fault(shown, "holds no data.pkl"));
      TorchFile torch =
          new TorchFile(shown, zip, pickle.substring(0, pickle.length() - "data.pkl".length()));
      Object root = new Pickle(torch.bytes(pickle), shown).read();
      return JsonCursor.of(torch.node(root), shown);
    } catch (IOException e) {
      throw fault(shown, "is no ZIP as torch.save writes it (" + IoReason.of(e) + ")");
    }
  }

  private static InputException fault(String shown, String problem) {
    return new InputException(shown, "", problem, REMEDY);
  }

  private byte[] bytes(String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw fault(shown, "holds no " + name);
    }
    try (var in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw fault(shown, name + " is longer than " + MOST_BYTES + " bytes");
      }
      return bytes;
    }
  }

  private JsonNode node(Object value) throws IOException {
    if (++values > MOST_VALUES) {
      throw fault(shown, "has more than " + MOST_VALUES + " values");
    }
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    if (value instanceof Map<?, ?> map) {
      ObjectNode object = nodes.objectNode();
      for (var entry : map.entrySet()) {
        String key = String.valueOf(entry.getKey());
        JsonNode child =
            key.equals("logical_count") && entry.getValue() instanceof Pickle.Tensor tensor
                ? table(summed(tensor))
                : node(entry.getValue());
        if (!child.isNull()) {
          object.set(key, child);
        }
      }
      return object;
    }
    if (value instanceof List<?> list) {
      ArrayNode array = nodes.arrayNode();
      for (Object item : list) {
        array.add(node(item));
      }
      return array;
    }
    if (value instanceof Pickle.Tensor tensor) {
      return table(doubles(tensor), tensor.shape(), 0, 0);
    }
    return scalar(value);
  }

  private static JsonNode scalar(Object value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    if (value instanceof Long number) {
      return nodes.numberNode(number);
    }
    if (value instanceof Double number) {
      return nodes.numberNode(number);
    }
    if (value instanceof Boolean flag) {
      return nodes.booleanNode(flag);
    }
    return value instanceof String text ? nodes.textNode(text) : nodes.nullNode();
  }

  // Steps in front of layers and experts.
  private double[][] summed(Pickle.Tensor tensor) throws IOException {
    int[] shape = tensor.shape();
    if (shape.length != 2 && shape.length != 3) {
      throw fault(shown, "logical_count has " + shape.length + " dimensions, not 2 or 3");
    }
    int rows = shape[shape.length - 2];
    int columns = shape[shape.length - 1];
    double[] all = doubles(tensor);
    double[][] sums = new double[rows][columns];
    for (int i = 0; i < all.length; i++) {
      sums[i / columns % rows][i % columns] += all[i];
    }
    return sums;
  }

  private static JsonNode table(double[][] rows) {
    ArrayNode table = JsonNodeFactory.instance.arrayNode();
    for (double[] row : rows) {
      ArrayNode cells = table.addArray();
      for (double cell : row) {
        add(cells, cell);
      }
    }
    return table;
  }

  private JsonNode table(double[] all, int[] shape, int dimension, int offset) {
    values += dimension == 0 ? all.length : 0;
    if (values > MOST_VALUES) {
      throw fault(shown, "has more than " + MOST_VALUES + " values");
    }
    if (shape.length == 0) {
      return JsonNodeFactory.instance.numberNode(all[0]);
    }
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    int stride = 1;
    for (int d = dimension + 1; d < shape.length; d++) {
      stride *= shape[d];
    }
    for (int i = 0; i < shape[dimension]; i++) {
      if (dimension == shape.length - 1) {
        add(array, all[offset + i]);
      } else {
        array.add(table(all, shape, dimension + 1, offset + i * stride));
      }
    }
    return array;
  }

  private static void add(ArrayNode array, double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1L << 53) {
      array.add((long) value);
    } else {
      array.add(value);
    }
  }

  // In the order of its indices, the last fastest.
  private double[] doubles(Pickle.Tensor tensor) throws IOException {
    byte[] storage = bytes(folder + "data/" + tensor.key());
    ByteBuffer buffer = ByteBuffer.wrap(storage).order(order());
    int width = tensor.type().bytes();
    double[] all = new double[tensor.elements()];
    int[] index = new int[tensor.shape().length];
    for (int i = 0; i < all.length; i++) {
      long at = tensor.offset();
      for (int d = 0; d < index.length; d++) {
        at += (long) index[d] * tensor.strides()[d];
      }
      if (at < 0 || (at + 1) * width > storage.length) {
        throw fault(shown, "a tensor ends beyond its storage " + tensor.key());
      }
      all[i] = tensor.type().get(buffer, (int) (at * width));
      for (int d = index.length - 1; d >= 0 && ++index[d] == tensor.shape()[d]; d--) {
        index[d] = 0;
      }
    }
    return all;
  }

  private ByteOrder order() throws IOException {
    return zip.getEntry(folder + "byteorder") != null
            && new String(bytes(folder + "byteorder"), StandardCharsets.UTF_8).equals("big")
        ? ByteOrder.BIG_ENDIAN
        : ByteOrder.LITTLE_ENDIAN;
  }
}
