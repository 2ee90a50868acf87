"""What a learner does with a lab besides running it: compare, begin again, take it away."""
