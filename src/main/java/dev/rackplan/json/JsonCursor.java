package dev.rackplan.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * One value of a JSON file, with its file and path for error messages.
 *
 * <p>An object's keys are asked for one by one; {@link #end()} then refuses every key that nobody
 * asked for. Strict: repeated keys, text after the end, nulls, numbers in quotes, NaN and fractions
 * where a whole number belongs are errors.
 */
public final class JsonCursor {
  /** Largest file in bytes that is read as JSON. */
  static final int MAX_FILE_BYTES = 256 << 20;

  /** So that no change of units makes nothing, or infinity, of what was given. */
  private static final double LEAST_POSITIVE = 1e-100;

  private final String file;
  private final String path;
  private final JsonNode node;
  private final TreeSet<String> asked = new TreeSet<>();

  private JsonCursor(String file, String path, JsonNode node) {
    this.file = file;
    this.path = path;
    this.node = node;
  }

  /** Reads a whole file. {@code shown} is the path as the user gave it. */
  public static JsonCursor read(Path file, String shown) {
    String text = InputDoor.text(file, shown, MAX_FILE_BYTES, "Give a JSON file.");
    return parse(text, shown);
  }

  /**
   * Reads a whole file that Python's json module may have written: NaN, Infinity and -Infinity are
   * numbers too. Hugging Face's config.json has them.
   */
  public static JsonCursor readPython(Path file, String shown) {
    String text = InputDoor.text(file, shown, MAX_FILE_BYTES, "Give a JSON file.");
    return of(JsonParsing.ofPython(text, shown), shown);
  }

  /** Reads a text. {@code shown} names it in errors. */
  public static JsonCursor parse(String text, String shown) {
    return of(JsonParsing.of(text, shown), shown);
  }

  /**
   * Reads one line of a file that holds one JSON object a line; paths start with {@code line N: $}.
   */
  static JsonCursor parseLine(String text, String shown, int line) {
    return new JsonCursor(shown, "line " + line + ": $", JsonParsing.ofLine(text, shown, line));
  }

  /** A tree that was read from another format. */
  static JsonCursor of(JsonNode tree, String shown) {
    return new JsonCursor(shown, "$", tree);
  }

  public String file() {
    return file;
  }

  public String path() {
    return path;
  }

  /** An error at this place. */
  public InputException error(String problem, String remedy) {
    return new InputException(file, path, problem, remedy);
  }

  /** Runs a constructor and turns its IllegalArgumentException into an error at this place. */
  public <T> T build(java.util.function.Supplier<T> constructor, String remedy) {
    try {
      return constructor.get();
    } catch (IllegalArgumentException e) {
      throw error(e.getMessage(), remedy);
    }
  }

  public boolean isObject() {
    return node.isObject();
  }

  public boolean isList() {
    return node.isArray();
  }

  public boolean isText() {
    return node.isTextual();
  }

  public boolean isNumber() {
    return node.isNumber();
  }

  /**
   * The value as plain Java: LinkedHashMap, List, String, Boolean, Long for whole numbers, Double
   * for others.
   */
  public Object tree() {
    if (node.isObject()) {
      Map<String, Object> entries = new LinkedHashMap<>();
      keys().forEach(key -> entries.put(key, get(key).tree()));
      return entries;
    }
    if (node.isArray()) {
      return list().stream().map(JsonCursor::tree).toList();
    }
    if (node.isTextual()) {
      return node.textValue();
    }
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    // The conditional must not promote the Long to a Double.
    return node.isIntegralNumber() && node.canConvertToLong()
        ? (Object) node.longValue()
        : (Object) number();
  }

