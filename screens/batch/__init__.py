"""The batches: what is planned, confirmed, under way and over. Owned by the application, without a terminal."""
