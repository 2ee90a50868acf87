"""What a batch leaves: results.json, and views of it as CSV, JUnit and one page of HTML."""
