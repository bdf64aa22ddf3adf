package dev.rackplan.json;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rackplan.CommittedSchema;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.ModelledFigure;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The schema of laws files knows each operation and number format. {@code -Dgolden.update=true}
 * writes docs/schema/laws.schema.json anew.
 */
class LawsSchemaTest {
  @Test
  void schema_isMadeOfTheOperations() throws IOException {
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(CommittedSchema.file("laws"), schema());
    }
    assertEquals(schema(), Files.readString(CommittedSchema.file("laws")));
  }

  @ParameterizedTest
  @EnumSource(OpKind.class)
  void writtenLaws_areValid(OpKind op) {
    assertEquals(Set.of(), CommittedSchema.validate("laws", SomeLaws.text(op)));
  }

  @ParameterizedTest
  @EnumSource(OpKind.class)
  void lawWithoutAParameter_isNot(OpKind op) {
    String first = op.form().parameters().get(0).name();
    String without = SomeLaws.text(op).replace("\"" + first + "\"", "\"other\"");
    assertEquals(false, CommittedSchema.validate("laws", without).isEmpty());
  }

  private static String schema() {
    return """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "rackplan laws, version 1",
          "description": "Laws of kernels, as rackplan calibrate fits them to measured tables. Made from the enum OpKind by LawsSchemaTest; docs/formats.md explains the keys.",
          "type": "object",
          "additionalProperties": false,
          "required": ["fittedShare", "hash", "gpus"],
          "properties": {
            "$schema": { "type": "string" },
            "description": { "$ref": "#/$defs/text" },
            "fittedShare": { "$ref": "#/$defs/share" },
            "hash": { "$ref": "#/$defs/text" },
            "gpus": { "type": "array", "items": { "$ref": "#/$defs/gpu" } },
            "stepErrors": { "type": "array", "items": { "$ref": "#/$defs/stepErrors" } }
          },
          "$defs": {
            "text": { "type": "string", "pattern": "\\\\S" },
            "share": { "type": "number", "minimum": 0, "maximum": 1 },
            "positive": { "type": "number", "exclusiveMinimum": 0 },
            "count": { "type": "integer", "minimum": 0, "maximum": 2147483647 },
            "number": { "type": "number", "minimum": 0 },
            "format": { "enum": [FORMATS] },
            "stepErrors": {
              "type": "object",
              "additionalProperties": false,
              "required": ["figure", "source", "date", "transferredError", "formulaError", "pairs", "groups"],
              "properties": {
                "figure": { "enum": [FIGURES] },
                "source": { "$ref": "#/$defs/text" },
                "date": { "$ref": "#/$defs/text" },
                "transferredError": { "$ref": "#/$defs/number" },
                "formulaError": { "$ref": "#/$defs/number" },
                "pairs": { "$ref": "#/$defs/count" },
                "ratioError": { "$ref": "#/$defs/positive" },
                "groups": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/errors" } }
              }
            },
            "errors": {
              "type": "object",
              "additionalProperties": false,
              "required": ["rows", "models", "error", "bias", "transferred", "formula"],
              "properties": {
                "generation": { "$ref": "#/$defs/text" },
                "gpu": { "$ref": "#/$defs/text" },
                "engine": { "$ref": "#/$defs/text" },
                "rows": { "$ref": "#/$defs/count" },
                "models": { "$ref": "#/$defs/count" },
                "error": { "$ref": "#/$defs/positive" },
                "bias": { "type": "number", "minimum": -1, "maximum": 1e6 },
                "transferred": { "$ref": "#/$defs/share" },
                "formula": { "$ref": "#/$defs/share" }
              }
            },
            "gpu": {
              "type": "object",
              "additionalProperties": false,
              "required": ["gpu", "generation", "hbmBytesPerSecond", "bf16FlopsPerSecond", "source", "date", "cells"],
              "properties": {
                "gpu": { "$ref": "#/$defs/text" },
                "generation": { "$ref": "#/$defs/text" },
                "hbmBytesPerSecond": { "$ref": "#/$defs/positive" },
                "bf16FlopsPerSecond": { "$ref": "#/$defs/positive" },
                "fp8FlopsPerSecond": { "$ref": "#/$defs/positive" },
                "fp4FlopsPerSecond": { "$ref": "#/$defs/positive" },
                "source": { "$ref": "#/$defs/text" },
                "date": { "$ref": "#/$defs/text" },
                "cells": { "type": "array", "items": { "$ref": "#/$defs/cell" } }
              }
            },
            "cell": {
              "type": "object",
              "additionalProperties": false,
              "required": ["op", "engine", "format", "law", "rows", "fittedRows", "medianError", "p90Error"],
              "dependentRequired": { "leftOutMedianError": ["leftOutP90Error"], "leftOutP90Error": ["leftOutMedianError"] },
              "properties": {
                "op": { "enum": [OPS] },
                "engine": { "$ref": "#/$defs/text" },
                "version": { "$ref": "#/$defs/text" },
                "format": { "$ref": "#/$defs/format" },
                "cache": { "$ref": "#/$defs/format" },
                "kernel": { "$ref": "#/$defs/text" },
                "variant": { "type": "object", "additionalProperties": { "type": "number", "minimum": 0, "maximum": 1000000000 } },
                "law": { "type": "object" },
                "rows": { "$ref": "#/$defs/count" },
                "fittedRows": { "$ref": "#/$defs/count" },
                "medianError": { "$ref": "#/$defs/number" },
                "p90Error": { "$ref": "#/$defs/number" },
                "leftOutMedianError": { "$ref": "#/$defs/number" },
                "leftOutP90Error": { "$ref": "#/$defs/number" }
              },
              "allOf": [
        LAWS
              ]
            }
          }
        }
        """
        .replace("FORMATS", quoted(Stream.of(KernelFormat.values()).map(KernelFormat::key)))
        .replace("FIGURES", quoted(Stream.of(ModelledFigure.values()).map(ModelledFigure::key)))
        .replace("OPS", quoted(Stream.of(OpKind.values()).map(OpKind::key)))
        .replace(
            "LAWS", Stream.of(OpKind.values()).map(LawsSchemaTest::law).collect(joining(",\n")));
  }

  private static String law(OpKind op) {
    Function<Parameter, String> value =
        parameter ->
            "\""
                + parameter.name()
                + "\": { \"$ref\": \"#/$defs/"
                + (parameter.least() > 0 ? "positive" : "number")
                + "\" }";
    return "        { \"if\": { \"properties\": { \"op\": { \"const\": \""
        + op.key()
        + "\" } } }, \"then\": { \"properties\": { \"law\": { \"additionalProperties\": false, \"required\": ["
        + quoted(op.form().parameters().stream().map(Parameter::name))
        + "], \"properties\": { "
        + op.form().parameters().stream().map(value).collect(joining(", "))
        + " } } } } }";
  }

  private static String quoted(Stream<String> words) {
    return words.map(word -> "\"" + word + "\"").collect(joining(", "));
  }
}
