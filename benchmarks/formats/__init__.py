"""What is read of files: text and dates of web pages, and every loader under a fuzzer."""
