package dev.rackplan.report;

import java.awt.Dimension;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics;
import java.io.StringWriter;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGeneratorContext.GraphicContextDefaults;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGGraphics2DIOException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** A drawing surface that becomes SVG text; every font drawn with must be a {@link ChartFont}. */
final class SvgCanvas extends SVGGraphics2D {
  private static final String NAMESPACE = "http://www.w3.org/2000/svg";
  private static final Pattern DOCTYPE = Pattern.compile("<!DOCTYPE[^>]*>\\s*");

  private SvgCanvas(SVGGeneratorContext context) {
    super(context, false);
  }

  private SvgCanvas(SvgCanvas parent) {
    super(parent);
  }

  /**
   * An empty surface.
   *
   * @param width in pixels
   * @param height in pixels
   * @param font until another is set
   */
  static SvgCanvas of(int width, int height, ChartFont font) {
    SVGGeneratorContext context = SVGGeneratorContext.createDefault(document());
    context.setComment(null);
    GraphicContextDefaults defaults = new GraphicContextDefaults();
    defaults.setFont(font);
    context.setGraphicContextDefaults(defaults);
    SvgCanvas canvas = new SvgCanvas(context);
    canvas.setSVGCanvasSize(new Dimension(width, height));
    return canvas;
  }

  private static Document document() {
    try {
      return DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .getDOMImplementation()
          .createDocument(NAMESPACE, "svg", null);
    } catch (ParserConfigurationException e) {
      // Asked for nothing but the defaults.
      throw new IllegalStateException(e);
    }
  }

  /** What was drawn, as an SVG document with styles in CSS. */
  String text() {
    StringWriter text = new StringWriter();
    Dimension size = getSVGCanvasSize();
    Element root = getRoot();
    root.setAttributeNS(null, "viewBox", "0 0 " + size.width + " " + size.height);
    try {
      stream(root, text, true, false);
    } catch (SVGGraphics2DIOException e) {
      // A string takes everything.
      throw new IllegalStateException(e);
    }
    // Without the DTD's address, which some readers of XML would fetch.
    return DOCTYPE.matcher(text.toString().replace("\r\n", "\n")).replaceFirst("");
  }

  @Override
  public Graphics create() {
    return new SvgCanvas(this);
  }

  @Override
  public FontMetrics getFontMetrics(Font font) {
    return ((ChartFont) font).metrics();
  }
}
