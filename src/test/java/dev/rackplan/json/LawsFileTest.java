package dev.rackplan.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rackplan.Lcg;
import dev.rackplan.law.Cell;
import dev.rackplan.law.CellKey;
import dev.rackplan.law.FitError;
import dev.rackplan.law.GpuLaws;
import dev.rackplan.law.KernelFormat;
import dev.rackplan.law.LawSet;
import dev.rackplan.law.OpKind;
import dev.rackplan.law.Rates;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written is read back, and what is wrong is named with its place and a remedy. */
class LawsFileTest {
  private static final String FILE = "laws.json";
  private static final String GOOD =
      """
      {"description": "d", "fittedShare": 0.8, "hash": "h", "gpus": [
       {"gpu": "h100-sxm", "generation": "hopper", "hbmBytesPerSecond": 3.35e12, "bf16FlopsPerSecond": 989e12,
        "source": "s", "date": "2026-11-29", "cells": [
        {"op": "headProduct", "engine": "vllm", "version": "0.12", "format": "bfloat16", "kernel": "bmm",
         "variant": {"headSize": 128},
         "law": {"startSeconds": 4e-6, "computeShare": 0.5, "memoryShare": 0.7, "norm": 2, "quantiseBytes": 0},
         "rows": 10, "fittedRows": 8, "medianError": 0.03, "p90Error": 0.1}]}]}
      """;

  @TempDir Path folder;

  private LawSet read(String text) throws IOException {
    Path file = folder.resolve(FILE);
    Files.writeString(file, text, StandardCharsets.UTF_8);
    return LawsFile.read(file, FILE);
  }

  @Test
  void everyKindOfLaw_isReadBackAsItWasWritten() throws IOException {
    Lcg random = new Lcg(9);
    List<Cell> cells = new ArrayList<>();
    for (OpKind kind : OpKind.values()) {
      KernelFormat format = KernelFormat.values()[random.below(KernelFormat.values().length)];
      TreeMap<String, Double> variant = new TreeMap<>();
      if (random.coin()) {
        variant.put("headSize", 128.0);
      }
      cells.add(
          new Cell(
              new CellKey(
                  kind,
                  "sglang",
                  random.coin() ? "0.5.6.post2" : "",
                  format,
                  random.coin() ? format : KernelFormat.FP8,
                  "kernel " + kind.key(),
                  variant),
              kind.form().parameters().stream()
                  .map(
                      parameter ->
                          parameter.least() == 0 && random.coin()
                              ? 0.0
                              : random.between(parameter.most() / 1e3, parameter.most()))
                  .toList(),
              random.in(2, 900),
              2,
              new FitError(random.between(0.01, 0.2), random.between(0.1, 0.9)),
              random.coin() ? Optional.empty() : Optional.of(new FitError(0.07, 0.3))));
    }
    LawSet laws =
        new LawSet(
            0.8,
            "sha-256 of the key columns",
            List.of(
                new GpuLaws(
                    "h100-sxm",
                    "hopper",
                    new Rates(3.35e12, 989e12, OptionalDouble.of(1979e12), OptionalDouble.empty()),
                    "made up",
                    "2026-11-29",
                    cells),
                new GpuLaws(
                    "b200",
                    "blackwell",
                    new Rates(8e12, 2.25e15, OptionalDouble.empty(), OptionalDouble.of(9e15)),
                    "made up",
                    "2026-11-30",
                    List.of())));

    assertEquals(laws, read(LawsFile.text(laws, "For a test.")));
  }

  @Test
  void goodFile_isRead() throws IOException {
    Cell cell = read(GOOD).gpus().get(0).cells().get(0);
    assertEquals(List.of(4e-6, 0.5, 0.7, 2.0, 0.0), cell.parameters());
    assertEquals(KernelFormat.BF16, cell.key().cache());
    assertEquals(128, cell.key().variant().get("headSize"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // What is replaced | by what | where the fault is | what is said of it | remedy
        "\"headProduct\" | \"headproduct\" | $.gpus[0].cells[0].op | no operation \"headproduct\" | Known: gemm, ",
        "\"headProduct\" | 3 | $.gpus[0].cells[0].op | 3 | ",
        "\"bfloat16\" | \"bf16\" | $.gpus[0].cells[0].format | no number format \"bf16\" | Known: float32, bfloat16",
        ", \"norm\": 2 | `` | $.gpus[0].cells[0].law | \"norm\" is missing | ",
        "\"startSeconds\": 4e-6 | \"startSeconds\": -4e-6 | $.gpus[0].cells[0].law.startSeconds | -4 | ",
        "\"startSeconds\": 4e-6 | \"startSeconds\": \"4\" | $.gpus[0].cells[0].law.startSeconds | \"4\" | ",
        "\"norm\": 2 | \"norm\": 0 | $.gpus[0].cells[0].law.norm | must be > 0, was 0 | ",
        "\"memoryShare\": 0.7 | \"memoryShare\": 0 | $.gpus[0].cells[0].law.memoryShare | must be > 0, was 0 | ",
        "\"quantiseBytes\": 0 | \"quantiseBytes\": -1 | $.gpus[0].cells[0].law.quantiseBytes | must be in 0..1.0E100, was -1 | ",
        "\"norm\": 2 | \"norm\": 2, \"power\": 3 | $.gpus[0].cells[0].law.power | unknown key | ",
        "\"fittedShare\": 0.8 | \"fittedShare\": 1.8 | $.fittedShare | 1.8 | ",
        "\"hbmBytesPerSecond\": 3.35e12 | \"hbmBytesPerSecond\": 0 | $.gpus[0].hbmBytesPerSecond | 0 | ",
        "\"rows\": 10 | \"rows\": 1.5 | $.gpus[0].cells[0].rows | 1.5 | ",
        "\"medianError\": 0.03 | \"medianError\": -0.03 | $.gpus[0].cells[0].medianError | -0.03 | ",
        "\"headSize\": 128 | \"headSize\": -1 | $.gpus[0].cells[0].variant.headSize | -1 | ",
        "\"hash\": \"h\", | `` | $ | \"hash\" is missing | "
      })
  void badFile_isRefusedWithPlaceValueAndRemedy(
      String from, String to, String path, String fault, String remedy) {
    assertTrue(GOOD.contains(from), from);
    InputException error =
        assertThrows(InputException.class, () -> read(GOOD.replace(from, to == null ? "" : to)));
    String[] lines = error.getMessage().split("\n");
    assertTrue(lines[0].startsWith(FILE + ": " + path + ": "), error.getMessage());
    assertTrue(lines[0].contains(fault), error.getMessage());
    assertEquals(2, lines.length, error.getMessage());
    assertTrue(lines[1].startsWith("  "), error.getMessage());
    assertTrue(lines[1].contains(remedy == null ? "" : remedy), error.getMessage());
  }

  @Test
  void lawsOfTheCatalogue_areRead() {
    for (String gpu : LawCatalog.generations().keySet()) {
      assertFalse(LawCatalog.of(gpu).isEmpty(), gpu);
      for (GpuLaws laws : LawCatalog.of(gpu)) {
        assertEquals(gpu, laws.gpu());
        assertEquals(LawCatalog.generations().get(gpu), laws.generation());
        assertFalse(laws.cells().isEmpty(), gpu);
      }
    }
  }
}
