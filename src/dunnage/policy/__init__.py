"""What the user has decided: which rules count, what is accepted and why, what fails the run."""
