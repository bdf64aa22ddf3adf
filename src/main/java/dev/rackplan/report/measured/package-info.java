/**
 * What was measured, told: published and measured rows against the model, laws against the tables
 * that they were fitted to. Text and trees of plain values, as in {@code report}.
 */
package dev.rackplan.report.measured;
