package dev.rackplan.report;

/**
 * How wide a sans-serif text is, by constants, so that a chart has the same bytes on every machine
 * and none needs a font installed.
 *
 * <p>Widths are Helvetica's (Adobe's font metrics file, in thousandths of the size), and some more,
 * since what a viewer takes for sans-serif may be wider; too much room is seen less than too
 * little.
 */
final class TextWidth {
  // From the space, U+0020, to the tilde, U+007E.
  private static final int[] WIDTHS = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584
  };
  private static final int OTHER_WIDTH = 556;
  // DejaVu Sans, the widest of the usual ones, has digits of 636.
  private static final double WIDER = 1.14;

  private TextWidth() {}

  /** Width of {@code text} in pixels, rounded up, at a font's size in pixels. */
  static int pixels(String text, int size) {
    double thousandths = 0;
    for (int i = 0; i < text.length(); i++) {
      int place = text.charAt(i) - ' ';
      thousandths += place >= 0 && place < WIDTHS.length ? WIDTHS[place] : OTHER_WIDTH;
    }
    return (int) Math.ceil(thousandths * WIDER * size / 1000);
  }
}
