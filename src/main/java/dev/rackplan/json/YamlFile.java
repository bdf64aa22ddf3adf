package dev.rackplan.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.StringReader;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * YAML that engines write, read as the JSON that it stands for: maps, lists, texts, numbers, true,
 * false and null.
 *
 * <p>Read from SnakeYAML's nodes, which know their line and column, and not by its constructors,
 * which throw what a value such as {@code !!binary 7} makes them throw. Other tags, merged keys
 * ({@code <<}) and a second document are errors; an alias stands for a copy, as long as all copies
 * together are no more than {@value #MOST_VALUES} values.
 */
public final class YamlFile {
  private static final int MOST_BYTES = 1 << 26;
  private static final int MOST_VALUES = 4_000_000;
  private static final int DEEPEST = 64;
  private static final String REMEDY = "Give the file as the engine takes it.";
  private static final Pattern WHOLE = Pattern.compile("[-+]?(0|[1-9][0-9]{0,63})");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?([0-9]{1,64}(\\.[0-9]{0,64})?|\\.[0-9]{1,64})([eE][-+]?[0-9]{1,9})?");
  private static final Set<String> TRUE = Set.of("true", "yes", "on");

  private final String shown;
  private int values;

  private YamlFile(String shown) {
    this.shown = shown;
  }

  /** Whether a file of that name is read as YAML. */
  static boolean named(String shown) {
    return shown.endsWith(".yaml") || shown.endsWith(".yml");
  }

  /**
   * The one document of {@code file}.
   *
   * @param shown the path as the user gave it
   * @throws InputException with line and column where it is no YAML of plain values
   */
  public static JsonCursor read(Path file, String shown) {
    String text = InputDoor.text(file, shown, MOST_BYTES, REMEDY);
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setCodePointLimit(MOST_BYTES);
    options.setNestingDepthLimit(DEEPEST);
    // Counted here, by what they make.
    options.setMaxAliasesForCollections(Integer.MAX_VALUE);
    Node root;
    try {
      root = new Yaml(options).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      throw new InputException(
          shown,
          place(e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark()),
          "is no YAML (" + e.getProblem() + ")",
          REMEDY);
    } catch (YAMLException e) {
      throw new InputException(
          shown, "", "is no YAML (" + e.getMessage().lines().findFirst().orElse("") + ")", REMEDY);
    }
    if (root == null) {
      throw new InputException(shown, "", "is empty", REMEDY);
    }
    return JsonCursor.of(new YamlFile(shown).tree(root, 0), shown);
  }

  private JsonNode tree(Node node, int depth) {
    values++;
    if (depth > DEEPEST || values > MOST_VALUES) {
      throw error(
          node,
          depth > DEEPEST
              ? "is nested deeper than " + DEEPEST + " levels, or an alias holds itself"
              : "makes more than " + MOST_VALUES + " values with all aliases");
    }
    if (node instanceof MappingNode map && node.getTag().equals(Tag.MAP)) {
      return object(map, depth);
    }
    if (node instanceof SequenceNode list && node.getTag().equals(Tag.SEQ)) {
      ArrayNode items = JsonNodeFactory.instance.arrayNode();
      list.getValue().forEach(item -> items.add(tree(item, depth + 1)));
      return items;
    }
    if (node instanceof ScalarNode scalar) {
      return scalar(scalar);
    }
    throw error(node, "has the tag " + node.getTag() + ", which is no plain value");
  }

  private ObjectNode object(MappingNode map, int depth) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (NodeTuple entry : map.getValue()) {
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        throw error(entry.getKeyNode(), "has a list or map as a key");
      }
      if (key.getTag().equals(Tag.MERGE)) {
        throw error(key, "merges keys with <<");
      }
      if (object.has(key.getValue())) {
        throw error(key, "key '" + key.getValue() + "' is given twice");
      }
      object.set(key.getValue(), tree(entry.getValueNode(), depth + 1));
    }
    return object;
  }

  private JsonNode scalar(ScalarNode scalar) {
    Tag tag = scalar.getTag();
    String text = scalar.getValue();
    if (tag.equals(Tag.STR) || tag.equals(Tag.TIMESTAMP)) {
      return JsonNodeFactory.instance.textNode(text);
    }
    if (tag.equals(Tag.NULL)) {
      return JsonNodeFactory.instance.nullNode();
    }
    if (tag.equals(Tag.BOOL)) {
      return JsonNodeFactory.instance.booleanNode(TRUE.contains(text.toLowerCase(Locale.ROOT)));
    }
    if (tag.equals(Tag.INT) && WHOLE.matcher(text).matches()) {
      BigInteger whole = new BigInteger(text);
      return whole.bitLength() < Long.SIZE
          ? JsonNodeFactory.instance.numberNode(whole.longValue())
          : JsonNodeFactory.instance.numberNode(whole);
    }
    if (tag.equals(Tag.FLOAT) && DECIMAL.matcher(text).matches()) {
      return JsonNodeFactory.instance.numberNode(Double.parseDouble(text));
    }
    throw error(
        scalar,
        tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)
            ? "number '" + PackedText.shorten(text) + "' is none of JSON"
            : "has the tag " + tag + ", which is no plain value");
  }

  private InputException error(Node node, String problem) {
    return new InputException(shown, place(node.getStartMark()), problem, REMEDY);
  }

  private static String place(Mark mark) {
    return mark == null
        ? ""
        : "line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1);
  }
}
