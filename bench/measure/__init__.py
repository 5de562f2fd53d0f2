"""What script/bench measures: one module per table, on `processes`, which starts, pins and weighs programs."""
