package dev.rackplan.law;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which law answers a question. Laws are told apart by their starts, in s. */
class LawBookTest {
  private static final Rates H100 = rates(3.35e12, 989e12);
  private static final Rates H200 = rates(4.8e12, 989e12);
  private static final Rates H20 = rates(4e12, 148e12);

  private static Rates rates(double bandwidth, double bf16) {
    return new Rates(bandwidth, bf16, OptionalDouble.of(2 * bf16), OptionalDouble.empty());
  }

  /** A cell; changed copies of it differ in one thing each. */
  private record Draft(
      OpKind op,
      String engine,
      String version,
      KernelFormat format,
      KernelFormat cache,
      String kernel,
      Map<String, Double> variant,
      int rows) {
    static final Draft PLAIN =
        new Draft(
            OpKind.HEAD_PRODUCT,
            "sglang",
            "0.5.14",
            KernelFormat.BF16,
            KernelFormat.BF16,
            "bmm",
            Map.of(),
            100);

    Draft op(OpKind other) {
      return new Draft(other, engine, version, format, cache, kernel, variant, rows);
    }

    Draft engine(String other) {
      return new Draft(op, other, version, format, cache, kernel, variant, rows);
    }

    Draft version(String other) {
      return new Draft(op, engine, other, format, cache, kernel, variant, rows);
    }

    Draft format(KernelFormat other) {
      return new Draft(op, engine, version, other, other, kernel, variant, rows);
    }

    Draft cache(KernelFormat other) {
      return new Draft(op, engine, version, format, other, kernel, variant, rows);
    }

    Draft kernel(String other) {
      return new Draft(op, engine, version, format, cache, other, variant, rows);
    }

    Draft variant(Map<String, Double> other) {
      return new Draft(op, engine, version, format, cache, kernel, other, rows);
    }

    Draft rows(int other) {
      return new Draft(op, engine, version, format, cache, kernel, variant, other);
    }

    Cell starts(double seconds) {
      List<Double> parameters =
          op.form().parameters().stream()
              .map(parameter -> parameter.isStart() ? seconds : parameter.start())
              .toList();
      return new Cell(
          new CellKey(op, engine, version, format, cache, kernel, new TreeMap<>(variant)),
          parameters,
          rows,
          rows / 2,
          new FitError(0.05, 0.2),
          Optional.empty());
    }
  }

  private static final Draft PLAIN = Draft.PLAIN;

  private static GpuLaws laws(String gpu, Rates rates, Cell... cells) {
    return new GpuLaws(gpu, "hopper", rates, "made up", "2026-11-29", List.of(cells));
  }

  private static LawBook ofH100(Cell... cells) {
    return new LawBook(List.of(laws("h100-sxm", H100, cells)));
  }

  private static Question question(Draft like) {
    return asked(like, Optional.empty());
  }

  private static Question asked(Draft like, Optional<String> version) {
    return question("h100-sxm", Optional.of("hopper"), H100, like, version);
  }

  private static Question question(
      String gpu, Optional<String> generation, Rates rates, Draft like, Optional<String> version) {
    return new Question(
        gpu,
        generation,
        rates,
        like.op(),
        like.engine(),
        version,
        like.format(),
        like.cache(),
        new TreeMap<>(like.variant()));
  }

  private static void assertAnswer(
      double start, Provenance provenance, LawBook book, Question question) {
    Answer answer = book.answer(question).orElseThrow();
    assertEquals(start, answer.startSeconds());
    assertEquals(provenance, answer.provenance());
  }

