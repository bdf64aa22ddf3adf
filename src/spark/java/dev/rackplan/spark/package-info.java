/** Batches on Apache Spark: files handed out, a task for each problem, results published. */
package dev.rackplan.spark;
