"""The row under the cursor: why it is stuck, and its two sides, field by field."""
