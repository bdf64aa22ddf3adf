package dev.rackplan;

import dev.rackplan.json.JsonCursor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The formats as their schemas say: every key, its type and limits, and what it means. */
final class SchemaPage {
  private static final Path SCHEMAS = Path.of("docs/schema");
  private static final String ENDING = ".schema.json";

  private SchemaPage() {}

  static String text() throws IOException {
    StringBuilder text = new StringBuilder("# Schemas\n\n");
    text.append("Every key of every format, as its schema has it; ");
    text.append(
        "[formats](../formats.md) explains them with examples. Keys with `[]` are of each ");
    text.append("item of a list, with `.*` of each value of a map. ");
    text.append("Made from the schemas; `-Dgolden.update=true` writes it.\n");
    for (Path file : files()) {
      String name = file.getFileName().toString();
      Map<?, ?> schema = (Map<?, ?>) JsonCursor.read(file, name).tree();
      text.append("\n## ").append(name.replace(ENDING, "")).append("\n\n");
      text.append(schema.get("description")).append(" [Schema](../schema/").append(name);
      text.append(").\n\n| key | values | means |\n|---|---|---|\n");
      keys(text, "", schema);
      if (schema.get("$defs") instanceof Map<?, ?> parts) {
        parts.forEach(
            (part, value) -> {
              if (value instanceof Map<?, ?> map && map.containsKey("properties")) {
                ReferencePages.row(text, "**" + part + "**", "object", words(map));
                keys(text, "", map);
              }
            });
      }
    }
    return text.toString();
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(SCHEMAS)) {
      return files.filter(file -> file.toString().endsWith(ENDING)).sorted().toList();
    }
  }

  private static void keys(StringBuilder text, String prefix, Map<?, ?> schema) {
    List<?> required = schema.get("required") instanceof List<?> list ? list : List.of();
    if (!(schema.get("properties") instanceof Map<?, ?> properties)) {
      return;
    }
    properties.forEach(
        (key, value) -> {
          if (value instanceof Map<?, ?> of && !key.equals("$schema")) {
            String path = prefix + key;
            String must = required.contains(key) ? " (always there)" : "";
            ReferencePages.row(text, "`" + path + "`", values(of) + must, words(of));
            below(text, path, of);
          }
        });
  }

  private static void below(StringBuilder text, String path, Map<?, ?> schema) {
    keys(text, path + ".", schema);
    if (schema.get("items") instanceof Map<?, ?> items) {
      keys(text, path + "[].", items);
    }
    if (schema.get("additionalProperties") instanceof Map<?, ?> values) {
      keys(text, path + ".*.", values);
    }
    for (String either : List.of("oneOf", "anyOf")) {
      if (schema.get(either) instanceof List<?> parts) {
        parts.forEach(
            part -> {
              if (part instanceof Map<?, ?> map) {
                below(text, path, map);
              }
            });
      }
    }
  }

  private static String words(Map<?, ?> schema) {
    return schema.get("description") instanceof String words ? words : "";
  }

  private static String values(Map<?, ?> schema) {
    if (schema.get("$ref") instanceof String ref) {
      return "as `" + ref.replaceFirst(".*/", "").replace(ENDING, "") + "`";
    }
    if (schema.get("enum") instanceof List<?> values) {
      return "`" + String.join("`, `", values.stream().map(String::valueOf).toList()) + "`";
    }
    if (schema.containsKey("const")) {
      return "`" + schema.get("const") + "`";
    }
    for (String either : List.of("oneOf", "anyOf")) {
      if (schema.get(either) instanceof List<?> parts && !schema.containsKey("type")) {
        List<String> words = new ArrayList<>();
        for (Object part : parts) {
          if (part instanceof Map<?, ?> map) {
            words.add(values(map));
          }
        }
        return String.join(" or ", words.stream().distinct().toList());
      }
    }
    String type = schema.containsKey("type") ? String.valueOf(schema.get("type")) : "any";
    if (type.equals("array") && schema.get("items") instanceof Map<?, ?> items) {
      return "list of: " + values(items);
    }
    return type + limits(schema);
  }

  private static String limits(Map<?, ?> schema) {
    StringBuilder limits = new StringBuilder();
    add(limits, ", at least ", schema.get("minimum"));
    add(limits, ", above ", schema.get("exclusiveMinimum"));
    add(limits, ", at most ", schema.get("maximum"));
    add(limits, ", below ", schema.get("exclusiveMaximum"));
    return limits.toString();
  }

  private static void add(StringBuilder limits, String words, Object value) {
    if (value instanceof Number number) {
      double limit = number.doubleValue();
      String digits =
          limit == Math.rint(limit) && Math.abs(limit) < 1e15 ? "" + (long) limit : "" + limit;
      limits.append(words).append(digits);
    }
  }
}
