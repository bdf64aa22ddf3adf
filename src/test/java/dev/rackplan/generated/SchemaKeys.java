package dev.rackplan.generated;

import dev.rackplan.CommittedSchema;
import dev.rackplan.json.JsonCursor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Keys and values that schemas name, and those that trees have, as paths: {@code
 * workload.training.schedule} and {@code workload.training.schedule=1f1b}.
 */
final class SchemaKeys {
  // The same wherever they stand.
  private static final Set<String> ANYWHERE = Set.of("gpu", "scaleUp", "powerLaw", "topics");

  private final TreeSet<String> found = new TreeSet<>();

  private SchemaKeys() {}

  /** What a schema of docs/schema names: keys, values of enums, both values of booleans. */
  static TreeSet<String> ofSchema(String name) {
    SchemaKeys keys = new SchemaKeys();
    keys.schema(name, file(name), "");
    return keys.found;
  }

  /** What a tree has. */
  static TreeSet<String> ofTree(Object tree) {
    SchemaKeys keys = new SchemaKeys();
    keys.tree(tree, "");
    return keys.found;
  }

  private static Map<?, ?> file(String name) {
    return (Map<?, ?>) JsonCursor.read(CommittedSchema.file(name), name).tree();
  }

  private void schema(String file, Map<?, ?> node, String path) {
    if (node.get("$ref") instanceof String reference) {
      String named =
          reference.startsWith("#") ? file : reference.replaceAll("\\.schema\\.json.*", "");
      Map<?, ?> at = file(named);
      for (String step : reference.replaceAll(".*#/", "").split("/", -1)) {
        at = (Map<?, ?>) at.get(step);
      }
      schema(named, at, path);
    }
    if (node.get("properties") instanceof Map<?, ?> properties) {
      properties.forEach(
          (key, child) -> {
            found.add(path + key);
            schema(file, (Map<?, ?>) child, below(path, (String) key));
          });
    }
    if (node.get("items") instanceof Map<?, ?> items) {
      schema(file, items, path);
    }
    for (String several : List.of("anyOf", "oneOf", "allOf")) {
      if (node.get(several) instanceof List<?> list) {
        list.forEach(item -> schema(file, (Map<?, ?>) item, path));
      }
    }
    if (node.get("enum") instanceof List<?> values) {
      values.forEach(value -> found.add(at(path) + "=" + value));
    }
    if (node.containsKey("const")) {
      found.add(at(path) + "=" + node.get("const"));
    }
    if ("boolean".equals(node.get("type"))) {
      found.add(at(path) + "=true");
      found.add(at(path) + "=false");
    }
  }

  private void tree(Object value, String path) {
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (key, child) -> {
            found.add(path + key);
            tree(child, below(path, (String) key));
          });
    } else if (value instanceof List<?> list) {
      list.forEach(item -> tree(item, path));
    } else {
      found.add(at(path) + "=" + value);
    }
  }

  private static String below(String path, String key) {
    return (ANYWHERE.contains(key) ? "" : path) + key + ".";
  }

  private static String at(String path) {
    return path.replaceAll("\\.$", "");
  }
}
