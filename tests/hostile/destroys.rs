//! What a run may replace, and what an interrupted run leaves behind.