  // The last that was out before the one asked for, else the first; other engines' versions and
  // builds without a number say nothing of when.
  @Test
  void versionAskedFor_answersElseTheOneBefore() {
    LawBook book =
        ofH100(
            PLAIN.version("0.5.6.post2").starts(1),
            PLAIN.version("0.5.14").starts(2),
            PLAIN.version("0.5.9").starts(3));
    assertAnswer(2, Provenance.OWN, book, question(PLAIN));
    assertAnswer(1, Provenance.OWN, book, asked(PLAIN, Optional.of("0.5.6.post2")));
    assertAnswer(3, Provenance.OTHER_ENGINE, book, asked(PLAIN, Optional.of("0.5.13")));
    assertAnswer(2, Provenance.OTHER_ENGINE, book, asked(PLAIN, Optional.of("0.6.0")));
    assertAnswer(1, Provenance.OTHER_ENGINE, book, asked(PLAIN, Optional.of("0.4.0")));
    assertAnswer(2, Provenance.OTHER_ENGINE, book, asked(PLAIN, Optional.of("nightly-5b8c30d6")));
    assertAnswer(
        2, Provenance.OTHER_ENGINE, book, asked(PLAIN.engine("vllm"), Optional.of("0.4.0")));
  }

  @ParameterizedTest
  @CsvSource({
    "0.5.6.post2, 0.5.14",
    "0.5.6, 0.5.6.post2",
    "1.3.0rc10, 1.3.0rc20",
    "1.3.0rc9, 1.3.0rc10",
    "1.2.1, 1.3.0rc1",
    "1.3.0rc20, 1.3.0",
    "1.3.0rc20, 1.3.0.post1",
    "1.3.0, 1.3.0.post1",
    "1.3.0a2, 1.3.0rc1",
    "0.9.9, 0.10.0",
    "0.10, 0.10.1"
  })
  void versions_areOrderedByTheirNumbers(String older, String newer) {
    assertTrue(new VersionOrder().compare(older, newer) < 0);
    assertTrue(new VersionOrder().compare(newer, older) > 0);
    assertEquals(0, new VersionOrder().compare(newer, newer));
    LawBook book = ofH100(PLAIN.version(newer).starts(2), PLAIN.version(older).starts(1));
    assertAnswer(2, Provenance.OWN, book, question(PLAIN));
  }

  @Test
  void otherEngine_standsInBeforeALikeFormat() {
    Draft asked = PLAIN.format(KernelFormat.FP8);
    LawBook book =
        ofH100(
            asked.format(KernelFormat.FP8_BLOCK).starts(1),
            asked.engine("vllm").starts(2),
            PLAIN.starts(3));
    assertAnswer(2, Provenance.OTHER_ENGINE, book, question(asked));
    assertAnswer(
        1,
        Provenance.OTHER_ENGINE,
        ofH100(asked.format(KernelFormat.FP8_BLOCK).starts(1), PLAIN.starts(3)),
        question(asked));
    // BF16 is like no format narrower.
    assertTrue(ofH100(PLAIN.starts(3)).answer(question(asked)).isEmpty());
  }

  @Test
  void likeFormats_answerTheNearestFirst_ofOwnEngineFirst() {
    Draft asked = PLAIN.format(KernelFormat.MXFP4_BF16);
    assertAnswer(
        2,
        Provenance.OTHER_ENGINE,
        ofH100(
            PLAIN.starts(1),
            asked.format(KernelFormat.INT4_WEIGHT_ONLY).engine("vllm").starts(3),
            asked.format(KernelFormat.INT4_WEIGHT_ONLY).starts(2)),
        question(asked));
  }

  // The kernel multiplies BF16 operands; weights are as wide as what was asked for.
  @Test
  void likeFormat_keepsTheKernelsRateAndTheAskedForWidth() {
    Draft asked = PLAIN.format(KernelFormat.MXFP4_BF16).cache(KernelFormat.FP8);
    Answer answer = ofH100(PLAIN.starts(1)).answer(question(asked)).orElseThrow();
    assertEquals(List.of(new Setting(989e12, 989e12, 3.35e12, 0.53125, 1)), answer.settings());
  }

