"""What operators and machines ask: is it alive, is it ready, is it tidy."""