  /**
   * The same object with one value put in or replaced, made of copies.
   *
   * @param dotted its keys from the top, such as {@code workload.contextTokens}; objects on the way
   *     are made where they are missing
   */
  JsonCursor with(String dotted, JsonCursor value) {
    requireObject();
    ObjectNode copy = node.deepCopy();
    ObjectNode at = copy;
    String[] keys = dotted.split("\\.", -1);
    for (int i = 0; i + 1 < keys.length; i++) {
      JsonNode next = at.get(keys[i]);
      if (next == null) {
        next = at.putObject(keys[i]);
      }
      if (!next.isObject()) {
        throw value.error(
            "goes through " + keys[i] + ", which is no object",
            "Give keys of a problem with dots.");
      }
      at = (ObjectNode) next;
    }
    at.set(keys[keys.length - 1], value.node.deepCopy());
    return new JsonCursor(file, path, copy);
  }

  /** Whether the object has the key with a value other than null. */
  public boolean has(String key) {
    asked.add(key);
    return node.hasNonNull(key);
  }

  /** The object's keys in file order. */
  public List<String> keys() {
    requireObject();
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** The value under {@code key}; an error where it is missing or null. */
  public JsonCursor get(String key) {
    requireObject();
    asked.add(key);
    JsonNode child = node.get(key);
    if (child == null) {
      throw new InputException(
          file,
          path,
          "key \"" + key + "\" is missing" + didYouMean(key),
          "Add it; docs/formats.md explains each key.");
    }
    if (child.isNull()) {
      throw new InputException(
          file,
          path + "." + key,
          "must not be null",
          "Give a value, or leave an optional key out.");
    }
    return new JsonCursor(file, path + "." + key, child);
  }

  /** The value under {@code key}, empty where the key is absent; null is an error. */
  public Optional<JsonCursor> find(String key) {
    requireObject();
    asked.add(key);
    return node.has(key) ? Optional.of(get(key)) : Optional.empty();
  }

  /**
   * As {@link #find}, but null counts as absent: Hugging Face configs write null for "not used".
   */
  public Optional<JsonCursor> findNullable(String key) {
    requireObject();
    asked.add(key);
    return node.hasNonNull(key) ? Optional.of(get(key)) : Optional.empty();
  }

  /** The elements of a list. */
  public List<JsonCursor> list() {
    if (!node.isArray()) {
      throw error("must be a list, was " + shown(), "Write [ … ].");
    }
    List<JsonCursor> items = new ArrayList<>(node.size());
    for (int i = 0; i < node.size(); i++) {
      if (node.get(i).isNull()) {
        throw new InputException(
            file, path + "[" + i + "]", "must not be null", "Give a value or remove the element.");
      }
      items.add(new JsonCursor(file, path + "[" + i + "]", node.get(i)));
    }
    return items;
  }

  /** Whether this is a text without a sign in it. */
  public boolean isBlank() {
    return node.isTextual() && node.textValue().isBlank();
  }

  public String text() {
    if (!node.isTextual()) {
      throw error("must be a text, was " + shown(), "Write it in double quotes.");
    }
    if (node.textValue().isBlank()) {
      throw error("must not be blank", "Give a text.");
    }
    if (ControlCharacters.in(node.textValue())) {
      throw error(
          "must hold no line ends, escapes or marks of direction, was " + shown(),
          "Write it without them.");
    }
    return node.textValue();
  }

  public boolean bool() {
    if (!node.isBoolean()) {
      throw error("must be true or false, was " + shown(), "Write true or false without quotes.");
    }
    return node.booleanValue();
  }

  /** A finite number. */
  public double number() {
    if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
      throw error(
          "must be a finite number, was " + shown(), "Write a plain number without quotes.");
    }
    return node.doubleValue();
  }

  /** A finite number &gt; 0. */
  public double positive() {
    double value = number();
    if (!(value > 0)) {
      throw error("must be > 0, was " + shown(), "Give a positive number.");
    }
    if (value < LEAST_POSITIVE || value > 1 / LEAST_POSITIVE) {
      throw error(
          "must be in " + LEAST_POSITIVE + ".." + 1 / LEAST_POSITIVE + ", was " + shown(),
          "Give a number in that range.");
    }
    return value;
  }