  @Test
  void otherGpuOfTheGeneration_answersLast_theNearestWithRatesExchanged() {
    LawBook book =
        new LawBook(
            List.of(
                laws("h20", H20, PLAIN.starts(1)),
                laws("h200-sxm", H200, PLAIN.starts(2), PLAIN.op(OpKind.GEMM).starts(7)),
                laws("h100-sxm", H100, PLAIN.op(OpKind.LATENT_DECODE).starts(4))));
    assertAnswer(2, Provenance.OTHER_GPU, book, question(PLAIN));
    assertEquals(
        List.of(new Setting(989e12, 989e12, 3.35e12, 2, 2)),
        book.answer(question(PLAIN)).orElseThrow().settings());
    // Its own like format comes before another GPU's own one.
    Draft fp8 = PLAIN.format(KernelFormat.FP8);
    LawBook own =
        new LawBook(
            List.of(
                laws("h200-sxm", H200, fp8.starts(1)),
                laws("h100-sxm", H100, fp8.format(KernelFormat.FP8_BLOCK).starts(2))));
    assertAnswer(2, Provenance.OTHER_ENGINE, own, question(fp8));
  }

  @Test
  void otherGeneration_neverAnswers() {
    LawBook book = ofH100(PLAIN.starts(1));
    assertTrue(
        book.answer(question("b200", Optional.of("blackwell"), H100, PLAIN, Optional.empty()))
            .isEmpty());
    assertTrue(
        book.answer(question("other", Optional.empty(), H100, PLAIN, Optional.empty())).isEmpty());
    assertTrue(book.answer(question(PLAIN.op(OpKind.GEMM))).isEmpty());
    assertTrue(LawBook.NONE.answer(question(PLAIN)).isEmpty());
    assertTrue(
        book.answer(question("h200-sxm", Optional.of("hopper"), H200, PLAIN, Optional.empty()))
            .isPresent());
  }

  @Test
  void lawsGivenFirst_answerBeforeOthersOfTheSameGpu() {
    LawBook book =
        new LawBook(
            List.of(
                laws("h100-sxm", H100, PLAIN.starts(1)),
                laws("h100-sxm", H100, PLAIN.starts(2), PLAIN.engine("vllm").starts(3))));
    assertAnswer(1, Provenance.OWN, book, question(PLAIN));
    assertAnswer(3, Provenance.OWN, book, question(PLAIN.engine("vllm")));
  }

  // Transfers, collectives and streams differ by the bytes that they move alone.
  @Test
  void transfers_answerForEveryFormat() {
    Draft sent = PLAIN.op(OpKind.LOW_LATENCY_DISPATCH).format(KernelFormat.FP8);
    assertAnswer(
        1,
        Provenance.OTHER_ENGINE,
        ofH100(sent.starts(1)),
        question(sent.format(KernelFormat.NVFP4)));
    assertTrue(OpKind.GEMM.dependsOnFormat() && OpKind.EXPERTS.dependsOnFormat());
    assertFalse(OpKind.ALL_REDUCE.dependsOnFormat() || OpKind.QUANTISE.dependsOnFormat());
  }

  @Test
  void cacheFormat_isPreferredWhereItWasMeasured() {
    Draft core = PLAIN.op(OpKind.LATENT_DECODE);
    LawBook book = ofH100(core.starts(1), core.cache(KernelFormat.FP8).starts(2));
    assertAnswer(2, Provenance.OWN, book, question(core.cache(KernelFormat.FP8)));
    assertAnswer(1, Provenance.OWN, book, question(core));
    // Another engine's comes before the engine's own with another cache.
    LawBook others = ofH100(core.starts(1), core.engine("vllm").cache(KernelFormat.FP8).starts(2));
    assertAnswer(2, Provenance.OTHER_ENGINE, others, question(core.cache(KernelFormat.FP8)));
    assertAnswer(
        1, Provenance.OTHER_ENGINE, ofH100(core.starts(1)), question(core.cache(KernelFormat.FP8)));
  }

  @Test
  void firstPatternOfTheEngine_choosesTheKernel() {
    Draft core = PLAIN.op(OpKind.DECODE_ATTENTION);
    LawBook book =
        ofH100(
            core.kernel("flash_attn_2").rows(900).starts(1),
            core.kernel("triton").rows(999).starts(2),
            core.kernel("sgl_fa3").rows(10).starts(3));
    assertAnswer(3, Provenance.OWN, book, question(core));
    assertAnswer(
        1,
        Provenance.OWN,
        ofH100(
            core.kernel("triton").rows(999).starts(2),
            core.kernel("flash_attn_2").rows(900).starts(1)),
        question(core));
    // Without a known kernel, or a choice for the engine, the one with most rows.
    assertAnswer(
        2,
        Provenance.OWN,
        ofH100(core.kernel("a").rows(5).starts(1), core.kernel("b").rows(6).starts(2)),
        question(core));
    Draft other = core.engine("own-engine");
    assertAnswer(
        2,
        Provenance.OWN,
        ofH100(other.kernel("fa3").rows(5).starts(1), other.kernel("b").rows(6).starts(2)),
        question(other));
  }

