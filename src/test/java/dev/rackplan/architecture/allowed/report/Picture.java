package dev.rackplan.architecture.allowed.report;

import java.awt.geom.Point2D;

/** Reports may draw. */
public record Picture(Point2D point) {}