  /** A finite number in [least, most]. */
  public double numberIn(double least, double most) {
    double value = number();
    if (!(value >= least && value <= most)) {
      throw error(
          "must be in " + trim(least) + ".." + trim(most) + ", was " + shown(),
          "Give a number in that range.");
    }
    return value;
  }

  /** A whole number in [least, most]. */
  public int integer(int least, int most) {
    return (int) whole(least, most);
  }

  /** A whole number in [least, most]. */
  public long whole(long least, long most) {
    if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
      throw error(
          "must be a whole number, was " + shown(),
          "Write digits without quotes or a decimal point.");
    }
    double value = node.doubleValue();
    if (value != Math.rint(value)) {
      throw error(
          "must be a whole number, was " + shown(), "Write digits without a decimal point.");
    }
    if (value < least || value > most) {
      throw error(
          "must be in " + least + ".." + most + ", was " + shown(),
          "Give a whole number in that range.");
    }
    return node.isIntegralNumber() ? node.longValue() : (long) value;
  }

  public int integer(String key, int least, int most) {
    return get(key).integer(least, most);
  }

  public double positive(String key) {
    return get(key).positive();
  }

  public String text(String key) {
    return get(key).text();
  }

  public OptionalDouble findPositive(String key) {
    Optional<JsonCursor> child = find(key);
    return child.isPresent() ? OptionalDouble.of(child.get().positive()) : OptionalDouble.empty();
  }

  public OptionalInt findInteger(String key, int least, int most) {
    Optional<JsonCursor> child = find(key);
    return child.isPresent()
        ? OptionalInt.of(child.get().integer(least, most))
        : OptionalInt.empty();
  }

  /**
   * One of an enum's constants, written in camelCase ({@code perDomain} for {@code PER_DOMAIN}).
   */
  public <E extends Enum<E>> E oneOf(Class<E> type) {
    String value = text();
    List<String> names = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      String name = camelCase(constant);
      if (name.equals(value)) {
        return constant;
      }
      names.add(name);
    }
    throw error(
        "must be one of " + String.join(", ", names) + ", was \"" + value + "\"",
        Spelling.nearest(value, names)
            .map(near -> "Did you mean \"" + near + "\"?")
            .orElse("Give one of these."));
  }

  /** {@code PER_DOMAIN} as {@code perDomain}. */
  public static String camelCase(Enum<?> constant) {
    String[] words = constant.name().toLowerCase(Locale.ROOT).split("_");
    StringBuilder name = new StringBuilder(words[0]);
    for (int i = 1; i < words.length; i++) {
      name.append(words[i].substring(0, 1).toUpperCase(Locale.ROOT)).append(words[i].substring(1));
    }
    return name.toString();
  }

  /** Refuses keys that nobody asked for. */
  public void end() {
    requireObject();
    for (String key : keys()) {
      if (!asked.contains(key)) {
        Optional<String> near = Spelling.nearest(key, asked);
        throw new InputException(
            file,
            path + "." + key,
            "unknown key" + near.map(name -> "; did you mean \"" + name + "\"?").orElse(""),
            "Known here: " + asked.stream().collect(Collectors.joining(", ")) + ".");
      }
    }
  }

  private void requireObject() {
    if (!node.isObject()) {
      throw error("must be an object, was " + shown(), "Write { … }.");
    }
  }

  private String didYouMean(String key) {
    return Spelling.nearest(key, keys())
        .map(name -> "; did you mean it by \"" + name + "\"?")
        .orElse("");
  }

  private String shown() {
    if (node.isNull()) {
      return "null";
    }
    if (node.isObject() || node.isArray()) {
      return node.isObject() ? "an object" : "a list";
    }
    String text = node.toString();
    return text.length() > 60 ? text.substring(0, 57) + "…" : text;
  }

  private static String trim(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