  // The engine times its kernels and takes the fastest for the batch.
  @Test
  void tunedKernels_answerTogetherAndTheFastestCounts() {
    Draft experts = PLAIN.op(OpKind.EXPERTS).engine("trtllm");
    LawBook book =
        ofH100(
            experts.kernel("moe_torch_flow_cutlass").starts(5e-4),
            experts.kernel("moe_torch_flow_min_latency").starts(1e-4),
            experts.kernel("other").rows(999).starts(1e-6));
    Answer answer = book.answer(question(experts)).orElseThrow();
    assertEquals(2, answer.laws().size());
    assertEquals(1e-4, answer.startSeconds());
    Op few = new Experts(1, 1, 1, 64, 64);
    assertEquals(
        ((ExpertsLaw) answer.laws().get(1)).seconds((Experts) few, answer.settings().get(1)),
        answer.seconds(few));
  }

  @Test
  void nearestVariant_answersInOctaves() {
    Draft core = PLAIN.op(OpKind.PREFILL_ATTENTION).kernel("fa3");
    LawBook book =
        ofH100(
            core.variant(Map.of("headSize", 64.0)).starts(1),
            core.variant(Map.of("headSize", 256.0)).starts(2));
    assertAnswer(1, Provenance.OWN, book, question(core.variant(Map.of("headSize", 64.0))));
    // 64 → 120 is less than an octave, 120 → 256 is more.
    assertAnswer(1, Provenance.OWN, book, question(core.variant(Map.of("headSize", 120.0))));
    assertAnswer(2, Provenance.OWN, book, question(core.variant(Map.of("headSize", 140.0))));
    LawBook both =
        ofH100(
            core.variant(Map.of("headSize", 128.0, "group", 1.0)).starts(1),
            core.variant(Map.of("headSize", 128.0, "group", 8.0)).starts(2));
    assertAnswer(
        2, Provenance.OWN, both, question(core.variant(Map.of("headSize", 64.0, "group", 16.0))));
  }

  @Test
  void scaledBook_hasOtherRatesAndStarts() {
    Draft product = PLAIN.op(OpKind.GEMM);
    LawBook book = ofH100(product.starts(2), PLAIN.starts(3)).scaled(2, 5, 7);
    assertEquals(
        List.of(new Setting(2 * 989e12, 2 * 989e12, 5 * 3.35e12, 2, 2)),
        book.answer(question(PLAIN)).orElseThrow().settings());
    assertAnswer(21, Provenance.OWN, book, question(PLAIN));
    GemmLaw law = (GemmLaw) book.answer(question(product)).orElseThrow().laws().get(0);
    assertEquals(14, law.few().startSeconds());
    assertEquals(14, law.many().startSeconds());
  }

  // One engine's kernel for latents takes twice as long as another's of the same formats, which all
  // engines can have; of other operations each engine has its own.
  @Test
  void outrunKernels_answerNoQuestion() {
    Draft core = PLAIN.op(OpKind.LATENT_DECODE);
    LawBook book = ofH100(core.starts(2), core.engine("vllm").kernel("flashmla").starts(1));
    assertAnswer(1, Provenance.OTHER_ENGINE, book, question(core));
    LawBook near = ofH100(core.starts(1.4), core.engine("vllm").kernel("flashmla").starts(1));
    assertAnswer(1.4, Provenance.OWN, near, question(core));
    LawBook apart = ofH100(core.starts(2), core.cache(KernelFormat.FP8).starts(1));
    assertAnswer(2, Provenance.OWN, apart, question(core));
    LawBook products = ofH100(PLAIN.starts(2), PLAIN.engine("vllm").starts(1));
    assertAnswer(2, Provenance.OWN, products, question(PLAIN));
  }

