package dev.rackplan.report;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.CommittedSchema;
import dev.rackplan.cost.operation.Term;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * The schema knows each term. {@code -Dgolden.update=true} writes docs/schema/terms.schema.json
 * anew.
 */
class TermSchemaTest {
  @Test
  void schema_isMadeOfTheTerms() throws IOException {
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(CommittedSchema.file("terms"), schema());
    }
    assertEquals(schema(), Files.readString(CommittedSchema.file("terms")));
  }

  @Test
  void keysAndWords_areOneForEachTerm() {
    List<Term> terms = List.of(Term.values());
    assertEquals(terms.size(), terms.stream().map(Term::key).distinct().count());
    assertEquals(terms.size(), terms.stream().map(Term::words).distinct().count());
  }

  // Of a gain, what a placement decides may have a part of its own.
  private static String schema() {
    return """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "rackplan terms, version 1",
          "description": "What a stage's time and a gain are made of, in s. Made from the enum Term by TermSchemaTest; docs/formats.md explains the keys.",
          "$defs": {
            "terms": {
              "type": "object",
              "required": [KEYS],
              "properties": {
        TERMS
              }
            },
            "parts": {
              "type": "object",
              "properties": {
        PARTS
              }
            }
          }
        }
        """
        .replace(
            "KEYS",
            Arrays.stream(Term.values())
                .map(term -> "\"" + term.key() + "\"")
                .collect(joining(", ")))
        .replace("TERMS", properties(term -> true, "{ \"type\": \"number\", \"minimum\": 0 }"))
        .replace(
            "PARTS",
            properties(term -> term.origin() == Term.Origin.PLACEMENT, "{ \"type\": \"number\" }"));
  }

  private static String properties(Predicate<Term> which, String type) {
    return Arrays.stream(Term.values())
        .filter(which)
        .map(term -> "        \"" + term.key() + "\": " + type)
        .collect(joining(",\n"));
  }
}
