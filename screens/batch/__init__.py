"""The batches: what is planned, confirmed, under way and over. The application owns them."""
