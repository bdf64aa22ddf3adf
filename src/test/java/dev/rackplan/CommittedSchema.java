package dev.rackplan;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The schemas of docs/schema, read where they lie, so that one finds another as editors do. */
public final class CommittedSchema {
  private static final Map<String, JsonSchema> READ = new ConcurrentHashMap<>();

  private CommittedSchema() {}

  /** File of a schema, by its short name. */
  public static Path file(String name) {
    return Path.of("docs", "schema", name + ".schema.json");
  }

  /** What a schema says against a JSON text. */
  public static Set<ValidationMessage> validate(String name, String text) {
    return READ.computeIfAbsent(name, CommittedSchema::read).validate(text, InputFormat.JSON);
  }

  private static JsonSchema read(String name) {
    return JsonSchemaFactory.getInstance(VersionFlag.V202012)
        .getSchema(SchemaLocation.of(file(name).toUri().toString()));
  }
}
