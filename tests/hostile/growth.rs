//! What one document, or many, may cost: time below n^1.3, memory below 20 times the input.