  // The least start of the format, and the bytes of rounding; other formats and engines keep
  // theirs.
  @Test
  void productsWithStaticScales_doNotSearchThem() {
    Draft narrow = PLAIN.op(OpKind.GEMM).engine("trtllm").format(KernelFormat.FP8);
    Draft blocks = narrow.format(KernelFormat.FP8_BLOCK);
    LawBook book =
        ofH100(
            narrow.format(KernelFormat.BF16).starts(3e-6),
            narrow.starts(12e-6),
            blocks.starts(5e-6),
            narrow.engine("vllm").starts(6e-6),
            narrow.engine("sglang").starts(7e-6));
    GemmLaw law = product(book, narrow);
    assertEquals(6e-6, law.few().startSeconds());
    assertEquals(6e-6, law.many().startSeconds());
    assertEquals(3, law.few().quantiseBytes());
    assertEquals(3, law.many().quantiseBytes());
    assertEquals(4, product(book, blocks).few().quantiseBytes());
    assertEquals(5e-6, product(book, blocks).few().startSeconds());
    assertEquals(7e-6, product(book, narrow.engine("sglang")).few().startSeconds());
    assertEquals(4, product(book, narrow.engine("sglang")).few().quantiseBytes());
    // No other engine to take a start from.
    assertEquals(12e-6, product(ofH100(narrow.starts(12e-6)), narrow).few().startSeconds());
  }

  // 12 - 7 us, and 3 bytes at 0.8 of the bandwidth, as the same version's tables of the search and
  // of the rounding say; another version's say nothing.
  @Test
  void productsWithStaticScales_roundAsTheirVersionDoes() {
    Draft narrow = PLAIN.op(OpKind.GEMM).engine("trtllm").format(KernelFormat.FP8);
    Draft scales = narrow.op(OpKind.QUANTISE);
    Cell rounding =
        scales
            .kernel("scale_matrix/torch_ops")
            .starts(2e-6)
            .with(
                (parameter, value) ->
                    parameter.isOf("memoryShare")
                        ? 0.8
                        : parameter.isOf("secondsPerStep") ? 0 : value);
    LawBook book =
        ofH100(
            narrow.starts(12e-6),
            scales.kernel("computescale/torch_ops").starts(7e-6),
            rounding,
            narrow.version("0.6.0").starts(6e-6));
    GemmLaw law = product(book, narrow, Optional.of("0.5.14"));
    assertEquals(5e-6, law.few().startSeconds(), 1e-12);
    assertEquals(5e-6, law.many().startSeconds(), 1e-12);
    assertEquals(3.75, law.many().quantiseBytes(), 1e-9);
    assertEquals(6e-6, product(book, narrow).few().startSeconds());
    assertEquals(3, product(book, narrow).few().quantiseBytes());
  }

  // An engine's later attention is twice as fast at what is typical: no size of heads of the older
  // version answers, where it is 1.3 times as fast both do.
  @Test
  void olderAttentionThatTookAnotherPath_answersNoQuestion() {
    Draft core = PLAIN.op(OpKind.DECODE_ATTENTION).variant(Map.of("headSize", 128.0, "group", 8.0));
    Draft old = core.version("0.5.9");
    Draft few = old.variant(Map.of("headSize", 64.0, "group", 8.0));
    LawBook book = ofH100(old.starts(2), few.starts(1), core.starts(0.9));
    assertAnswer(0.9, Provenance.OTHER_ENGINE, book, asked(core, Optional.of("0.5.9")));
    assertAnswer(0.9, Provenance.OTHER_ENGINE, book, asked(few, Optional.of("0.5.9")));
    LawBook near = ofH100(old.starts(1.3), few.starts(1), core.starts(1));
    assertAnswer(1.3, Provenance.OWN, near, asked(core, Optional.of("0.5.9")));
    assertAnswer(1, Provenance.OWN, near, asked(few, Optional.of("0.5.9")));
  }

