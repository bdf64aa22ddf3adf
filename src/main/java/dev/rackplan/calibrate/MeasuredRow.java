package dev.rackplan.calibrate;

import dev.rackplan.law.CellKey;
import dev.rackplan.law.Op;

/**
 * What one row of a table says.
 *
 * @param key what a law of it is of
 * @param op what was timed
 * @param seconds how long it took
 * @param cold whether its weights came from memory: rows whose weights fit the last cache are not
 *     what a step that streams all layers sees, so no law is fitted to them
 * @param shape the model that experts are of, whatever they are split over; empty elsewhere
 */
record MeasuredRow(CellKey key, Op op, double seconds, boolean cold, String shape) {}
