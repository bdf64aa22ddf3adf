package dev.rackplan.architecture.forbidden.export;

/** Arrows upwards, one to the solver, and those to the libraries that draw. */
public record Offender(
    dev.rackplan.architecture.forbidden.solver.Offender solver,
    dev.rackplan.architecture.forbidden.cli.Offender up,
    org.jfree.chart.JFreeChart chart,
    org.apache.batik.svggen.SVGGraphics2D canvas,
    java.awt.Font font) {}
