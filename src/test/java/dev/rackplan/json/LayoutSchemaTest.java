package dev.rackplan.json;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.CommittedSchema;
import dev.rackplan.plan.Layout;
import dev.rackplan.problem.Degree;
import dev.rackplan.problem.LayoutSpace;
import dev.rackplan.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Schema, readers and writer know each degree, with the same limits. {@code -Dgolden.update=true}
 * writes docs/schema/layout.schema.json anew.
 */
class LayoutSchemaTest {
  private static final String LAYOUT = "\"layout\": \\{[^}]*}";

  @TempDir Path folder;

  @Test
  void schema_isMadeOfTheDegrees() throws IOException {
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(CommittedSchema.file("layout"), schema());
    }
    assertEquals(schema(), Files.readString(CommittedSchema.file("layout")));
  }

  @ParameterizedTest
  @EnumSource(Degree.class)
  void limits_areTheSameInSchemaAndReader(Degree degree) {
    for (int value : new int[] {degree.least(), degree.most()}) {
      Object held = degree.inFile(value);
      assertEquals(Set.of(), CommittedSchema.validate("solution", solution(degree, held)));
      assertEquals(Set.of(), CommittedSchema.validate("problem", problem(degree, text(held))));
      assertEquals(value, LayoutReader.layout(layout(degree, held)).get(degree));
    }
    for (long value : new long[] {degree.least() - 1L, degree.most() + 1L}) {
      assertFalse(CommittedSchema.validate("solution", solution(degree, value)).isEmpty());
      assertFalse(CommittedSchema.validate("problem", problem(degree, "" + value)).isEmpty());
      assertThrows(InputException.class, () -> LayoutReader.layout(layout(degree, value)));
    }
  }

  @ParameterizedTest
  @EnumSource(Degree.class)
  void writtenLayout_readsBack(Degree degree) {
    Layout layout = Layout.neutral().with(degree, Math.min(degree.most(), degree.neutral() + 2));
    String text = JsonText.of(SolutionFile.layout(layout));
    assertEquals(layout, LayoutReader.layout(JsonCursor.parse(text, "test")));
    String solution = withLayout(TinyCase.SOLUTION, text);
    assertEquals(Set.of(), CommittedSchema.validate("solution", solution));
  }

  @ParameterizedTest
  @EnumSource(Degree.class)
  void listedDegree_isTheOnlyOneThatIsNotOpen(Degree degree) {
    Problem tiny = new TinyCase(folder).problem().problem();
    List<Integer> values = List.of(degree.least() + 1, degree.least());
    String held = values.stream().map(degree::inFile).map(LayoutSchemaTest::text).toList() + "";
    assertEquals(Set.of(), CommittedSchema.validate("problem", problem(degree, held)));
    LayoutSpace space =
        LayoutReader.spaceOf(
            JsonCursor.parse("{\"" + degree.key() + "\": " + held + "}", "test"),
            tiny.model(),
            tiny.topology());
    for (Degree other : Degree.values()) {
      boolean follows = other.followsWorkload() && other != degree;
      assertEquals(
          other == degree ? values : follows ? List.of(other.neutral()) : List.of(),
          space.values(other));
    }
  }

  @ParameterizedTest
  @EnumSource(Degree.class)
  void degreeThatFollowsTheWorkload_isOpenOnlyWhereTheFileSaysSo(Degree degree) {
    Problem tiny = new TinyCase(folder).problem().problem();
    String open = "{\"" + degree.key() + "\": \"open\"}";
    assertEquals(
        degree.followsWorkload(),
        CommittedSchema.validate("problem", problem(degree, "\"open\"")).isEmpty());
    JsonCursor cursor = JsonCursor.parse(open, "test");
    if (degree.followsWorkload()) {
      assertTrue(LayoutReader.spaceOf(cursor, tiny.model(), tiny.topology()).isOpen(degree));
    } else {
      assertThrows(
          InputException.class, () -> LayoutReader.spaceOf(cursor, tiny.model(), tiny.topology()));
    }
  }

  @Test
  void poolsOfAServingProblem_haveEveryDegreeExceptReplicasAndTrainings() {
    String pool = "{\"decode\": {\"expertParallel\": [1, 2]}}";
    String serving =
        withLayout(TinyCase.PROBLEM, pool).replace("\"decode\", \"con", "\"serving\", \"con");
    assertEquals(
        List.of(),
        CommittedSchema.validate("problem", serving).stream()
            .map(message -> message.getInstanceLocation().toString())
            .filter(path -> path.startsWith("$.layout"))
            .toList());
    String replicas = serving.replace("{\"expertParallel\": [1, 2]}", "{\"replicas\": 1}");
    assertEquals(
        List.of("$.layout.decode"),
        CommittedSchema.validate("problem", replicas).stream()
            .map(message -> message.getInstanceLocation().toString())
            .filter(path -> path.startsWith("$.layout"))
            .toList());
  }

  @Test
  void unknownChoice_isRefusedWithTheNearestName() {
    String text = JsonText.of(SolutionFile.layout(Layout.neutral()));
    String other = text.replaceFirst("\\{", "{\"moeCommunication\": \"allGathr\",");
    InputException error =
        assertThrows(
            InputException.class, () -> LayoutReader.layout(JsonCursor.parse(other, "test")));
    assertEquals(
        """
        test: $.moeCommunication: unknown choice "allGathr"
          Did you mean "allGather"? Known: default, allToAll, allGather, allReduce.\
        """,
        error.getMessage());
  }

  private static String text(Object value) {
    return value instanceof String ? "\"" + value + "\"" : "" + value;
  }

  private static JsonCursor layout(Degree degree, Object value) {
    Map<String, Object> tree = SolutionFile.layout(Layout.neutral());
    tree.put(degree.key(), value);
    return JsonCursor.parse(JsonText.of(tree), "test");
  }

  private static String solution(Degree degree, Object value) {
    Map<String, Object> tree = SolutionFile.layout(Layout.neutral());
    tree.put(degree.key(), value);
    return withLayout(TinyCase.SOLUTION, JsonText.of(tree));
  }

  private static String problem(Degree degree, String value) {
    return withLayout(TinyCase.PROBLEM, "{\"" + degree.key() + "\": " + value + "}");
  }

  private static String withLayout(String text, String layout) {
    return text.replaceAll(LAYOUT, "\"layout\": " + layout);
  }

  private static String schema() {
    String own = properties(degree -> true, LayoutSchemaTest::limits, "    ");
    String always =
        Stream.of(Degree.values())
            .filter(Degree::isNamedAlways)
            .map(degree -> "\"" + degree.key() + "\"")
            .collect(joining(", "));
    return """
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "title": "rackplan layout, version 1",
      "description": "Degrees: the chosen ones in solutions, those to try in problems. Made from the enum Degree by LayoutSchemaTest; docs/formats.md explains the keys.",
      "$defs": {
    OWN,
        "layout": {
          "type": "object",
          "additionalProperties": false,
          "required": [ALWAYS],
          "properties": {
    CHOSEN
          }
        },
        "layouts": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "prefill": { "$ref": "#/$defs/pool" },
            "decode": { "$ref": "#/$defs/pool" },
    LISTED
          }
        },
        "pool": {
          "description": "Serving only: layouts of one pool; replicas follow from the rate.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
    POOL
          }
        }
      }
    }
    """
        .replace("OWN", own)
        .replace("ALWAYS", always)
        .replace("CHOSEN", properties(degree -> true, LayoutSchemaTest::chosen, "        "))
        .replace("LISTED", properties(degree -> true, LayoutSchemaTest::listed, "        "))
        .replace(
            "POOL",
            properties(
                degree -> degree != Degree.REPLICAS && !degree.followsWorkload(),
                LayoutSchemaTest::listed,
                "        "));
  }

  private static String properties(
      Predicate<Degree> which, Function<Degree, String> value, String indent) {
    return Stream.of(Degree.values())
        .filter(which)
        .map(degree -> indent + "\"" + degree.key() + "\": " + value.apply(degree))
        .collect(joining(",\n"));
  }

  private static String limits(Degree degree) {
    if (!degree.names().isEmpty()) {
      return degree.names().stream()
          .map(LayoutSchemaTest::text)
          .collect(joining(", ", "{ \"enum\": [", "], " + description(degree) + " }"));
    }
    return "{ \"type\": \"integer\", \"minimum\": "
        + degree.least()
        + ", \"maximum\": "
        + degree.most()
        + ", "
        + description(degree)
        + " }";
  }

  private static String description(Degree degree) {
    return "\"description\": " + text(degree.meaning() + ".");
  }

  private static String chosen(Degree degree) {
    return "{ \"$ref\": \"#/$defs/" + degree.key() + "\" }";
  }

  private static String listed(Degree degree) {
    return "{ \"anyOf\": [ "
        + (degree.followsWorkload() ? "{ \"const\": \"open\" }, " : "")
        + chosen(degree)
        + ", { \"type\": \"array\", \"minItems\": 1, \"maxItems\": 1000, \"uniqueItems\": true,"
        + " \"items\": "
        + chosen(degree)
        + " } ] }";
  }
}
