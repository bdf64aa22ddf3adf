/** Many problems as one run: some at the same time, each one's end told once, results in tables. */
package dev.rackplan.batch;
