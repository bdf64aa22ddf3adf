package dev.rackplan.architecture.allowed.report;

import java.awt.Font;
import org.apache.batik.svggen.SVGGraphics2D;
import org.jfree.chart.JFreeChart;

/** Reports may draw. */
public record Picture(JFreeChart chart, SVGGraphics2D canvas, Font font) {}
