package dev.rackplan.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.OptionalInt;

/**
 * JSON text into a tree: strict, with limits on depth and length, and errors that say where.
 *
 * <p>Repeated keys and text after the end are errors.
 */
final class JsonParsing {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(64)
                          .maxStringLength(1 << 20)
                          .maxNumberLength(64)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  /** As above, with the NaN, Infinity and -Infinity that Python writes. */
  private static final ObjectMapper PYTHON_MAPPER =
      MAPPER.copy().configure(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS.mappedFeature(), true);

  private JsonParsing() {}

  /** The tree of a text. {@code shown} names it in errors. */
  static JsonNode of(String text, String shown) {
    return tree(text, shown, OptionalInt.empty(), MAPPER);
  }

  /** Likewise of a text that Python's json module wrote: NaN and infinities are numbers. */
  static JsonNode ofPython(String text, String shown) {
    return tree(text, shown, OptionalInt.empty(), PYTHON_MAPPER);
  }

  /** Likewise of one line of a file, by its number from 1. */
  static JsonNode ofLine(String text, String shown, int line) {
    return tree(text, shown, OptionalInt.of(line), MAPPER);
  }

  private static JsonNode tree(String text, String shown, OptionalInt line, ObjectMapper mapper) {
    if (text.isBlank()) {
      throw new InputException(
          shown, "", "is empty", "Give a JSON object; docs/formats.md has an example.");
    }
    try {
      return mapper.readTree(text);
    } catch (StreamConstraintsException e) {
      throw new InputException(
          shown,
          "",
          "is nested deeper than 64 levels or holds a text or number that is too long",
          "Flatten the file.");
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : "line "
                  + line.orElse(e.getLocation().getLineNr())
                  + ", column "
                  + e.getLocation().getColumnNr();
      String words = e.getOriginalMessage();
      if (words.startsWith("Duplicate field")) {
        throw new InputException(
            shown,
            where,
            "key " + words.replaceFirst("Duplicate field ", "") + " is given twice",
            "Keep one of the two.");
      }
      throw new InputException(
          shown,
          where,
          "is not valid JSON",
          "Check quotes, commas and brackets there; a JSON file is one object and nothing after it.");
    }
  }
}
