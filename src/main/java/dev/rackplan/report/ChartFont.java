package dev.rackplan.report;

import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.font.FontRenderContext;
import java.awt.font.LineMetrics;
import java.awt.font.TextAttribute;
import java.text.AttributedCharacterIterator.Attribute;
import java.util.Locale;
import java.util.Map;

/**
 * A sans-serif font whose measures are constants, so that a chart has the same bytes on every
 * machine and none needs a font installed.
 *
 * <p>Widths are Helvetica's (Adobe's font metrics file, in thousandths of the size), and some more,
 * since what a viewer takes for sans-serif may be wider; too much room is seen less than too
 * little.
 */
final class ChartFont extends Font {
  private static final long serialVersionUID = 1L;

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
  // Shares of the size.
  private static final float ASCENT = 0.76f;
  private static final float DESCENT = 0.24f;

  ChartFont(int style, int size) {
    super(SANS_SERIF, style, size);
  }

  // These would ask the machine's fonts.
  @Override
  public String getFamily() {
    return getName();
  }

  @Override
  public String getFamily(Locale locale) {
    return getName();
  }

  /** Batik asks for another size of the same font, to name it. */
  @Override
  public Font deriveFont(Map<? extends Attribute, ?> attributes) {
    Object size = attributes.get(TextAttribute.SIZE);
    return new ChartFont(getStyle(), size instanceof Number number ? number.intValue() : getSize());
  }

  @Override
  public LineMetrics getLineMetrics(String text, FontRenderContext context) {
    return new Line(text.length(), getSize());
  }

  /** Width in pixels of {@code text}. */
  int width(String text) {
    double thousandths = 0;
    for (int i = 0; i < text.length(); i++) {
      int place = text.charAt(i) - ' ';
      thousandths += place >= 0 && place < WIDTHS.length ? WIDTHS[place] : OTHER_WIDTH;
    }
    return (int) Math.ceil(thousandths * WIDER * getSize() / 1000);
  }

  /** The measures of this font. */
  FontMetrics metrics() {
    return new Metrics(this);
  }

  private static final class Metrics extends FontMetrics {
    private static final long serialVersionUID = 1L;

    Metrics(ChartFont font) {
      super(font);
    }

    @Override
    public int getAscent() {
      return Math.round(ASCENT * font.getSize());
    }

    @Override
    public int getDescent() {
      return Math.round(DESCENT * font.getSize());
    }

    @Override
    public int stringWidth(String text) {
      return ((ChartFont) font).width(text);
    }

    @Override
    public int charWidth(char character) {
      return stringWidth(String.valueOf(character));
    }

    @Override
    public int charsWidth(char[] characters, int offset, int length) {
      return stringWidth(new String(characters, offset, length));
    }
  }

  private static final class Line extends LineMetrics {
    private final int characters;
    private final int size;

    Line(int characters, int size) {
      this.characters = characters;
      this.size = size;
    }

    @Override
    public int getNumChars() {
      return characters;
    }

    @Override
    public float getAscent() {
      return ASCENT * size;
    }

    @Override
    public float getDescent() {
      return DESCENT * size;
    }

    @Override
    public float getLeading() {
      return 0;
    }

    @Override
    public float getHeight() {
      return getAscent() + getDescent();
    }

    @Override
    public int getBaselineIndex() {
      return ROMAN_BASELINE;
    }

    @Override
    public float[] getBaselineOffsets() {
      return new float[3];
    }

    @Override
    public float getStrikethroughOffset() {
      return -getAscent() / 3;
    }

    @Override
    public float getStrikethroughThickness() {
      return 1;
    }

    @Override
    public float getUnderlineOffset() {
      return 1;
    }

    @Override
    public float getUnderlineThickness() {
      return 1;
    }
  }
}
