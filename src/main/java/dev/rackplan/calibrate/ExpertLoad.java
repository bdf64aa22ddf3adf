package dev.rackplan.calibrate;

/**
 * What the timed rank of an expert row does.
 *
 * @param pairs (token, expert) pairs
 * @param active experts that at least one token chose
 */
record ExpertLoad(double pairs, double active) {}
