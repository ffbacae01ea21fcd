"""The web application: log in, look at the trial, its subjects and their records. It only reads the log."""
