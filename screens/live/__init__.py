"""What is live: the lists as they follow the database, the looks at the PSP, and how fresh each is."""