  // 40 us, and 25 - 13 later: the older version has a table of the core alone. Of an engine without
  // cores, and with another cache, the block stands as it is.
  @Test
  void blocksOfAVersionThatHasTheCoreAlone_startAsItsCoreDoes() {
    Draft block = PLAIN.op(OpKind.LATENT_DECODE_BLOCK).engine("trtllm");
    Draft core = block.op(OpKind.LATENT_DECODE);
    Draft wide = block.cache(KernelFormat.FP8);
    LawBook book =
        ofH100(
            block.version("1.3.0").starts(40e-6),
            block.version("1.4.0").starts(36e-6),
            wide.version("1.3.0").starts(39e-6),
            core.version("1.2.0").starts(25e-6),
            core.version("1.3.0").starts(13e-6),
            core.version("1.4.0").starts(12e-6),
            block.engine("vllm").version("1.3.0").starts(30e-6),
            core.engine("vllm").version("1.2.0").starts(25e-6));
    assertEquals(52e-6, start(book, block, "1.2.0"), 1e-12);
    assertEquals(52e-6, start(book, block, "1.1.0"), 1e-12);
    assertEquals(40e-6, start(book, block, "1.3.0"), 1e-12);
    assertEquals(36e-6, start(book, block, "1.4.0"), 1e-12);
    assertEquals(39e-6, start(book, wide, "1.2.0"), 1e-12);
    assertEquals(30e-6, start(book, block.engine("vllm"), "1.2.0"), 1e-12);
  }

  private static double start(LawBook book, Draft like, String version) {
    return book.answer(asked(like, Optional.of(version)))
        .orElseThrow()
        .laws()
        .get(0)
        .startSeconds();
  }

  private static GemmLaw product(LawBook book, Draft like, Optional<String> version) {
    return (GemmLaw) book.answer(asked(like, version)).orElseThrow().laws().get(0);
  }

  private static GemmLaw product(LawBook book, Draft like) {
    return (GemmLaw) book.answer(question(like)).orElseThrow().laws().get(0);
  }

  // 2.5 us to the next kernel for each of an operation's; inputs in blocks are quantised by one
  // more, which reads 2 bytes and writes 1.
  @ParameterizedTest
  @CsvSource({
    "GEMM, BF16, 1e-6, 3.5e-6, 4",
    "GEMM, FP8, 1e-6, 3.5e-6, 4",
    "GEMM, FP8_BLOCK, 1e-6, 6e-6, 7",
    "GEMM, MXFP4, 2e-6, 7e-6, 7"
  })
  void tunedKernels_getGapsAndQuantising(
      OpKind op, KernelFormat format, double tabled, double start, double quantiseBytes) {
    Draft tuned = PLAIN.op(op).engine("aiter").format(format);
    GemmLaw law = product(ofH100(tuned.starts(tabled)), tuned);
    assertEquals(start, law.few().startSeconds(), 1e-12);
    assertEquals(start, law.many().startSeconds(), 1e-12);
    assertEquals(quantiseBytes, law.many().quantiseBytes());
  }

  // Gate and up, and down, are two kernels.
  @Test
  void tunedExperts_haveTwoGaps() {
    Draft experts = PLAIN.op(OpKind.EXPERTS).engine("aiter");
    assertEquals(
        1.2e-5,
        ofH100(experts.starts(7e-6)).answer(question(experts)).orElseThrow().startSeconds(),
        1e-12);
    Draft others = experts.engine("sglang");
    assertAnswer(7e-6, Provenance.OWN, ofH100(others.starts(7e-6)), question(others));
  }

  // 18 us of a product in which another engine takes 4 are spent on packing scales.
  @Test
  void outrunProducts_answerNoQuestion() {
    Draft blocks = PLAIN.op(OpKind.GEMM).format(KernelFormat.FP8_BLOCK);
    LawBook book = ofH100(blocks.starts(18e-6), blocks.engine("trtllm").starts(4e-6));
    assertAnswer(4e-6, Provenance.OTHER_ENGINE, book, question(blocks));
    LawBook near = ofH100(blocks.starts(5e-6), blocks.engine("trtllm").starts(4e-6));
    assertAnswer(5e-6, Provenance.OWN, near, question(blocks));
  }
}
