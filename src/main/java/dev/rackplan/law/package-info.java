/**
 * How long one kernel takes: an operation's shape to seconds, with its error and where that is
 * known from. Pure; knows no topology and no plan.
 */
package dev.rackplan.law;
